"""Sending again, and taking acknowledged segments out of flight (RFC 6298 5, Linux tcp_clean_rtx_queue)."""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.tcp import sack
from simnet.stack.tcp.bursts import Bursts
from simnet.stack.tcp.congestion.control import CongestionControl, CongestionWindow
from simnet.stack.tcp.deadlines import REORDER, Deadlines
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.rack import Rack
from simnet.stack.tcp.retransmission_timer import RetransmissionTimer
from simnet.stack.tcp.rtt import RTO_BASE, RoundTrip, backed_off
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.sent import EVER_RETRANSMITTED, RETRANSMITTED, SACKED, Sent
from simnet.stack.tcp.sequence import is_before
from simnet.stack.tcp.tcb import Tcb
from simnet.wire.tcp import FIN, PSH, SYN

_REPEATED: Final = RETRANSMITTED | EVER_RETRANSMITTED


class Retransmission:
    """`stamp`: the timestamp of the first retransmission not yet known to be needed, -1 when there is none."""

    __slots__ = (
        "_tcb", "_flight", "_window", "_control", "_rtt", "_rack", "_reader", "_output", "_timer", "_deadlines",
        "_bursts", "stamp", "stamped_at", "retransmits",
    )  # fmt: skip

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        window: CongestionWindow,
        control: CongestionControl,
        rtt: RoundTrip,
        rack: Rack,
        reader: SackReader,
        output: Output,
        timer: RetransmissionTimer,
        deadlines: Deadlines,
        bursts: Bursts,
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._control: Final = control
        self._rtt: Final = rtt
        self._rack: Final = rack
        self._reader: Final = reader
        self._output: Final = output
        self._timer: Final = timer
        self._deadlines: Final = deadlines
        self._bursts: Final = bursts
        self.stamp = -1
        self.stamped_at = 0
        self.retransmits = 0  # timeouts in a row

    # --- sending again

    def send_alone(self, sent: Sent, reason: int) -> bool:
        """Repeat one segment, by a timer."""
        return self.send_again(sent, reason, self._flight.transmissions + 1, False)

    def send_again(self, sent: Sent, reason: int, burst: int, ends_burst: bool) -> bool:
        """Repeat one segment of `burst`; False if the peer's window no longer reaches it (__tcp_retransmit_skb)."""
        is_held_back = self._output.is_held_back(sent.seq)
        if not is_held_back and not self._repeat(sent, reason, burst, ends_burst):
            return False
        if self.stamp < 0:
            self.stamp = self._tcb.timestamp()
            self.stamped_at = self._tcb.now
        if is_held_back:
            return False
        self._flight.mark_retransmitted(sent)
        self._reader.undo_retrans = max(self._reader.undo_retrans, 0) + 1
        return True

    def probe(self, sent: Sent, reason: int) -> bool:
        """Repeat a segment that nobody believes lost: it does not count as a retransmission in flight."""
        if self._output.is_held_back(sent.seq):
            return False
        return self._repeat(sent, reason, self._flight.transmissions + 1, False)

    def _repeat(self, sent: Sent, reason: int, burst: int, ends_burst: bool) -> bool:
        tcb = self._tcb
        room = tcb.snd_una + tcb.snd_wnd - sent.seq
        if room <= 0 and sent.seq > tcb.snd_una:
            return False
        self._fit(sent)
        flags = sent.flags | PSH if ends_burst and sent.data else sent.flags
        if flags & FIN and not sent.data:
            reason = reasons.TCP_RETRANSMIT_FIN
        self._output.transmit(sent.seq, flags, sent.data, reason)
        self._flight.sent_again(sent, burst, tcb.now)
        if sent.data:
            self._bursts.last_sent_at = tcb.now
        return True

    def _fit(self, sent: Sent) -> None:
        """Cut off what was acknowledged, and what the path or the window no longer takes (Linux tcp_trim_head)."""
        tcb = self._tcb
        if sent.seq < tcb.snd_una:
            sent.data = sent.data[tcb.snd_una - sent.seq :]
            sent.seq = tcb.snd_una
        mss = tcb.mss - self._output.options_length()
        room = tcb.snd_una + tcb.snd_wnd - sent.seq
        most = min(mss, room) if room > 0 else mss
        if len(sent.data) > most:
            self._flight.cut(sent, most, mss)
        elif len(sent.data) < most and tcb.profile.tcp_retrans_collapse:
            flight = self._flight
            before = flight.packets_out
            flight.absorb_following(sent, most, tcb.snd_una + tcb.snd_wnd)
            if not tcb.has_sack:  # one segment less that duplicate ACKs may stand for (Linux tcp_adjust_pcount)
                flight.sacked_out = max(flight.sacked_out - (before - flight.packets_out), 0)

    def _take_lost(self, room: int) -> Sent | None:
        """The next lost segment, cut to the size of today, if there is `room` for one."""
        sent = self._flight.take_lost() if room > 0 else None
        if sent is not None:
            self._fit(sent)
        return sent

    def retransmit_lost(self, reason: int) -> None:
        """Repeat what is marked lost, as far as the congestion window allows (Linux tcp_xmit_retransmit_queue)."""
        flight, window = self._flight, self._window
        if flight.retrans_out >= flight.lost_out or not flight.packets_out:
            return
        head = flight.first()
        must_rearm = False
        room = window.cwnd - flight.in_flight()
        most = self._bursts.limit(self._tcb.mss)
        sent = self._take_lost(room)
        run = 0
        while sent is not None:
            room -= 1
            run = run or flight.transmissions + 1
            following = self._take_lost(room)
            while following is sent:  # found lost twice
                following = self._take_lost(room)
            is_joined = (
                following is not None
                and following.burst == sent.burst
                and following.seq == sent.end
                and flight.transmissions + 2 - run < most
            )
            if not self.send_again(sent, reason, run, not is_joined and run <= flight.transmissions):
                flight.put_back_lost(sent)
                if following is not None:
                    flight.put_back_lost(following)
                break
            if not is_joined:
                run = 0
            if window.is_reducing():
                window.prr_out += 1
            if sent is head and self._deadlines.purpose is not REORDER:
                must_rearm = True
            # sending `sent` may have joined `following` to it
            sent = self._take_lost(room) if following is not None and following.order < 0 else following
        if must_rearm:
            self._timer.restart()

    # --- acknowledged

    def take_acknowledged(self, una: int, prior_highest: int, high_seq: int) -> int:
        """All before `una` has arrived: returns the flags of what that tells."""
        tcb, flight, rack, reader = self._tcb, self._flight, self._rack, self._reader
        flags = 0
        first_at = last_at = -1
        lowest = tcb.snd_nxt
        count = 0
        flight.cut_from(una)
        sent = flight.first()
        while sent is not None and sent.end <= una:
            marks = sent.marks
            if marks & _REPEATED:
                flags |= sack.RETRANSMISSION_ACKED
            elif not marks & SACKED:
                last_at = sent.sent_at
                if first_at < 0:
                    first_at = last_at
                    lowest = sent.seq
                if sent.end <= high_seq:
                    flags |= sack.ORIGINAL_ARRIVED
            if not marks & SACKED and tcb.has_sack:
                flight.delivered += 1
                if sent.order > reader.latest_order:
                    reader.latest_order, reader.latest_delivered = sent.order, sent.delivered
                if not (marks & _REPEATED and self._is_original_acked(sent)):
                    rack.advance(sent, tcb.now)
            flags |= sack.SYN_ACKED if sent.flags & SYN else sack.DATA_ACKED
            flight.remove_first()
            count += 1
            sent = flight.first()
        if reader.latest_order:
            rack.widen(reader.latest_delivered)
        if sent is not None and sent.marks & SACKED:
            flags |= sack.RENEGED
        if not tcb.has_sack and flags & sack.RETRANSMISSION_ACKED:
            flags &= ~sack.ORIGINAL_ARRIVED  # without SACK nothing tells that it was not the retransmission
        return self._measure(flags, first_at, last_at, count, lowest, prior_highest)

    def _is_original_acked(self, sent: Sent) -> bool:
        """The echoed timestamp is older than the repetition, which therefore was unnecessary."""
        tcb = self._tcb
        repeated_at = (sent.sent_at // 1_000_000 + tcb.ts_offset) & 0xFFFF_FFFF
        return tcb.echoed != 0 and is_before(tcb.echoed, repeated_at)

    def take_unmarked(self, gone: list[Sent]) -> None:
        """As `take_acknowledged`, of segments without a mark in an undisturbed flight."""
        tcb, rack, last = self._tcb, self._rack, gone[-1]
        now, count = tcb.now, len(gone)
        self._flight.delivered += count
        if tcb.has_sack:
            rack.advance(last, now)
        if rack.duplicate_seen or rack.steps != 1:
            rack.widen(last.delivered)
        recent = (now - last.sent_at) // 1000
        self._rtt.sample((now - gone[0].sent_at) // 1000, recent, tcb.snd_una, tcb.snd_nxt, now)
        self._control.acked(recent, count, now)

    def _measure(self, flags: int, first_at: int, last_at: int, count: int, lowest: int, prior_highest: int) -> int:
        """Round trip samples: by Karn's rule from segments sent once, or from the echoed timestamp (RFC 6298 3)."""
        tcb, now, reader = self._tcb, self._tcb.now, self._reader
        measured = recent = -1
        if first_at >= 0 and not flags & sack.RETRANSMISSION_ACKED:
            measured = (now - first_at) // 1000
            recent = (now - last_at) // 1000
        if reader.first_at >= 0:
            recent = (now - reader.last_at) // 1000
            if measured < 0:
                measured = (now - reader.first_at) // 1000
        if measured < 0 and tcb.echoed and flags & sack.ACKED:
            elapsed = (tcb.timestamp() - tcb.echoed) & 0xFFFF_FFFF
            measured = recent = max(elapsed, 1) * 1000 if elapsed < 0x7FFF_FFFF else -1
        if measured >= 0:
            self._rtt.sample(measured, recent, tcb.snd_una, tcb.snd_nxt, now)
        if count:
            flags |= sack.SET_TIMER
            if tcb.has_sack and lowest < prior_highest:
                reader.check_reordering(lowest)
        elif measured >= 0 and reader.first_at >= 0:
            head = self._flight.first()
            if head is not None and reader.first_order < head.order:  # by order: bursts take no virtual time
                flags |= sack.SET_TIMER
        self._control.acked(recent, count, now)
        return flags

    # --- the timeout

    def has_any_outstanding(self) -> bool:
        """Has anything in flight ever been sent again (Linux tcp_any_retrans_done)?"""
        if self._flight.retrans_out:
            return True
        first = self._flight.first()
        return first is not None and first.marks & _REPEATED != 0

    def is_given_up(self, boundary: int, timeout: int) -> bool:
        """Have the retransmissions gone on for `timeout`, or if 0 the time that `boundary` of them take by default?"""
        if not self.retransmits:
            return False
        return self.duration() >= (timeout or backed_off(boundary, RTO_BASE, self._tcb.profile.tcp_rto_max))

    def duration(self) -> int:
        """For how long the oldest segment has been sent again, or waited to be."""
        start = self.stamped_at
        if self.stamp < 0:
            first = self._flight.first()
            start = first.sent_at if first is not None else self._tcb.now
        return self._tcb.now - start
