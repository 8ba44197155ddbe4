"""Taking a reduction back when its cause proves to be no loss (RFC 3522, 3708, 5682, Linux tcp_undo_cwnd_reduction)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import DISORDER, OPEN, CongestionControl, CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.rack import Rack
from simnet.stack.tcp.rate_reduction import RateReduction
from simnet.stack.tcp.retransmission import Retransmission
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.sequence import is_before
from simnet.stack.tcp.tcb import Tcb


class Undo:
    """`SackReader.undo_marker` says from where, `undo_retrans` how many retransmissions may have been needed."""

    __slots__ = ("_tcb", "_flight", "_window", "_control", "_rack", "_reader", "_retransmission", "_reduction")

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        window: CongestionWindow,
        control: CongestionControl,
        rack: Rack,
        reader: SackReader,
        retransmission: Retransmission,
        reduction: RateReduction,
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._control: Final = control
        self._rack: Final = rack
        self._reader: Final = reader
        self._retransmission: Final = retransmission
        self._reduction: Final = reduction

    def begin(self) -> None:
        """A reduction begins."""
        reader = self._reader
        reader.undo_marker = self._tcb.snd_una
        is_probed = reader.probe_end != 0 and reader.is_probe_repeat
        reader.undo_retrans = self._flight.retrans_out + is_probed or -1

    def _may_undo(self) -> bool:
        return self._reader.undo_marker >= 0 and (self._reader.undo_retrans == 0 or self._was_delayed())

    def _was_delayed(self) -> bool:
        """The echoed timestamp is older than the retransmission: the original arrived (RFC 3522)."""
        stamp, echoed = self._retransmission.stamp, self._tcb.echoed
        return stamp >= 0 and echoed != 0 and self._tcb.has_timestamps and is_before(echoed, stamp)

    def _undo(self) -> None:
        window = self._window
        if window.prior_ssthresh:
            window.cwnd = self._control.undone()
            if window.prior_ssthresh > window.ssthresh:
                window.ssthresh = window.prior_ssthresh
                self._reduction.withdraw()
        window.changed_at = self._tcb.now
        self._reader.undo_marker = -1
        self._rack.is_advanced = True

    def after_recovery(self) -> bool:
        """high_seq is acknowledged: was it all unnecessary?  True if the phase must last a little longer."""
        if self._may_undo():
            self._undo()
        elif self._rack.persist:
            self._rack.persist -= 1
        if self._is_held():
            return True
        self._window.phase = OPEN
        return False

    def _is_held(self) -> bool:
        """Without SACK the phase lasts until more than high_seq is acknowledged (RFC 6582 6)."""
        if self._tcb.snd_una != self._window.high_seq or self._tcb.has_sack:
            return False
        if not self._retransmission.has_any_outstanding():
            self._retransmission.stamp = -1
        return True

    def by_duplicates(self) -> bool:
        """D-SACKs have shown every retransmission useless (RFC 3708)."""
        if self._reader.undo_marker < 0 or self._reader.undo_retrans != 0:
            return False
        self._rack.keep_wide()
        self._undo()
        return True

    def in_recovery(self, prior_una: int) -> bool:
        """A partial acknowledgment of the original: True if nothing more is to be done now."""
        if self._reader.undo_marker < 0 or not self._was_delayed():
            return False
        self._reader.check_reordering(prior_una)
        if self._flight.retrans_out:
            return True
        if not self._retransmission.has_any_outstanding():
            self._retransmission.stamp = -1
        self._flight.unmark_lost()
        self._undo()
        self.keep_open()
        return False

    def after_timeout(self, is_proven: bool) -> bool:
        """The timeout was spurious, as F-RTO has proven or timestamps show: True if it is taken back."""
        if not is_proven and not self._may_undo():
            return False
        self._flight.unmark_lost()
        self._undo()
        self._retransmission.retransmits = 0
        if self._is_held():
            return True
        if is_proven or self._tcb.has_sack:
            self._window.phase = OPEN
        return True

    def keep_open(self) -> None:
        """Nothing to recover from, or not yet: OPEN, or DISORDER while anything is missing."""
        window, flight = self._window, self._flight
        is_clean = flight.left_out() == 0 and not self._retransmission.has_any_outstanding()
        phase = OPEN if is_clean else DISORDER
        if window.phase is not phase:
            window.phase = phase
            window.high_seq = self._tcb.snd_nxt
