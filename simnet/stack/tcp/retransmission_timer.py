"""When the retransmission alarm rings: after the RTO, or earlier as a tail loss probe (RFC 6298 5, RFC 8985 7.2)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.chronograph import BUSY, Chronograph
from simnet.stack.tcp.congestion.control import CWR, OPEN, CongestionWindow
from simnet.stack.tcp.deadlines import LOSS_PROBE, REORDER, RETRANSMIT, Deadlines
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.tcb import Tcb
from simnet.units import MILLISECOND

_LEAST: Final = 2 * MILLISECOND  # Linux TCP_TIMEOUT_MIN_US
_PATIENCE: Final = 10 * MILLISECOND
_PROBING: Final = (3, 4)  # values of tcp_early_retrans


class RetransmissionTimer:
    """Sets the alarm for what is in flight."""

    __slots__ = ("_tcb", "_flight", "_window", "_rtt", "_deadlines", "_chronograph")

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        window: CongestionWindow,
        rtt: RoundTrip,
        deadlines: Deadlines,
        chronograph: Chronograph,
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._rtt: Final = rtt
        self._deadlines: Final = deadlines
        self._chronograph: Final = chronograph

    def restart(self) -> None:
        """One RTO from now."""
        self._deadlines.arm(RETRANSMIT, self._tcb.now, self._rtt.rto)

    def restart_before(self, limit: int) -> None:
        """One RTO from now, or at `limit` if that comes first (Linux tcp_clamp_rto_to_user_timeout)."""
        now = self._tcb.now
        self._deadlines.arm(RETRANSMIT, now, min(self._rtt.rto, max(limit - now, 1)))

    def rearm(self) -> None:
        """Wait for what is in flight; a probe's alarm gives way to what is left of the RTO (Linux tcp_rearm_rto)."""
        if not self._flight.packets_out:
            self._deadlines.disarm()
            self._chronograph.stop(BUSY)
            return
        purpose = self._deadlines.purpose
        if purpose is LOSS_PROBE or purpose is REORDER:
            self._deadlines.arm(RETRANSMIT, self._tcb.now, max(self._left(), 1))
        else:
            self._deadlines.arm(RETRANSMIT, self._tcb.now, self._rtt.rto)

    def new_data_sent(self, was_idle: bool) -> None:
        """New data left (RFC 6298 5.1)."""
        if was_idle or self._deadlines.purpose is LOSS_PROBE:
            self.rearm()

    def acknowledged(self) -> None:
        """New data was acknowledged: from now on (RFC 6298 5.3)."""
        if not self.schedule_probe(self._rtt.rto):
            self.rearm()

    def is_probing(self) -> bool:
        """Will a tail loss probe leave first?"""
        return self._deadlines.purpose is LOSS_PROBE

    def schedule_probe_after_sending(self) -> None:
        """A burst left: probe if no acknowledgment comes."""
        self.schedule_probe(self._left())

    def schedule_probe(self, rto_left: int) -> bool:
        """PTO = 2 * SRTT, more for a lone segment whose ACK may be delayed, never after the RTO (RFC 8985 7.2)."""
        tcb, phase = self._tcb, self._window.phase
        profile, packets_out = tcb.profile, self._flight.packets_out
        if (
            not packets_out
            or not tcb.has_sack
            or profile.tcp_early_retrans not in _PROBING
            or (phase is not OPEN and phase is not CWR)
        ):
            return False
        srtt8 = self._rtt.srtt8
        if srtt8:
            timeout = (srtt8 >> 2) * 1000 + (self._rtt.rto_min if packets_out == 1 else _LEAST)
        else:
            timeout = profile.tcp_rto_initial
        if 0 < rto_left < timeout:
            timeout = rto_left
        deadlines = self._deadlines
        deadlines.purpose = LOSS_PROBE
        deadlines.retransmit.wait(tcb.now, timeout, profile.jiffy)
        return True

    def expect_reneging(self) -> None:
        """The peer may have dropped what it had SACKed: it has half a round trip to say otherwise."""
        delay = max((self._rtt.srtt8 >> 4) * 1000, _PATIENCE)
        self._deadlines.arm(RETRANSMIT, self._tcb.now, delay)

    def wait_for_reordering(self, timeout: int) -> None:
        """A segment will count as lost in `timeout`."""
        self._deadlines.arm(REORDER, self._tcb.now, min(timeout + _LEAST, self._rtt.rto))

    def forget_probe(self) -> None:
        """The probe has left; what follows is the RTO from now (Linux tcp_send_loss_probe)."""
        self._deadlines.fired()

    def _left(self) -> int:
        """Time left of the RTO of the oldest segment."""
        first = self._flight.first()
        return self._rtt.rto if first is None else first.sent_at + self._rtt.rto - self._tcb.now
