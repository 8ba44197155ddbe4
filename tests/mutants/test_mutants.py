"""No scenario is vacuous: each of its expectations fails under some mutant, and each mutant is noticed by some.

The score is printed at the end of the test run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

import simnet
from simnet.scenario.load import load
from tests.mutants.catalogue import CATALOGUE
from tests.mutants.planting import Mutant, NotPlantable, changed_codes
from tests.mutants.trial import Sound, killed_by, sound
from tests.scenarios.shipped import FILES

pytestmark = pytest.mark.skipif(simnet.COMPILED, reason="the core is compiled, and mutants change plain Python only")

UNNOTICED = {
    "link duplicates": "TCP hands the program each byte once, as it should; tests/devices see the copies",
    "link reorders": "TCP puts the segments in order, as it should; tests/devices see the delays",
    "losses are not seen": "the timeout repairs them as well, only later; tests/stack/tcp see the difference",
    "IP ID is constant": "scenarios cannot tell of a field that it counts up; tests/stack compare it with Linux",
}
"""Mutants that no scenario can see, and why that is right."""


@cache
def plantable() -> list[Mutant]:
    """The mutants that still fit the source; test_planting complains about the others, one by one."""
    fit = []
    for mutant in CATALOGUE:
        with suppress(NotPlantable):
            changed_codes(mutant)
            fit.append(mutant)
    return fit


@cache
def sound_run(file: Path) -> Sound:
    return sound(load(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_expectation_is_killed(file: Path, record_property: Callable[[str, object], None]) -> None:
    right = sound_run(file)
    expectations = right.scenario.expect
    killers: dict[int, str] = {}
    tried = 0
    for mutant in plantable():
        if len(killers) == len(expectations):
            break
        if right.is_touched_by(mutant):
            tried += 1
            killed = killed_by(mutant, right)
            if len(killed) < len(expectations):  # what breaks everything says little about each
                for place in killed:
                    killers.setdefault(place, mutant.name)
    by = ", ".join(dict.fromkeys(killers[place] for place in sorted(killers)))
    record_property("score", f"{file.stem}: {len(killers)}/{len(expectations)} with {tried} mutants, by: {by}")
    alive = [expected.text for place, expected in enumerate(expectations) if place not in killers]
    assert not alive, "under every mutant these hold, so they say nothing; sharpen them, or add a mutant: " + str(alive)


@pytest.mark.parametrize("mutant", CATALOGUE, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_each_mutant_is_noticed(mutant: Mutant, record_property: Callable[[str, object], None]) -> None:
    touched = sorted(
        (right for right in map(sound_run, FILES) if right.is_touched_by(mutant)), key=lambda right: right.events
    )
    assert touched, "no scenario runs this code"
    is_noticed = any(killed_by(mutant, right) for right in touched)
    if not is_noticed:
        record_property("score", f"noticed by no scenario: {mutant.name}; {UNNOTICED.get(mutant.name, 'why?')}")
    assert is_noticed is (mutant.name not in UNNOTICED)
