"""Times as a ladder writes them: in one unit, all alike, counted from the start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from simnet.units import MILLISECOND, SECOND, format_time

_YEARS_AWAY: Final = 10**8 * SECOND
"""A capture's clock may count from 1970, which no lesson needs."""


class Clock:
    """Writes `times` and others of their size; `unit` is what all are written in."""

    def __init__(self, times: Iterable[int]) -> None:
        known = sorted(times) or [0]
        self._start = known[0] if known[0] > _YEARS_AWAY else 0
        self.unit, self._scale, self._decimals = "ms", MILLISECOND, 3
        if known[-1] - self._start >= 10 * SECOND:
            self.unit, self._scale, self._decimals = "s", SECOND, 6
        self.width = max(len(self.text(known[0])), len(self.text(known[-1])))

    def text(self, time: int) -> str:
        """`time` without its unit."""
        return f"{(time - self._start) / self._scale:.{self._decimals}f}"


def rough(duration: int) -> str:
    """A duration with three digits that count: 44.9ms."""
    if duration <= 0:
        return "0s"
    magnitude: int = 10 ** max(0, len(str(duration)) - 3)
    return format_time(round(duration / magnitude) * magnitude)
