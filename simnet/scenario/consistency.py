"""What is wrong although each part of a scenario can be read: addresses and names that do not fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simnet.filter.near_miss import did_you_mean
from simnet.scenario.devices import INSIDE, OUTSIDE
from simnet.scenario.expectation_values import Expectation, Output, Sockets, States, Table
from simnet.scenario.reader import Reader
from simnet.scenario.values import Gateway, Host, Interface, Position, Route, Router, Scenario
from simnet.units import format_time
from simnet.wire.addresses import Prefix, ip_text, is_loopback, is_multicast, mac_text

Stack = Host | Router | Gateway


def check_consistency(reader: Reader, scenario: Scenario) -> None:
    """Note everything that does not fit together."""
    for device in _stacks(scenario):
        for interface in device.interfaces:
            _check_address(reader, interface)
        _check_next_hops(reader, device)
        if not isinstance(device, Host):
            _check_own_networks(reader, device)
    for gateway in scenario.gateways:
        _check_forwards(reader, gateway)
    _check_segments(reader, scenario)
    _check_expectations(reader, scenario)


def _stacks(scenario: Scenario) -> Iterator[Stack]:
    yield from scenario.hosts
    yield from scenario.routers
    yield from scenario.gateways


# --- addresses


def _check_address(reader: Reader, interface: Interface) -> None:
    address, prefix = interface.address, interface.prefix
    if address is None or prefix is None:
        return
    text = ip_text(address)
    if is_multicast(address) or is_loopback(address) or address >> 28 == 15 or address >> 24 == 0:
        reader.problem(interface.at, f"{text} cannot be the address of a port; write one such as 192.168.1.10/24")
    elif prefix.length < 31 and address == prefix.network:
        reader.problem(interface.at, f"{text} is the address of the network {prefix} itself; {_usable(prefix)}")
    elif prefix.length < 31 and address == prefix.broadcast:
        reader.problem(interface.at, f"{text} is the broadcast address of {prefix}; {_usable(prefix)}")


def _usable(prefix: Prefix) -> str:
    return f"its hosts are {ip_text(prefix.network + 1)} to {ip_text(prefix.broadcast - 1)}"


def _check_next_hops(reader: Reader, device: Stack) -> None:
    if isinstance(device, (Host, Gateway)) and device.gateway is not None:
        _check_next_hop(reader, device, device.gateway, "gateway", device.at)
    routes: Iterable[Route] = device.routes or ()
    for route in routes:
        _check_next_hop(reader, device, route.via, "next hop", route.at)


def _check_next_hop(reader: Reader, device: Stack, hop: int, name: str, at: Position) -> None:
    networks = [interface.prefix for interface in device.interfaces if interface.prefix is not None]
    text = ip_text(hop)
    if any(interface.address == hop for interface in device.interfaces):
        reader.problem(at, f"{name} {text} is {device.name}'s own address; name the address of the next router")
    elif not networks:
        reader.problem(at, f"{device.name} has the {name} {text} but no address; give it one in the same network")
    elif not any(network.contains(hop) for network in networks):
        known = " or ".join(str(network) for network in networks)
        reader.problem(at, f"{name} {text} is not in the network of {device.name}, {known}; it could not be reached")


def _check_own_networks(reader: Reader, router: Router | Gateway) -> None:
    seen: list[Interface] = []
    for interface in router.interfaces:
        for other in seen:
            if _overlap(interface.prefix, other.prefix):
                text = f"{router.name}:{interface.name} and {router.name}:{other.name} are in the same network"
                reader.problem(interface.at, f"{text}, {interface.prefix}; a router joins different networks")
        seen.append(interface)


def _overlap(one: Prefix | None, other: Prefix | None) -> bool:
    if one is None or other is None:
        return False
    return one.contains(other.network) or other.contains(one.network)


def _check_forwards(reader: Reader, gateway: Gateway) -> None:
    inside = next((each.prefix for each in gateway.interfaces if each.name == INSIDE), None)
    seen = set()
    for forward in gateway.forwards:
        if (forward.protocol, forward.port) in seen:
            reader.problem(forward.at, f"{forward.protocol} {forward.port} is forwarded already; keep one")
        seen.add((forward.protocol, forward.port))
        if inside is not None and not inside.contains(forward.to_address):
            text = f"{ip_text(forward.to_address)} is not inside {gateway.name}, {inside}"
            reader.problem(forward.at, f"{text}; forward to an address there")
    outside = next((each for each in gateway.interfaces if each.name == OUTSIDE), None)
    for interface in gateway.interfaces:
        if interface.address is None and interface is not outside:
            reader.problem(interface.at, f"{gateway.name}:{interface.name} needs an address")
    if outside is not None and outside.address is None:
        reader.problem(outside.at, f"{gateway.name}:{OUTSIDE} needs an address, which everything inside will share")


# --- segments: ports that hear each other without a router between


def _check_segments(reader: Reader, scenario: Scenario) -> None:
    addresses: dict[tuple[str, int], str] = {}
    macs: dict[tuple[str, int], str] = {}
    segment_of = _segments(scenario)
    for device in _stacks(scenario):
        for interface in device.interfaces:
            port = f"{device.name}:{interface.name}"
            segment = segment_of.get(port, port)
            if interface.address is not None:
                other = addresses.setdefault((segment, interface.address), port)
                if other != port:
                    text = f"{port} and {other} have the same address {ip_text(interface.address)}"
                    reader.problem(interface.at, f"{text} in one network; give one of them another")
            if interface.mac is not None:
                other = macs.setdefault((segment, interface.mac), port)
                if other != port:
                    text = f"{port} and {other} have the same MAC {mac_text(interface.mac)}"
                    reader.problem(interface.at, f"{text} in one network; give one of them another")


def _segments(scenario: Scenario) -> dict[str, str]:
    """Which ports belong together: port -> the name of its segment."""
    middle = {switch.name for switch in scenario.switches} | {hub.name for hub in scenario.hubs}
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def place(port: str) -> str:
        device = port.partition(":")[0]
        return device if device in middle else port

    for link in scenario.links:
        parent[root(place(link.a))] = root(place(link.b))
    return {port: root(port) for link in scenario.links for port in (link.a, link.b) if place(port) == port}


# --- expectations


def _check_expectations(reader: Reader, scenario: Scenario) -> None:
    programs = {(program.host, program.name) for program in scenario.programs}
    running = {host for host, _ in programs}
    for expectation in scenario.expect:
        if isinstance(expectation, (Output, States, Sockets)) and expectation.host not in running:
            what = "prints nothing" if isinstance(expectation, Output) else "opens no socket"
            reader.problem(expectation.at, f"{expectation.host} runs no program, so it {what}; add one under programs")
        elif isinstance(expectation, Output) and expectation.program:
            _check_program(reader, expectation, programs)
        _check_moment(reader, expectation, scenario.until)


def _check_program(reader: Reader, output: Output, programs: set[tuple[str, str]]) -> None:
    if (output.host, output.program) not in programs:
        hint = did_you_mean(output.program, [name for host, name in sorted(programs) if host == output.host])
        reader.problem(output.at, f'{output.host} has no program "{output.program}"{hint}')


def _check_moment(reader: Reader, expectation: Expectation, until: int | None) -> None:
    time = expectation.time if isinstance(expectation, (Sockets, Table)) else None
    if time is not None and until is not None and time > until:
        reader.problem(expectation.at, f"{format_time(time)} never comes: the run ends at {format_time(until)}")
