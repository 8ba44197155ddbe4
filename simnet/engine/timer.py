"""One-shot timers that can be moved and cancelled cheaply.

Moving a timer to a later time, the common case, touches only a field: its entry in the scheduler fires early
and re-arms itself.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet.engine.scheduler import FOREVER, KEY_BITS, Scheduler

_AFTER_EVENTS: Final = 1 << KEY_BITS - 1
"""Keys of a timer, in the upper half of its ordinal's: they must not meet those of events."""


class Timer:
    """Calls `act(now)` once when due.  It does not keep the run alive: a background timer.

    `ordinal` places it among events of the same time, after those with the same ordinal; only one timer may
    have it.
    """

    __slots__ = ("_scheduler", "_key", "_act", "due", "_queued")

    def __init__(self, scheduler: Scheduler, ordinal: int, act: Callable[[int], None]) -> None:
        self._scheduler: Final = scheduler
        self._key = (ordinal << KEY_BITS) + _AFTER_EVENTS
        self._act: Final = act
        self.due: int = FOREVER
        self._queued: int = FOREVER

    def set(self, due: int) -> None:
        """Fire at `due` instead of whatever was set before; FOREVER means never, a time gone by means now."""
        if due < self._scheduler.now:
            due = self._scheduler.now
        self.due = due
        if due < self._queued:
            self._queued = due
            self._key += 1
            self._scheduler.at_timer(due, self._key, self)

    def cancel(self) -> None:
        """Do not fire."""
        self.set(FOREVER)

    def expire(self, now: int) -> None:
        """The scheduler's call: fire, or go back to sleep if moved meanwhile."""
        if now != self._queued:
            return  # an entry left behind by a move to an earlier time
        self._queued = FOREVER
        if self.due > now:
            self.set(self.due)
            return
        self.due = FOREVER
        self._act(now)


class ForegroundTimer:
    """As `Timer`, and keeps the run alive while it is set."""

    __slots__ = ("_timer", "_scheduler", "_act")

    def __init__(self, scheduler: Scheduler, ordinal: int, act: Callable[[int], None]) -> None:
        self._scheduler: Final = scheduler
        self._act: Final = act
        self._timer: Final = Timer(scheduler, ordinal, self._fire)

    @property
    def due(self) -> int:
        """When it fires; FOREVER if it is not set."""
        return self._timer.due

    def set(self, due: int) -> None:
        """Fire at `due` instead of whatever was set before."""
        self._scheduler.work.pending += (due < FOREVER) - (self._timer.due < FOREVER)
        self._timer.set(due)

    def cancel(self) -> None:
        """Do not fire."""
        self.set(FOREVER)

    def _fire(self, now: int) -> None:
        self._scheduler.work.pending -= 1
        self._act(now)
