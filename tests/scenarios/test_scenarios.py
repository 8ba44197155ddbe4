"""Every shipped scenario keeps what it promises, whatever the seed, and leaves the same bytes each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simnet.checks.verdict import Verdict
from simnet.scenario.load import load
from simnet.worlds.simulated import Result, run
from tests.scenarios.shipped import FILES, digests, files_of

each_scenario = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
OTHER_SEEDS = (2, 3, 20_260)


def failures(result: Result) -> list[Verdict]:
    return [verdict for verdict in result.verdicts if not verdict.ok]


@each_scenario
def test_every_expectation_holds_and_every_run_is_the_same(file: Path) -> None:
    """Nothing of the first run is left that could change the second."""
    first, second = run(load(file)), run(load(file))
    assert not failures(first)
    assert files_of(first.trace) == files_of(second.trace)


@each_scenario
@pytest.mark.parametrize("seed", OTHER_SEEDS)
def test_holds_with_other_luck(file: Path, seed: int) -> None:
    """Ports, sequence numbers, identifications, losses: none of them may matter."""
    result = run(load(file), seed=seed)
    assert not failures(result)
    assert result.seed == seed


@pytest.mark.parametrize("hash_seed", ["1", "20260"])
def test_other_processes_leave_the_same_bytes(hash_seed: str, project: Path) -> None:
    """The order of sets, which differs from process to process, decides nothing."""
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(project)}
    found = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.shipped"],
        env=environment, cwd=project, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.splitlines() == list(digests())
