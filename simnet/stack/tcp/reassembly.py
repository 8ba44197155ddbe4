"""Segments that came before their turn, and the SACK blocks that tell the peer (RFC 9293 3.10.7.4, RFC 2018, 2883)."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import Callable, Final

from simnet.stack.profile import Profile

_MAX_BLOCKS: Final = 4


class Reassembly:
    """What lies beyond the first gap, without overlaps: sorted (seq, end, data, has FIN).

    `release` is called with the length of what turns out not to be needed.
    """

    __slots__ = ("_profile", "_release", "held", "_blocks", "_duplicate", "bytes_held", "has_report")

    def __init__(self, profile: Profile, release: Callable[[int], None]) -> None:
        self._profile: Final = profile
        self._release: Final = release
        self.held: list[tuple[int, int, bytes, bool]] = []
        self._blocks: list[tuple[int, int]] = []  # the most recently changed first
        self._duplicate: tuple[int, int] | None = None
        self.bytes_held = 0
        self.has_report = False  # the next segment carries SACK blocks

    def is_empty(self) -> bool:
        """Is there no gap?"""
        return not self.held

    def duplicated(self, start: int, end: int) -> None:
        """These bytes arrived again: say so once (D-SACK)."""
        if self._profile.tcp_dsack:
            self._duplicate = (start, end)
            self.has_report = True

    def forget_duplicate(self) -> None:
        """More data has come before it was reported: nobody waits for the report any more (Linux tcp_data_queue)."""
        if self._duplicate is not None:
            self._duplicate = None
            self.has_report = bool(self._blocks)

    def _duplicated_too(self, start: int, end: int) -> None:
        """More of the same segment arrived again; what does not adjoin is not reported (Linux tcp_dsack_extend)."""
        known = self._duplicate
        if known is None:
            self.duplicated(start, end)
        elif start <= known[1] and known[0] <= end:
            self._duplicate = (min(start, known[0]), max(end, known[1]))

    def report(self, limit: int) -> tuple[tuple[int, int], ...]:
        """At most `limit` blocks for the segment about to leave; a D-SACK is reported only once."""
        blocks = self._blocks
        duplicate = self._duplicate
        if duplicate is not None:
            self._duplicate = None
            self.has_report = bool(blocks)
            return (duplicate, *blocks[: limit - 1])
        return tuple(blocks[:limit])

    def report_length(self) -> int:
        """How many blocks wait to be reported."""
        return len(self._blocks) + (self._duplicate is not None)

    def right_edge(self) -> int:
        """One past the highest byte held; 0 if none is."""
        return max((right for _, right in self._blocks), default=0)

    def last_end(self) -> int:
        """One past the last byte held."""
        return self.held[-1][1]

    def insert(self, seq: int, end: int, data: bytes, has_fin: bool) -> bool:
        """Keep what is new of [seq, end); False if nothing is."""
        held = self.held
        self._duplicate = None
        if not held or seq >= held[-1][1]:
            self._append(seq, end, data, has_fin)
            return True
        pieces = self._find_new(seq, end)
        for left, right in pieces:
            data_left, data_right = left - seq, min(right - seq, len(data))
            insort(held, (left, right, data[data_left:data_right], has_fin and right == end))
            self.bytes_held += data_right - data_left
        self._extend_blocks(seq, end)
        return len(pieces) > 0

    def _find_new(self, seq: int, end: int) -> list[tuple[int, int]]:
        """What of [seq, end) is to be kept: all but what is there and reaches beyond; what it covers, it replaces."""
        held = self.held
        index = max(bisect_right(held, (seq, end + 1, b"", False)) - 1, 0)
        pieces: list[tuple[int, int]] = []
        start = seq
        while index < len(held) and held[index][0] < end:
            left, right, data, _ = held[index]
            if right <= start:
                index += 1
                continue
            self._duplicated_too(max(seq, left), min(right, end))
            if seq <= left and right <= end and (seq, end) != (left, right):
                del held[index]
                self.bytes_held -= len(data)
                self._release(len(data))
                continue
            index += 1
            if left > start:
                pieces.append((start, left))
            start = max(start, right)
        if start < end:
            pieces.append((start, end))
        return pieces

    def _append(self, seq: int, end: int, data: bytes, has_fin: bool) -> None:
        """What lies beyond all that is held, the usual case, can touch no block but the one it continues."""
        self.held.append((seq, end, data, has_fin))
        self.bytes_held += len(data)
        blocks = self._blocks
        if blocks and blocks[0][1] == seq:
            blocks[0] = (blocks[0][0], end)
            self.has_report = True
        else:
            self._extend_blocks(seq, end)

    def _extend_blocks(self, seq: int, end: int) -> None:
        blocks = self._blocks
        index = 0
        while index < len(blocks):
            left, right = blocks[index]
            if seq <= right and left <= end:
                seq, end = min(seq, left), max(end, right)
                del blocks[index]
            else:
                index += 1
        blocks.insert(0, (seq, end))
        del blocks[_MAX_BLOCKS:]
        self.has_report = True

    def take(self, rcv_nxt: int) -> tuple[bytes, bool] | None:
        """The held segment that continues at `rcv_nxt`, cut to what is new there; None if there is none."""
        held = self.held
        while held and held[0][0] <= rcv_nxt:
            seq, end, data, has_fin = held.pop(0)
            self.bytes_held -= len(data)
            if end <= rcv_nxt:
                self._duplicated_too(seq, end)
                continue
            if seq < rcv_nxt:
                self._duplicated_too(seq, rcv_nxt)
            return data[rcv_nxt - seq :], has_fin
        return None

    def advanced(self, rcv_nxt: int) -> None:
        """Everything before `rcv_nxt` is in order now: drop its blocks."""
        if self._blocks:
            self._blocks = [block for block in self._blocks if block[0] > rcv_nxt] if self.held else []
            self.has_report = bool(self._blocks) or self._duplicate is not None

    def clear(self) -> None:
        """Nothing can come after a FIN, and nothing about it is reported any more (Linux tcp_fin)."""
        for _, _, data, _ in self.held:
            self._release(len(data))
        self.held.clear()
        self._blocks.clear()
        self._duplicate = None
        self.has_report = False
        self.bytes_held = 0
