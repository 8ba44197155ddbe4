"""Which frame of one flow is which of the other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.trace import compare_alignment
from simnet.trace.compare_alignment import Pair, aligned
from simnet.trace.compare_sighting import SENT, Sighting
from simnet.wire.frame import Frame
from simnet.wire.payload import Raw

FRAME = Frame(0, 0, 0x9000, Raw(b""))


def sightings(values: Sequence[int]) -> list[Sighting]:
    """Frames of one flow that are told apart by one field of three."""
    made = []
    for order, value in enumerate(values):
        each = Sighting(order + 1, order, order, "here", SENT, FRAME)
        each.stream, each.names, each.values = ("flow",), ("kind", "what", "value"), (1, 2, value)
        made.append(each)
    return made


def text(pairs: list[Pair]) -> str:
    """ "1=1 2- -3": equal ones, those alone; "1~2" for ones that differ."""
    words = []
    for a, b in pairs:
        left, right = ("" if one is None else str(one.values[2]) for one in (a, b))
        words.append(f"{left}{'-' if not left or not right else '=' if left == right else '~'}{right}")
    return " ".join(words)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([], [], ""),
        ([1, 2], [], "1- 2-"),
        ([1, 2, 3], [1, 2, 3], "1=1 2=2 3=3"),
        ([1, 2, 3], [1, 3], "1=1 2- 3=3"),
        ([1, 3], [1, 2, 3], "1=1 -2 3=3"),
        ([1, 2, 3], [1, 9, 3], "1=1 2~9 3=3"),
        ([1, 2, 3, 4], [2, 3, 4, 5], "1- 2=2 3=3 4=4 -5"),
        ([1, 1, 2], [1, 2, 2], "1=1 1~2 2=2"),
    ],
)
def test_the_least_is_left_over(a: list[int], b: list[int], expected: str) -> None:
    assert text(aligned(sightings(a), sightings(b))) == expected


numbers = st.lists(st.integers(0, 6), max_size=14)


@given(numbers, numbers)
def test_every_frame_is_there_once_and_in_its_order(a: list[int], b: list[int]) -> None:
    here, there = sightings(a), sightings(b)
    pairs = aligned(here, there)
    assert [one for one, _ in pairs if one is not None] == here
    assert [other for _, other in pairs if other is not None] == there


@given(numbers, numbers, numbers)
def test_frames_that_are_left_out_are_all_that_is_reported(head: list[int], gone: list[int], tail: list[int]) -> None:
    """Values that occur nowhere else: what remains is the only way to see it."""
    missing = [100 + number for number, _ in enumerate(gone)]
    pairs = aligned(sightings([*head, *missing, *tail]), sightings([*head, *tail]))
    assert [one.values[2] for one, other in pairs if one is not None and other is None] == missing


@pytest.mark.parametrize("gap", [1, 7, 300])
def test_long_flows_are_cut_at_frames_that_occur_once(gap: int) -> None:
    """More than a table of costs could hold: every `gap`-th frame is another one."""
    a = list(range(3000))
    b = [-value if value % gap == 0 and gap > 1 else value for value in a]
    pairs = aligned(sightings(a), sightings(b[5:]))
    equal = sum(1 for one, other in pairs if one and other and one.values == other.values)
    assert equal == sum(value == other for value, other in zip(a[5:], b[5:], strict=True))
    assert len(pairs) == 3000


def test_long_flows_with_nothing_in_common_are_taken_in_order() -> None:
    pairs = aligned(sightings(range(1, 402)), sightings(range(-400, 0)))
    assert [one is not None and other is not None for one, other in pairs] == [True] * 400 + [False]
    assert 401 * 400 > compare_alignment._LARGEST_TABLE
