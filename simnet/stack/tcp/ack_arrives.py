"""An acknowledgment arrives: the fifth check of RFC 9293 3.10.7.4 (Linux tcp_ack)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from simnet import reasons
from simnet.stack.tcp import sack
from simnet.stack.tcp.bursts import NAGLE_OFF
from simnet.stack.tcp.congestion.control import LOSS, OPEN, CongestionControl, CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.persist import Persist
from simnet.stack.tcp.rate_reduction import RateReduction
from simnet.stack.tcp.recovery import Recovery, Resend
from simnet.stack.tcp.retransmission import Retransmission
from simnet.stack.tcp.retransmission_timer import RetransmissionTimer
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.sender import Sender
from simnet.stack.tcp.tail_probe import TailProbe
from simnet.stack.tcp.tcb import Tcb

_AMPLE: Final = 2 * 65_535  # half of such a window holds any segment


class Verdict(Enum):
    """What an acknowledgment was."""

    TAKEN = 0
    OLD = 1
    UNACCEPTABLE = 2  # of something never sent, or far too old: challenge it


class AckProcessor:
    """Applies acknowledgments to everything that waits for them."""

    __slots__ = (
        "_tcb", "_flight", "_window", "_control", "_rtt", "_reader", "_retransmission", "_recovery", "_reduction",
        "_timer", "_sender", "_tail", "_persist",
    )  # fmt: skip

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        window: CongestionWindow,
        control: CongestionControl,
        rtt: RoundTrip,
        reader: SackReader,
        retransmission: Retransmission,
        recovery: Recovery,
        reduction: RateReduction,
        timer: RetransmissionTimer,
        sender: Sender,
        tail: TailProbe,
        persist: Persist,
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._control: Final = control
        self._rtt: Final = rtt
        self._reader: Final = reader
        self._retransmission: Final = retransmission
        self._recovery: Final = recovery
        self._reduction: Final = reduction
        self._timer: Final = timer
        self._sender: Final = sender
        self._tail: Final = tail
        self._persist: Final = persist

    def arrives(self, seq: int, ack: int, window: int, flags: int, blocks: tuple[tuple[int, int], ...]) -> Verdict:
        """Process `ack` of a segment at `seq` whose scaled window is `window`; `flags`: DATA and ECE_SEEN."""
        tcb, flight = self._tcb, self._flight
        prior_una = tcb.snd_una
        if ack < prior_una:
            return self._old(ack, blocks, prior_una)
        if ack > tcb.snd_nxt:
            return Verdict.UNACCEPTABLE
        reader = self._reader
        reader.first_at = reader.last_at = -1
        reader.latest_order = 0
        if ack > prior_una:
            flags |= sack.ADVANCED
            self._retransmission.retransmits = 0
        highest = flight.highest(prior_una)
        delivered, lost = flight.delivered, flight.lost
        flags |= self._update_window(seq, ack, window)
        if blocks and tcb.has_sack:
            flags |= reader.read(blocks, ack, prior_una, self._window.high_seq)
        tcb.soft_error = 0
        self._persist.answered()
        if not flight.packets_out:
            self._nothing_in_flight(ack, flags, prior_una)
            return Verdict.TAKEN
        if flags & sack.ADVANCED or blocks:
            packets = flight.packets_out
            flags |= self._retransmission.take_acknowledged(ack, highest, self._window.high_seq)
            if not tcb.has_sack:
                reader.remove_duplicates(packets - flight.packets_out)
        tcb.has_progress = tcb.has_progress or flags & sack.PROGRESS != 0 or not flags & sack.NOT_DUPLICATE
        if reader.probe_end:
            self._tail.acknowledged(ack, flags)
        if not flags & sack.NOT_DUPLICATE or flags & sack.ALERT or self._window.phase is not OPEN:
            flags = self._recover(flags, prior_una)
        if flags & sack.SET_TIMER:
            self._timer.acknowledged()
        self._control_congestion(flags, flight.delivered - delivered, flight.lost - lost)
        self.resend()
        return Verdict.TAKEN

    def is_as_predicted(self, bits: int, window: int) -> bool:
        """Take a pure acknowledgment of more (header_prediction.py); False, and nothing done, if it is not plain.

        It covers something in flight but not our FIN, which would change the state.  Nothing is lost, repeated, SACKed
        or probed for: recovery has nothing to learn.  For what is still in flight `set_timer` is to be called.
        """
        tcb, flight = self._tcb, self._flight
        prior_una = tcb.snd_una
        count = (bits - prior_una) & 0xFFFF_FFFF
        una = prior_una + count
        if (
            not 0 < count <= tcb.snd_nxt - prior_una
            or self._window.phase is not OPEN
            or flight.sacked_out
            or flight.lost_out
            or flight.retrans_out
            or self._reader.probe_end
            or (una == tcb.write_seq and tcb.is_write_shut)
        ):
            return False
        gone = flight.remove_unmarked(una)
        if gone is None:
            return False
        if window > tcb.snd_max_wnd:
            self._widen(window)
        tcb.snd_una = una
        tcb.bytes_acked += count
        tcb.snd_wnd = window
        tcb.snd_wl1 = tcb.rcv_nxt
        tcb.soft_error = 0
        retransmission = self._retransmission
        retransmission.retransmits = 0
        if gone:
            tcb.has_progress = True
            retransmission.take_unmarked(gone)
            if not flight.packets_out:
                self._timer.rearm()
            self._control.avoid(len(gone), tcb.now)
            self._window.changed_at = tcb.now
        return True

    def set_timer(self, snd_nxt: int) -> None:
        """After `is_as_predicted`, and after sending: unless what left since `snd_nxt` has set the timer already."""
        if self._flight.packets_out and (self._tcb.snd_nxt == snd_nxt or not self._timer.is_probing()):
            self._timer.acknowledged()

    def _old(self, ack: int, blocks: tuple[tuple[int, int], ...], prior_una: int) -> Verdict:
        """Older than what is known (RFC 5961 5.2); its SACK blocks still tell something."""
        tcb = self._tcb
        if ack < prior_una - min(tcb.snd_max_wnd, tcb.bytes_acked):
            return Verdict.UNACCEPTABLE
        if blocks and tcb.has_sack:
            flags = self._reader.read(blocks, ack, prior_una, self._window.high_seq)
            self._recover_aside(flags, prior_una)
            self.resend()
        return Verdict.OLD

    def _update_window(self, seq: int, ack: int, window: int) -> int:
        """RFC 9293 3.10.7.4: SND.WND from the newest segment (Linux tcp_ack_update_window)."""
        tcb = self._tcb
        flags = 0
        if ack > tcb.snd_una or tcb.is_window_newer(seq, window):
            tcb.snd_wl1 = seq
            flags = sack.WINDOW_UPDATED
            if tcb.snd_wnd != window:
                tcb.snd_wnd = window
                if not self._sender.queue.is_empty():
                    self._sender.check_idle()
                if window > tcb.snd_max_wnd:
                    self._widen(window)
        tcb.bytes_acked += ack - tcb.snd_una
        tcb.snd_una = ack
        return flags

    def _widen(self, window: int) -> None:
        """The peer never offered so much: segments may become larger, up to half of it (Linux tcp_sync_mss)."""
        tcb = self._tcb
        is_small = tcb.snd_max_wnd < _AMPLE
        tcb.snd_max_wnd = window
        if is_small:
            self._sender.sizes.sync()

    def _nothing_in_flight(self, ack: int, flags: int, prior_una: int) -> None:
        if flags & sack.DUPLICATE_REPORTED:
            self._recover_aside(flags, prior_una)
        self._persist.window_seen()
        if self._reader.probe_end:
            self._tail.acknowledged(ack, flags)

    def _recover_aside(self, flags: int, prior_una: int) -> None:
        """What an acknowledgment of nothing in flight tells: a reduction may be taken back."""
        cwnd = self._window.cwnd
        self._recovery.resend = Resend.NOTHING
        self._recovery.acknowledged(flags, prior_una, 0)
        self._window.keep_pace(cwnd)

    def _recover(self, flags: int, prior_una: int) -> int:
        recovery = self._recovery
        is_duplicate = not flags & (sack.ADVANCED | sack.NOT_DUPLICATE | sack.DUPLICATE_REPORTED)
        recovery.resend = Resend.NOTHING
        recovery.acknowledged(flags, prior_una, 1 if is_duplicate else 0)
        return recovery.flags

    def _control_congestion(self, flags: int, delivered: int, lost: int) -> None:
        window = self._window
        if window.is_reducing():
            self._reduction.reduce(delivered, lost, flags & sack.ADVANCED != 0)
            return
        grows = sack.PROGRESS if self._window.reordering > self._tcb.profile.tcp_reordering else sack.DATA_ACKED
        if flags & grows:
            self._control.avoid(delivered, self._tcb.now)
            window.changed_at = self._tcb.now

    def resend(self) -> None:
        """Send what recovery found lost."""
        recovery = self._recovery
        resend, recovery.resend = recovery.resend, Resend.NOTHING
        if resend is Resend.NOTHING:
            return
        if resend is Resend.NEW:
            self._sender.push(NAGLE_OFF)
            if self._tcb.snd_nxt > self._window.high_seq:
                return
            recovery.end_frto()
        self._retransmission.retransmit_lost(self._reason())

    def _reason(self) -> int:
        if self._window.phase is LOSS:
            return reasons.TCP_RETRANSMIT_TIMEOUT
        if self._tcb.has_sack:
            return reasons.TCP_RETRANSMIT_SACK
        if self._window.prr_out:
            return reasons.TCP_RETRANSMIT_PARTIAL
        return reasons.TCP_RETRANSMIT_FAST
