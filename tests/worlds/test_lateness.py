"""How late programs were is measured, said, and a comparison in which they were is made again."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterable
from itertools import repeat

import pytest

from simnet.errors import MissingError
from simnet.scenario.load import loads
from simnet.trace.trace import Trace
from simnet.units import MILLISECOND
from simnet.worlds import side_by_side, simulated_lo
from simnet.worlds.lateness import Lateness
from simnet.worlds.real_world import RealWorld
from simnet.worlds.side_by_side import TRIES, compared
from tests.trace.comparing import without

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long a thread has waited")

GREETING = loads(
    """
name: greeting
hosts: {anna: 10.0.0.1/24, ben: 10.0.0.2/24}
links: [anna -- ben]
programs:
  ben: [listen: 80, accept, receive: 5, close]
  anna: [connect: ben:80, send: hello, receive: end, close]
expect: [{output: hello, host: ben}]
"""
)


def test_a_timer_that_rings_late_counts() -> None:
    lateness = Lateness()
    lateness.due(3)
    lateness.due(2)
    assert lateness.longest == 3


def _spin() -> None:
    while True:
        pass


def test_waiting_for_a_processor_counts() -> None:
    """More busy processes than processors: nobody has one all the time."""
    context = multiprocessing.get_context("fork")
    burdens = [context.Process(target=_spin, daemon=True) for _ in range(2 * (multiprocessing.cpu_count() or 1))]
    for burden in burdens:
        burden.start()
    try:
        lateness, until = Lateness(), time.monotonic() + 20
        while lateness.longest < MILLISECOND and time.monotonic() < until:
            lateness.look()
    finally:
        for burden in burdens:
            burden.terminate()
            burden.join()
    assert lateness.longest >= MILLISECOND


class Recorded:
    """A real world that saw `traces` in turn, and was `late` by so much."""

    def __init__(self, traces: Iterable[Trace], late: Iterable[int]) -> None:
        self._tries = zip(traces, late, strict=False)

    def __call__(self, _: RealWorld) -> Recorded:
        self.trace, self.late = next(self._tries)
        return self


@pytest.mark.parametrize(
    ("late", "tries"), [([0, 0, 0], 3), ([MILLISECOND, 0, 0, 0], 4), ([MILLISECOND] * (TRIES + 1), TRIES)]
)
def test_what_differs_is_compared_again_and_more_often_if_it_was_late(
    monkeypatch: pytest.MonkeyPatch, late: list[int], tries: int
) -> None:
    monkeypatch.setattr(side_by_side, "_recorded", Recorded(repeat(Trace([])), late))
    outcome = compared(GREETING, "loopback", patience=0)
    assert outcome.tries == tries and outcome.late == max(late) and not outcome.comparison.is_equal


def test_what_differs_now_here_and_now_there_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """But it is none that could be shown to be equal either."""
    right = simulated_lo.run(GREETING)
    numbers = [4, 6, 4, 6, 6]
    wrong = [without(right, number) for number in numbers]
    monkeypatch.setattr(side_by_side, "_recorded", Recorded(wrong, repeat(7 * MILLISECOND)))
    with pytest.raises(MissingError, match="differed in one of 5 tries was equal in another, .* late by up to 7ms"):
        compared(GREETING, "loopback", patience=0)


def test_what_differs_every_time_is_a_difference_however_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    right = simulated_lo.run(GREETING)
    wrong = [without(without(right, 6), 4), *[without(right, 4)] * TRIES]
    monkeypatch.setattr(side_by_side, "_recorded", Recorded(wrong, repeat(7 * MILLISECOND)))
    outcome = compared(GREETING, "loopback", patience=0)
    assert outcome.tries == TRIES and outcome.comparison.first is not None
