"""A scenario in two worlds, to be compared: simulated and on the real kernel, both in the same form."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from simnet.errors import MissingError
from simnet.scenario.expectation_values import Expectation
from simnet.scenario.values import Scenario
from simnet.trace.compare import Comparison, compare
from simnet.trace.compare_row import Finding, Row
from simnet.trace.trace import Trace
from simnet.units import MICROSECOND, SECOND
from simnet.views.clock import rough
from simnet.worlds import simulated, simulated_lo
from simnet.worlds.loopback import LoopbackReader, LoopbackStage
from simnet.worlds.real_world import RealWorld, Replay, Way
from simnet.worlds.replay import lab_world

LOOPBACK = "loopback"

PUNCTUAL: Final = 500 * MICROSECOND
"""What was later than this may have lost a race that it should have won."""

AGREEING: Final = 3
"""So many tries in time must differ in the same, for the kernel itself has races."""

TRIES: Final = 5
PATIENCE: Final = 20 * SECOND
"""Else it is tried again as long as either lasts."""


class Outcome(NamedTuple):
    """What comparing gave: the last of `tries` comparisons, and by how many ns the real world was late at most."""

    comparison: Comparison
    traces: tuple[Trace, Trace]
    tries: int
    late: int


def both(scenario: Scenario, world: str, *, seed: int | None = None) -> tuple[Trace, Trace]:
    """The traces of `scenario`, simulated and in the real world called `world`, "loopback" or "lab".

    Raises `SimnetError` where that world cannot carry it, or this machine has none.
    """
    return _simulated(scenario, world, seed), _recorded(_real(scenario, world)).trace


def compared(
    scenario: Scenario,
    world: str,
    *,
    seed: int | None = None,
    by: Callable[[Trace, Trace], Comparison] = compare,
    patience: int = PATIENCE,
) -> Outcome:
    """Compare both worlds; again, if they differ, for `patience` ns if the machine is too busy to be relied on.

    What is wrong differs every time; a race that ends otherwise, as when something came late, does not.  Raises
    `MissingError` if in the end nothing has differed in every try, so that nobody knows.
    """
    simulated_trace = _simulated(scenario, world, seed)
    until = time.monotonic_ns() + patience
    suspects: set[object] = set()
    tries = in_time = latest = 0
    while True:
        tries += 1
        replay = _recorded(_real(scenario, world))
        comparison = by(simulated_trace, replay.trace)
        differing = {_known_by(row) for row in comparison.rows if row.finding is not Finding.EQUAL}
        suspects = differing if tries == 1 else suspects & differing
        in_time += replay.late <= PUNCTUAL
        latest = max(latest, replay.late)
        if not differing or suspects and in_time >= AGREEING:
            break
        if tries >= TRIES and time.monotonic_ns() >= until:
            if not suspects:
                raise MissingError(_nobody_knows(tries, latest))
            break
    return Outcome(comparison, (simulated_trace, replay.trace), tries, latest)


def _known_by(row: Row) -> object:
    """What tells whether two tries differ in the same: the simulated frame, or what kind of frame is too many."""
    if row.a is not None:
        return row.a.order
    seen = row.seen
    return seen.place, seen.way, seen.stream, seen.kind


def _nobody_knows(tries: int, latest: int) -> str:
    return (
        f"each frame that differed in one of {tries} tries was equal in another, and programs or frames were late by "
        f"up to {rough(latest)}; try again when this machine has less to do, or let programs wait where they race"
    )


def _simulated(scenario: Scenario, world: str, seed: int | None) -> Trace:
    if world == LOOPBACK:
        return simulated_lo.run(scenario, seed=seed)
    return simulated.run(scenario, seed=seed).trace


def _real(scenario: Scenario, world: str) -> RealWorld:
    return _private_lo(scenario) if world == LOOPBACK else lab_world(scenario)


def _private_lo(scenario: Scenario) -> RealWorld:
    """Never this machine's own `lo`: there addresses, ports and segment sizes would not be the scenario's."""
    reader = LoopbackReader(scenario)
    way = Way(lambda _: LoopbackStage(scenario), reader)
    return RealWorld(scenario, ways=[way], network=reader.network, judged=_is_never_judged)


def _recorded(world: RealWorld) -> Replay:
    world.run()
    result = world.result()
    if result.lost:
        raise MissingError(
            f"the capture missed {result.lost} packets, so frames would seem to be missing; make the scenario smaller"
        )
    return result


def _is_never_judged(_: Expectation) -> bool:
    return False
