"""Looks for the choices of the recorded kernel: what `timing.py` names and a recording does not tell.

The usual choices are tried first.  Where they do not give the recording, what was chosen just before the first
difference is chosen otherwise: a program's call ends, or a program wakes up, before or after the next frames arrive;
a clock ticks late; at last the clock's phase and what is drawn at random.  A choice that makes the replay equal for
longer stays.  So the recording must be one of the things that the simulated kernel may do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from tests.golden.captures import Capture, nanoseconds
from tests.golden.departures import departures
from tests.golden.pairs import JIFFY, LATE, Difference
from tests.golden.timing import PHASE, SEED, Choice, Chosen

MOST_REPLAYS = 100
"""How many replays one search may take."""

_BEFORE = 1_500_000
_AFTER = 300_000
"""What was chosen within so much of the first difference may be its cause."""

_CANDIDATES = 24
_LONGEST = 300_000
"""So long may a program take to wake up, or a call to return."""

_ARRIVALS = 8
_HOPS = 6
"""How many times the wire is crossed from a cause to the first difference, at most."""

_PHASES = (-100_000, 1_000_000, 2_000_000, 3_000_000, 8_000_000, 16_000_000, 24_000_000)
_SEEDS = range(1, 8)


class Attempt(Struct, frozen=True):
    """One replay: what differs, what was chosen, when frames came in at each node; `origin` is the recording's zero."""

    differences: list[Difference]
    made: list[Chosen]
    arrivals: Mapping[str, list[int]]
    origin: int

    def merit(self) -> tuple[int, int]:
        """How long it is equal, then how little differs."""
        return (self.differences[0].time, -len(self.differences)) if self.differences else (1 << 62, 0)


Replay = Callable[[Mapping[Choice, int]], Attempt]


def search(capture: Capture, replay: Replay) -> dict[Choice, int]:
    """The choices, other than the usual ones, of the best replay of `capture` that was found."""
    others: dict[Choice, int] = {}
    best = replay(others)
    replays = 1
    while best.differences and replays < MOST_REPLAYS:
        for tried in _trials(capture, best, others):
            attempt = replay(tried)
            replays += 1
            if attempt.merit() > best.merit():
                others, best = tried, attempt
                break
            if replays == MOST_REPLAYS:
                break
        else:
            break
    return others


def _candidates(capture: Capture, attempt: Attempt) -> Iterator[tuple[Choice, int]]:
    """What else may be chosen: the closest to the first difference first."""
    moments = _moments(capture, attempt)
    near = []
    for made in attempt.made:
        before = LATE if made.choice.what.endswith("/clock") else _BEFORE
        distances = [moment - made.start for moment in moments if -_AFTER <= moment - made.start <= before]
        if distances:
            near.append((min(map(abs, distances)), made))
    near.sort(key=lambda item: item[0])
    for _, made in near[:_CANDIDATES]:
        for length in dict.fromkeys(_lengths(capture, attempt, made)):
            if length != made.length:
                yield made.choice, length
    for phase in _PHASES:
        yield PHASE, phase
    for seed in _SEEDS:
        yield SEED, seed


def _trials(capture: Capture, attempt: Attempt, others: Mapping[Choice, int]) -> Iterator[dict[Choice, int]]:
    """`others` and one more each; also without those that came later, which another course may not need."""
    order = {made.choice: number for number, made in enumerate(attempt.made)}
    for choice, length in _candidates(capture, attempt):
        yield {**others, choice: length}
        place = order.get(choice, len(order))
        before = {other: value for other, value in others.items() if order.get(other, -1) < place}
        if before.keys() != others.keys() - {choice}:
            yield {**before, choice: length}


def _moments(capture: Capture, attempt: Attempt) -> list[int]:
    """When what led to the first difference may have happened: then, or as much earlier as the wire takes."""
    first = attempt.differences[0]
    times = {first.time} if first.replayed is None else {first.time, nanoseconds(first.replayed["t"])}
    delay = nanoseconds(capture.wire.get("one_way_delay_s", 0))
    return [attempt.origin + time - hops * delay for time in sorted(times) for hops in range(_HOPS if delay else 1)]


def _lengths(capture: Capture, attempt: Attempt, made: Chosen) -> Iterator[int]:
    """How long it may have taken instead."""
    node, name = made.choice.what.split("/")
    if name == "clock":
        yield from (JIFFY, LATE)
        lateness = [time + attempt.origin - made.start for time in departures(capture, node)]
        yield from (late for late in lateness if 0 < late <= LATE)
        return
    yield 1000
    arrivals = attempt.arrivals.get(node, [])
    place = bisect_right(arrivals, made.start)
    yield from (at + 500 - made.start for at in arrivals[place : place + _ARRIVALS] if at - made.start < _LONGEST)
