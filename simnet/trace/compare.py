"""Compares two traces frame by frame and names the first true difference.

Frames are aligned flow by flow, as each port saw them (`compare_viewpoints`, `compare_alignment`); what systems choose
freely is normalized by the rules of `compare_rules`; what only several frames show is compared by `compare_counters`.
Does not model: races in which a real kernel has a choice, such as which of two sides sends the first FIN; where it can,
`worlds.side_by_side` lets the kernel run again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from simnet.errors import SimnetError, TraceError
from simnet.trace.compare_alignment import Pair, aligned, of_any_flow
from simnet.trace.compare_counters import count_on
from simnet.trace.compare_row import Difference, Finding, Row, field_differences
from simnet.trace.compare_rules import CROSSING, END, NORMALIZATIONS, TIME
from simnet.trace.compare_sighting import Sighting
from simnet.trace.compare_viewpoints import Side, sightings, start_of, stations_of, views
from simnet.trace.trace import Trace
from simnet.wire.frame import Frame


class Comparison:
    """What comparing gave.

    `rows`: all frames, aligned, in the order of A.  `where`: from where they were seen.  `normalized`: the names of the
    rules that were applied.  `remarks`: what the traces do not hold.  `damage`: why one of them ends early, if it does.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        where: str,
        normalized: Sequence[str],
        *,
        remarks: Sequence[str] = (),
        damage: TraceError | None = None,
    ) -> None:
        self.remarks: Final = remarks
        self.damage: Final = damage
        self.rows: Final = rows
        self.where: Final = where
        self.normalized: Final = normalized
        self._counts: Final = Counter(row.finding for row in rows)

    @property
    def is_equal(self) -> bool:
        return self.first is None

    @property
    def first(self) -> Row | None:
        """The first row that is not equal."""
        return next((row for row in self.rows if row.finding is not Finding.EQUAL), None)

    def count(self, finding: Finding) -> int:
        """How many rows say that."""
        return self._counts[finding]


def compare(
    a: Trace,
    b: Trace,
    *,
    at: Sequence[str] = (),
    strict: frozenset[str] = frozenset(),
    keep: Callable[[Frame], bool] | None = None,
) -> Comparison:
    """Compare `a` with `b`, at the ports `at` if any are given, without the normalizations named in `strict`.

    `keep` chooses frames: `simnet.filter.compile("tcp").matches`.  Raises `SimnetError` if there is nothing to compare.
    """
    chosen = keep or _everything
    sides = Side(a, chosen), Side(b, chosen)
    seen = views(*sides, at)
    if not any(seen.a.values()) and not any(seen.b.values()):
        for side in sides:
            if side.damage is not None:
                raise side.damage
        raise SimnetError(f"{a.name} and {b.name} have no frames here ({seen.words}), so there is nothing to compare")
    stations = stations_of(a.network), stations_of(b.network)
    if not stations[0] or not stations[1]:
        stations = {}, {}
    has_headers = sides[0].has_headers and sides[1].has_headers
    reading = partial(sightings, strict=strict, tells_ways=seen.tells_ways, has_headers=has_headers)
    here, there = reading(seen.a, seen.b, stations[0]), reading(seen.b, seen.a, stations[1])
    remarks = [remark for side in sides for remark in side.remarks]
    damage = next((side.damage for side in sides if side.damage is not None), None)
    starts, words = (start_of(seen.a), start_of(seen.b)), seen.words
    del sides, seen  # the sightings hold all that is needed of hundreds of thousands of events
    rows = _in_order(row for place in here for row in _rows(here[place], there[place], TIME in strict))
    if END not in strict:
        ends = a.end_ns - starts[0], b.end_ns - starts[1]
        rows = [row for row in rows if not _is_after_the_end(row, ends)]
    count_on(rows, crossing=CROSSING not in strict)
    normalized = [name for name in NORMALIZATIONS if name not in strict]
    return Comparison(rows, words, normalized, remarks=remarks, damage=damage)


def _rows(a: list[Sighting], b: list[Sighting], with_times: bool) -> Iterable[Row]:
    """The frames of one place, aligned flow by flow, then what is left over across flows."""
    flows_a, flows_b = _flows(a), _flows(b)
    pairs: list[Pair] = []
    for key in dict.fromkeys([*flows_a, *flows_b]):
        pairs += aligned(flows_a.get(key, []), flows_b.get(key, []))
    for left, right in _with_strays(pairs):
        differences: tuple[Difference, ...] = ()
        if left is not None and right is not None:
            differences = field_differences(left, right)
            if not differences:
                right.values = left.values  # once is enough
            if with_times and left.time != right.time:
                differences = (Difference("time", left.time, right.time), *differences)
        yield Row(left, right, differences)


def _flows(sightings: list[Sighting]) -> dict[object, list[Sighting]]:
    flows: dict[object, list[Sighting]] = defaultdict(list)
    for each in sightings:
        flows[each.way, each.stream].append(each)
    return flows


def _with_strays(pairs: list[Pair]) -> list[Pair]:
    """`pairs`, where frames without a counterpart find one in another flow if they are much alike."""
    found = [pair for pair in pairs if pair[0] is not None and pair[1] is not None]
    for way in {one.way for pair in pairs for one in pair if one is not None}:
        left = [one for one, other in pairs if other is None and one is not None and one.way == way]
        right = [other for one, other in pairs if one is None and other is not None and other.way == way]
        left.sort(key=lambda each: each.order)
        right.sort(key=lambda each: each.order)
        found += aligned(left, right, of_any_flow)
    return found


def _in_order(rows: Iterable[Row]) -> list[Row]:
    """In the order of A; a frame of B alone: as long after the pair before it as in B, but before the next pair."""
    listed = list(rows)
    places = {number: (row.a.time, row.a.order, 1, 0) for number, row in enumerate(listed) if row.a is not None}
    in_b = [(row.b, number) for number, row in enumerate(listed) if row.b is not None]
    in_b.sort(key=lambda each: each[0].order)
    following = _following(listed, [number for _, number in in_b])
    last: tuple[Sighting, Sighting] | None = None
    for b, number in in_b:
        a = listed[number].a
        if a is not None:
            last = a, b
            continue
        place = (b.time, -1, 2, b.order)
        if last is not None:
            place = (last[0].time + b.time - last[1].time, last[0].order, 2, b.order)
        after = following[number]
        if after is not None and (last is None or after.order > last[0].order):
            place = min(place, (after.time, after.order, 0, b.order))
        places[number] = place
    return [listed[number] for number in sorted(places, key=lambda number: places[number])]


def _following(rows: list[Row], numbers: list[int]) -> dict[int, Sighting | None]:
    """For each row, by its number: the frame of A in the next pair after it."""
    found: dict[int, Sighting | None] = {}
    following: Sighting | None = None
    for number in reversed(numbers):
        found[number] = following
        following = rows[number].a or following
    return found


def _is_after_the_end(row: Row, ends: tuple[int, int]) -> bool:
    """Is it an ARP frame without a counterpart, from when the other trace, of which the end is known, had ended?"""
    if row.a is not None and row.b is not None or row.seen.stream[0] != "ARP":
        return False
    return row.seen.time > (ends[1] if row.b is None else ends[0])


def _everything(_: Frame) -> bool:
    return True
