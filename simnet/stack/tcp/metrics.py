"""What a host remembers of a path from connections that have ended: round trip and reordering (Linux tcp_metrics.c).

The first timeout of the next connection follows it; the first round trip of data replaces it.

Does not model: thresholds (tcp_no_ssthresh_metrics_save is 1) and routes with values of their own.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import INFINITE, OPEN, CongestionWindow
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.tcb import Tcb
from simnet.units import SECOND

_LIFE: Final = 3600 * SECOND  # TCP_METRICS_TIMEOUT


class _Path:
    """`rtt8` in microseconds times 8; 0 where nothing is known."""

    __slots__ = ("rtt8", "reordering", "at")

    def __init__(self) -> None:
        self.rtt8 = 0
        self.reordering = 0
        self.at = 0


class Metrics:
    """The paths of one host, by their two ends."""

    __slots__ = ("_paths",)

    def __init__(self) -> None:
        self._paths: Final[dict[tuple[int, int], _Path]] = {}

    def remember(self, tcb: Tcb, rtt: RoundTrip, window: CongestionWindow) -> None:
        """A connection ends, with both FINs acknowledged or ours alone (Linux tcp_update_metrics)."""
        if tcb.profile.tcp_no_metrics_save:
            return
        key = (tcb.local, tcb.remote)
        path = self._known(key, tcb.now)
        if rtt.backoff or not rtt.srtt8:
            if path is not None:
                path.rtt8 = 0
            return
        if path is None:
            path = self._paths[key] = _Path()
        path.at = tcb.now
        above = path.rtt8 - rtt.srtt8
        path.rtt8 = rtt.srtt8 if above <= 0 else path.rtt8 - (above >> 3)  # rather too long than too short
        is_settled = window.cwnd >= window.ssthresh and window.phase is OPEN
        if window.ssthresh < INFINITE and not is_settled and window.reordering != tcb.profile.tcp_reordering:
            path.reordering = max(path.reordering, window.reordering)

    def recall(self, tcb: Tcb, rtt: RoundTrip, window: CongestionWindow) -> None:
        """A connection begins (Linux tcp_init_metrics)."""
        path = self._known((tcb.local, tcb.remote), tcb.now)
        if path is None:
            return
        if path.reordering:
            window.reordering = path.reordering
        if path.rtt8 > rtt.srtt8:
            rtt.seed(path.rtt8)

    def _known(self, key: tuple[int, int], now: int) -> _Path | None:
        path = self._paths.get(key)
        if path is not None and now - path.at > _LIFE:
            del self._paths[key]
            return None
        return path
