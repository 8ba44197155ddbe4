"""Cutting packets to a link's MTU and putting fragments together again (RFC 791 3.2).

As Linux: reassembly gives up after `ipfrag_time` (30 s) and reports it only if the first fragment had come.
Overlapping fragments discard the whole packet (RFC 5722's rule, which Linux applies to IPv4 as well); one that brings
nothing new is ignored.  While fragments take more memory than `ipfrag_high_thresh`, no other packet is begun.
Does not model: ipfrag_max_dist.
"""

from __future__ import annotations

from enum import Enum
from typing import Callable, Final

from simnet.stack.alarms import Alarm
from simnet.stack.host import StackHost
from simnet.stack.memory import charge_of_packet
from simnet.wire import ipv4
from simnet.wire.ipv4 import MORE_FRAGMENTS, OFFSET_MASK, Ipv4
from simnet.wire.payload import Raw

_LARGEST: Final = 65_535


def cut(packet: Ipv4, mtu: int) -> list[Ipv4]:
    """`packet` as fragments of at most `mtu` bytes each, in order."""
    header = 20 + len(packet.options)
    data = ipv4.pack(packet)[header:]
    step = (mtu - header) // 8 * 8
    base = packet.fragment & OFFSET_MASK
    last_flag = packet.fragment & MORE_FRAGMENTS
    pieces = []
    for start in range(0, len(data), step):
        piece = data[start : start + step]
        more = MORE_FRAGMENTS if start + step < len(data) else last_flag
        pieces.append(
            Ipv4(
                packet.src, packet.dst, packet.protocol, Raw(piece), packet.ttl, packet.identification, packet.tos,
                more | base + start // 8, packet.options,
            )
        )  # fmt: skip
    return pieces


class Fit(Enum):
    """How a fragment fits to those that have come."""

    NEW = 0
    OLD = 1  # all of it is there
    IMPOSSIBLE = 2  # it overlaps others, or contradicts them


class _Pieces:
    """The fragments of one packet that have come so far.

    `runs`: from where to where they reach, each run of fragments that came one after the other; the last reaches
    farthest.  `memory`: what they take.
    """

    __slots__ = ("parts", "runs", "total", "is_end_known", "first", "frame_id", "memory", "alarm")

    def __init__(self, alarm: Alarm) -> None:
        self.parts: dict[int, bytes] = {}
        self.runs: list[tuple[int, int]] = []
        self.total = 0
        self.is_end_known = False
        self.first: Ipv4 | None = None
        self.frame_id = 0
        self.memory = 0
        self.alarm: Final = alarm

    def fit(self, start: int, end: int, has_more: bool) -> Fit:
        """Does a fragment from `start` to `end` fit (Linux ip_frag_queue, inet_frag_queue_insert)?  Notes its place."""
        if end > _LARGEST or end == start or not self._fits_end(end, has_more):
            return Fit.IMPOSSIBLE
        last = self.runs[-1] if self.runs else (0, -1)
        if last[1] < end:
            if start < last[1]:
                return Fit.IMPOSSIBLE
            if start == last[1]:
                self.runs[-1] = (last[0], end)
            else:
                self.runs.append((start, end))
            return Fit.NEW
        for first, beyond in self.runs:
            if start < beyond and first < end:
                return Fit.OLD if first <= start and end <= beyond else Fit.IMPOSSIBLE
        self.runs.insert(0, (start, end))
        return Fit.NEW

    def _fits_end(self, end: int, has_more: bool) -> bool:
        """Where the packet ends, all fragments agree."""
        if has_more:
            if end > self.total and self.is_end_known:
                return False
            self.total = max(self.total, end)
            return True
        if end < self.total or (self.is_end_known and end != self.total):
            return False
        self.is_end_known, self.total = True, end
        return True

    def is_complete(self) -> bool:
        """Is nothing missing?"""
        return self.is_end_known and sum(map(len, self.parts.values())) == self.total


class Reassembly:
    """Fragments waiting for the rest of their packets.

    `timed_out(first, frame_id, now)` is called when the rest of a packet never came; `first` is its first
    fragment, None if that is among the missing.
    """

    __slots__ = ("_host", "_pending", "_timed_out", "_memory")

    def __init__(self, host: StackHost, timed_out: Callable[[Ipv4 | None, int, int], None]) -> None:
        self._host: Final = host
        self._pending: dict[tuple[int, int, int, int], _Pieces] = {}
        self._timed_out: Final = timed_out
        self._memory = 0

    def add(self, packet: Ipv4, frame_id: int, now: int) -> Ipv4 | None:
        """Take a fragment; the whole packet if this was the last one missing."""
        key = (packet.src, packet.dst, packet.protocol, packet.identification)
        pieces = self._pending.get(key)
        if pieces is None:
            profile = self._host.profile
            if self._memory > profile.ipfrag_high_thresh:
                return None
            alarm = self._host.alarms.foreground(lambda time: self._expire(key, time))
            alarm.wait(now, profile.ipfrag_time, profile.jiffy)
            pieces = self._pending[key] = _Pieces(alarm)
        fit = self._place(pieces, packet, frame_id)
        if fit is Fit.IMPOSSIBLE:
            self._forget(key)
        return self._complete(key, pieces) if fit is Fit.NEW and pieces.is_complete() else None

    def _place(self, pieces: _Pieces, packet: Ipv4, frame_id: int) -> Fit:
        """Put the fragment in its place; of one that is not the last, whole units of eight bytes."""
        payload = packet.payload
        data = payload.data if isinstance(payload, Raw) else b""
        start = (packet.fragment & OFFSET_MASK) * 8
        has_more = packet.fragment & MORE_FRAGMENTS != 0
        if has_more:
            data = data[: len(data) & ~7]
        fit = pieces.fit(start, start + len(data), has_more)
        if fit is Fit.NEW:
            if start == 0:
                pieces.first, pieces.frame_id = packet, frame_id
            pieces.parts[start] = data
            charge = charge_of_packet(packet.length)
            pieces.memory += charge
            self._memory += charge
        return fit

    def _complete(self, key: tuple[int, int, int, int], pieces: _Pieces) -> Ipv4 | None:
        first = pieces.first
        if first is None:
            return None
        self._forget(key)
        data = b"".join(pieces.parts[start] for start in sorted(pieces.parts))
        whole = Ipv4(
            first.src, first.dst, first.protocol, Raw(data), first.ttl, first.identification, first.tos, 0,
            first.options,
        )  # fmt: skip
        parsed = ipv4.parse(ipv4.pack(whole))
        return parsed if isinstance(parsed, Ipv4) else None

    def _forget(self, key: tuple[int, int, int, int]) -> None:
        pieces = self._pending.pop(key)
        self._memory -= pieces.memory
        pieces.alarm.cancel()

    def _expire(self, key: tuple[int, int, int, int], now: int) -> None:
        pieces = self._pending[key]
        self._forget(key)
        self._timed_out(pieces.first, pieces.frame_id, now)
