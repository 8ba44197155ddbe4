"""When the frames of a recording left one host and came to the other, and which frame of a replay is the same one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from simnet.wire.frame import Frame
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import ACK, SYN, Tcp
from tests.golden.captures import Capture, Fields, nanoseconds

SAME_TIME = 1_000_000
"""A frame that leaves within so much of the recorded moment arrives at the recorded one."""

PORT = 5000
"""The server's."""

Name = tuple[object, ...]
Journey = tuple[int, int]
"""When a frame left, and when it arrived."""


class Names:
    """Names frames by what they carry and how often that was sent: what carries data by its bytes, others by all."""

    def __init__(self) -> None:
        self._counts: Counter[Name] = Counter()

    def name(self, flags: str, seq: int, ack: int, length: int) -> Name:
        """A segment, with relative numbers; a frame that is none has no flags."""
        content = ("data", seq, length) if length else (flags, seq, ack)
        self._counts[content] += 1
        return *content, self._counts[content]


def name_of(frame: Frame, names: Names, isns: dict[int, int], other_isns: dict[int, int]) -> Name:
    """The name of a replayed frame; `isns`: where each port's numbers begin, this way and back."""
    packet = frame.payload
    if not isinstance(packet, Ipv4) or not isinstance(packet.payload, Tcp):
        return names.name("", 0, 0, 0)
    tcp = packet.payload
    if tcp.flags & SYN:
        isns[tcp.src_port] = tcp.seq
    seq = tcp.seq - isns.get(tcp.src_port, 0) & 0xFFFFFFFF
    ack = tcp.ack - other_isns.get(tcp.dst_port, 0) & 0xFFFFFFFF if tcp.flags & ACK else 0
    flags = "".join(letter for bit, letter in enumerate("FSRPAUEC") if tcp.flags >> bit & 1)
    return names.name(flags, seq, ack, len(tcp.data))


def recorded_names(capture: Capture, way: str) -> list[Name]:
    """The names of the frames that went this way ("A>B"), in their order."""
    names = Names()
    found = []
    for frame in capture.frames:
        if (frame["if"], frame["dir"]) == (f"{way[0]}:eth0", "out"):
            found.append(_recorded_name(names, frame))
    return found


def recorded_arrivals(capture: Capture, way: str) -> Iterator[tuple[Name, int]]:
    """The names of the frames that came in at the far end of `way`, and when."""
    names = Names()
    for frame in capture.frames:
        if (frame["if"], frame["dir"]) == (f"{way[-1]}:eth0", "in"):
            yield _recorded_name(names, frame), nanoseconds(frame["t"])


def _recorded_name(names: Names, frame: Fields) -> Name:
    tcp = frame.get("tcp", {})
    return names.name(tcp.get("flags", ""), tcp.get("seq", 0), tcp.get("ack", 0), tcp.get("len", 0))


def recorded_journeys(capture: Capture, way: str) -> list[Journey | None]:
    """When each of the frames that went this way left and arrived, in ns; None if it is not known."""
    near, far = f"{way[0]}:eth0", f"{way[-1]}:eth0"
    arrivals: dict[str, list[int]] = defaultdict(list)
    for frame in capture.frames:
        if (frame["if"], frame["dir"]) == (far, "in"):
            arrivals[_content(frame)].append(nanoseconds(frame["t"]))
    journeys: list[Journey | None] = []
    for frame in capture.frames:
        if (frame["if"], frame["dir"]) == (near, "out"):
            times = arrivals[_content(frame)]
            journeys.append((nanoseconds(frame["t"]), times[0]) if len(times) == 1 else None)
    return journeys


def _content(frame: Fields) -> str:
    """What is the same at both ends."""
    ip = {key: value for key, value in frame.get("ip", {}).items() if key != "ttl"}
    return repr([ip, *(frame.get(layer) for layer in ("arp", "tcp", "udp", "icmp"))])


def port_of(frame: Frame) -> int:
    """The TCP port that a frame comes from; 0 if it has none."""
    packet = frame.payload
    return packet.payload.src_port if isinstance(packet, Ipv4) and isinstance(packet.payload, Tcp) else 0


def recorded_on_lo(capture: Capture) -> dict[tuple[bool, Name], int]:
    """When segments were seen on `lo`, by whether the server sent them and by name."""
    names = {True: Names(), False: Names()}
    found = {}
    for frame in capture.frames:
        if frame["if"].endswith(":lo") and "tcp" in frame:
            tcp = frame["tcp"]
            way = tcp["sport"] == PORT
            name = names[way].name(tcp["flags"], tcp["seq"], tcp.get("ack", 0), tcp["len"])
            found[way, name] = nanoseconds(frame["t"])
    return found
