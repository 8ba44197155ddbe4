"""What one `lo` for all hosts cannot carry: between programs on it there is nothing, no cable, switch or router."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simnet.errors import SimnetError
from simnet.scenario.step_values import AnyStep, Connect, ConnectUdp, Listen, OpenUdp, Ping, Repeat, SendTo
from simnet.scenario.values import Direction, Gateway, Host, Interface, Program, Router, Say, Scenario
from simnet.wire.addresses import ip_text

_LOCALHOST: Final = 127
_SHOWN: Final = 3


def check_loopback(scenario: Scenario) -> None:
    """Raise `SimnetError` with the reasons if one `lo` cannot carry `scenario`."""
    found = list(dict.fromkeys(_obstacles(scenario)))
    if found:
        more = f"; and {len(found) - _SHOWN} more reasons" if len(found) > _SHOWN else ""
        raise SimnetError(
            f"{scenario.name}: one loopback interface cannot carry it: {'; '.join(found[:_SHOWN])}{more}. "
            f"Replay it in a lab: simnet replay {scenario.file} --on lab"
        )


def interfaces_of(scenario: Scenario) -> Iterator[tuple[Host | Router | Gateway, Interface]]:
    """Everything with an address."""
    devices: list[Host | Router | Gateway] = [*scenario.hosts, *scenario.routers, *scenario.gateways]
    for device in devices:
        for interface in device.interfaces:
            if interface.address is not None:
                yield device, interface


def all_steps(steps: tuple[AnyStep, ...]) -> Iterator[AnyStep]:
    """`steps`, and those they repeat."""
    for step in steps:
        yield step
        if isinstance(step, Repeat):
            yield from all_steps(step.steps)


def _obstacles(scenario: Scenario) -> Iterator[str]:
    yield from _addresses(scenario)
    yield from _network(scenario)
    for program in scenario.programs:
        yield from _program(program, scenario)
    yield from _doors(scenario)


def _addresses(scenario: Scenario) -> Iterator[str]:
    owners: dict[int, str] = {}
    for device, interface in interfaces_of(scenario):
        address = interface.address or 0
        other = owners.setdefault(address, device.name)
        if other != device.name:
            yield f"{other} and {device.name} have the same address {ip_text(address)}"


def _network(scenario: Scenario) -> Iterator[str]:
    for gateway in scenario.gateways:
        yield f"gateway {gateway.name} translates addresses"
    for link in scenario.links:
        for direction in (link.there, link.back):
            what = _harm(direction)
            if what:
                yield f"the link {link.name} {what} frames"
    for fault in scenario.faults:
        yield f"it has the fault {fault.text or fault.action}"
    for entry in scenario.timeline:
        if not isinstance(entry, Say):
            yield f"its timeline changes the network ({entry.text})"
    if len({link.there.mtu for link in scenario.links} | {link.back.mtu for link in scenario.links}) > 1:
        yield "its links have different MTUs"
    running = {program.host for program in scenario.programs}
    settings = [host.sysctl for host in scenario.hosts if host.name in running]
    if any(setting != settings[0] for setting in settings):
        yield "its hosts have different sysctls"


def _harm(direction: Direction) -> str:
    if direction.loss or direction.burst_loss is not None:
        return "loses"
    if direction.duplicate:
        return "duplicates"
    if direction.reorder:
        return "reorders"
    return "corrupts" if direction.corrupt else ""


def _program(program: Program, scenario: Scenario) -> Iterator[str]:
    owned = {interface.address for _, interface in interfaces_of(scenario)}
    for step in all_steps(program.steps):
        if isinstance(step, Ping) and step.ttl and scenario.routers:
            yield f"{program.host} pings with a TTL that a router is to count down"
        address = _destination(step)
        if address is not None and address not in owned and address >> 24 != _LOCALHOST:
            yield f"{program.host} speaks to {ip_text(address)}, which is the address of none of its devices"


def _destination(step: AnyStep) -> int | None:
    if isinstance(step, Ping):
        return step.to
    if isinstance(step, Connect | ConnectUdp):
        return step.to.address
    if isinstance(step, SendTo) and step.to is not None:
        return step.to.address
    return None


def _doors(scenario: Scenario) -> Iterator[str]:
    """Two hosts may open the same port only if each has a single address, to which it can be bound instead."""
    addresses = {host.name: [each.address for each in host.interfaces if each.address] for host in scenario.hosts}
    users: dict[tuple[str, int], set[str]] = {}
    for program in scenario.programs:
        for step in all_steps(program.steps):
            if isinstance(step, Listen | OpenUdp) and step.port and not step.address:
                users.setdefault((step.verb, step.port), set()).add(program.host)
    for (_, port), hosts in users.items():
        if len(hosts) > 1 and any(len(addresses[host]) > 1 for host in hosts):
            yield f"{' and '.join(sorted(hosts))} both open port {port}, one of them on several addresses"
