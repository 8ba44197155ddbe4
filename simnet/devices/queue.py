"""A drop-tail queue that knows, on entry, when each frame will leave.

Frames of one port leave in order and nothing overtakes them, so the queue needs no frames, only the times at
which they start on the wire; those that have started are no longer waiting.
"""

from __future__ import annotations

from collections import deque
from typing import Final


class DropTail:
    """Holds at most `limit` waiting frames; the one being transmitted does not count."""

    __slots__ = ("limit", "departures")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.departures: Final[deque[int]] = deque()

    def enter(self, departs: int, now: int) -> bool:
        """Make a frame that can leave at `departs` wait till then; False if there is no room for it."""
        departures = self.departures
        while departures and departures[0] <= now:
            departures.popleft()
        if len(departures) >= self.limit:
            return False
        departures.append(departs)
        return True

    def waiting(self, now: int) -> int:
        """How many frames wait."""
        return sum(departs > now for departs in self.departures)

    def clear(self) -> None:
        """Forget all waiting frames."""
        self.departures.clear()
