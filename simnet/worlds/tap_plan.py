"""Where the kernel is plugged in: the port, the address and the gateway, chosen where they are not given.

The kernel is one more host of the network, on a cable of its own; its protocol stack is the only real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from simnet.errors import SimnetError
from simnet.scenario.values import Direction, Gateway, Host, Hub, Interface, Link, Router, Scenario, Switch
from simnet.topology.addressing import Device, declared
from simnet.topology.routing import segments_of
from simnet.wire.addresses import Prefix, ip_text

KERNEL: Final = "kernel"
INTERFACE: Final = "eth0"
QUEUE: Final = 1000
"""Frames that may wait for the kernel's cable: as many as Linux lets wait for an interface."""

_NEW_PORT: Final = "tap"
_FIRST_CHOICE: Final = 10 << 24 | 254 << 16
_CHOICES: Final = 256

Stacked = Host | Router | Gateway
Address = tuple[int, Prefix]


class Plan(Struct, frozen=True):
    """`network`: the scenario with a port for the kernel.  `whole`: the same with the kernel as a host, for viewers.

    `host` is the kernel as a host, `link` its cable: from `link.a`, the kernel's end, to `link.b`.
    """

    network: Scenario
    whole: Scenario
    host: Host
    link: Link

    @property
    def interface(self) -> Interface:
        """The kernel's only one."""
        return self.host.interfaces[0]

    def names(self) -> str:
        """Every device with an address as a line of /etc/hosts; one with several is known by its first."""
        firsts: dict[str, int] = {}
        for device, interface in _interfaces(self.whole):
            if interface.address is not None:
                firsts.setdefault(device.name, interface.address)
        return "".join(f"{ip_text(address)} {name}\n" for name, address in firsts.items())


def plan(scenario: Scenario, at: str, *, address: Address | None = None, gateway: int | None = None) -> Plan:
    """Plug the kernel into the port `at` ("s1:p9"), or into a free or new port of the device `at`.

    Raises `SimnetError` if there is no such place, or if no address can be chosen there.
    """
    network, port = _with_port(scenario, at, address, gateway)
    name = _free_name(scenario)
    cable = Direction(queue=QUEUE)
    link = Link(a=f"{name}:{INTERFACE}", b=port, there=cable, back=cable)
    wired = replace(network, links=(*network.links, link))
    chosen, via = _chosen(wired, port, address, gateway)
    _check(scenario, chosen, via)
    host = Host(
        name=name, interfaces=(Interface(name=INTERFACE, address=chosen[0], prefix=chosen[1]),), gateway=via
    )
    order = (*scenario.order, name) if scenario.order else ()
    return Plan(network, replace(wired, hosts=(*wired.hosts, host), order=order), host, link)


# --- the port


def _with_port(scenario: Scenario, at: str, address: Address | None, gateway: int | None) -> tuple[Scenario, str]:
    """The scenario with the port that `at` means, and this port's name."""
    name, _, wanted = at.partition(":")
    device = _device(scenario, name)
    cabled = {end for link in scenario.links for end in (link.a, link.b)}
    if wanted and f"{name}:{wanted}" in cabled:
        raise SimnetError(f"{at} already has a cable; name a free port, or only {name} for a new one")
    if isinstance(device, Switch | Hub):
        own = wanted or _numbered(device.ports)
        ports = device.ports if own in device.ports else (*device.ports, own)
        return _with_device(scenario, replace(device, ports=ports)), f"{name}:{own}"
    for interface in device.interfaces:
        is_free = f"{name}:{interface.name}" not in cabled and interface.address is not None
        if wanted == interface.name or not wanted and is_free:
            return scenario, f"{name}:{interface.name}"
    if isinstance(device, Gateway):
        raise SimnetError(f"{name} is a gateway, with an inside and an outside only; join a switch or router beside it")
    own = wanted or _NEW_PORT
    new = _new_interface(scenario, own, address, gateway)
    return _with_device(scenario, replace(device, interfaces=(*device.interfaces, new))), f"{name}:{own}"


def _device(scenario: Scenario, name: str) -> Device:
    devices = {device.name: device for device in declared(scenario)}
    if name in devices:
        return devices[name]
    near = get_close_matches(name, devices, 1)
    hint = f'did you mean "{near[0]}"?' if near else f"the devices are {', '.join(devices)}"
    raise SimnetError(f'{scenario.file}: there is no device "{name}"; {hint}')


def _numbered(ports: tuple[str, ...]) -> str:
    number = len(ports) + 1
    while f"p{number}" in ports:
        number += 1
    return f"p{number}"


def _new_interface(scenario: Scenario, name: str, address: Address | None, gateway: int | None) -> Interface:
    """A new port of a router or host: in the network of `address`, or in one that nobody uses."""
    prefix = _unused_network(scenario) if address is None else address[1]
    if gateway is None:
        taken = _taken(scenario) | ({address[0]} if address else set())
        gateway = _free_address(prefix, taken)
    elif address is None:
        raise SimnetError("--gateway needs --address here: the port is new, and so is its network")
    return Interface(name=name, address=gateway, prefix=prefix)


def _unused_network(scenario: Scenario) -> Prefix:
    used = [interface.prefix for _, interface in _interfaces(scenario) if interface.prefix is not None]
    for number in range(_CHOICES):
        prefix = Prefix(_FIRST_CHOICE + (number << 8), 24)
        if not any(prefix.contains(other.network) or other.contains(prefix.network) for other in used):
            return prefix
    raise SimnetError("no free network is left in 10.254.0.0/16; give one with --address")


def _with_device(scenario: Scenario, new: Switch | Hub | Host | Router) -> Scenario:
    return replace(
        scenario,
        hosts=tuple(new if isinstance(new, Host) and old.name == new.name else old for old in scenario.hosts),
        switches=tuple(new if isinstance(new, Switch) and old.name == new.name else old for old in scenario.switches),
        hubs=tuple(new if isinstance(new, Hub) and old.name == new.name else old for old in scenario.hubs),
        routers=tuple(new if isinstance(new, Router) and old.name == new.name else old for old in scenario.routers),
    )


def _free_name(scenario: Scenario) -> str:
    names = {device.name for device in declared(scenario)}
    return next(name for name in (KERNEL, *(f"{KERNEL}{n}" for n in range(2, len(names) + 3))) if name not in names)


# --- the address


def _interfaces(scenario: Scenario) -> Iterator[tuple[Stacked, Interface]]:
    for device in declared(scenario):
        if not isinstance(device, Switch | Hub):
            for interface in device.interfaces:
                yield device, interface


def _taken(scenario: Scenario) -> set[int]:
    return {interface.address for _, interface in _interfaces(scenario) if interface.address is not None}


def _chosen(wired: Scenario, port: str, address: Address | None, gateway: int | None) -> tuple[Address, int | None]:
    """The kernel's address and gateway, chosen to suit those it can hear where they are not given."""
    segments = segments_of(wired)
    near = [
        (device, interface.address, interface.prefix)
        for device, interface in _interfaces(wired)
        if segments.get(f"{device.name}:{interface.name}") == segments[port]
        and interface.address is not None
        and interface.prefix is not None
    ]
    near.sort(key=lambda each: isinstance(each[0], Host))  # those that forward come first
    if address is None:
        if not near:
            raise SimnetError(f"nobody at {port} has an address that suggests one; give one: --address 10.0.0.9/24")
        prefix = near[0][2]
        address = _free_address(prefix, _taken(wired)), prefix
    if gateway is None:
        ways = [own if not isinstance(device, Host) else device.gateway for device, own, _ in near]
        gateway = next((way for way in ways if way is not None and address[1].contains(way)), None)
    return address, gateway


def _free_address(prefix: Prefix, taken: set[int]) -> int:
    first, last = (0, 1) if prefix.length >= 31 else (1, prefix.broadcast - prefix.network - 1)
    for address in range(prefix.network + first, prefix.network + last + 1):
        if address not in taken:
            return address
    raise SimnetError(f"no address is left in {prefix}; give another network with --address")


def _check(scenario: Scenario, address: Address, gateway: int | None) -> None:
    own, prefix = address
    for device, interface in _interfaces(scenario):
        if interface.address == own:
            raise SimnetError(f"{ip_text(own)} is the address of {device.name}:{interface.name}; choose another")
    if gateway is not None and (not prefix.contains(gateway) or gateway == own):
        raise SimnetError(f"expected a gateway that is a neighbor in {prefix}, found {ip_text(gateway)}")
