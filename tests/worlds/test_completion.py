"""Completion times of a few transfers, simulated and in the lab; `python -m bench.completion` measures all of them.

A median of three is as close as one of twenty only where the seeds agree closely by themselves: these cells, in which
each of twenty was within a few percent.  A busy machine may be late all the same, so each may try again.
"""

from __future__ import annotations

import statistics

import pytest

from bench.completion import TOLERANCE, Cell, Pair, measure
from tests.worlds.conftest import in_child, needs_namespaces

pytestmark = [needs_namespaces, pytest.mark.slow]

SEEDS = (1, 2, 3)
CELLS = [Cell(0.0, 20, "reno"), Cell(1.0, 20, "reno"), Cell(1.0, 20, "cubic"), Cell(0.1, 100, "cubic")]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.loss:g} %, {cell.rtt} ms, {cell.control}")
def test_a_transfer_takes_as_long_as_the_kernels(cell: Cell) -> None:
    def work() -> list[float]:
        return [ratio(measure(cell, seed)) for seed in SEEDS]

    assert statistics.median(in_child(work)) == pytest.approx(1, abs=TOLERANCE)


def ratio(pair: Pair) -> float:
    return pair.simulated / pair.lab
