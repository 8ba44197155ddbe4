"""Loss recovery: when to enter it, how fast to send in it, when to leave and when to take it back.

RFC 5681, 6582 (NewReno), 6675 (SACK), 6937 (proportional rate reduction), 8985 (RACK), 5682 (F-RTO), 3522 (Eifel),
put together as in Linux's tcp_fastretrans_alert.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from simnet.stack.tcp import sack
from simnet.stack.tcp.congestion.control import CWR, DISORDER, LOSS, OPEN, RECOVERY, CongestionControl, CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.rack import Rack
from simnet.stack.tcp.rate_reduction import RateReduction
from simnet.stack.tcp.retransmission import Retransmission
from simnet.stack.tcp.retransmission_timer import RetransmissionTimer
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.sent import LOST, SACKED
from simnet.stack.tcp.tcb import Tcb
from simnet.stack.tcp.undo import Undo


class Resend(Enum):
    """What recovery wants to be sent after an acknowledgment."""

    NOTHING = 0
    LOST = 1
    NEW = 2  # F-RTO: new data tells whether the timeout was spurious


class Recovery:
    """The state machine; `resend` and `flags` tell what follows from the last acknowledgment."""

    __slots__ = (
        "_tcb", "_flight", "_window", "_control", "_rack", "_reader", "_retransmission", "_timer", "_undo",
        "_reduction", "_is_frto", "resend", "flags",
    )  # fmt: skip

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        window: CongestionWindow,
        control: CongestionControl,
        rack: Rack,
        reader: SackReader,
        retransmission: Retransmission,
        timer: RetransmissionTimer,
        reduction: RateReduction,
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._control: Final = control
        self._rack: Final = rack
        self._reader: Final = reader
        self._retransmission: Final = retransmission
        self._timer: Final = timer
        self._reduction: Final = reduction
        self._undo: Final = Undo(tcb, flight, window, control, rack, reader, retransmission, reduction)
        self._is_frto = False
        self.resend = Resend.NOTHING
        self.flags = 0

    # --- after an acknowledgment

    def acknowledged(self, flags: int, prior_una: int, duplicates: int) -> None:
        """Digest a dubious acknowledgment; `flags` and `resend` hold what follows from it."""
        self.flags = flags
        window, flight = self._window, self._flight
        if flags & sack.ECE_SEEN:
            window.prior_ssthresh = 0
        if flags & sack.RENEGED and self._check_reneging():
            return
        if window.phase is OPEN:
            self._retransmission.stamp = -1
        elif self._tcb.snd_una >= self._window.high_seq and self._leave():
            return
        if window.phase is RECOVERY:
            if not self._continue_recovery(prior_una, duplicates):
                return
        elif window.phase is LOSS:
            if not self._continue_loss(duplicates):
                return
        elif not self._watch(duplicates):
            return
        if flight.packets_out:
            self.resend = Resend.LOST

    def _check_reneging(self) -> bool:
        """The peer dropped what it had SACKed: a timeout will come soon (RFC 2018 8)."""
        if not self.flags & sack.ADVANCED:
            return False
        self.flags &= ~sack.SET_TIMER
        self._timer.expect_reneging()
        return True

    def _leave(self) -> bool:
        """high_seq is acknowledged: the phase may end; True if nothing more is to be done."""
        window = self._window
        if window.phase is CWR:
            if self._tcb.snd_una > self._window.high_seq:
                self._reduction.end()
                window.phase = OPEN
        elif window.phase is RECOVERY:
            if not self._tcb.has_sack:
                self._flight.sacked_out = 0
            if self._undo.after_recovery():
                return True
            self._reduction.end()
        return False

    def _continue_recovery(self, prior_una: int, duplicates: int) -> bool:
        if not self.flags & sack.ADVANCED:
            if not self._tcb.has_sack:
                self._reader.add_duplicates(duplicates)
        elif self._undo.in_recovery(prior_una):
            return False
        if self._undo.by_duplicates():
            self._try_to_open()
        self._find_lost()
        if self._window.phase is not RECOVERY:
            if not self._flight.lost_out:
                return False
            self._enter_recovery()
        return True

    def _continue_loss(self, duplicates: int) -> bool:
        self._process_loss(duplicates)
        self._find_lost()
        if self._window.phase is OPEN or self.flags & sack.LOST_RETRANSMISSION:
            return self._watch(duplicates)
        return False

    def _watch(self, duplicates: int) -> bool:
        """Not in recovery: is there reason to enter it?"""
        tcb, flight = self._tcb, self._flight
        if not tcb.has_sack:
            if self.flags & sack.ADVANCED:
                flight.sacked_out = 0
            self._reader.add_duplicates(duplicates)
        if self._window.phase is OPEN or self._window.phase is DISORDER:
            self._undo.by_duplicates()
        self._find_lost()
        if not flight.lost_out:
            self._try_to_open()
            return False
        self._enter_recovery()
        return True

    def _find_lost(self) -> None:
        flight, phase = self._flight, self._window.phase
        if not flight.packets_out:
            return
        if not self._tcb.has_sack:
            is_early = phase not in (RECOVERY, LOSS)
            if (is_early and flight.sacked_out >= self._window.reordering) or (
                phase is RECOVERY and self.flags & sack.ADVANCED
            ):
                first = flight.first()
                if first is not None and not first.marks & LOST:
                    flight.mark_lost(first)
            return
        before = flight.retrans_out
        if not self._tcb.profile.tcp_rack:
            self._find_lost_by_threshold()
        elif self._rack.is_advanced and self._detect():
            self.flags &= ~sack.SET_TIMER
        if before > flight.retrans_out:
            self.flags |= sack.LOST_RETRANSMISSION

    def _find_lost_by_threshold(self) -> None:
        """Without RACK: lost is what `reordering` SACKed segments lie above (RFC 6675 4, IsLost)."""
        above = 0
        for sent in reversed(self._flight.segments()):
            if sent.marks & SACKED:
                above += 1
            elif above >= self._window.reordering and not sent.marks & LOST:
                self._flight.mark_lost(sent)

    def _detect(self) -> bool:
        """Ask RACK what is lost; True if its timer is running for the rest."""
        timeout = self._rack.detect(
            self._rack.reordering_window(self._window.reordering, self._reader.reorderings_seen)
        )
        if timeout:
            self._timer.wait_for_reordering(timeout)
        return timeout > 0

    # --- entering and leaving

    def _enter_recovery(self) -> None:
        window = self._window
        window.prior_ssthresh = 0
        self._undo.begin()
        if not window.is_reducing():
            window.prior_ssthresh = window.current_ssthresh()
            self._reduction.begin()
        window.phase = RECOVERY

    def enter_cwr(self) -> None:
        """The network signaled congestion without loss (RFC 3168 6.1.2)."""
        window = self._window
        window.prior_ssthresh = 0
        if window.phase is OPEN or window.phase is DISORDER:
            self._reader.undo_marker = -1
            self._reduction.begin()
            window.phase = CWR

    def probe_repaired(self) -> None:
        """The tail loss probe repaired a loss: reduce the window once (RFC 8985 7.4)."""
        self._reduction.begin()
        self._window.phase = CWR
        self._reduction.end()
        self._undo.keep_open()

    def _try_to_open(self) -> None:
        if not self._retransmission.has_any_outstanding():
            self._retransmission.stamp = -1
        if self.flags & sack.ECE_SEEN:
            self.enter_cwr()
        if self._window.phase is not CWR:
            self._undo.keep_open()

    # --- the timeout

    def enter_loss(self) -> None:
        """The RTO has passed: start over with one segment (RFC 5681 3.1, Linux tcp_enter_loss)."""
        tcb, window, flight, retransmission = self._tcb, self._window, self._flight, self._retransmission
        phase = window.phase
        is_new = phase not in (RECOVERY, LOSS)
        self._mark_all_lost()
        if (
            phase in (OPEN, DISORDER)
            or self._window.high_seq <= tcb.snd_una
            or (phase is LOSS and not retransmission.retransmits)
        ):
            window.prior_ssthresh = window.current_ssthresh()
            window.prior_cwnd = window.cwnd
            window.ssthresh = self._control.threshold()
            self._undo.begin()
        window.cwnd = flight.in_flight() + 1
        window.count = 0
        window.changed_at = tcb.now
        least = tcb.profile.tcp_reordering
        if (phase is OPEN or phase is DISORDER) and flight.sacked_out >= least:
            self._window.reordering = min(self._window.reordering, least)
        window.phase = LOSS
        self._control.lost()
        self._window.high_seq = tcb.snd_nxt
        self._reader.probe_end = 0
        self._reduction.tell_peer()
        self._is_frto = tcb.profile.tcp_frto != 0 and (is_new or retransmission.retransmits > 0)

    def _mark_all_lost(self) -> None:
        tcb, flight, rack = self._tcb, self._flight, self._rack
        head = flight.first()
        is_reneged = head is not None and head.marks & SACKED != 0
        if is_reneged:
            flight.forget_sacks()
            self._reader.forget()
        elif not tcb.has_sack:
            flight.sacked_out = 0
        for sent in flight.segments():
            if sent is not head and not is_reneged and tcb.has_sack and rack.is_recent(sent):
                continue
            flight.mark_lost(sent)

    def _process_loss(self, duplicates: int) -> None:
        """F-RTO: was the timeout spurious (RFC 5682 3.1)?"""
        tcb, flags = self._tcb, self.flags
        recovered = tcb.snd_una >= self._window.high_seq
        if flags & sack.ADVANCED and self._undo.after_timeout(False):
            return
        if self._is_frto:
            if flags & sack.ORIGINAL_ARRIVED and self._undo.after_timeout(True):
                return
            if tcb.snd_nxt > self._window.high_seq:
                if flags & sack.DATA_SACKED or duplicates:
                    self._is_frto = False
            elif flags & sack.ADVANCED and not recovered:
                self._window.high_seq = tcb.snd_nxt
                if tcb.write_seq > tcb.snd_nxt and tcb.snd_una + tcb.snd_wnd > tcb.snd_nxt:
                    self.resend = Resend.NEW
                    return
                self._is_frto = False
        if recovered:
            self._undo.after_recovery()
            return
        if not tcb.has_sack:
            if tcb.snd_nxt > self._window.high_seq and duplicates:
                self._reader.add_duplicates(duplicates)
            elif flags & sack.ADVANCED:
                self._flight.sacked_out = 0
        self.resend = Resend.LOST

    def end_frto(self) -> None:
        """New data could not be sent: fall back to retransmitting."""
        self._is_frto = False

    def reorder_timeout(self) -> None:
        """A late segment counts as lost now (Linux tcp_rack_reo_timeout)."""
        flight, window = self._flight, self._window
        before, lost = flight.in_flight(), flight.lost
        self._detect()
        if before == flight.in_flight():
            return
        self.flags = 0
        if window.phase is not RECOVERY:
            self._enter_recovery()
            self._reduction.reduce(1, flight.lost - lost, False)
        self.resend = Resend.LOST
