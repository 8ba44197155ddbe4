"""Reno: slow start, then one segment per round trip (RFC 5681)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import CongestionWindow


class Reno:
    """Additive increase, multiplicative decrease by one half."""

    __slots__ = ("name", "_window")

    def __init__(self, window: CongestionWindow) -> None:
        self.name = "reno"
        self._window: Final = window

    def threshold(self) -> int:
        """Half the window, at least two segments (RFC 5681 3.1, equation 4)."""
        return max(self._window.cwnd >> 1, 2)

    def avoid(self, acked: int, now: int) -> None:
        """Slow start below the threshold, congestion avoidance above."""
        window = self._window
        if not window.is_limited and not window.is_fully_used():
            return
        if window.cwnd < window.ssthresh:
            acked = window.slow_start(acked)
            if not acked:
                return
        window.avoid_congestion(window.cwnd, acked)

    def undone(self) -> int:
        """The window before the reduction."""
        return max(self._window.cwnd, self._window.prior_cwnd)

    def acked(self, rtt: int, acked: int, now: int) -> None:
        """Reno does not look at round trips."""

    def lost(self) -> None:
        """Reno remembers nothing."""

    def started(self, now: int, last_sent_at: int) -> None:
        """Reno does not look at the time."""
