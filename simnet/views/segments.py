"""Subnets: the devices that hear one another's broadcasts, with the prefix their addresses share."""

from __future__ import annotations

from msgspec import Struct

from simnet.trace.network import Kind, NetworkMap
from simnet.views.hops import device_of
from simnet.wire.addresses import AddressError, parse_interface


class Subnet(Struct, frozen=True):
    """`inside`: hosts, switches and hubs; `borders`: routers and gateways with a port in it."""

    prefix: str
    inside: tuple[str, ...]
    borders: tuple[str, ...]


def subnets(network: NetworkMap) -> list[Subnet]:
    """All subnets, in order of the first of their links."""
    kinds = {device.name: device.kind for device in network.devices}
    addresses: dict[str, tuple[str, ...]] = {}
    for device in network.devices:
        addresses |= {full_name(device.name, port.name): port.addresses for port in device.ports}
    groups = _groups([(link.a, link.b) for link in network.links], kinds)
    found = []
    for ports in groups:
        names = list(dict.fromkeys(device_of(port) for port in ports))
        prefixes = list(dict.fromkeys(prefix for port in ports for prefix in _prefixes(addresses.get(port, ()))))
        borders = tuple(name for name in names if kinds.get(name) in (Kind.ROUTER, Kind.GATEWAY))
        inside = tuple(name for name in names if name not in borders)
        found.append(Subnet(", ".join(prefixes), inside, borders))
    return found


def full_name(device: str, port: str) -> str:
    """ "client:eth0", whether the port is given with its device or without."""
    return port if port.startswith(f"{device}:") else f"{device}:{port}"


def _prefixes(addresses: tuple[str, ...]) -> list[str]:
    prefixes = []
    for address in addresses:
        try:
            prefixes.append(str(parse_interface(address)[1]))
        except AddressError:
            continue
    return prefixes


def _groups(links: list[tuple[str, str]], kinds: dict[str, Kind]) -> list[list[str]]:
    """Ports joined by links and by the devices that pass broadcasts on."""
    joined: dict[str, str] = {}

    def root(name: str) -> str:
        while joined.setdefault(name, name) != name:
            name = joined[name]
        return name

    for a, b in links:
        ends = [device_of(port) if kinds.get(device_of(port)) in (Kind.SWITCH, Kind.HUB) else port for port in (a, b)]
        joined[root(ends[1])] = root(ends[0])
        joined[root(a)] = joined[root(b)] = root(ends[0])
    groups: dict[str, list[str]] = {}
    for port in dict.fromkeys(port for link in links for port in link):
        groups.setdefault(root(port), []).append(port)
    return list(groups.values())
