"""The retransmission alarm rang: repeat, probe, or give up (RFC 6298 5.4-5.7, Linux tcp_timer.c)."""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.alarms import NEVER
from simnet.stack.tcp.ack_arrives import AckProcessor
from simnet.stack.tcp.deadlines import LOSS_PROBE, PERSIST, REORDER, RETRANSMIT, Deadlines
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.handshake import Handshake
from simnet.stack.tcp.innocent_loss import InnocentLoss
from simnet.stack.tcp.persist import Persist
from simnet.stack.tcp.recovery import Recovery
from simnet.stack.tcp.retransmission import Retransmission
from simnet.stack.tcp.retransmission_timer import RetransmissionTimer
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.sender import Sender
from simnet.stack.tcp.states import SYNCHRONIZED, State
from simnet.stack.tcp.tail_probe import TailProbe
from simnet.stack.tcp.tcb import Tcb

_THIN: Final = 4  # segments in flight that are no thin stream any more
_LINEAR_RETRIES: Final = 6


class Timeouts:
    """Sorts the purposes of the retransmission alarm."""

    __slots__ = (
        "_tcb", "_flight", "_rtt", "_handshake", "_recovery", "_retransmission", "_timer", "_tail", "_persist",
        "_processor", "_deadlines", "_sender", "_innocent_loss",
    )  # fmt: skip

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        rtt: RoundTrip,
        handshake: Handshake,
        recovery: Recovery,
        retransmission: Retransmission,
        timer: RetransmissionTimer,
        tail: TailProbe,
        persist: Persist,
        processor: AckProcessor,
        deadlines: Deadlines,
        sender: Sender,
        innocent_loss: InnocentLoss,
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._rtt: Final = rtt
        self._handshake: Final = handshake
        self._recovery: Final = recovery
        self._retransmission: Final = retransmission
        self._timer: Final = timer
        self._tail: Final = tail
        self._persist: Final = persist
        self._processor: Final = processor
        self._deadlines: Final = deadlines
        self._sender: Final = sender
        self._innocent_loss: Final = innocent_loss

    def fire(self) -> bool:
        """Act; False if the connection is given up."""
        tcb = self._tcb
        if self._handshake.opening is not None:
            return True  # until the handshake is complete, only the SYN-ACK is repeated
        if tcb.state is State.SYN_SENT or tcb.state is State.SYN_RECEIVED:
            return self._handshake.repeat()
        purpose = self._deadlines.purpose
        if purpose is LOSS_PROBE:
            self._tail.send()
            return True
        if purpose is REORDER:
            self._recovery.reorder_timeout()
            self._processor.resend()
            if self._deadlines.purpose is not RETRANSMIT:
                self._timer.rearm()
            return True
        self._deadlines.fired()
        if purpose is PERSIST:
            return self._persist.fire()
        return self._timed_out()

    def _timed_out(self) -> bool:
        head = self._flight.first()
        if head is None:
            return True
        tcb = self._tcb
        if tcb.snd_wnd or tcb.is_orphan:
            if self._is_given_up():
                return False
            self._suspect_path()
            self._recovery.enter_loss()
            self._retransmission.retransmits += 1
        elif self._is_silent():
            return False
        else:
            self._recovery.enter_loss()
        self._retransmission.send_alone(head, reasons.TCP_RETRANSMIT_TIMEOUT)
        if self._is_linear():
            self._rtt.stay()
        else:
            self._rtt.back_off()
        self._timer.restart_before(self._retransmission.stamped_at + (self._tcb.options.user_timeout or NEVER))
        return True

    def _is_linear(self) -> bool:
        """Does a stream with little in flight repeat at equal times at first (Linux TCP_THIN_LINEAR_RETRIES)?"""
        tcb = self._tcb
        if not tcb.profile.tcp_thin_linear_timeouts or tcb.state is not State.ESTABLISHED:
            return False
        return self._flight.packets_out < _THIN and self._retransmission.retransmits <= _LINEAR_RETRIES

    def _is_silent(self) -> bool:
        """The peer has taken back its window, so that what is repeated only asks for it: does it answer no more?

        These repetitions do not count, as long as something comes from the peer (Linux tcp_rtx_probe0_timed_out).
        """
        tcb = self._tcb
        repeating, limit = self._retransmission.duration(), tcb.options.user_timeout
        if limit and repeating > limit:
            return True
        timeout = 2 * tcb.profile.tcp_rto_max
        if limit and limit < timeout:
            timeout = limit
        return tcb.now - tcb.last_arrival > timeout and repeating > timeout

    def _is_given_up(self) -> bool:
        tcb, profile = self._tcb, self._tcb.profile
        boundary, timeout = profile.tcp_retries2, tcb.options.user_timeout
        if tcb.is_orphan:
            boundary = tcb.orphan_retries(self._rtt.rto < profile.tcp_rto_max)
        return self._retransmission.is_given_up(boundary, timeout)

    def _suspect_path(self) -> None:
        """After some timeouts: does the path swallow large packets silently (RFC 4821 7.7, Linux tcp_mtu_probing)?"""
        tcb, profile = self._tcb, self._tcb.profile
        if not profile.tcp_mtu_probing:
            return
        if self._retransmission.is_given_up(profile.tcp_retries1, 0):
            if tcb.probed_mss:
                most = tcb.mss_clamp - (12 if tcb.has_timestamps else 0)  # of the peer: half of more says nothing
                half = min(tcb.probed_mss, most) >> 1
                tcb.probed_mss = max(min(half, profile.tcp_base_mss), profile.tcp_mtu_probe_floor)
            else:
                tcb.probed_mss = profile.tcp_base_mss
            self._sender.sizes.sync()

    def path_down(self) -> None:
        """No router knows a way at present: what is lost is no sign of congestion (RFC 6069 4, tcp_ld_RTO_revert)."""
        head = self._flight.first()
        if head is None or not self._retransmission.retransmits or not self._rtt.backoff:
            return
        self._rtt.revert()
        now = self._tcb.now
        self._deadlines.arm(RETRANSMIT, now, max(head.sent_at + self._rtt.rto - now, 1))

    def begin(self) -> None:
        """The handshake of a Fast Open is complete: what was sent before may be sent again from now on."""
        self._timer.rearm()

    def syn_data_lost(self) -> None:
        """A SYN-ACK came without an acknowledgment of the data that went with the SYN: repeat it at once."""
        self._innocent_loss.lose_syn_data()
        self._retransmission.retransmit_lost(reasons.TCP_RETRANSMIT_SYN_DATA)

    def left(self) -> None:
        """What waited for the next hop's MAC has left: repeat what was not repeated meanwhile (Linux tcp_tsq_write)."""
        if self._tcb.state in SYNCHRONIZED:
            self._retransmission.retransmit_lost(reasons.TCP_RETRANSMIT_TIMEOUT)

    def path_mtu_changed(self) -> None:
        """Repeat at once what no longer fits, without calling it congestion (Linux tcp_simple_retransmit).

        Of a Fast Open it must have been the SYN with its data: the SYN alone goes again.
        """
        if self._tcb.state is State.SYN_SENT:
            if self._flight.packets_out:
                self._handshake.resend(reasons.TCP_RETRANSMIT_PATH_MTU)
            return
        if self._innocent_loss.resegment():
            self._retransmission.retransmit_lost(reasons.TCP_RETRANSMIT_PATH_MTU)
