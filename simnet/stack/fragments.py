"""Cutting packets to a link's MTU and putting fragments together again (RFC 791 3.2).

As Linux: reassembly gives up after `ipfrag_time` (30 s) and reports it only if the first fragment had come.
Overlapping fragments discard the whole packet (RFC 5722's rule, which Linux applies to IPv4 as well).
Does not model: the memory limit on pending fragments (ipfrag_high_thresh).
"""

from __future__ import annotations

from typing import Callable, Final

from simnet.stack.alarms import Alarm
from simnet.stack.host import StackHost
from simnet.stack.timer_wheel import fires_at
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


class _Pieces:
    """The fragments of one packet that have come so far."""

    __slots__ = ("parts", "total", "first", "frame_id", "alarm")

    def __init__(self, alarm: Alarm) -> None:
        self.parts: dict[int, bytes] = {}
        self.total = -1
        self.first: Ipv4 | None = None
        self.frame_id = 0
        self.alarm: Final = alarm


class Reassembly:
    """Fragments waiting for the rest of their packets.

    `timed_out(first, frame_id, now)` is called when the rest of a packet never came; `first` is its first
    fragment, None if that is among the missing.
    """

    __slots__ = ("_host", "_pending", "_timed_out")

    def __init__(self, host: StackHost, timed_out: Callable[[Ipv4 | None, int, int], None]) -> None:
        self._host: Final = host
        self._pending: dict[tuple[int, int, int, int], _Pieces] = {}
        self._timed_out: Final = timed_out

    def add(self, packet: Ipv4, frame_id: int, now: int) -> Ipv4 | None:
        """Take a fragment; the whole packet if this was the last one missing."""
        key = (packet.src, packet.dst, packet.protocol, packet.identification)
        pieces = self._pending.get(key)
        if pieces is None:
            alarm = self._host.alarms.foreground(lambda time: self._expire(key, time))
            profile = self._host.profile
            alarm.set(fires_at(now, profile.ipfrag_time, profile.jiffy))
            pieces = self._pending[key] = _Pieces(alarm)
        if not self._place(pieces, packet, frame_id):
            self._forget(key)
            return None
        return self._complete(key, pieces)

    def _place(self, pieces: _Pieces, packet: Ipv4, frame_id: int) -> bool:
        """Put the fragment in its place; False if it makes the packet impossible."""
        payload = packet.payload
        data = payload.data if isinstance(payload, Raw) else b""
        start = (packet.fragment & OFFSET_MASK) * 8
        end = start + len(data)
        more = bool(packet.fragment & MORE_FRAGMENTS)
        if end > _LARGEST or (more and (len(data) % 8 or not data)):
            return False
        if pieces.parts.get(start) == data:
            return True
        for other, part in pieces.parts.items():
            if start < other + len(part) and other < end:
                return False
        if not more:
            if pieces.total not in (-1, end):
                return False
            pieces.total = end
        if start == 0:
            pieces.first, pieces.frame_id = packet, frame_id
        pieces.parts[start] = data
        return True

    def _complete(self, key: tuple[int, int, int, int], pieces: _Pieces) -> Ipv4 | None:
        first = pieces.first
        if pieces.total < 0 or first is None or sum(map(len, pieces.parts.values())) != pieces.total:
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
        self._pending.pop(key).alarm.cancel()

    def _expire(self, key: tuple[int, int, int, int], now: int) -> None:
        pieces = self._pending.pop(key)
        self._timed_out(pieces.first, pieces.frame_id, now)
