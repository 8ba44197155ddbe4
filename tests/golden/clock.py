"""A host's clock: its ticks come when the recorded ones did, as far as the frames tell that timers sent."""

from __future__ import annotations

from typing import Final

from simnet.engine.scheduler import Scheduler
from simnet.engine.timer import Timer
from simnet.stack.host_stack import HostStack
from tests.golden.departures import Departures
from tests.golden.timing import Timing

_ORDINAL: Final = 1 << 15
"""Apart from those of devices, links and the wire."""


class Clock:
    """Wakes a stack when its alarms are due; a tick may come late (`Timing` chooses), other alarms are exact."""

    def __init__(
        self,
        scheduler: Scheduler,
        number: int,
        stack: HostStack,
        timing: Timing,
        departures: Departures,
        origin: int,
    ) -> None:
        self.timer = Timer(scheduler, _ORDINAL + number, self._ring)
        self._what = f"{stack.name}/clock"
        self._stack = stack
        self._timing = timing
        self._departures = departures
        self._origin = origin
        self._is_late = False

    def _ring(self, now: int) -> None:
        jiffy = self._stack.profile.jiffy
        if jiffy and now % jiffy == 0 and not self._is_late:
            late = self._timing.choose(self._what, now, self._departures.late(now - self._origin, jiffy))
            if late:
                self._is_late = True
                self.timer.set(now + late)
                return
        self._is_late = False
        self._stack.deadlines_passed(now)
