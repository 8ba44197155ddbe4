"""Finds which frame of one flow is which of the other: equal frames first, then the most alike, in their order.

Long flows are cut at frames that occur once in both (patience diff), what remains is aligned at the least cost
(Needleman and Wunsch 1970).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from simnet.trace.compare_sighting import Sighting

Pair = tuple[Sighting | None, Sighting | None]
Cost = Callable[[Sighting, Sighting], int]

_GAP: Final = 7
_UNLIKE: Final = 4
_MOST: Final = 10
_NEVER: Final = 1000
_LARGEST_TABLE: Final = 40_000


def aligned(a: Sequence[Sighting], b: Sequence[Sighting], cost: Cost | None = None) -> list[Pair]:
    """Every frame of `a` and `b`, with its counterpart where it has one; each side in its order."""
    return list(_aligned(a, b, cost or of_one_flow))


def is_same(a: Sighting, b: Sighting) -> bool:
    """Are all fields equal?"""
    return a.values == b.values and a.names == b.names


def count_different(a: Sighting, b: Sighting) -> int:
    """How many fields differ."""
    if a.names == b.names:
        return sum(left != right for left, right in zip(a.values, b.values, strict=True))
    left, right = a.fields(), b.fields()
    return sum(left.get(name) != right.get(name) for name in left.keys() | right.keys())


def of_one_flow(a: Sighting, b: Sighting) -> int:
    """What it costs to take `a` and `b` for the same frame: at most what leaving both alone would cost."""
    different = count_different(a, b)
    return _UNLIKE + min(different, _MOST) if different else 0


def of_any_flow(a: Sighting, b: Sighting) -> int:
    """The same for frames that seemed to be of different flows: what both have must be much alike."""
    if a.stream == b.stream:
        return _NEVER
    left, right = a.fields(), b.fields()
    shared = left.keys() & right.keys()
    different = sum(left[name] != right[name] for name in shared)
    is_other = left.get("eth.type") != right.get("eth.type") or left.get("ip.proto") != right.get("ip.proto")
    if is_other or different > _MOST // 2 or different * 2 > len(shared):
        return _NEVER
    return _UNLIKE + different + (a.names != b.names)


def _aligned(a: Sequence[Sighting], b: Sequence[Sighting], cost: Cost) -> Iterator[Pair]:
    start = 0
    while start < len(a) and start < len(b) and is_same(a[start], b[start]):
        yield a[start], b[start]
        start += 1
    tail = 0
    while tail < min(len(a), len(b)) - start and is_same(a[-1 - tail], b[-1 - tail]):
        tail += 1
    yield from _unequal_part(a[start : len(a) - tail], b[start : len(b) - tail], cost)
    yield from zip(a[len(a) - tail :], b[len(b) - tail :], strict=True)


def _unequal_part(a: Sequence[Sighting], b: Sequence[Sighting], cost: Cost) -> Iterator[Pair]:
    if not a or not b:
        yield from ((left, None) for left in a)
        yield from ((None, right) for right in b)
    elif len(a) * len(b) <= _LARGEST_TABLE:
        yield from _cheapest(a, b, cost)
    else:
        anchors = _anchors(a, b)
        if anchors:
            yield from _between(a, b, anchors, cost)
        else:
            yield from _in_order(a, b)


def _in_order(a: Sequence[Sighting], b: Sequence[Sighting]) -> Iterator[Pair]:
    """The last resort for long flows that have nothing in common."""
    shared = min(len(a), len(b))
    yield from zip(a[:shared], b[:shared], strict=True)
    yield from ((left, None) for left in a[shared:])
    yield from ((None, right) for right in b[shared:])


def _between(
    a: Sequence[Sighting], b: Sequence[Sighting], anchors: list[tuple[int, int]], cost: Cost
) -> Iterator[Pair]:
    here = there = 0
    for left, right in anchors:
        yield from _aligned(a[here:left], b[there:right], cost)
        yield a[left], b[right]
        here, there = left + 1, right + 1
    yield from _aligned(a[here:], b[there:], cost)


def _anchors(a: Sequence[Sighting], b: Sequence[Sighting]) -> list[tuple[int, int]]:
    """The places of frames that occur once in both, as many as come in the same order."""
    counts_a, counts_b = Counter(each.values for each in a), Counter(each.values for each in b)
    places = {each.values: place for place, each in enumerate(b) if counts_b[each.values] == 1}
    once = [
        (place, places[each.values])
        for place, each in enumerate(a)
        if counts_a[each.values] == 1 and each.values in places
    ]
    return _longest_rise([pair for pair in once if is_same(a[pair[0]], b[pair[1]])])


def _longest_rise(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `pairs`, which rise on the left, that rises on the right too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, right) in enumerate(pairs):
        length = bisect_left(ends, right)
        before.append(last[length - 1] if length else -1)
        ends[length:length + 1] = [right]
        last[length:length + 1] = [number]
    rise = []
    number = last[-1] if last else -1
    while number >= 0:
        rise.append(pairs[number])
        number = before[number]
    return rise[::-1]


def _cheapest(a: Sequence[Sighting], b: Sequence[Sighting], cost: Cost) -> Iterator[Pair]:
    """The alignment of the least cost; of several, the one that pairs frames early."""
    costs = [[cost(left, right) for right in b] for left in a]
    totals = [[_GAP * (len(a) - row + len(b) - column) for column in range(len(b) + 1)] for row in range(len(a) + 1)]
    for row in range(len(a) - 1, -1, -1):
        for column in range(len(b) - 1, -1, -1):
            totals[row][column] = min(
                costs[row][column] + totals[row + 1][column + 1],
                _GAP + totals[row + 1][column],
                _GAP + totals[row][column + 1],
            )
    row = column = 0
    while row < len(a) and column < len(b):
        here = totals[row][column]
        if here == costs[row][column] + totals[row + 1][column + 1]:
            yield a[row], b[column]
            row, column = row + 1, column + 1
        elif here == _GAP + totals[row + 1][column]:
            yield a[row], None
            row += 1
        else:
            yield None, b[column]
            column += 1
    yield from ((left, None) for left in a[row:])
    yield from ((None, right) for right in b[column:])
