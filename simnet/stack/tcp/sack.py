"""Selective acknowledgments as the sender reads them: the scoreboard, D-SACK, reordering (RFC 2018, 2883, 6675).

Does not model: a SACK edge inside a segment (the segment counts as missing, as in Linux).
"""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import LOSS, CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.rack import Rack
from simnet.stack.tcp.sent import EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED, Sent
from simnet.stack.tcp.sequence import unwrap
from simnet.stack.tcp.tcb import Tcb

_REPEATED: Final = RETRANSMITTED | EVER_RETRANSMITTED

# What an acknowledgment told, gathered over its processing (Linux's FLAG_*).
DATA: Final = 0x01  # the segment carried data
WINDOW_UPDATED: Final = 0x02
DATA_ACKED: Final = 0x04
RETRANSMISSION_ACKED: Final = 0x08
SYN_ACKED: Final = 0x10
DATA_SACKED: Final = 0x20
ECE_SEEN: Final = 0x40
ORIGINAL_ARRIVED: Final = 0x200  # a segment never sent again was acknowledged
ADVANCED: Final = 0x400
DUPLICATE_REPORTED: Final = 0x800  # a D-SACK
SET_TIMER: Final = 0x1000
RENEGED: Final = 0x2000
LOST_RETRANSMISSION: Final = 0x4000
PROBE_DUPLICATE: Final = 0x8000  # the D-SACK is of a tail loss probe
PROGRESS: Final = DATA_ACKED | SYN_ACKED | DATA_SACKED
ACKED: Final = DATA_ACKED | SYN_ACKED
NOT_DUPLICATE: Final = DATA | WINDOW_UPDATED | ACKED
ALERT: Final = DATA_SACKED | ECE_SEEN | DUPLICATE_REPORTED


class SackReader:
    """Reads SACK options into the marks of the segments in flight.

    `first_at`, `last_at`: when the first and last newly SACKed, never repeated segments were sent; -1 if none.
    `first_order`: of that first one's transmission.  `latest_order`, `latest_delivered`: of the last sent of all that
    newly have arrived, its transmission, and what had been delivered then; 0 if there is none.
    """

    __slots__ = (
        "_tcb", "_flight", "_window", "_rack", "reorderings_seen", "undo_marker", "undo_retrans",
        "first_at", "last_at", "first_order", "_lowest", "_known", "duplicates_reported", "probe_end",
        "is_probe_repeat", "latest_order", "latest_delivered",
    )  # fmt: skip

    def __init__(self, tcb: Tcb, flight: Flight, window: CongestionWindow, rack: Rack) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._rack: Final = rack
        self.reorderings_seen = 0
        self.undo_marker = -1  # where the last reduction began; -1 when there is nothing to undo
        self.undo_retrans = 0  # retransmissions that no D-SACK has called useless yet; -1 before the first
        self.first_at = -1
        self.last_at = -1
        self.first_order = 0
        self.latest_order = 0
        self.latest_delivered = 0
        self._lowest = 0
        self._known: dict[int, int] = {}  # the last blocks read, left edge to right
        self.duplicates_reported = 0
        self.probe_end = 0  # snd_nxt when the tail loss probe left; 0 when none is out
        self.is_probe_repeat = False  # was that probe a retransmission?

    def read(self, blocks: tuple[tuple[int, int], ...], ack: int, prior_una: int, high_seq: int) -> int:
        """Mark what `blocks` of the acknowledgment `ack` say; returns the flags of what was learned."""
        tcb, flight = self._tcb, self._flight
        self.first_at = self.last_at = -1
        self._lowest = tcb.snd_nxt
        ranges = [(unwrap(left, tcb.snd_una), unwrap(right, tcb.snd_una)) for left, right in blocks]
        flags = self._check_duplicate(ranges, ack, prior_una)
        if flags & DUPLICATE_REPORTED:
            if self.reorderings_seen and not flags & PROBE_DUPLICATE:
                self._rack.duplicate_seen = True
            self._forget_useless(ranges[0])
            ranges = ranges[1:]
        known = self._known
        for left, right in sorted(ranges):
            if not prior_una <= left < right <= tcb.snd_nxt:
                if right > tcb.snd_nxt or right <= prior_una or left >= right:
                    continue
            start = known.get(left, left)
            if start < right:
                flags |= self._mark(start if start > left else left, right, high_seq)
        self._known = dict(ranges)
        if self._window.phase is not LOSS or self.undo_marker >= 0:
            self.check_reordering(self._lowest)
        if flight.packets_out == 0:
            flight.sacked_out = 0
        return flags

    def forget(self) -> None:
        """Marks have been taken back: read everything anew next time."""
        self._known = {}

    def _mark(self, left: int, right: int, high_seq: int) -> int:
        flags = 0
        flight = self._flight
        first = flight.index(left)
        for index, sent in enumerate(flight.from_index(first, right), first):
            if sent.marks & SACKED == 0 and sent.end > self._tcb.snd_una:
                flags |= self._mark_segment(sent, index, high_seq)
        return flags

    def _mark_segment(self, sent: Sent, index: int, high_seq: int) -> int:
        flags = DATA_SACKED
        flight = self._flight
        self._rack.advance(sent, self._tcb.now)
        if not sent.marks & RETRANSMITTED and not sent.marks & _REPEATED:
            if sent.seq < flight.highest(self._tcb.snd_una) and sent.seq < self._lowest:
                self._lowest = sent.seq
            if sent.end <= high_seq:
                flags |= ORIGINAL_ARRIVED
            if self.first_at < 0:
                self.first_at = sent.sent_at
                self.first_order = sent.order
            self.last_at = sent.sent_at
        if sent.order > self.latest_order:
            self.latest_order, self.latest_delivered = sent.order, sent.delivered
        flight.mark_sacked(sent, index)
        flight.delivered += 1
        return flags

    def _check_duplicate(self, ranges: list[tuple[int, int]], ack: int, prior_una: int) -> int:
        """Flags: is the first block a D-SACK (RFC 2883 4), of a probe, that one of our retransmissions explains?"""
        left, right = ranges[0]
        if left >= ack and not (len(ranges) > 1 and ranges[1][0] <= left and right <= ranges[1][1]):
            return 0
        length = right - left
        tcb = self._tcb
        if length <= 0 or length > tcb.snd_max_wnd:
            return 0
        flags = PROBE_DUPLICATE if self.probe_end == right and length <= tcb.mss else 0
        segments = -(-length // tcb.mss)
        self.duplicates_reported += segments
        if self.duplicates_reported > self._flight.total_retransmissions:
            return flags
        self._flight.delivered += segments
        if self.undo_marker >= 0 and self.undo_retrans > 0 and right <= prior_una and right > self.undo_marker:
            self.undo_retrans = max(0, self.undo_retrans - segments)
        return flags | DUPLICATE_REPORTED

    def _forget_useless(self, block: tuple[int, int]) -> None:
        """Retransmissions of segments still in flight that the D-SACK says arrived twice."""
        left, right = block
        for sent in self._flight.within(left, right):
            if sent.marks & _REPEATED:
                if self.undo_marker >= 0 and self.undo_retrans > 0 and sent.end > self.undo_marker:
                    self.undo_retrans -= 1
                if sent.marks & SACKED and sent.seq < self._lowest:
                    self._lowest = sent.seq
            if not sent.marks & LOST:
                self._flight.forget_retransmission(sent)

    def check_reordering(self, lowest: int) -> None:
        """A segment from `lowest` arrived after later ones: how far is this path reordering?"""
        snd_una = self._tcb.snd_una
        highest = self._flight.highest(snd_una) if self._tcb.has_sack else snd_una
        if lowest >= highest:
            return
        mss = self._tcb.mss
        if highest - lowest > self._window.reordering * mss:
            self._window.reordering = min(-(-(highest - lowest) // mss), self._tcb.profile.tcp_max_reordering)
        self.reorderings_seen += 1

    # --- without SACK

    def add_duplicates(self, count: int) -> None:
        """`count` duplicate ACKs came, each for a segment that arrived (RFC 6582)."""
        if count and self._flight.add_duplicates(count):
            self._duplicates_exceed(0)

    def remove_duplicates(self, acked: int) -> None:
        """A cumulative acknowledgment of `acked` segments explains earlier duplicates."""
        if acked > 0 and self._flight.remove_duplicates(acked):
            self._duplicates_exceed(acked)

    def _duplicates_exceed(self, acked: int) -> None:
        """More duplicate ACKs than a loss explains: this path reorders (Linux tcp_check_reno_reordering)."""
        self._window.reordering = min(self._flight.packets_out + acked, self._tcb.profile.tcp_max_reordering)
        self.reorderings_seen += 1
