"""The simulated world with programs that are slow to wake, as those of a real machine are."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from simnet.apps.protocol import Call, Failed, Program, Ready, Sleep
from simnet.scenario import values
from simnet.scenario.values import Scenario
from simnet.trace.trace import Trace
from simnet.worlds.simulated import SimulatedWorld

_SOONEST: Final = 20_000
_LATEST: Final = 2_000_000
_SENDING: Final = ("connect", "send", "sendto", "shutdown", "close")


def run_late(scenario: Scenario, random: Random) -> Trace:
    """The trace of a run whose programs go on up to 2 ms after they might, and need some time for calls."""
    world = _LateWorld(scenario, random)
    world.run(scenario.until)
    return world.result().trace


class _LateWorld(SimulatedWorld):
    def __init__(self, scenario: Scenario, random: Random) -> None:
        self._random = random
        super().__init__(scenario)

    def _requests_of(self, program: values.Program) -> Program:
        return _late(super()._requests_of(program), self._random)


def _late(program: Program, random: Random) -> Program:
    """`program`, which sleeps a little after every wait, and after calls that send."""
    act: Any = program.send
    argument: Any = None
    while True:
        try:
            request = act(argument)
        except StopIteration:
            return
        try:
            argument, act = (yield request), program.send
        except Failed as failure:
            argument, act = failure, program.throw
        if isinstance(request, Ready) or isinstance(request, Call) and request.name in _SENDING:
            yield Sleep(random.randint(_SOONEST, _LATEST))
