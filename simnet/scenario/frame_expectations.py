"""Reads expectations about frames: which are seen, how many, when, and what becomes of them on their way."""

from __future__ import annotations

from typing import Any, Final

from simnet import reasons
from simnet.scenario.expectation_reading import Read, Reading
from simnet.scenario.expectation_values import Always, Count, Frames, Gaps, Hop, Never
from simnet.scenario.frame_patterns import read_frames
from simnet.scenario.reader import Fields, Reader


def _reasons(low: int, high: int) -> dict[str, int]:
    """The words for reasons from `low` to `high`: the names in `simnet.reasons` in small letters."""
    found = {}
    for name, number in vars(reasons).items():
        if name.isupper() and isinstance(number, int) and low <= number <= high:
            found[name.removeprefix("DROP_").lower().replace("_", " ")] = number
    return found


DROP_REASONS: Final = _reasons(200, 249)
DISCARD_REASONS: Final = _reasons(250, 299)


def _frames(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Frames | None:
    frames = read_frames(reading.reader, fields.get("frames"))
    seen, matching = reading.place(fields), reading.matching(fields)
    if frames and all(frame.any_number for frame in frames):
        reading.reader.problem(fields.at_key("frames"), 'frames of "..." alone are always true; name a frame')
        return None
    return Frames(frames=frames, seen=seen, matching=matching, **shared) if frames and seen is not None else None


def _hop(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Hop | None:
    device = reading.names.device(fields.get("hop"), "hop")
    rewritten, kept = reading.field_names(fields, "rewritten"), reading.field_names(fields, "kept")
    changed = []
    for key, value in reading.reader.entries(fields.get("changed"), "changed", "{ip.ttl: -1}"):
        number = reading.reader.number(value, "changed", -(1 << 32), 1 << 32)
        if reading.is_field(key, key.text) and number is not None:
            changed.append((key.text, number))
    matching = reading.matching(fields)
    if not any(key in fields for key in ("rewritten", "kept", "changed")):
        reading.reader.problem(fields.at, "hop expects nothing; add rewritten, kept or changed")
    if device is not None and reading.names.devices.kind(device) == "host":
        text = f"{device} is a host, which forwards nothing; name the device between"
        reading.reader.problem(fields.at_key("hop"), text)
        return None
    if device is None:
        return None
    return Hop(device=device, rewritten=rewritten, kept=kept, changed=tuple(changed), matching=matching, **shared)


def _never(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Never | None:
    matching, seen = reading.reader.filter(fields.get("never"), "never"), reading.place(fields)
    return None if matching is None or seen is None else Never(matching=matching, seen=seen, **shared)


def _always(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Always | None:
    condition, seen = reading.reader.filter(fields.get("always"), "always"), reading.place(fields)
    matching = reading.matching(fields)
    if condition is None or seen is None:
        return None
    return Always(condition=condition, seen=seen, matching=matching, **shared)


def _count(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Count | None:
    bounds, seen = reading.bounds(fields.get("count"), "count"), reading.place(fields)
    matching = reading.matching(fields)
    if bounds is None or seen is None:
        return None
    return Count(of="seen", minimum=bounds[0], maximum=bounds[1], seen=seen, matching=matching, **shared)


def _delivered(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Count | None:
    bounds, matching = reading.bounds(fields.get("delivered"), "delivered"), reading.matching(fields)
    host = reading.host(fields, "delivered")
    if bounds is None or host is None:
        return None
    return Count(of="delivered", minimum=bounds[0], maximum=bounds[1], host=host, matching=matching, **shared)


def _dropped(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Count | None:
    bounds, seen = reading.bounds(fields.get("dropped"), "dropped"), reading.place(fields)
    matching = reading.matching(fields)
    reason = _reason(reading.reader, fields, DROP_REASONS)
    if bounds is None or seen is None:
        return None
    low, high = bounds
    return Count(of="dropped", minimum=low, maximum=high, seen=seen, matching=matching, reason=reason, **shared)


def _discarded(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Count | None:
    bounds, matching = reading.bounds(fields.get("discarded"), "discarded"), reading.matching(fields)
    device = reading.names.device(reading.reader.need(fields, "host", "discarded", "host: server"), "host")
    reason = _reason(reading.reader, fields, DISCARD_REASONS)
    if bounds is None or device is None:
        return None
    low, high = bounds
    return Count(of="discarded", minimum=low, maximum=high, host=device, matching=matching, reason=reason, **shared)


def _reason(reader: Reader, fields: Fields, known: dict[str, int]) -> int:
    word = reader.word(fields.get("because"), "because", tuple(known))
    return reasons.NONE if word is None else known[word]


def _gaps(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Gaps | None:
    gaps = []
    for item in reading.reader.items(fields.get("gaps"), "gaps", "[1s, 2s, 4s]"):
        gap = reading.reader.time(item, "gap", "s")
        if gap is not None:
            gaps.append(gap)
    within = reading.reader.share(fields.get("within"), "within")
    seen, matching = reading.place(fields), reading.matching(fields)
    if not gaps or seen is None:
        return None
    share = 0.05 if within is None else within
    return Gaps(gaps=tuple(gaps), within=share, seen=seen, matching=matching, **shared)


KINDS: Final[dict[str, Read]] = {
    "frames": _frames, "hop": _hop, "never": _never, "always": _always,
    "count": _count, "delivered": _delivered, "dropped": _dropped, "discarded": _discarded, "gaps": _gaps,
}  # fmt: skip
"""The kinds of expectations about frames, and what reads each."""
