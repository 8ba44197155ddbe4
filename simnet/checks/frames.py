"""Expectations about frames: lists of them, none, all, how many, and the times between them."""

from __future__ import annotations

from collections.abc import Sequence

from simnet import filter as filters
from simnet import reasons
from simnet.checks.seen import Sighting, place_text, sightings
from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Always, Count, FramePattern, Frames, Gaps, Never, Place
from simnet.trace.events import Event, FrameArrived, FrameDiscarded, FrameDropped
from simnet.units import format_time


def check_frames(expected: Frames, events: Sequence[Event]) -> Verdict:
    """Exactly these frames in this order."""
    seen = sightings(events, expected.seen, expected.matching)
    if not seen:
        return Verdict(expected.text, False, _nothing(expected.seen, expected.matching))
    why = _first_difference(expected.frames, seen)
    return Verdict(expected.text, not why, why)


def _first_difference(patterns: Sequence[FramePattern], seen: Sequence[Sighting]) -> str:
    """"" if the whole list fits; else where the longest fitting beginning stops."""
    reachable = _closure(patterns, {0})
    for number, sighting in enumerate(seen):
        following = set()
        for index in reachable:
            if index == len(patterns):
                continue
            pattern = patterns[index]
            if pattern.any_number:
                following.add(index)
            elif _fits(pattern, sighting):
                following.add(index + 1)
        if not following:
            wanted = [patterns[index].text for index in sorted(reachable) if index < len(patterns)]
            wish = " or ".join(wanted) if wanted else "no more frames"
            return f"frame {number + 1} is {sighting}, expected {wish}"
        reachable = _closure(patterns, following)
    if len(patterns) in reachable:
        return ""
    missing = patterns[min(reachable)].text
    return f"after frame {len(seen)}, {seen[-1]}, nothing more came; expected {missing}"


def _closure(patterns: Sequence[FramePattern], places: set[int]) -> set[int]:
    """All places reachable by letting "..." stand for nothing."""
    result = set(places)
    for index in sorted(places):
        while index < len(patterns) and patterns[index].any_number:
            index += 1
            result.add(index)
    return result


def _fits(pattern: FramePattern, sighting: Sighting) -> bool:
    if pattern.direction and pattern.direction != sighting.direction:
        return False
    return filters.compile(pattern.matching).matches(sighting.frame) if pattern.matching else True


def check_never(expected: Never, events: Sequence[Event]) -> Verdict:
    """No frame matches, though there were frames."""
    seen = sightings(events, expected.seen, "")
    if not seen:
        return Verdict(expected.text, False, _nothing(expected.seen, ""))
    matches = filters.compile(expected.matching).matches
    for number, sighting in enumerate(seen, 1):
        if matches(sighting.frame):
            return Verdict(expected.text, False, f"frame {number} is {sighting}")
    return Verdict(expected.text, True)


def check_always(expected: Always, events: Sequence[Event]) -> Verdict:
    """Each frame that matches meets the condition."""
    seen = sightings(events, expected.seen, expected.matching)
    if not seen:
        return Verdict(expected.text, False, _nothing(expected.seen, expected.matching))
    holds = filters.compile(expected.condition).matches
    for number, sighting in enumerate(seen, 1):
        if not holds(sighting.frame):
            return Verdict(expected.text, False, f"frame {number}, {sighting}, does not meet {expected.condition}")
    return Verdict(expected.text, True)


def check_count(expected: Count, events: Sequence[Event]) -> Verdict:
    """How many frames were seen, delivered, dropped or discarded."""
    count = _COUNTERS[expected.of](expected, events)
    if count < expected.minimum:
        return Verdict(expected.text, False, f"{count} {expected.of}, expected at least {expected.minimum}")
    if expected.maximum is not None and count > expected.maximum:
        return Verdict(expected.text, False, f"{count} {expected.of}, expected at most {expected.maximum}")
    return Verdict(expected.text, True)


def _count_seen(expected: Count, events: Sequence[Event]) -> int:
    return len(sightings(events, expected.seen, expected.matching))


def _count_delivered(expected: Count, events: Sequence[Event]) -> int:
    matches = filters.compile(expected.matching).matches if expected.matching else None
    return sum(
        isinstance(event, FrameArrived)
        and event.port.startswith(f"{expected.host}:")
        and (matches is None or matches(event.frame))
        for event in events
    )


def _count_dropped(expected: Count, events: Sequence[Event]) -> int:
    senders = (expected.seen.port,) if expected.seen.port else expected.seen.senders
    matches = filters.compile(expected.matching).matches if expected.matching else None
    return sum(
        isinstance(event, FrameDropped)
        and (not senders or event.port in senders)
        and expected.reason in (reasons.NONE, event.reason)
        and (matches is None or matches(event.frame))
        for event in events
    )


def _count_discarded(expected: Count, events: Sequence[Event]) -> int:
    matches = filters.compile(expected.matching).matches if expected.matching else None
    return sum(
        isinstance(event, FrameDiscarded)
        and (not expected.host or event.port.startswith(f"{expected.host}:"))
        and expected.reason in (reasons.NONE, event.reason)
        and (matches is None or matches(event.frame))
        for event in events
    )


_COUNTERS = {
    "seen": _count_seen,
    "delivered": _count_delivered,
    "dropped": _count_dropped,
    "discarded": _count_discarded,
}


def check_gaps(expected: Gaps, events: Sequence[Event]) -> Verdict:
    """The times between matching frames."""
    seen = sightings(events, expected.seen, expected.matching)
    found = [after.time - before.time for before, after in zip(seen, seen[1:], strict=False)]
    for number, (gap, wanted) in enumerate(zip(found, expected.gaps, strict=False), 1):
        if abs(gap - wanted) > wanted * expected.within:
            why = f"gap {number}, before {seen[number]}, is {format_time(gap)}, expected {format_time(wanted)}"
            return Verdict(expected.text, False, why)
    if len(found) != len(expected.gaps):
        why = f"{len(seen)} frames match, so there are {len(found)} gaps, expected {len(expected.gaps)}"
        return Verdict(expected.text, False, why)
    return Verdict(expected.text, True)


def _nothing(place: Place, matching: str) -> str:
    what = f"no frame matching {matching}" if matching else "no frame"
    return f"{what} was seen{place_text(place)}"
