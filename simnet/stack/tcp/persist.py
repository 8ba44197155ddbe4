"""Probing a closed window, and releasing what Nagle or TCP_CORK held too long (RFC 9293 3.8.6.1, Linux probe0)."""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.tcp.deadlines import IDLE, PERSIST, Deadlines
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.rtt import RTO_BASE, RoundTrip
from simnet.stack.tcp.sender import Sender
from simnet.stack.tcp.tcb import Tcb

_URGENT_SPAN: Final = 0x1_0000  # what an urgent pointer reaches


class Persist:
    """Runs while data waits and nothing is in flight.

    `probes_out`: unanswered probes, those of keep-alive too; `RoundTrip.backoff` counts how often the interval doubled.
    """

    __slots__ = ("_tcb", "_flight", "_sender", "_output", "_rtt", "_deadlines", "probes_out", "_since")

    def __init__(
        self, tcb: Tcb, flight: Flight, sender: Sender, output: Output, rtt: RoundTrip, deadlines: Deadlines
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._sender: Final = sender
        self._output: Final = output
        self._rtt: Final = rtt
        self._deadlines: Final = deadlines
        self.probes_out = 0
        self._since = -1

    def _base(self) -> int:
        return max(self._rtt.rto, RTO_BASE)

    def _interval(self) -> int:
        return min(self._base() << self._rtt.backoff, self._tcb.profile.tcp_rto_max)

    def start_if_needed(self) -> None:
        """After sending: if data still waits and nothing is in flight, probe (Linux tcp_check_probe_timer)."""
        if self._flight.packets_out or self._sender.queue.is_empty():
            return
        if self._deadlines.purpose is IDLE:
            self._deadlines.arm(PERSIST, self._tcb.now, self._clamped(self._base()))

    def answered(self) -> None:
        """The peer lives."""
        self.probes_out = 0

    def window_seen(self) -> None:
        """An acknowledgment came while probing: has the window opened (Linux tcp_ack_probe)?"""
        piece = self._sender.queue.head()
        if piece is None:
            return
        tcb = self._tcb
        if tcb.snd_nxt + piece.size + piece.has_fin <= tcb.snd_una + tcb.snd_wnd:
            self._rtt.backoff = 0
            self._since = -1
            if self._deadlines.purpose is PERSIST:
                self._deadlines.disarm()
        elif self._deadlines.purpose is PERSIST:
            self._deadlines.arm(PERSIST, tcb.now, self._clamped(self._interval()))

    def _clamped(self, interval: int) -> int:
        """Never past the user timeout."""
        limit = self._tcb.options.user_timeout
        if not limit or self._since < 0:
            return interval
        return min(interval, max(self._since + limit - self._tcb.now, 1_000_000))

    def fire(self) -> bool:
        """The alarm rang: probe again; False if the connection is given up (Linux tcp_probe_timer)."""
        tcb, profile = self._tcb, self._tcb.profile
        if self._flight.packets_out or self._sender.queue.is_empty():
            self.probes_out = 0
            self._since = -1
            return True
        if self._since < 0:
            self._since = tcb.now
        elif tcb.options.user_timeout and tcb.now - self._since >= tcb.options.user_timeout:
            return False
        most = profile.tcp_retries2
        if tcb.is_orphan:
            is_alive = self._rtt.rto << self._rtt.backoff < profile.tcp_rto_max
            most = tcb.orphan_retries(is_alive)
            if not is_alive and self._rtt.backoff >= most:
                return False
        if self.probes_out >= most:
            return False
        self._probe()
        return True

    def _probe(self) -> None:
        tcb = self._tcb
        if not self._sender.probe_with_data(self._sender.sizes.current()):
            if tcb.snd_una < tcb.snd_up < tcb.snd_una + _URGENT_SPAN:
                self._output.probe(tcb.snd_una, reasons.TCP_ZERO_WINDOW_PROBE)  # as new data: its pointer counts
            self._output.probe(tcb.snd_una - 1, reasons.TCP_ZERO_WINDOW_PROBE)
        if self._flight.packets_out or self._sender.queue.is_empty():
            self.probes_out = self._rtt.backoff = 0
            self._since = -1
            return
        self.probes_out += 1
        if self._rtt.backoff < tcb.profile.tcp_retries2:
            self._rtt.backoff += 1
        self._deadlines.arm(PERSIST, tcb.now, self._clamped(self._interval()))
