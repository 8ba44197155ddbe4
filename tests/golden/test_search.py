"""The search finds the choice that a recording needs, and none where there is none."""

from __future__ import annotations

from collections.abc import Mapping

from tests.golden.captures import load
from tests.golden.pairs import Difference
from tests.golden.search import MOST_REPLAYS, Attempt, search
from tests.golden.timing import SEED, Choice, Chosen

CAPTURE = load("01_hello/lan")
WAKE, CALL = Choice("B/server", 0), Choice("B/server", 1)
TIME = 1_000_000


class Replays:
    """Equal when `needed` was chosen between two lengths; alike for longer with each part of it."""

    def __init__(self, needed: Mapping[Choice, tuple[int, int]]) -> None:
        self.count = 0
        self._needed = needed

    def __call__(self, others: Mapping[Choice, int]) -> Attempt:
        self.count += 1
        missing = [
            choice for choice, (least, most) in self._needed.items() if not least <= others.get(choice, 25_000) <= most
        ]
        differences = [Difference(TIME - 100 * len(missing), "another frame", None, None)] if missing else []
        made = [Chosen(choice, TIME - 50_000, others.get(choice, 25_000)) for choice in (WAKE, CALL)]
        return Attempt(differences, made, {"B": [TIME - 40_000, TIME - 10_000]}, 0)


def test_nothing_is_chosen_where_the_usual_choices_do() -> None:
    replays = Replays({})
    assert search(CAPTURE, replays) == {}
    assert replays.count == 1


def test_a_call_that_lasts_until_after_the_next_arrival_but_one_is_found() -> None:
    assert search(CAPTURE, Replays({CALL: (40_001, 60_000)})) == {CALL: 40_500}


def test_several_choices_are_found_one_after_the_other() -> None:
    assert search(CAPTURE, Replays({WAKE: (0, 9_000), CALL: (40_001, 60_000)})) == {WAKE: 1000, CALL: 40_500}


def test_what_the_kernel_draws_is_tried_last() -> None:
    assert search(CAPTURE, Replays({SEED: (3, 3)})) == {SEED: 3}


def test_a_mistake_of_the_stack_is_not_searched_away() -> None:
    replays = Replays({Choice("nobody's", 0): (0, 0)})
    assert search(CAPTURE, replays) == {}
    assert replays.count <= MOST_REPLAYS
