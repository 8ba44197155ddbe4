"""What is lost for reasons that are no congestion: sent again at once, at an unchanged window.

Linux tcp_simple_retransmit and tcp_non_congestion_loss_retransmit.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import LOSS, CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.sack import SackReader
from simnet.stack.tcp.tcb import Tcb


class InnocentLoss:
    """Marks it; who sends it again is told."""

    __slots__ = ("_tcb", "_flight", "_window", "_reader")

    def __init__(self, tcb: Tcb, flight: Flight, window: CongestionWindow, reader: SackReader) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._reader: Final = reader

    def resegment(self) -> bool:
        """The path MTU shrank: mark what no longer fits, at an unchanged window; True if anything was."""
        tcb, flight = self._tcb, self._flight
        too_long = {sent.burst for sent in flight.segments() if len(sent.data) > tcb.mss}
        for sent in flight.segments():
            if sent.burst in too_long:
                flight.mark_lost(sent)
        if not flight.lost_out:
            return False
        self._repair()
        return True

    def lose_syn_data(self) -> None:
        """What left with the SYN was not acknowledged with it (Linux tcp_rcv_fastopen_synack)."""
        for sent in self._flight.segments():
            self._flight.mark_lost(sent)
        self._repair()

    def _repair(self) -> None:
        """What is lost will be sent again, but is no sign of congestion (Linux tcp_non_congestion_loss_retransmit)."""
        tcb, window = self._tcb, self._window
        self._flight.recut(tcb.mss)
        if window.phase is not LOSS:
            window.high_seq = tcb.snd_nxt
            window.ssthresh = window.current_ssthresh()
            window.prior_ssthresh = 0
            self._reader.undo_marker = -1
            window.phase = LOSS
