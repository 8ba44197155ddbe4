"""Expectations about frames: lists of them, none, all, how many, and the times between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simnet import filter as filters
from simnet import reasons
from simnet.checks.judge import Judge
from simnet.checks.seen import Sighting, looking, place_text
from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Always, Count, FramePattern, Frames, Gaps, Never, Place
from simnet.trace.events import Event, FrameArrived, FrameDiscarded, FrameDropped
from simnet.units import format_time


def judge_frames(expected: Frames) -> Judge:
    """Exactly these frames in this order; if not, where the longest fitting beginning stops."""
    look, patterns = looking(expected.seen, expected.matching), expected.frames
    reachable = _closure(patterns, {0})
    number, last = 0, ""
    while (event := (yield)) is not None:
        sighting = look(event)
        if sighting is None:
            continue
        number, last = number + 1, str(sighting)
        following = _following(patterns, reachable, sighting)
        if not following:
            wanted = [patterns[index].text for index in sorted(reachable) if index < len(patterns)]
            wish = " or ".join(wanted) if wanted else "no more frames"
            return Verdict(expected.text, False, f"frame {number} is {sighting}, expected {wish}")
        reachable = _closure(patterns, following)
    if not number:
        return Verdict(expected.text, False, _nothing(expected.seen, expected.matching))
    if len(patterns) in reachable:
        return Verdict(expected.text, True)
    missing = patterns[min(reachable)].text
    return Verdict(expected.text, False, f"after frame {number}, {last}, nothing more came; expected {missing}")


def _following(patterns: Sequence[FramePattern], places: set[int], sighting: Sighting) -> set[int]:
    """Where one may stand after `sighting`, having stood at `places`."""
    following = set()
    for index in places:
        if index == len(patterns):
            continue
        if patterns[index].any_number:
            following.add(index)
        elif _fits(patterns[index], sighting):
            following.add(index + 1)
    return following


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


def judge_never(expected: Never) -> Judge:
    """No frame matches, though there were frames."""
    look, matches = looking(expected.seen, ""), filters.compile(expected.matching).matches
    number = 0
    while (event := (yield)) is not None:
        sighting = look(event)
        if sighting is None:
            continue
        number += 1
        if matches(sighting.frame):
            return Verdict(expected.text, False, f"frame {number} is {sighting}")
    return Verdict(expected.text, True) if number else Verdict(expected.text, False, _nothing(expected.seen, ""))


def judge_always(expected: Always) -> Judge:
    """Each frame that matches meets the condition."""
    look, holds = looking(expected.seen, expected.matching), filters.compile(expected.condition).matches
    number = 0
    while (event := (yield)) is not None:
        sighting = look(event)
        if sighting is None:
            continue
        number += 1
        if not holds(sighting.frame):
            return Verdict(expected.text, False, f"frame {number}, {sighting}, does not meet {expected.condition}")
    if not number:
        return Verdict(expected.text, False, _nothing(expected.seen, expected.matching))
    return Verdict(expected.text, True)


def judge_count(expected: Count) -> Judge:
    """How many frames were seen, delivered, dropped or discarded."""
    counts, count = _COUNTED[expected.of](expected), 0
    while (event := (yield)) is not None:
        count += counts(event)
    if count < expected.minimum:
        return Verdict(expected.text, False, f"{count} {expected.of}, expected at least {expected.minimum}")
    if expected.maximum is not None and count > expected.maximum:
        return Verdict(expected.text, False, f"{count} {expected.of}, expected at most {expected.maximum}")
    return Verdict(expected.text, True)


Counts = Callable[[Event], bool]
"""Is the event one of those that are counted?"""


def _is_seen(expected: Count) -> Counts:
    look = looking(expected.seen, expected.matching)
    return lambda event: look(event) is not None


def _is_delivered(expected: Count) -> Counts:
    matches = filters.compile(expected.matching).matches if expected.matching else None
    return lambda event: (
        isinstance(event, FrameArrived)
        and event.port.startswith(f"{expected.host}:")
        and (matches is None or matches(event.frame))
    )


def _is_dropped(expected: Count) -> Counts:
    senders = (expected.seen.port,) if expected.seen.port else expected.seen.senders
    matches = filters.compile(expected.matching).matches if expected.matching else None
    return lambda event: (
        isinstance(event, FrameDropped)
        and (not senders or event.port in senders)
        and expected.reason in (reasons.NONE, event.reason)
        and (matches is None or matches(event.frame))
    )


def _is_discarded(expected: Count) -> Counts:
    matches = filters.compile(expected.matching).matches if expected.matching else None
    return lambda event: (
        isinstance(event, FrameDiscarded)
        and (not expected.host or event.port.startswith(f"{expected.host}:"))
        and expected.reason in (reasons.NONE, event.reason)
        and (matches is None or matches(event.frame))
    )


_COUNTED = {
    "seen": _is_seen,
    "delivered": _is_delivered,
    "dropped": _is_dropped,
    "discarded": _is_discarded,
}


def judge_gaps(expected: Gaps) -> Judge:
    """The times between matching frames."""
    look = looking(expected.seen, expected.matching)
    number, last = 0, 0
    while (event := (yield)) is not None:
        sighting = look(event)
        if sighting is None:
            continue
        if 0 < number <= len(expected.gaps):
            gap, wanted = sighting.time - last, expected.gaps[number - 1]
            if abs(gap - wanted) > wanted * expected.within:
                why = f"gap {number}, before {sighting}, is {format_time(gap)}, expected {format_time(wanted)}"
                return Verdict(expected.text, False, why)
        number, last = number + 1, sighting.time
    found = max(0, number - 1)
    if found != len(expected.gaps):
        why = f"{number} frames match, so there are {found} gaps, expected {len(expected.gaps)}"
        return Verdict(expected.text, False, why)
    return Verdict(expected.text, True)


def _nothing(place: Place, matching: str) -> str:
    what = f"no frame matching {matching}" if matching else "no frame"
    return f"{what} was seen{place_text(place)}"
