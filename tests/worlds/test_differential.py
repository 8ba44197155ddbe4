"""Small scenarios against this machine's kernel: those that once differed, and a few random ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from simnet.scenario.load import load
from simnet.worlds import simulated
from tests.worlds.conftest import needs_namespaces
from tests.worlds.differential.drafts import Draft, draft
from tests.worlds.differential.trial import (
    Unfit,
    against_kernel,
    check_steady,
    draft_against_kernel,
    settled,
    text_of,
)

FOUND = sorted((Path(__file__).parent / "found").glob("*.yaml"))
"""Each shows one thing in which simnet once differed from the kernel; its first line says which."""
QUICK = ("end-before-reset", "data-after-shutdown-of-both", "descriptors")
RANDOM = 4
"""How many random scenarios are compared."""


@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.stem)
def test_what_once_differed_goes_as_its_scenario_says(file: Path) -> None:
    result = simulated.run(load(file))
    assert [(verdict.text, verdict.why) for verdict in result.verdicts if not verdict.ok] == []


@needs_namespaces
@pytest.mark.parametrize(
    "file", [file if file.stem in QUICK else pytest.param(file, marks=pytest.mark.slow) for file in FOUND],
    ids=lambda file: file.stem,
)  # fmt: skip
def test_the_kernel_does_what_once_differed(file: Path) -> None:
    assert against_kernel(load(file)) == ""


def fit(count: int) -> Iterator[Draft]:
    """The first random scenarios that do not hang on timing."""
    seed = 0
    while count:
        seed += 1
        random = Random(seed)
        try:
            made = settled(draft(random))
            check_steady(made, random)
        except Unfit:
            continue
        count -= 1
        yield made


@needs_namespaces
@pytest.mark.slow
def test_the_kernel_does_the_same_at_random() -> None:
    for made in fit(RANDOM):
        assert draft_against_kernel(made) == "", text_of(made)
