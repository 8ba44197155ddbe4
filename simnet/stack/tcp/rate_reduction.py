"""Proportional rate reduction: how fast to send while the window shrinks to its new threshold (RFC 6937)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import CWR, INFINITE, CongestionControl, CongestionWindow
from simnet.stack.tcp.ecn import Ecn
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.tcb import Tcb


class RateReduction:
    """Sets the window after each acknowledgment of a reduction."""

    __slots__ = ("_tcb", "_flight", "_window", "_control", "_reader", "_ecn")

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        window: CongestionWindow,
        control: CongestionControl,
        reader: SackReader,
        ecn: Ecn,
    ) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._control: Final = control
        self._reader: Final = reader
        self._ecn: Final = ecn

    def begin(self) -> None:
        """From here on until what is in flight now has been acknowledged."""
        window = self._window
        window.high_seq = self._tcb.snd_nxt
        self._reader.probe_end = 0
        window.count = 0
        window.prior_cwnd = window.cwnd
        window.prr_delivered = 0
        window.prr_out = 0
        window.ssthresh = self._control.threshold()
        self.tell_peer()

    def tell_peer(self) -> None:
        """The next new data says that the window was reduced (RFC 3168 6.1.2)."""
        self._ecn.reduced()

    def withdraw(self) -> None:
        """The reduction is taken back before the peer was told (Linux tcp_ecn_withdraw_cwr)."""
        self._ecn.must_confirm = False

    def reduce(self, delivered: int, newly_lost: int, has_advanced: bool) -> None:
        """One acknowledgment of `delivered` segments in recovery: how many may leave for them."""
        window = self._window
        if delivered <= 0 or not window.prior_cwnd:
            return
        in_flight = self._flight.in_flight()
        window.prr_delivered += delivered
        room = window.ssthresh - in_flight
        if room < 0:
            share = window.ssthresh * window.prr_delivered + window.prior_cwnd - 1
            count = share // window.prior_cwnd - window.prr_out
        else:
            count = max(window.prr_delivered - window.prr_out, delivered)
            if has_advanced and not newly_lost:
                count += 1
            count = min(room, count)
        window.cwnd = in_flight + max(count, 0 if window.prr_out else 1)

    def end(self) -> None:
        """The window stands at the threshold, unless the reduction was taken back."""
        window = self._window
        if window.ssthresh < INFINITE and (window.phase is CWR or self._reader.undo_marker >= 0):
            window.cwnd = window.ssthresh
            window.changed_at = self._tcb.now
