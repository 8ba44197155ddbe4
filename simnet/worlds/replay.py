"""Replays a scenario on the real kernel, in one of the real worlds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.errors import SimnetError
from simnet.scenario.expectation_values import Always, Count, Ends, Expectation, Frames, Gaps, Hop, Never, Output
from simnet.scenario.values import Gateway, Host, Router, Scenario
from simnet.trace.sinks import Sink
from simnet.worlds.lab_tables import can_look_up
from simnet.worlds.lo_limits import check_loopback
from simnet.worlds.real_world import RealWorld, Way
from simnet.worlds.sysctls import unknown_sysctls


def world_of(scenario: Scenario, name: str, *, sink: Sink | None = None) -> RealWorld:
    """The world called `name`, "loopback" or "lab".  Raises `SimnetError` if it cannot carry the scenario."""
    return WORLDS[name](scenario, sink)


def loopback_world(scenario: Scenario, sink: Sink | None = None) -> RealWorld:
    """All hosts on one `lo`: a private one, or else this machine's."""
    from simnet.worlds.loopback import LoopbackReader, LoopbackStage
    from simnet.worlds.plain_loopback import PlainReader, PlainStage

    check_kernel(scenario)
    check_loopback(scenario)
    reader = LoopbackReader(scenario)
    private = Way(lambda _: LoopbackStage(scenario), reader)
    plain = Way(lambda refusal: PlainStage(scenario, refusal), PlainReader())
    return RealWorld(
        scenario, ways=[private, plain], network=reader.network, judged=_is_about_programs, sink=sink
    )


def lab_world(scenario: Scenario, sink: Sink | None = None) -> RealWorld:
    """The whole network, of namespaces, bridges and cables."""
    from simnet.worlds.lab import LabStage
    from simnet.worlds.lab_reader import LabReader

    check_kernel(scenario)
    reader = LabReader(scenario)
    way = Way(lambda _: LabStage(scenario), reader)
    return RealWorld(scenario, ways=[way], network=reader.network, judged=_is_on_a_wire, sink=sink)


def check_kernel(scenario: Scenario) -> None:
    """Raise `SimnetError` if the scenario's hosts are such as no real kernel can be."""
    devices: list[Host | Router | Gateway] = [*scenario.hosts, *scenario.routers, *scenario.gateways]
    for device in devices:
        if device.profile != "linux":
            raise SimnetError(
                f'{device.at}: {device.name} has the profile "{device.profile}", but a real kernel is Linux; '
                f"simulate it: simnet run {scenario.file}"
            )
        unknown = unknown_sysctls(device.sysctl)
        if unknown:
            raise SimnetError(
                f"{device.at}: {device.name} sets {', '.join(unknown)}, which no kernel lets one choose; "
                f"simulate it: simnet run {scenario.file}"
            )


def _is_about_programs(expectation: Expectation) -> bool:
    return isinstance(expectation, Output | Ends)


def _is_on_a_wire(expectation: Expectation) -> bool:
    if isinstance(expectation, Count):
        return expectation.of != "discarded"
    return isinstance(expectation, Output | Ends | Frames | Never | Always | Gaps | Hop) or can_look_up(expectation)


WORLDS: Final[dict[str, Callable[[Scenario, Sink | None], RealWorld]]] = {
    "loopback": loopback_world,
    "lab": lab_world,
}
