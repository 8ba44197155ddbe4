"""A scenario in two worlds, to be compared: simulated and on the real kernel, both in the same form."""

from __future__ import annotations

from simnet.errors import MissingError
from simnet.scenario.expectation_values import Expectation
from simnet.scenario.values import Scenario
from simnet.trace.trace import Trace
from simnet.worlds import simulated, simulated_lo
from simnet.worlds.loopback import LoopbackReader, LoopbackStage
from simnet.worlds.real_world import RealWorld, Way
from simnet.worlds.replay import lab_world

LOOPBACK = "loopback"


def both(scenario: Scenario, world: str, *, seed: int | None = None) -> tuple[Trace, Trace]:
    """The traces of `scenario`, simulated and in the real world called `world`, "loopback" or "lab".

    Raises `SimnetError` where that world cannot carry it, or this machine has none.
    """
    if world == LOOPBACK:
        return simulated_lo.run(scenario, seed=seed), _recorded(_private_lo(scenario))
    return simulated.run(scenario, seed=seed).trace, _recorded(lab_world(scenario))


def _private_lo(scenario: Scenario) -> RealWorld:
    """Never this machine's own `lo`: there addresses, ports and segment sizes would not be the scenario's."""
    reader = LoopbackReader(scenario)
    way = Way(lambda _: LoopbackStage(scenario), reader)
    return RealWorld(scenario, ways=[way], network=reader.network, judged=_is_never_judged)


def _recorded(world: RealWorld) -> Trace:
    world.run()
    result = world.result()
    if result.lost:
        raise MissingError(
            f"the capture missed {result.lost} packets, so frames would seem to be missing; make the scenario smaller"
        )
    return result.trace


def _is_never_judged(_: Expectation) -> bool:
    return False
