"""What pcap and pcapng have in common: captured packets, and how they become events.

A capture that simnet wrote holds each port's own view, so its packets are FrameSent and FrameArrived again, with
the reasons and drops its comments name.  In any other capture a packet is seen once, hence sent; what people wrote
about it becomes a Note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from simnet import reasons
from simnet.errors import TraceError
from simnet.trace import link_types
from simnet.trace.events import Event, FaultFired, FrameArrived, FrameDiscarded, FrameDropped, FrameSent, Note
from simnet.trace.heading import Heading
from simnet.trace.source import Reader, Source
from simnet.units import SECOND, UnitError, parse_time
from simnet.wire import ethernet
from simnet.wire.captured import finish_checksum, restore_cut, with_plain_zero
from simnet.wire.frame import Frame

LONGEST_PACKET: Final = 262_144
"""More than any capture holds of one packet (tcpdump's and Wireshark's limit)."""

LONGEST_FRAME: Final = 65_535 + 18
"""The longest packet with an Ethernet header and a tag: no more is made up for one that was cut."""

UNKNOWN: Final = 0
INBOUND: Final = 1
OUTBOUND: Final = 2
"""Directions, numbered as in the flags of pcapng."""

DROPPED: Final = "dropped: "
DISCARDED: Final = "discarded: "
FAULT: Final = "fault: "
QUEUED: Final = "queued: "
"""How comments of ours begin that become events or fields again."""
WITHOUT_ETHERNET: Final = "captured without Ethernet headers"
ONLY_IN_PART: Final = "captured only in part"
"""How notes begin that say what a capture does not hold."""

_SIMULATED_BEFORE: Final = 10 * 365 * 86_400 * SECOND
"""A clock that says it is still the 1970s is a simulation's, and counts from its start."""


class Interface:
    """Where packets were captured.

    A tick of its clock is `factor / divisor` ns, from `shift` ns on.  `frame_check_length`: bytes of checksum at the
    end of each whole packet.  `is_ours`: simnet wrote this.  `told`: what a reader has been told about it.
    """

    __slots__ = ("name", "link_type", "factor", "divisor", "shift", "is_ours", "frame_check_length", "told")

    def __init__(
        self,
        name: str,
        link_type: int,
        factor: int = 1,
        divisor: int = 1,
        shift: int = 0,
        is_ours: bool = False,
        frame_check_length: int = 0,
    ) -> None:
        self.name = name
        self.link_type = link_type
        self.factor = factor
        self.divisor = divisor
        self.shift = shift
        self.is_ours = is_ours
        self.frame_check_length = frame_check_length
        self.told: set[str] = set()


class Packet:
    """One captured packet.  `time`: nanoseconds since 1970; `length`: bytes on the wire, of which `data` was kept."""

    __slots__ = ("time", "interface", "data", "length", "offset", "direction", "id", "comments")

    def __init__(
        self,
        time: int,
        interface: Interface,
        data: bytes,
        length: int,
        offset: int,
        direction: int = UNKNOWN,
        id: int = 0,
        comments: tuple[str, ...] = (),
    ) -> None:
        self.time = time
        self.interface = interface
        self.data = data
        self.length = length
        self.offset = offset
        self.direction = direction
        self.id = id
        self.comments = comments


class CaptureEvents:
    """The events in a capture file, read one by one at every iteration."""

    def __init__(self, source: Source, packets: Callable[[Reader, str], Iterator[Packet]]) -> None:
        self._source = source
        self._packets = packets
        self.heading = Heading(name=source.stem, epoch_ns=self._epoch())

    def _epoch(self) -> int:
        with self._source.open() as reader:
            try:
                first = next(self._packets(reader, self._source.stem), None)
            except TraceError:
                return 0  # it is raised again, in its place, by whoever reads the events
        return 0 if first is None or first.time < _SIMULATED_BEFORE else first.time

    def __iter__(self) -> Iterator[Event]:
        epoch = self.heading.epoch_ns
        with self._source.open() as reader:
            for number, packet in enumerate(self._packets(reader, self._source.stem), start=1):
                interface = packet.interface
                if not link_types.is_read(interface.link_type):
                    raise _unsupported(reader, packet)
                if interface.is_ours:
                    yield from _our_events(packet, packet.time - epoch)
                else:
                    yield from _foreign_events(packet, packet.time - epoch, number)

    def end_ns(self) -> int:
        """The time of the last packet; reads the whole file."""
        epoch = self.heading.epoch_ns
        end = 0
        with self._source.open() as reader:
            try:
                for packet in self._packets(reader, self._source.stem):
                    end = max(end, packet.time - epoch)
            except TraceError:
                pass  # it is raised, in its place, by whoever reads the events
        return end


def _foreign_events(packet: Packet, time: int, number: int) -> Iterator[Event]:
    port = packet.interface.name
    frame, peculiarities = _frame(packet)
    frame.id = number
    for text in peculiarities:
        if text not in packet.interface.told:
            packet.interface.told.add(text)
            yield Note(time, port, text)
    yield FrameSent(time, port, frame, time)
    for comment in packet.comments:
        yield Note(time, port, comment)


def _frame(packet: Packet) -> tuple[Frame, list[str]]:
    """The frame in a packet, completed where the capture left something out, and what a reader should know of that."""
    link_type = packet.interface.link_type
    told = []
    if link_type != link_types.ETHERNET:
        told.append(f"{WITHOUT_ETHERNET} ({link_types.name(link_type)}): unknown MACs are shown as zero")
    data = link_types.to_ethernet(link_type, packet.data)
    cut = min(packet.length, LONGEST_FRAME) - len(packet.data)
    if cut > 0:
        told.append(f"{ONLY_IN_PART}: missing bytes are shown as zeros, with checksums that fit")
        return ethernet.parse(restore_cut(data, len(data) + cut)), told
    finished = finish_checksum(data)
    if finished is not data:
        told.append("captured before the network card filled in checksums: shown with the right ones")
    return ethernet.parse(with_plain_zero(finished)), told


def _our_events(packet: Packet, time: int) -> Iterator[Event]:
    port = packet.interface.name
    frame = ethernet.parse(link_types.to_ethernet(packet.interface.link_type, packet.data))
    frame.id = packet.id
    departs = time
    rest = packet.comments
    if rest and rest[0] in _reasons():
        frame.reason = _reasons()[rest[0]]
        rest = rest[1:]
    if rest and rest[0].startswith(QUEUED):
        departs += _duration(rest[0].removeprefix(QUEUED))
        rest = rest[1:]
    if packet.direction == INBOUND:
        yield FrameArrived(time, port, frame)
    else:
        yield FrameSent(time, port, frame, departs)
    for comment in rest:
        yield _remark(time, port, frame, comment)


def _duration(text: str) -> int:
    try:
        return parse_time(text)
    except UnitError:
        return 0


def _remark(time: int, port: str, frame: Frame, comment: str) -> Event:
    if comment.startswith(DROPPED):
        return FrameDropped(time, port, frame, _reasons().get(comment.removeprefix(DROPPED), reasons.NONE))
    if comment.startswith(DISCARDED):
        return FrameDiscarded(time, port, frame, _reasons().get(comment.removeprefix(DISCARDED), reasons.NONE))
    if comment.startswith(FAULT):
        return FaultFired(time, comment.removeprefix(FAULT), frame)
    return Note(time, port, comment)


def why(reason: int) -> str:
    """`reason` as a comment says it, with its source."""
    source = reasons.source(reason)
    return f"{reasons.text(reason)} ({source})" if source else reasons.text(reason)


@cache
def _reasons() -> dict[str, int]:
    """Every reason by what `why` says of it."""
    numbers = {value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, int)}
    return {why(number): number for number in numbers - {reasons.NONE}}


def _unsupported(reader: Reader, packet: Packet) -> TraceError:
    link_type = packet.interface.link_type
    return reader.damage(
        f"interface {packet.interface.name} has link type {link_type} ({link_types.name(link_type)}), "
        "expected Ethernet, raw IP, Linux cooked or loopback",
        "capture on an Ethernet interface, or look at this file with Wireshark",
        packet.offset,
    )
