"""Ties virtual time to the clock on the wall: what is due happens when it is due, and in between we listen.

Does not model: a machine that is never late.  Python needs some 10 to 50 microseconds for each hop of a frame, so
that a burst is handled later than its time; how late at worst is counted here.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from simnet.engine.scheduler import Scheduler
from simnet.units import MICROSECOND, MILLISECOND, SECOND

_SLICE: Final = 200 * MICROSECOND
"""So much virtual time passes at most before we listen again, however much is due."""

_STORM: Final = 1_000_000
"""Events within a slice after which a network is taken to be in a storm."""

LATE: Final = 1 * MILLISECOND
"""An event handled so long after its time, or longer, is counted as late."""


class Pacing:
    """Runs `scheduler` so that its time is the time since `start`.

    `turns`: how often something was due.  `late`: how often by `LATE` or more.  `latest`: by how many ns at worst.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler: Final = scheduler
        self._readers: Final[dict[int, Callable[[], None]]] = {}
        self._started_at = time.monotonic_ns()
        self.turns = 0
        self.late = 0
        self.latest = 0

    def start(self) -> None:
        """Time 0 is now."""
        self._started_at = time.monotonic_ns()

    def now(self) -> int:
        """Nanoseconds since the start."""
        return time.monotonic_ns() - self._started_at

    def watch(self, fd: int, act: Callable[[], None]) -> None:
        """Call `act()` whenever `fd` can be read; it reads, and catches up before it changes anything."""
        self._readers[fd] = act

    def unwatch(self, fd: int) -> None:
        """Pay no more attention to `fd`."""
        self._readers.pop(fd, None)

    def catch_up(self) -> None:
        """Let what is due happen.  Virtual time is then now, unless there is so much to do that it must wait."""
        now = self.now()
        due = self._scheduler.next_time()
        behind = now - due
        if behind >= 0:
            self.turns += 1
            self.late += behind >= LATE
            self.latest = max(self.latest, behind)
        self._scheduler.run_background(min(now, due + _SLICE), _STORM)

    def run(self, is_over: Callable[[], bool], until: int) -> None:
        """Go on until `is_over()`, which is asked after all that happens and every so often, or `until`."""
        while not is_over():
            now = self.now()
            if now >= until:
                return
            pause = max(0, min(self._scheduler.next_time() - now, until - now, SECOND // 20))
            ready, _, _ = select.select(list(self._readers), [], [], pause / SECOND)
            self.catch_up()
            for fd in ready:
                self._readers[fd]()


class Interrupts:
    """While it is entered, Ctrl-C is only counted, in `count`, and makes `fd` readable: no event is torn apart."""

    def __init__(self) -> None:
        self.count = 0
        self.fd, self._end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._before: Any = signal.SIG_DFL

    def __enter__(self) -> Interrupts:
        self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        os.close(self.fd)
        os.close(self._end)

    def _interrupted(self, _: int, __: FrameType | None) -> None:
        self.count += 1
        os.write(self._end, b"!")

    def read(self) -> None:
        """Make `fd` silent again."""
        os.read(self.fd, 100)
