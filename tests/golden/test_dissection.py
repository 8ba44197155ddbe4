"""The dissector reads bytes as the recordings did, and simnet reads and writes the kernel's frames byte for byte."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator

import pytest
from msgspec import Struct

from simnet.wire import ethernet
from simnet.wire.payload import Raw
from tests.golden.archive import PCAPS, unpack
from tests.golden.captures import Fields, load
from tests.golden.dissection import Dissector

_HEADER = 24
_RECORD = struct.Struct("<IIII")


class Record(Struct, frozen=True):
    """One frame of a pcap file; `is_whole`: all of its bytes are there."""

    time: int
    interface: str
    data: bytes
    is_whole: bool


def records(capture: str, files: dict[str, bytes]) -> list[Record]:
    """The frames of a capture's pcap files, by time."""
    found = []
    for name, content in files.items():
        if name.startswith(f"{capture}/"):
            interface = ":".join(name.rsplit("/", 1)[1].removesuffix(".pcap").rsplit("-", 1))
            found += list(_records(interface, content))
    return sorted(found, key=lambda record: record.time)


def _records(interface: str, content: bytes) -> Iterator[Record]:
    at = _HEADER
    while at < len(content):
        seconds, nanoseconds, size, original = _RECORD.unpack_from(content, at)
        at += _RECORD.size
        yield Record(seconds * 10**9 + nanoseconds, interface, content[at : at + size], size == original)
        at += size


@pytest.fixture(scope="module")
def pcaps() -> dict[str, bytes]:
    return unpack(PCAPS)


@pytest.mark.parametrize(
    "name",
    ["01_hello/lan", "01_hello/loopback", "05_refused/lan", "12b_udp_closed_port/lan", "12d_udp_broadcast/lan",
     "13b_ping_ttl/routers", "13i_icmp_redirect/lan3", "15c_loss_request/corrupt_request", "16d_time_wait_new_syn/lan",
     "16h_rfc5961_injection/wire10ms", "20_nat/nat"],
)  # fmt: skip
def test_bytes_give_the_recorded_fields(name: str, pcaps: dict[str, bytes]) -> None:
    capture = load(name)
    is_loopback = capture.topology == "loopback"
    macs = {value["mac"]: key for key, value in capture.interfaces.items() if not is_loopback}
    dissector = Dissector(macs, "lo" if is_loopback else "0")
    waiting: dict[str, list[Fields]] = defaultdict(list)
    for frame in capture.frames:
        waiting[frame["if"]].append(frame)
    frames = records(name, pcaps)
    assert len(frames) == len(capture.frames)
    for record in frames:
        expected = waiting[record.interface].pop(0)
        fields = dissector.fields(expected["n"], 0, record.interface, expected["dir"], record.data)
        assert _without_chance(fields) == _without_chance(expected)


def _without_chance(frame: Fields) -> Fields:
    """The recorded checksum on `lo` is partial, which bytes cannot tell; times are not in the bytes."""
    kept = {key: value for key, value in frame.items() if key != "t"}
    for protocol in ("tcp", "udp"):
        if frame["if"].endswith(":lo") and protocol in kept:
            kept[protocol] = {key: value for key, value in kept[protocol].items() if not key.startswith("csum")}
    return kept


def test_simnet_reads_and_writes_what_the_kernel_sent(pcaps: dict[str, bytes]) -> None:
    """Not slow without reason: all whole frames of all captures."""
    count = 0
    for name, content in pcaps.items():
        if name.startswith("17"):
            continue
        for record in _records("", content):
            frame = ethernet.parse(record.data)
            assert ethernet.pack(frame) == record.data
            if record.is_whole and not name.endswith("-lo.pcap"):
                assert not isinstance(frame.payload, Raw), f"{name}: {record.data.hex()}"
                count += 1
    assert count > 4000
