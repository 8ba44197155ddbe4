"""The scheduler: what happens next, in virtual nanoseconds.

Events are ordered by (time, key); a key is `ordinal << 40 | counter` of whoever scheduled the event, so the
order of equal times depends on nothing global.  Events close ahead live in a heap of tuples, those further
away in unsorted buckets (timers, mostly), which are heaped when their time comes.

A run is quiet when no foreground event is pending: what is left are background timers (ageing, probes,
TIME-WAIT), which never keep a run alive.
"""

from __future__ import annotations

import gc
from heapq import heapify, heappop, heappush
from typing import Any, Callable, Final, Protocol

from simnet.errors import RunawayError

KEY_BITS: Final = 40
_BUCKET_BITS: Final = 22  # about 4.2 ms
FOREVER: Final = (1 << 62) - 1
_SELDOM: Final = 50_000
"""New objects before the collector looks for cycles during a run.  Frames in flight make Python's own threshold come
up all the time, and hardly anything in a run is cyclic: it took a third of the time of many short connections."""


class Quiet(Protocol):
    """What can be due without keeping a run alive by itself: see `Scheduler.at_timer`."""

    def expire(self, now: int) -> None:
        """Its time has come."""


class Work:
    """A count of reasons to go on that are not frames in flight: armed foreground timers."""

    __slots__ = ("pending",)

    def __init__(self) -> None:
        self.pending = 0


class Scheduler:
    """Virtual time and the events ahead of it.

    `now` is in nanoseconds since the start of the run.  `work` counts armed foreground timers.  `events` counts
    those handled.  `near` holds the events before `horizon`; links, for which a call per frame is one too many,
    do by themselves what `at` does.
    """

    __slots__ = ("now", "work", "events", "near", "horizon", "_buckets", "_far", "_timers")

    def __init__(self) -> None:
        self.now: int = 0
        self.work: Final = Work()
        self.events: int = 0
        self.near: Final[list[tuple[int, int, Any, Any]]] = []
        self._buckets: dict[int, list[tuple[int, int, Any, Any]]] = {}
        self.horizon: int = 1 << _BUCKET_BITS
        self._far: int = 0
        self._timers: int = 0

    def at(self, time: int, key: int, act: Callable[[Any], None], argument: Any) -> None:
        """Call `act(argument)` at `time`; among equal times the smaller `key` goes first."""
        if time < self.horizon:
            heappush(self.near, (time, key, act, argument))
        else:
            self.put_far((time, key, act, argument))

    def at_timer(self, time: int, key: int, timer: Quiet) -> None:
        """Call `timer.expire(now)` at `time`, unless the run has become quiet before."""
        self._timers += 1
        if time < self.horizon:
            heappush(self.near, (time, key, None, timer))
        else:
            self.put_far((time, key, None, timer))

    def withdraw(self, ordinal: int) -> list[Any]:
        """Forget the events (not the timers) of `ordinal`; their arguments in the order they were due.

        It looks at everything pending: for rare occasions such as a cut cable.
        """
        withdrawn = [entry for entry in self._pending() if _is_event_of(ordinal, entry)]
        if withdrawn:
            self.near[:] = [entry for entry in self.near if not _is_event_of(ordinal, entry)]
            heapify(self.near)
            for number, bucket in list(self._buckets.items()):
                self._buckets[number] = [entry for entry in bucket if not _is_event_of(ordinal, entry)]
                self._far -= len(bucket) - len(self._buckets[number])
            withdrawn.sort(key=_order)
        return [entry[3] for entry in withdrawn]

    def pending_events(self) -> dict[int, int]:
        """How many events (not timers) each ordinal has ahead of it."""
        counts: dict[int, int] = {}
        for entry in self._pending():
            if entry[2] is not None:
                ordinal = entry[1] >> KEY_BITS
                counts[ordinal] = counts.get(ordinal, 0) + 1
        return counts

    def is_quiet(self) -> bool:
        """Is nothing pending but background timers?"""
        return self.work.pending == 0 and len(self.near) + self._far == self._timers

    def next_time(self) -> int:
        """When the next event is due; FOREVER if there is none."""
        if not self.near and not self._advance():
            return FOREVER
        return self.near[0][0]

    def run(self, until: int = FOREVER, limit: int = FOREVER) -> None:
        """Handle events in order until the run is quiet or `until` has come (events at `until` are handled).

        Raises `RunawayError` after `limit` events.  A run that reaches `until` leaves `now` there.
        """
        near = self.near
        act: Any
        argument: Any
        handled = 0
        thresholds = gc.get_threshold()
        gc.set_threshold(max(thresholds[0], _SELDOM) if thresholds[0] else 0, *thresholds[1:])
        try:
            for handled in range(limit):  # noqa: B007, it is used in `finally`
                if not near and not self._advance():
                    return
                time, key, act, argument = heappop(near)
                if time > until:
                    heappush(near, (time, key, act, argument))
                    self.now = max(self.now, until)
                    return
                if act is not None:
                    self.now = time
                    act(argument)
                    continue
                if self.work.pending == 0 and len(near) + self._far + 1 == self._timers:
                    heappush(near, (time, key, act, argument))
                    return  # quiet: this timer and all that is left are background
                self._timers -= 1
                self.now = time
                argument.expire(time)
            handled = limit
        finally:
            self.events += handled
            gc.set_threshold(*thresholds)
        due = self.next_time()
        if due <= until and due < FOREVER and not self.is_quiet():
            raise RunawayError(f"{limit} events were handled and the run still goes on")
        if until < due < FOREVER:
            self.now = max(self.now, until)

    def run_background(self, until: int, limit: int = FOREVER) -> None:
        """As `run`, but background timers count as well: goes on to `until`, quiet or not."""
        self.work.pending += 1
        try:
            self.run(until, limit)
        finally:
            self.work.pending -= 1
        if self.now < until < FOREVER:
            self.now = until

    def _pending(self) -> list[tuple[int, int, Any, Any]]:
        pending = list(self.near)
        for bucket in self._buckets.values():
            pending.extend(bucket)
        return pending

    def put_far(self, entry: tuple[int, int, Any, Any]) -> None:
        """For links, as `near`: an event (time, key, act, argument) at `horizon` or later."""
        number = entry[0] >> _BUCKET_BITS
        bucket = self._buckets.get(number)
        if bucket is None:
            self._buckets[number] = [entry]
        else:
            bucket.append(entry)
        self._far += 1

    def _advance(self) -> bool:
        """Move the next events that lie in buckets into the empty heap; False if there are none."""
        while self._buckets:
            number = min(self._buckets)
            bucket = self._buckets.pop(number)
            self._far -= len(bucket)
            self.horizon = (number + 1) << _BUCKET_BITS
            if bucket:
                self.near.extend(bucket)
                heapify(self.near)
                return True
        return False


def _is_event_of(ordinal: int, entry: tuple[int, int, Any, Any]) -> bool:
    return entry[1] >> KEY_BITS == ordinal and entry[2] is not None


def _order(entry: tuple[int, int, Any, Any]) -> tuple[int, int]:
    return entry[0], entry[1]
