"""Where the kernel's clock tick stood in a recording, read off it: timers act on ticks, long ones on fewer of them.

A frame that a host sent although nothing had come in and no call was made for a while was sent by a timer, a moment
after a tick.  If the host had been silent for longer than the first level of the timer wheel reaches, the timer was on
a higher level, whose slots are 8, 64 or 512 ticks apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from tests.golden.captures import SECOND, Capture, nanoseconds
from tests.golden.pairs import JIFFY, Stream, grain, line

_QUIET: Final = 3_000_000
"""Who has done nothing for so long was not made to send by what happened before."""

_LATE: Final = 300_000
"""From the tick to the frame; mostly much less."""

_USUALLY: Final = 15_000
_MOMENT: Final = 2_000
"""From a timestamp to its frame, at least."""

_MILLISECOND: Final = 1_000_000
_LONGEST: Final = 64 * SECOND


def phase(capture: Capture) -> int:
    """What to add to a multiple of all slots so that the recording's zero stands where it stood, in ns."""
    silences = list(_silences(capture))
    known = 0
    for slot in (JIFFY, 8 * JIFFY, 64 * JIFFY, 512 * JIFFY):
        ends = [time % slot for silence, time in silences if silence <= _LONGEST and _slot(silence) >= slot]
        found = _most_common(ends, slot)
        if found is None:
            break
        known = found
    boundary = _millisecond(capture)
    if boundary is not None:  # a tick comes with every fourth millisecond of the clock that timestamps show
        known -= (known - boundary + _MILLISECOND // 2) % _MILLISECOND - _MILLISECOND // 2
    return -known % (512 * JIFFY)


def _millisecond(capture: Capture) -> int | None:
    """Where within a recorded millisecond timestamps count up; None if no frame tells."""
    before: list[int] = []
    after: list[int] = []
    for moments in _timestamps(capture).values():
        counts = [value - time // _MILLISECOND for time, value in moments]
        for (time, _), count in zip(moments, counts, strict=True):
            if max(counts) - min(counts) == 1:
                (after if count == max(counts) else before).append(time % _MILLISECOND)
    if not after or max(before) - min(after) > _LATE:
        return None
    return min(after) - _MOMENT if min(after) - max(before) < 2 * _USUALLY else max(max(before), min(after) - _USUALLY)


def _timestamps(capture: Capture) -> dict[Stream, list[tuple[int, int]]]:
    """When which timestamp left, by the flow and the interface of its sender."""
    found: dict[Stream, list[tuple[int, int]]] = defaultdict(list)
    for frame in capture.frames:
        node, port = frame["if"].split(":")
        if (
            "tcp" in frame
            and "ip" in frame
            and capture.nodes[node] == "host"
            and (frame["dir"] == "out" or port == "lo")
        ):
            for option in frame["tcp"]["opts"]:
                if option[0] == "ts":
                    found[line(frame)].append((nanoseconds(frame["t"]), option[1]))
    return found


def _slot(silence: int) -> int:
    """How far apart the slots are in which a timer may have been that was set before `silence`."""
    return max(JIFFY, grain(silence))


def _silences(capture: Capture) -> Iterator[tuple[int, int]]:
    """How long a host had done nothing, and when it sent a frame then."""
    moments: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for event in capture.events:
        moments[event.node] += [(event.start, False), (event.end, False)]
    for frame in capture.frames:
        node = frame["if"].split(":")[0]
        is_own = frame["eth"]["src"].startswith((f"{node}:", "lo"))
        moments[node].append((nanoseconds(frame["t"]), is_own))
    for times in moments.values():
        times.sort()
        for (before, _), (time, is_own) in zip(times, times[1:], strict=False):
            if is_own and time - before > _QUIET:
                yield time - before, time


def _most_common(times: Sequence[int], period: int) -> int | None:
    """Just before the first of those that lie closest together on a circle; None of none."""
    best, count = None, 0
    for first in times:
        near = sum((time - first) % period < _LATE for time in times)
        if near > count:
            best, count = first - _USUALLY, near
    return best
