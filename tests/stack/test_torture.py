"""Torture: some hundred runs of chance, and the mistakes that they must find.

All ten thousand: `python -m tests.stack.torture --runs 10000 --jobs 2`.
"""

from __future__ import annotations

import pytest

import simnet
from tests.mutants.planting import Mutant, planted
from tests.stack.torture.mistakes import MISTAKES
from tests.stack.torture.runs import KINDS, kind, problem

BLOCKS = 20
RUNS = 10
"""In a block; enough to find every mistake of the list."""
FOUND = (408, 488, 508, 543, 2632, 2727, 40_250)
"""Other seeds that have found a mistake."""


@pytest.mark.rfc("9293", "3", "MUST-3, MUST-16, MUST-61, MUST-65, SHLD-14")
@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_torture(block: int) -> None:
    seeds = range(block * RUNS, (block + 1) * RUNS)
    found = [f"python -m tests.stack.torture --first {seed} --runs 1 -v: {problem(seed)}" for seed in seeds]
    assert not [text for text in found if not text.endswith(": ")]


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_once_stays_mended(seed: int) -> None:
    assert not problem(seed)


def test_every_kind_is_run() -> None:
    assert {kind(seed) for seed in range(BLOCKS * RUNS)} == set(KINDS)


@pytest.mark.slow
@pytest.mark.skipif(simnet.COMPILED, reason="the core is compiled, and mutants change plain Python only")
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name.replace(" ", "-"))
def test_finds_the_mistake(mistake: Mutant) -> None:
    with planted(mistake):
        assert any(problem(seed) for seed in range(BLOCKS * RUNS))
