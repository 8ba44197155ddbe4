"""How late a program on a real kernel was at most: a busy machine keeps it from the processor, or its timers from it.

What it does late, its peers see late: delayed ACKs are sent that would have gone with data, races end otherwise.
Source: Documentation/scheduler/sched-stats.rst (the second number of /proc/<pid>/schedstat).
"""

from __future__ import annotations

import os
from typing import Final

_SCHEDSTAT: Final = "/proc/thread-self/schedstat"
_LONGEST: Final = 128


class Lateness:
    """Watches the thread that makes it.  `longest`: ns; where the kernel does not count, only timers tell."""

    def __init__(self) -> None:
        self.longest = 0
        self._fd: Final = _opened()
        self._waited = self._read()

    def look(self) -> None:
        """Take in how long the thread was ready to run, and did not, since the last look."""
        waited = self._read()
        self.longest = max(self.longest, waited - self._waited)
        self._waited = waited

    def due(self, late: int) -> None:
        """A timer rang so much later than it should."""
        self.longest = max(self.longest, late)

    def _read(self) -> int:
        return int(os.pread(self._fd, _LONGEST, 0).split()[1]) if self._fd >= 0 else 0


def _opened() -> int:
    try:
        return os.open(_SCHEDSTAT, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1
