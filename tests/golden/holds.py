"""When a call held the receiver's socket, as far as its acknowledgments tell.

A segment that finds the socket free is acknowledged within microseconds, if at all; one that has to wait for the end of
a call is acknowledged then, together with those that came meanwhile.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from tests.golden.captures import Fields, nanoseconds
from tests.golden.journeys import PORT

_AT_ONCE = 6_000
_SOON = 200_000
_FAR = 150_000
_FAR_IN_CALL = 300_000
_BEFORE_ARRIVAL = 500
_RETURN = 3_000
_NEVER = 1 << 62
_COPY = 5_000


class Holds:
    """When the socket of a program on `node` was held, and what arrived while it was free; in recorded time."""

    def __init__(self, node: str, program: str, frames: Iterable[Fields]) -> None:
        self._held: list[tuple[int, int]] = []
        self._free: list[int] = []
        self._updates: list[int] = []
        waiting: list[tuple[int, int]] = []  # when they came, and their ends
        for frame in frames:
            if frame["if"] not in (f"{node}:eth0", f"{node}:lo") or "tcp" not in frame:
                continue
            time, tcp = nanoseconds(frame["t"]), frame["tcp"]
            is_for_server = frame["tcp"]["dport"] == PORT
            if frame["dir"] == "in" and (frame["if"].endswith("eth0") or is_for_server == (program == "server")):
                if tcp["len"]:
                    waiting.append((time, tcp["seq"] + tcp["len"]))
                continue
            covered = [came for came, end in waiting if _covers(tcp, end)]
            waiting = [(came, end) for came, end in waiting if not _covers(tcp, end)]
            if not covered and "A" == tcp["flags"] and not tcp["len"]:
                self._updates.append(time)
            if covered:
                self._add(covered, min([time - _RETURN, *(came for came, _ in waiting if came > covered[-1])]), time)

    def _add(self, covered: list[int], released: int, time: int) -> None:
        """An acknowledgment left at `time` for what had come at `covered`; a call had ended by `released`, if any."""
        if time - covered[-1] <= _AT_ONCE and len(covered) <= 2:
            self._free.append(covered[-1])
        elif time - covered[0] <= _SOON:
            self._held.append((covered[0], released))

    def wake(self, now: int, usual: int) -> int:
        """How long after `now` a program runs that was woken then: in time for what it held up."""
        start, free = self._next(now)
        return max(start - now - _BEFORE_ARRIVAL, 0) if start < free and start - now < _FAR else usual

    def copy(self, now: int) -> int:
        """How long after the start of a call that begins at `now` all is copied: when its own acknowledgment leaves."""
        place = bisect_right(self._held, (now, 1 << 62))
        if place and now < self._held[place - 1][1]:
            return self._held[place - 1][1] - now
        start, free = self._next(now)
        update = next(iter(self._updates[bisect_right(self._updates, now) :]), _NEVER)
        if update < min(start, free, now + _FAR_IN_CALL):
            return update - _BEFORE_ARRIVAL - now
        if start < free and start - now < _FAR:
            return self._held[place][1] - now
        return max(min(_COPY, free - now - _BEFORE_ARRIVAL), 0)

    def _next(self, now: int) -> tuple[int, int]:
        """When the next segment comes that is held up, and the next that is not."""
        held, free = bisect_right(self._held, (now, 1 << 62)), bisect_right(self._free, now)
        return (
            self._held[held][0] if held < len(self._held) else _NEVER,
            self._free[free] if free < len(self._free) else _NEVER,
        )

    def call(self, now: int, usual: int) -> int:
        """How long a call takes that begins at `now`: as long as it held up segments, not when one found it done."""
        place = bisect_right(self._held, (now, 1 << 62))
        if place and now < self._held[place - 1][1]:
            return self._held[place - 1][1] - now
        start, free = self._next(now)
        if start < free and start - now < _FAR_IN_CALL:
            return self._held[place][1] - now
        return max(min(usual, free - now - _BEFORE_ARRIVAL), 0)


def _covers(tcp: Fields, end: int) -> bool:
    """Does this acknowledgment report the byte before `end`?"""
    blocks = [block for option in tcp["opts"] if option[0] == "sack" for block in option[1:]]
    return end <= tcp.get("ack", 0) or any(left < end <= right for left, right in blocks)
