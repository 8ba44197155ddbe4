"""Mutants themselves: each can be planted, changes something, and is gone afterwards."""

from __future__ import annotations

import pytest

import simnet
from simnet.stack.routes import Routes
from tests.mutants.catalogue import CATALOGUE
from tests.mutants.planting import Mutant, NotPlantable, changed_codes, mutant, planted

pytestmark = pytest.mark.skipif(simnet.COMPILED, reason="the core is compiled, and mutants change plain Python only")


def lookup_is(old: str, new: str) -> Mutant:
    return mutant("test", "The routing table is searched wrongly.", ("stack.routes:Routes.lookup", old, new))


@pytest.mark.parametrize("mutant", CATALOGUE, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_can_be_planted_and_removed(mutant: Mutant) -> None:
    changed = changed_codes(mutant)
    right = [function.__code__ for function, _ in changed]
    with planted(mutant):
        assert [function.__code__ for function, _ in changed] == [code for _, code in changed] != right
    assert [function.__code__ for function, _ in changed] == right


def test_each_has_a_name_and_one_plain_sentence() -> None:
    assert len({mutant.name for mutant in CATALOGUE}) == len(CATALOGUE) >= 40
    assert not [mutant.name for mutant in CATALOGUE if not mutant.says.endswith(".") or mutant.says.count(". ")]


def test_is_removed_even_when_the_run_fails() -> None:
    right = Routes.lookup.__code__
    with pytest.raises(ZeroDivisionError), planted(lookup_is("self.rows", "reversed(self.rows)")):
        assert Routes.lookup.__code__ is not right
        raise ZeroDivisionError
    assert Routes.lookup.__code__ is right


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lookup_is("self.lines", ""), "no longer contains 'self.lines'"),
        (lookup_is("row", ""), "times contains 'row'"),
        (mutant("test", "", ("stack.routes:Routes.search", "", "")), "there is no Routes.search any more"),
        (mutant("test", "", ("stack.host_stack:HostStack.routes", "self.ip.routes", "0")), "not a plain function"),
    ],
)
def test_one_that_no_longer_fits_the_source_says_so(wrong: Mutant, why: str) -> None:
    with pytest.raises(NotPlantable, match=why), planted(wrong):
        pass
