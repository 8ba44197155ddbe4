"""The shipped scenarios, simulated and on the real kernel: every frame of both is compared."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from simnet.errors import SimnetError
from simnet.scenario.load import load
from simnet.scenario.values import Scenario
from simnet.trace.compare import compare
from simnet.units import SECOND
from simnet.views.clock import rough
from simnet.views.comparison_words import Ends, sentence
from simnet.worlds.lo_limits import check_loopback
from simnet.worlds.side_by_side import compared
from tests.worlds.conftest import Do, needs_namespaces

pytestmark = needs_namespaces

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
QUICK = frozenset("close handshake refused udp-echo".split())
"""Those that take less than a second and see most of TCP."""

PATIENCE = 90 * SECOND
"""A machine with much else to do may be late for many seconds on end, above all for an ordinary user."""

DIFFERENT_IN_LAB = {
    "lossy-transfer": "the same frames are lost, but when a program wakes up and reads decides what window the next "
    "acknowledgment offers, and a segment more or less in flight is another one lost",
}
"""What is known to differ in the lab, and why."""


def parameters(names: Iterator[str]) -> list[object]:
    """Each name, the long ones marked."""
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names]


def scenario(name: str) -> Scenario:
    return load(SCENARIOS[0].with_name(f"{name}.yaml"))


def difference(value: Scenario, world: str, patience: int = PATIENCE) -> str:
    """The first difference between the simulated world and the real one; "" if there is none."""
    comparison, traces, tries, late = compared(value, world, patience=patience)
    if comparison.first is None:
        return ""
    ends = Ends(traces[0].network), Ends(traces[1].network)
    return f"{sentence(comparison.first, ends)} (try {tries}, late by {rough(late)})"


def fits_on_lo(path: Path) -> bool:
    try:
        check_loopback(load(path))
    except SimnetError:
        return False
    return True


@pytest.mark.parametrize("name", parameters(path.stem for path in SCENARIOS if fits_on_lo(path)))
def test_on_one_lo_the_kernel_does_the_same(name: str, do: Do) -> None:
    assert do(lambda: difference(scenario(name), "loopback")) == ""


@pytest.mark.parametrize("name", parameters(path.stem for path in SCENARIOS if path.stem not in DIFFERENT_IN_LAB))
def test_in_the_lab_the_kernel_does_the_same(name: str, do: Do) -> None:
    assert do(lambda: difference(scenario(name), "lab")) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", DIFFERENT_IN_LAB)
def test_what_is_known_to_differ_still_does(name: str, do: Do) -> None:
    assert do(lambda: difference(scenario(name), "lab", patience=0)) != ""


def _spin() -> None:
    while True:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("world", ["loopback", "lab"])
def test_twenty_runs_on_a_busy_machine_are_all_alike(world: str) -> None:
    handshake = scenario("handshake")
    context = multiprocessing.get_context("spawn")
    burdens = [context.Process(target=_spin, daemon=True) for _ in range(2)]
    for burden in burdens:
        burden.start()
    try:
        before = None
        for _ in range(20):
            outcome = compared(handshake, world, patience=PATIENCE)
            assert outcome.comparison.is_equal
            real = outcome.traces[1]
            assert before is None or compare(before, real).is_equal
            before = real
    finally:
        for burden in burdens:
            burden.terminate()
            burden.join()
