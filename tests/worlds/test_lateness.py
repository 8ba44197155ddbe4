"""How late programs were is measured, said, and a comparison in which they were is made again."""

from __future__ import annotations

import multiprocessing
import sys
import time

import pytest

from simnet.scenario.load import loads
from simnet.trace.trace import Trace
from simnet.units import MILLISECOND
from simnet.worlds import side_by_side
from simnet.worlds.lateness import Lateness
from simnet.worlds.real_world import RealWorld
from simnet.worlds.side_by_side import TRIES, compared

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
    """A real world that saw nothing, once for each of `late`: by how much its programs were late."""

    def __init__(self, late: list[int]) -> None:
        self.trace = Trace([])
        self.late = 0
        self._late = iter(late)

    def __call__(self, _: RealWorld) -> Recorded:
        self.late = next(self._late)
        return self


@pytest.mark.parametrize(("late", "tries"), [([0], 1), ([MILLISECOND, 0], 2), ([MILLISECOND] * (TRIES + 1), TRIES)])
def test_what_differs_is_compared_again_only_if_it_was_late(
    monkeypatch: pytest.MonkeyPatch, late: list[int], tries: int
) -> None:
    monkeypatch.setattr(side_by_side, "_recorded", Recorded(late))
    outcome = compared(GREETING, "loopback")
    assert outcome.tries == tries and outcome.late == late[tries - 1] and not outcome.comparison.is_equal
