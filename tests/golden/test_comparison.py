"""The comparison finds what is planted, and nothing where nothing is: fields, order, time, numbers that count up."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache

import pytest

from tests.golden.captures import Capture, Fields, load, names
from tests.golden.comparison import Comparison

HELLO = "01_hello/lan"
BULK = "15e_loss_bulk/seg20_cubic"

Change = Callable[[list[Fields]], object]


@cache
def capture(name: str) -> Capture:
    return load(name)


def found(name: str, change: Change) -> list[str]:
    """What is found when the replay gives the recording, changed by `change`."""
    frames = copy.deepcopy(list(capture(name).frames))
    change(frames)
    return [difference.what for difference in Comparison(capture(name), frames).differences]


def nothing(frames: list[Fields]) -> None:
    pass


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("17")])
def test_a_recording_equals_itself(name: str) -> None:
    assert found(name, nothing) == []


def field(number: int, *path: str, value: object) -> Change:
    """Set a field of the `number`-th frame."""

    def change(frames: list[Fields]) -> None:
        place = frames[number - 1]
        for step in path[:-1]:
            place = place[step]
        assert place.get(path[-1]) != value
        place[path[-1]] = value

    return change


def later(number: int, seconds: float) -> Change:
    """Everything from the `number`-th frame on comes later, timestamps included."""

    def change(frames: list[Fields]) -> None:
        for frame in frames[number - 1 :]:
            frame["t"] += seconds
            shift_timestamps(frame, round(seconds * 1000))

    return change


def shift_timestamps(frame: Fields, ticks: int) -> None:
    for option in frame.get("tcp", {}).get("opts", ()):
        if option[0] == "ts":
            option[1] += ticks
            option[2] += ticks if option[2] else 0


def option(number: int, position: int, value: object) -> Change:
    """Set one TCP option of the `number`-th frame."""
    return lambda frames: frames[number - 1]["tcp"]["opts"].__setitem__(position, value)


HELLO_CHANGES: dict[str, tuple[Change, str]] = {
    "the MAC it is for": (field(9, "eth", "dst", value="SW:p1"), "eth.dst"),
    "the MAC it comes from": (field(9, "eth", "src", value="B:eth0"), "eth.src"),
    "the type": (field(9, "eth", "type", value="0x86dd"), "eth.type"),
    "what ARP tells": (field(5, "arp", "sha", value="A:eth0"), "missing"),
    "whom ARP asks for": (field(5, "arp", "tha", value="0"), "arp.tha"),
    "the TTL": (field(9, "ip", "ttl", value=63), "ip.ttl"),
    "DF": (field(9, "ip", "df", value=False), "ip.df"),
    "TOS": (field(9, "ip", "tos", value=16), "ip.tos"),
    "the length": (field(9, "ip", "len", value=64), "ip.len"),
    "bytes after the packet": (field(9, "caplen", value=80), "caplen"),
    "an IP ID of zero": (field(9, "ip", "id", value=0), "ip.id"),
    "an IP ID that does not count": (field(29, "ip", "id", value=5), "ip.id"),
    "a flag": (field(21, "tcp", "flags", value="A"), "tcp.flags"),
    "a sequence number": (field(21, "tcp", "seq", value=2), "tcp.seq"),
    "an acknowledgment": (field(25, "tcp", "ack", value=5), "tcp.ack"),
    "a window": (field(25, "tcp", "win", value=63), "tcp.win"),
    "the window of a SYN": (field(9, "tcp", "win", value=65_535), "tcp.win"),
    "data": (field(21, "payload", value="jello"), "payload"),
    "a checksum": (field(21, "tcp", "csum", value="BAD"), "checksum"),
    "an option's value": (option(9, 0, ["mss", 1448]), "options"),
    "the order of options": (
        lambda frames: frames[8]["tcp"]["opts"].reverse(),
        "options",
    ),
    "a missing option": (lambda frames: frames[8]["tcp"]["opts"].pop(), "options"),
    "TSval": (option(21, 2, ["ts", 7, 0]), "TSval"),
    "TSecr": (option(25, 2, ["ts", 1, 9]), "TSecr"),
    "a frame less": (lambda frames: frames.__delitem__(slice(44, 48)), "missing"),
    "a frame more": (lambda frames: frames.append(frames[-1]), "surplus"),
    "an answer 50 ms late": (later(25, 0.05), "time"),
    "the port": (field(9, "tcp", "dport", value=5001), "missing"),
    "a parity of the port": (
        lambda frames: [
            frame["tcp"].__setitem__(key, port + 1)
            for frame in frames
            if "tcp" in frame
            for key, port in list(frame["tcp"].items())
            if key in ("sport", "dport") and port > 32_768
        ],
        "missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", HELLO_CHANGES)
def test_a_planted_change_is_found(change: str) -> None:
    make, what = HELLO_CHANGES[change]
    differences = found(HELLO, make)
    assert differences, f"{change} was not found"
    assert any(what in difference for difference in differences), differences


def test_random_numbers_may_be_others() -> None:
    """Another ephemeral port of the same parity, another beginning of the IP IDs."""

    def draw_again(frames: list[Fields]) -> None:
        for frame in frames:
            if "tcp" in frame:
                for key in ("sport", "dport"):
                    frame["tcp"][key] += 2 if frame["tcp"][key] > 32_768 else 0
                frame["ip"]["id"] += 77 if frame["ip"]["id"] else 0

    assert found(HELLO, draw_again) == []


def test_identifications_may_begin_again_at_zero() -> None:
    """They count up; after 65,535 comes 0, which is then no missing one."""
    third = [frame for frame in capture(HELLO).frames if frame["if"] == "A:eth0" and "tcp" in frame][2]["ip"]["id"]

    def pass_zero(frames: list[Fields]) -> None:
        for frame in frames:
            if "tcp" in frame and frame["ip"]["id"]:
                frame["ip"]["id"] = frame["ip"]["id"] - third & 0xFFFF

    assert found(HELLO, pass_zero) == []


def test_frames_may_come_a_little_later() -> None:
    def hesitate(frames: list[Fields]) -> None:
        for frame in frames[24:]:
            frame["t"] += 0.0015

    assert found(HELLO, hesitate) == []


def test_order_of_frames_is_compared() -> None:
    """13_ping: the reply before the request."""

    def swap(frames: list[Fields]) -> None:
        request, reply = (index for index, frame in enumerate(frames) if frame.get("icmp", {}).get("seq") == 2)
        frames[request], frames[reply] = frames[reply], frames[request]
        frames[request]["t"], frames[reply]["t"] = frames[reply]["t"], frames[request]["t"]

    assert found("13_ping/loopback", nothing) == []
    assert any("order" in what or "time" in what for what in found("13b_ping_ttl/routers", _late_reply))
    assert found("13_ping/loopback", swap) == [], "frames of different flows within half a millisecond may cross"


def _late_reply(frames: list[Fields]) -> None:
    reply = next(frame for frame in frames if frame.get("icmp", {}).get("type") == 0)
    frames.remove(reply)
    reply["t"] += 0.5
    frames.append(reply)


def test_what_an_icmp_error_quotes_is_compared() -> None:
    def change(frames: list[Fields]) -> None:
        error = next(frame for frame in frames if frame.get("icmp", {}).get("quote"))
        error["icmp"]["quote"]["ip"]["ttl"] += 1

    assert any("icmp.quote.ip.ttl" in what for what in found("13b_ping_ttl/routers", change))


# --- bulk data


def data_frames(frames: list[Fields], interface: str) -> list[Fields]:
    return [frame for frame in frames if frame["if"] == interface and frame["tcp"]["len"]]


def is_acknowledgment(frame: Fields) -> bool:
    return (frame["tcp"]["flags"], frame["ip"]["src"]) == ("A", "10.0.0.2")


def test_bulk_data_may_be_acknowledged_less_often() -> None:
    """Two acknowledgments within a burst become one."""

    def merge(frames: list[Fields]) -> None:
        bare = [frame for frame in frames if is_acknowledgment(frame) and len(frame["tcp"]["opts"]) == 3]
        here = [frame for frame in bare if frame["if"] == "A:eth0"]
        merged = next(a for a, b in zip(here, here[1:], strict=False) if b["t"] - a["t"] < 0.0001)
        for frame in [frame for frame in bare if frame["tcp"]["ack"] == merged["tcp"]["ack"]]:
            frames.remove(frame)

    assert found(BULK, merge) == []


def test_bulk_data_must_be_acknowledged_in_time() -> None:
    def delay(frames: list[Fields]) -> None:
        for frame in frames:
            if is_acknowledgment(frame):
                frame["t"] += 0.04

    assert any("acknowledged" in what for what in found(BULK, delay))


def test_a_retransmission_must_be_there() -> None:
    def lose(frames: list[Fields]) -> None:
        again = [frame for frame in data_frames(frames, "A:eth0") if frame["tcp"]["seq"] == 20 * 1448 + 1][1]
        frames.remove(again)

    assert "missing" in found(BULK, lose)


def test_duplicates_must_be_reported() -> None:
    def forget(frames: list[Fields]) -> None:
        for frame in frames:
            if is_acknowledgment(frame):
                frame["tcp"]["opts"] = [option for option in frame["tcp"]["opts"] if option[0] != "sack"]

    assert any("D-SACK" in what for what in found("15f_ack_loss_reorder_dup/dup_seg20_cubic", forget))


def test_segments_of_bulk_data_are_compared() -> None:
    def cut(frames: list[Fields]) -> None:
        frame = data_frames(frames, "A:eth0")[20]
        frame["tcp"]["len"] -= 100

    assert any("tcp.len" in what for what in found(BULK, cut))
