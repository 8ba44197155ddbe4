"""Where times lie on the vertical axis of a ladder: to scale, but for idle times, which are cut short.

The scale is the slope of the lines: the longest journey over a link falls by a fixed height.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

_LONGEST_IDLE: Final = 44.0
"""An idle time that would be higher than this is cut."""
CUT_HEIGHT: Final = 26.0


class Cut(Struct, frozen=True):
    """Idle time left out between the times `after` and `before`."""

    after: int
    before: int


class TimeAxis:
    """Maps times to heights.  `flights`: from when to when lines are under way; idle is what none of them covers."""

    def __init__(self, times: Iterable[int], flights: Iterable[tuple[int, int]], fall: float) -> None:
        flown = list(flights)
        self._times = sorted({*times, *(end for flight in flown for end in flight)})
        longest = max((end - start for start, end in flown), default=0)
        scale = fall / longest if longest else 0.0
        heights = [0.0]
        self.cuts: list[Cut] = []
        for (before, after), is_busy in zip(
            zip(self._times, self._times[1:], strict=False), self._busy_steps(flown), strict=False
        ):
            step = scale * (after - before)
            if not is_busy and (step > _LONGEST_IDLE or not longest):
                step = CUT_HEIGHT if longest else 0.0
                self.cuts += [Cut(before, after)] if longest else []
            heights.append(heights[-1] + step)
        self._heights = heights

    def _busy_steps(self, flights: list[tuple[int, int]]) -> list[bool]:
        """For each step from one time to the next: is a line under way during it?"""
        change = [0] * len(self._times)
        for start, end in flights:
            change[bisect_left(self._times, start)] += 1
            change[bisect_left(self._times, end)] -= 1
        busy, level = [], 0
        for delta in change:
            level += delta
            busy.append(level > 0)
        return busy

    def height(self, time: int) -> float:
        """How far below the start `time` lies."""
        return self._heights[bisect_left(self._times, time)]
