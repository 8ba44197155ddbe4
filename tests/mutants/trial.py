"""Trials: one scenario under one mutant, and which of its expectations the mutant kills."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import NamedTuple

from simnet.checks.verdict import Verdict
from simnet.scenario.values import Scenario
from simnet.units import SECOND
from simnet.worlds.simulated import SimulatedWorld
from tests.mutants.planting import Mutant, changed_codes, planted

LATEST = 2000 * SECOND
"""Longer than TCP takes to give a connection up: a run that is not over then never ends."""
PATIENCE = 30.0
"""Seconds of CPU after which a run is taken for a loop in which no time passes."""


class Sound(NamedTuple):
    """A scenario's run on the simnet that is right.

    `codes`: everything that was called in it, by which we know what mutants can touch the scenario.
    """

    scenario: Scenario
    events: int
    codes: frozenset[CodeType]

    def is_touched_by(self, mutant: Mutant) -> bool:
        return any(function.__code__ in self.codes for function, _ in changed_codes(mutant))


class NeverEnds(Exception):
    """A run that goes on and on: it proves nothing."""


def sound(scenario: Scenario) -> Sound:
    """Run `scenario` as it is: every expectation must hold."""
    called: set[CodeType] = set()
    with _calls_into(called):
        verdicts, events = _judged(scenario, 10**6)
    failed = [f"{verdict.text}: {verdict.why}" for verdict in verdicts if not verdict.ok]
    assert not failed, failed
    return Sound(scenario, events, frozenset(called))


def killed_by(mutant: Mutant, sound: Sound, patience: float = PATIENCE) -> frozenset[int]:
    """The expectations, by their place in the list, that no longer hold under `mutant`.

    A run that raises or never ends kills none: it shows that the mutant is bad, not that an expectation is good.
    """
    with planted(mutant):
        try:
            with _at_most(patience):
                verdicts, _ = _judged(sound.scenario, 1000 + 20 * sound.events)
        except Exception:
            return frozenset()
    return frozenset(place for place, verdict in enumerate(verdicts) if not verdict.ok)


def _judged(scenario: Scenario, limit: int) -> tuple[Sequence[Verdict], int]:
    """The verdicts on the expectations of `scenario`, and how many events it took."""
    world = SimulatedWorld(scenario)
    world.run(LATEST if scenario.until is None else scenario.until, limit)
    scheduler = world.network.scheduler
    if scenario.until is None and not scheduler.is_quiet() and scheduler.now >= LATEST:
        raise NeverEnds(f"{scenario.name} is not over after {LATEST // SECOND} s")
    return world.result().verdicts[: len(scenario.expect)], scheduler.events


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """The block raises `NeverEnds` after that much CPU time, where the system can tell."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise NeverEnds(f"not over after {seconds} s of CPU")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def _calls_into(called: set[CodeType]) -> Iterator[None]:
    """Everything called in the block is added to `called`."""

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)
