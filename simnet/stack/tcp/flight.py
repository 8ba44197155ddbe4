"""The segments in flight: sent and not yet acknowledged, with what is known about each (RFC 6675's scoreboard).

A segment is one packet on the wire; Linux counts the same by `tcp_skb_pcount`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from heapq import heappop, heappush
from typing import Callable

from simnet.stack.tcp.outstanding import UNKNOWN, Outstanding, by_seq
from simnet.stack.tcp.sent import ENDS, EVER_RETRANSMITTED, GONE, LOST, RECORD_END, RETRANSMITTED, SACKED, SETTLED, Sent
from simnet.wire.tcp import FIN, PSH


def _by_order(entry: tuple[int, Sent]) -> int:
    return entry[0]


def _are_alike(sent: Sent, following: Sent) -> bool:
    """Do both bear the same marks?  What is marked at the end of the second does not matter."""
    return sent.marks == following.marks & ~ENDS


class Flight(Outstanding):
    """All segments in flight, in order, and how many of them bear which mark."""

    __slots__ = ()

    def _split(self, old: Sent, pieces: list[Sent], marks: int) -> None:
        """`old` goes as `pieces` from now on; each bears its `marks`."""
        index = self._segments.index(old, self._head)
        more = len(pieces) - 1
        for piece in pieces:
            piece.marks = marks & ~ENDS
        pieces[-1].marks = marks
        first = pieces[0]
        old.end, old.data, old.flags, old.marks = first.end, first.data, first.flags, first.marks
        self._segments[index + 1 : index + 1] = pieces[1:]
        self.packets_out += more
        if marks & SACKED:
            self.sacked_out += more
        if marks & LOST:
            self.lost_out += more
        if marks & RETRANSMITTED:
            self.retrans_out += more
        for piece in pieces[1:]:
            if marks & (LOST | SACKED | RETRANSMITTED) == LOST:
                self._wait(piece)
        self._unsettled = None
        self._heads = UNKNOWN

    def recut(self, mss: int) -> None:
        """Cut what is lost anew, each burst as a whole, into segments of `mss`."""
        old, self._segments, self._head = self.segments(), [], 0
        self._waiting.clear()
        self._unsettled = None
        self._heads = UNKNOWN
        for sent in old:
            last = self._segments[-1] if self._segments else None
            is_lost = sent.marks & (LOST | SACKED | RETRANSMITTED) == LOST
            if last is None or not is_lost or last.burst != sent.burst or not _are_alike(last, sent):
                self._segments.append(sent)
                continue
            last.data += sent.data
            last.end, last.flags, last.marks = sent.end, sent.flags, sent.marks
            self.packets_out -= 1
            self.lost_out -= 1
        for sent in self.segments():
            if sent.marks & (LOST | SACKED | RETRANSMITTED) == LOST:
                self._wait(sent)
                self.cut(sent, mss, mss)

    def cut_from(self, una: int) -> None:
        """Where `una` lies inside a segment, cut the rest of its burst anew from there (Linux tcp_tso_acked).

        If that takes one segment less, what was acknowledged stays as one.  Nothing changes where no other segment of
        the burst follows: what is left of the last one is cut when it is sent again.
        """
        segments = self._segments
        index = bisect_left(segments, una, self._head, key=by_seq) - 1
        if index < self._head or segments[index].end <= una:
            return
        first = segments[index]
        end = index + 1
        while end < len(segments) and segments[end].burst == first.burst and _are_alike(first, segments[end]):
            end += 1
        rest = segments[index:end]
        if len(rest) == 1:
            return
        most, end_of_all = len(first.data), rest[-1].end  # all but the last of a burst are full
        data = b"".join([sent.data for sent in rest])[una - first.seq :]
        if len(data) <= (len(rest) - 1) * most:
            first.data, first.end = first.data[: una - first.seq], una
            del rest[0]
        for number, sent in enumerate(rest):
            sent.data = data[number * most : (number + 1) * most]
            sent.seq = una + number * most
            sent.end = sent.seq + len(sent.data)
        rest[-1].end = end_of_all  # with the FIN
        self._heads = UNKNOWN

    def cut(self, sent: Sent, first: int, mss: int) -> None:
        """Cut a segment: `first` bytes, then pieces of `mss`; what ends it stays with the last."""
        pieces: list[Sent] = []
        length, stop = len(sent.data), 0
        while stop < length:
            start, stop = stop, min(stop + mss if stop else first, length)
            data = sent.data[start:stop]
            is_last = stop == length
            flags = sent.flags if is_last else sent.flags & ~(FIN | PSH)
            end = sent.end if is_last else sent.seq + stop
            seq = sent.seq + start
            pieces.append(Sent(seq, end, data, flags, sent.sent_at, sent.order, sent.delivered, sent.burst))
        if len(pieces) > 1:
            self._split(sent, pieces, sent.marks)

    def absorb_following(self, sent: Sent, most: int, edge: int) -> None:
        """Join to `sent` what follows it, up to `most` bytes and up to `edge` (Linux tcp_retrans_try_collapse).

        Only what left by itself, not as part of a burst, and is not SACKED.
        """
        segments = self._segments
        index = segments.index(sent, self._head)
        while self._is_alone(index) and index + 1 < len(segments) and self._is_alone(index + 1):
            other = segments[index + 1]
            if other.marks & SACKED or other.end > edge or len(sent.data) + len(other.data) > most:
                return
            if sent.marks & RECORD_END:
                return
            sent.data += other.data
            sent.end = other.end
            sent.flags |= other.flags
            sent.marks |= other.marks & (EVER_RETRANSMITTED | ENDS)
            other.order = GONE
            del segments[index + 1]
            self.packets_out -= 1
            if other.marks & LOST:
                self.lost_out -= 1
            if other.marks & RETRANSMITTED:
                self.retrans_out -= 1
            self._unsettled = None
            self._heads = UNKNOWN

    def _is_alone(self, index: int) -> bool:
        segments = self._segments
        burst = segments[index].burst
        if index > self._head and segments[index - 1].burst == burst:
            return False
        return index + 1 == len(segments) or segments[index + 1].burst != burst

    def clear(self) -> None:
        """The connection is over.  What the marks were is still told (TCP_INFO; Linux tcp_write_queue_purge)."""
        self._segments.clear()
        self._waiting.clear()
        self._unsettled = None
        self._heads = UNKNOWN
        self._head = self.packets_out = 0

    def mark_lost(self, sent: Sent) -> None:
        """`sent`, or its retransmission, is believed lost."""
        marks = sent.marks
        if marks & SACKED:
            return
        if marks & LOST:
            if not marks & RETRANSMITTED:
                return
            sent.marks = marks & ~RETRANSMITTED
            self.retrans_out -= 1
        else:
            sent.marks = marks | LOST
            self.lost_out += 1
        self.lost += 1
        self._wait(sent)

    def _wait(self, sent: Sent) -> None:
        self._waits += 1
        heappush(self._waiting, (sent.seq, self._waits, sent))

    def take_lost(self) -> Sent | None:
        """The first lost segment that has not been sent again; it no longer waits for that."""
        waiting = self._waiting
        while waiting:
            sent = heappop(waiting)[2]
            if sent.order != GONE and sent.marks & (LOST | SACKED | RETRANSMITTED) == LOST:
                return sent
        return None

    def put_back_lost(self, sent: Sent) -> None:
        """`sent` could not be sent again now."""
        self._wait(sent)

    def sent_before(self, order: int, keep: Callable[[Sent], bool]) -> None:
        """Offer what was sent before transmission `order` and is neither SACKED nor known lost to `keep`.

        Those that it does not keep are settled, even if it turns out that they were not lost (tcp_tsorted_anchor).
        """
        if self._unsettled is None:
            new = [(sent.order, sent) for sent in self.segments() if not sent.marks & SETTLED]
            self._unsettled = deque(sorted(new, key=_by_order))
        unsettled = self._unsettled
        kept: list[tuple[int, Sent]] = []
        while unsettled and unsettled[0][0] < order:
            entry = unsettled.popleft()
            sent = entry[1]
            if entry[0] != sent.order or sent.marks & SACKED:
                continue
            if sent.marks & (LOST | RETRANSMITTED) == LOST or keep(sent):
                kept.append(entry)
            else:
                sent.marks |= SETTLED
        unsettled.extendleft(reversed(kept))

    def unmark_lost(self) -> None:
        """Nothing was lost after all."""
        for sent in self.segments():
            sent.marks &= ~LOST
        self.lost_out = 0
        self._waiting.clear()

    def sent_again(self, sent: Sent, burst: int, now: int) -> None:
        """`sent` was sent again, for whatever reason, in a `burst` of repeated segments."""
        if self._heads != UNKNOWN and not sent.marks & SACKED:
            for other in self._beside(self.index(sent.seq)):
                if other is not None and not other.marks & SACKED:
                    self._heads += (other.burst == sent.burst) - (other.burst == -burst)
        sent.burst = -burst  # repeated bursts and first ones never join
        self.transmissions += 1
        sent.order = self.transmissions
        sent.delivered = self.delivered
        sent.sent_at = now
        if self._unsettled is not None:
            self._unsettled.append((sent.order, sent))
        sent.marks = sent.marks & ~SETTLED | EVER_RETRANSMITTED
        self.total_retransmissions += 1
        self.bytes_repeated += len(sent.data)
        if sent.end > self.repeated_until:
            self.repeated_until = sent.end

    def mark_retransmitted(self, sent: Sent) -> None:
        """`sent` was sent again because it is believed lost."""
        if not sent.marks & RETRANSMITTED:
            self.retrans_out += 1
        sent.marks |= RETRANSMITTED

    def mark_sacked(self, sent: Sent, index: int) -> None:
        """The peer says that it holds `sent`, at `index`.  A retransmission not known to be needed stays in flight."""
        marks = sent.marks
        if marks & LOST:
            self.lost_out -= 1
            if marks & RETRANSMITTED:
                self.retrans_out -= 1
                marks &= ~RETRANSMITTED
        if self._heads != UNKNOWN:  # it leaves the buffer of its burst and joins those of SACKed neighbors
            for other in self._beside(index):
                if other is not None:
                    self._heads += -1 if other.marks & SACKED else other.burst == sent.burst
        sent.marks = (marks & ~LOST) | SACKED
        self.sacked_out += 1
        if sent.end > self.highest_sack:
            self.highest_sack = sent.end

    def forget_retransmission(self, sent: Sent) -> None:
        """A D-SACK shows that the retransmission of `sent` arrived as a duplicate."""
        if sent.marks & RETRANSMITTED:
            sent.marks &= ~RETRANSMITTED
            self.retrans_out -= 1

    def forget_sacks(self) -> None:
        """The peer dropped what it had acknowledged selectively (RFC 2018 8).

        What it held in a row has been one buffer since, sent when its first segment was (Linux tcp_shift_skb_data).
        """
        row: list[Sent] = []
        for sent in self.segments():
            if not sent.marks & SACKED:
                row = []
                continue
            sent.marks = sent.marks & ~SACKED | SETTLED
            row.append(sent)
            first = row[0]
            sent.sent_at, sent.burst, sent.delivered = first.sent_at, first.burst, first.delivered
            if (sent.marks ^ first.marks) & EVER_RETRANSMITTED:
                for other in row:
                    other.marks |= EVER_RETRANSMITTED
        self.sacked_out = self.highest_sack = 0
        self._unsettled = None
        self._heads = UNKNOWN

    # --- without SACK: each duplicate ACK stands for one segment that arrived (RFC 6582)

    def add_duplicates(self, count: int) -> bool:
        """`count` duplicate ACKs came; True if they are more than can be explained but by reordering."""
        before = self.sacked_out
        self.sacked_out += count
        is_reordered = self._limit_duplicates()
        self.delivered += max(self.sacked_out - before, 0)
        return is_reordered

    def remove_duplicates(self, acked: int) -> bool:
        """A cumulative acknowledgment of `acked` segments explains earlier duplicates; True as above."""
        self.delivered += max(acked - self.sacked_out, 1)
        self.sacked_out = max(self.sacked_out - (acked - 1), 0)
        return self._limit_duplicates()

    def _limit_duplicates(self) -> bool:
        holes = min(max(self.lost_out, 1), self.packets_out)
        if self.sacked_out + holes > self.packets_out:
            self.sacked_out = self.packets_out - holes
            return True
        return False

    def highest(self, snd_una: int) -> int:
        """One past the highest byte known to have arrived (RFC 6675's HighACK and SACK together)."""
        return self.highest_sack if self.sacked_out else snd_una
