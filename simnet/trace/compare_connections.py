"""TCP connections of one viewpoint: which segment belongs to which, and its numbers from the connection's start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from simnet.trace.tcp_numbers import Numbers
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import ACK, RST, SYN, Tcp

Ends = tuple[int, int, int, int]
"""Source address and port, destination address and port."""

_MODULUS: Final = 1 << 32
_LIKELY: Final = 1 << 30
"""A connection that is seen from its middle on has rarely carried more before."""


def initial_numbers(frames: Iterable[Frame]) -> dict[Ends, int]:
    """The sequence numbers of the first SYN each way of every connection."""
    found: dict[Ends, int] = {}
    for frame in frames:
        packet = frame.payload
        if isinstance(packet, Ipv4) and isinstance(packet.payload, Tcp) and packet.payload.flags & SYN:
            segment = packet.payload
            found.setdefault((packet.src, segment.src_port, packet.dst, segment.dst_port), segment.seq)
    return found


class Connection:
    """The `ordinal`-th connection between two sockets; side 0 sends from the lower one."""

    __slots__ = ("ordinal", "_numbers", "_begun")

    def __init__(self, ordinal: int) -> None:
        self.ordinal = ordinal
        self._numbers = (Numbers(), Numbers())
        self._begun = [False, False]

    def begins_anew(self, side: int, segment: Tcp) -> bool:
        """Is this the SYN of a later connection?"""
        return bool(segment.flags & SYN) and self._numbers[side].is_new_start(segment.seq)

    def start(self, side: int, initial: int) -> None:
        """This is the number that `side` began with."""
        self._numbers[side].start(initial)
        self._begun[side] = True

    def count(self, side: int, segment: Tcp) -> tuple[int, int, list[tuple[int, int]]]:
        """Sequence number, acknowledgment and SACK blocks of `segment`, from the start of each direction."""
        mine, theirs = self._numbers[side], self._numbers[1 - side]
        if segment.flags & SYN:
            mine.start(segment.seq)
        is_answer_from_nowhere = segment.flags & RST and not self._begun[side]
        seq = segment.seq if is_answer_from_nowhere else self._relative(side, segment.seq)
        if not segment.flags & ACK:
            return seq, segment.ack, []
        ack = self._relative(1 - side, segment.ack)
        return seq, ack, [(theirs.relative(left), theirs.relative(right)) for left, right in segment.options.sack]

    def _relative(self, side: int, number: int) -> int:
        self._begun[side] = True
        return self._numbers[side].relative(number)

    def peek(self, side: int, number: int) -> int:
        """`number` from the start; as it is where no start is known."""
        return self._numbers[side].relative(number) if self._begun[side] else number


class Connections:
    """Of one viewpoint; segments must come in order of time.  `starts`: initial numbers that another one saw."""

    def __init__(self, starts: Mapping[Ends, int]) -> None:
        self._current: dict[tuple[tuple[int, int], tuple[int, int]], Connection] = {}
        self._starts = starts

    def find(self, packet: Ipv4, segment: Tcp) -> tuple[Connection, int]:
        """The connection of `segment` and the side that sent it."""
        key, side = _key((packet.src, segment.src_port, packet.dst, segment.dst_port))
        connection = self._current.get(key)
        if connection is None:
            connection = self._current[key] = Connection(1)
            if not segment.flags & SYN:
                self._begin_before(connection, side, packet, segment)
        elif connection.begins_anew(side, segment):
            connection = self._current[key] = Connection(connection.ordinal + 1)
        return connection, side

    def _begin_before(self, connection: Connection, side: int, packet: Ipv4, segment: Tcp) -> None:
        """Seen from its middle on: it began where the other trace saw it begin, if that may be the same."""
        ends = packet.src, segment.src_port, packet.dst, segment.dst_port
        mine, theirs = self._starts.get(ends), self._starts.get((*ends[2:], *ends[:2]))
        if mine is not None and (segment.seq - mine) % _MODULUS < _LIKELY:
            connection.start(side, mine)
            if theirs is not None:
                connection.start(1 - side, theirs)

    def relative(self, ends: Ends, number: int) -> int:
        """A quoted sequence number, of a segment between `ends`, from its connection's start."""
        key, side = _key(ends)
        connection = self._current.get(key)
        return number if connection is None else connection.peek(side, number)


def _key(ends: Ends) -> tuple[tuple[tuple[int, int], tuple[int, int]], int]:
    here, there = ends[:2], ends[2:]
    return ((here, there), 0) if here <= there else ((there, here), 1)
