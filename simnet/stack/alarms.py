"""The deadlines of one host: a lazy heap behind a single timer of the device that carries the stack.

An alarm that moves to a later time, the common case (every ACK moves the retransmission timer), touches only a
field: its heap entry comes up early and goes back to sleep.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Callable, Final, Protocol

from simnet.stack.timer_wheel import fires_at, turn_at

NEVER: Final = (1 << 62) - 1
FOREGROUND: Final = 1
BACKGROUND: Final = 0


class Work(Protocol):
    """What counts the armed foreground alarms of a run."""

    pending: int


class Alarm:
    """Calls `act(now)` once when `due`, in nanoseconds.

    `weight` is FOREGROUND when the run must not end while this is set (a retransmission), BACKGROUND when it may
    (TIME-WAIT, ageing, keep-alive).
    """

    __slots__ = ("_alarms", "_act", "_weight", "due", "_queued", "_since", "_delay", "_jiffy", "_turn")

    def __init__(self, alarms: Alarms, act: Callable[[int], None], weight: int) -> None:
        self._alarms: Final = alarms
        self._act = act
        self._weight: Final = weight
        self.due: int = NEVER
        self._queued: int = NEVER
        self._since = 0
        self._delay = 0  # what `due` is still to be worked out from; 0 if it stands
        self._jiffy = 0
        self._turn = 0

    def wait(self, now: int, delay: int, jiffy: int) -> None:
        """As `set`, to when a kernel timer set at `now` for `delay` fires (`timer_wheel.fires_at`).

        An entry of the heap that comes up before that, the usual case, works it out then.
        """
        if self._queued <= now + delay:
            if self.due == NEVER:
                self._alarms.work.pending += self._weight
            self.due = now + delay  # it never fires earlier
            self._since = now
            self._delay = delay
            self._jiffy = jiffy
        else:
            self._set(fires_at(now, delay, jiffy), turn_at(now, delay, jiffy))

    def set(self, due: int) -> None:
        """Ring at `due` instead of whatever was set before; NEVER cancels."""
        if due == NEVER:
            self.cancel()
        else:
            self._set(due, 0)

    def _set(self, due: int, turn: int) -> None:
        if self.due == NEVER:
            self._alarms.work.pending += self._weight
        self.due = due
        self._turn = turn
        self._delay = 0
        if due < self._queued:
            self._queued = due
            self._alarms.push(due, turn, self)

    def cancel(self) -> None:
        """Do not ring."""
        if self.due < NEVER:
            self.due = NEVER
            self._delay = 0
            self._alarms.work.pending -= self._weight

    def retire(self) -> None:
        """Never ring again, and let go of whom it rang for: an entry of the heap may stay for long."""
        self.cancel()
        self._act = _nobody

    def wake(self, time: int, now: int) -> None:
        """The heap entry for `time` came up: ring, or go back to sleep."""
        if time != self._queued:
            return
        self._queued = NEVER
        if self._delay:
            self.due = fires_at(self._since, self._delay, self._jiffy)
            self._turn = turn_at(self._since, self._delay, self._jiffy)
            self._delay = 0
        due = self.due
        if due > time:
            if due < NEVER:
                self._queued = due
                self._alarms.push(due, self._turn, self)
            return
        self.cancel()
        self._act(now)


class Alarms:
    """All alarms of one host.  `rearm(time)` is called when one is set earlier than any before."""

    __slots__ = ("work", "rearm", "_heap", "_count", "_armed")

    def __init__(self, work: Work) -> None:
        self.work: Final = work
        self.rearm: Callable[[int], None] = _nobody
        self._heap: list[tuple[int, int, int, Alarm]] = []
        self._count = 0
        self._armed = NEVER

    def foreground(self, act: Callable[[int], None]) -> Alarm:
        """A new alarm that keeps the run alive while it is set."""
        return Alarm(self, act, FOREGROUND)

    def background(self, act: Callable[[int], None]) -> Alarm:
        """A new alarm that does not keep the run alive."""
        return Alarm(self, act, BACKGROUND)

    def push(self, time: int, turn: int, alarm: Alarm) -> None:
        """For `Alarm` only: come back to `alarm` at `time`, in its `turn` (`timer_wheel.turn_at`), last come first."""
        self._count -= 1
        heappush(self._heap, (time, turn, self._count, alarm))
        if time < self._armed:
            self._armed = time
            self.rearm(time)

    def next(self) -> int:
        """When the earliest entry comes up; NEVER if there is none."""
        return self._heap[0][0] if self._heap else NEVER

    def ring(self, now: int) -> None:
        """Handle everything due at `now`, then ask to be called again for what is left."""
        heap = self._heap
        self._armed = now  # entries added meanwhile for `now` are handled by this loop
        while heap and heap[0][0] <= now:
            time, _, _, alarm = heappop(heap)
            alarm.wake(time, now)
        self._armed = NEVER
        if heap:
            self._armed = heap[0][0]
            self.rearm(self._armed)


def _nobody(time: int) -> None:
    """Until a device drives the stack, its owner asks `next()`."""
