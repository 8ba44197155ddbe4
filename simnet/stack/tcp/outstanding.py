"""What is in flight, in its order: what comes, what goes, and how many bear which mark.

Also how many buffers Linux would have for it, which is what a program's send buffer is measured by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from typing import Callable, Final

from simnet.stack.tcp.sent import GONE, LOST, NOTICE, RECORD_END, RETRANSMITTED, SACKED, Sent

UNKNOWN: Final = -1  # nobody has counted yet


def by_seq(sent: Sent) -> int:
    """The order in which segments are kept."""
    return sent.seq


def _nobody(end: int) -> None:
    """Until somebody listens."""


class Outstanding:
    """The segments in their order, and how many bear which mark."""

    __slots__ = (
        "_segments", "_head", "packets_out", "sacked_out", "lost_out", "retrans_out", "lost", "delivered",
        "total_retransmissions", "highest_sack", "transmissions", "_unsettled", "_waiting", "_waits", "_heads",
        "on_notice", "bytes_repeated", "repeated_until",
    )  # fmt: skip

    def __init__(self) -> None:
        self._segments: list[Sent] = []
        self._head = 0
        self.packets_out = 0
        self.sacked_out = 0  # without SACK: duplicate ACKs, each of which stands for a segment that arrived
        self.lost_out = 0
        self.retrans_out = 0
        self.lost = 0  # marks ever given
        self.delivered = 0  # segments ever delivered
        self.total_retransmissions = 0
        self.transmissions = 0
        self.bytes_repeated = 0
        self.repeated_until = 0  # where the last segment ended that was ever sent again
        # In order of transmission, and lost ones by sequence number; entries that have become wrong are skipped when
        # they come up.  The first is kept only while something is marked.
        self._unsettled: deque[tuple[int, Sent]] | None = None
        self._waiting: list[tuple[int, int, Sent]] = []
        self._waits = 0
        self._heads = UNKNOWN
        self.on_notice: Callable[[int], None] = _nobody
        self.highest_sack = 0  # one past the highest SACKed byte; only meaningful while sacked_out > 0

    def in_flight(self) -> int:
        """Segments believed to be in the network: RFC 6675's pipe."""
        return self.packets_out - self.sacked_out - self.lost_out + self.retrans_out

    def left_out(self) -> int:
        """Segments believed to have left the network."""
        return self.sacked_out + self.lost_out

    def heads(self) -> int:
        """How many buffers Linux has for these: one for each burst, but one for a run of SACKed (tcp_shift_skb_data).

        Counted when asked for, then kept while segments come, go, and are SACKed.
        """
        if self._heads == UNKNOWN:
            segments = self._segments
            self._heads = sum([self._begins(index) for index in range(self._head, len(segments))])
        return self._heads

    def _begins(self, index: int) -> int:
        """1 if a buffer begins with the segment at `index`."""
        segments = self._segments
        if index >= len(segments):
            return 0
        if index <= self._head:
            return 1
        before, sent = segments[index - 1], segments[index]
        if before.marks & (SACKED | RECORD_END) == SACKED:
            return 1 - (sent.marks & SACKED)
        return 1 if sent.marks & SACKED or sent.burst != before.burst else 0

    def _beside(self, index: int) -> tuple[Sent | None, Sent | None]:
        """What may share a buffer with the segment at `index`: its neighbors, unless a record ends between."""
        segments = self._segments
        before = segments[index - 1] if index > self._head else None
        if before is not None and before.marks & RECORD_END:
            before = None
        is_last = index + 1 == len(segments) or segments[index].marks & RECORD_END
        return before, None if is_last else segments[index + 1]

    def extend(self, burst: list[Sent]) -> None:
        """New segments left, in one burst."""
        if self._heads != UNKNOWN:
            self._heads += 1
        self._segments += burst
        self.packets_out += len(burst)
        if self._unsettled is not None:
            self._unsettled.extend([(sent.order, sent) for sent in burst])

    def first(self) -> Sent | None:
        """The oldest, which starts at or before snd_una."""
        return self._segments[self._head] if self.packets_out else None

    def last(self) -> Sent | None:
        """The newest."""
        return self._segments[-1] if self.packets_out else None

    def segments(self) -> list[Sent]:
        """All, oldest first (a copy)."""
        return self._segments[self._head :]

    def index(self, seq: int) -> int:
        """Of the first segment that begins at `seq` or later; good until the flight changes."""
        return bisect_left(self._segments, seq, self._head, key=by_seq)

    def within(self, left: int, right: int) -> list[Sent]:
        """Those that lie whole in [left, right) (a copy)."""
        return self.from_index(self.index(left), right)

    def from_index(self, first: int, right: int) -> list[Sent]:
        """Those from index `first` that end at or before `right` (a copy)."""
        segments, end = self._segments, first
        while end < len(segments) and segments[end].end <= right:
            end += 1
        return segments[first:end]

    def remove_unmarked(self, una: int) -> list[Sent] | None:
        """Take out all before `una`; None, and nothing done, if one of them bears a mark or `una` lies inside one."""
        segments, head = self._segments, self._head
        end, length = head, len(segments)
        while end < length:
            if segments[end].end > una:
                break
            if segments[end].marks:
                return None
            end += 1
        if end < length and segments[end].seq < una:
            return None
        gone = segments[head:end]
        self.packets_out -= end - head
        if end == length:
            segments.clear()
            end = 0
        elif end >= 256 and end * 2 > len(segments):
            del segments[:end]
            end = 0
        self._head = end
        self._unsettled = None
        self._heads = UNKNOWN
        return gone

    def remove_first(self) -> None:
        """The oldest has been acknowledged; its marks leave the counts."""
        sent = self._segments[self._head]
        marks = sent.marks
        if self._heads != UNKNOWN:
            self._heads -= 1 if self.packets_out == 1 else self._begins(self._head + 1)
        if marks:
            if marks & SACKED:
                self.sacked_out -= 1
            if marks & LOST:
                self.lost_out -= 1
            if marks & RETRANSMITTED:
                self.retrans_out -= 1
            if marks & NOTICE:
                self.on_notice(sent.end)
            sent.order = GONE
        self.packets_out -= 1
        if self._unsettled is not None:
            sent.order = GONE
            if not (self.sacked_out or self.lost_out or self.retrans_out):
                self._unsettled = None
        head = self._head + 1
        if self.packets_out == 0:
            self._segments.clear()
            self._waiting.clear()
            head = 0
        elif head >= 256 and head * 2 > len(self._segments):
            del self._segments[:head]
            head = 0
        self._head = head
