"""Reads hosts, switches, hubs, routers and gateways."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from simnet.scenario import tree, vocabulary
from simnet.scenario.reader import Fields, Reader, kind_of, short
from simnet.scenario.sysctls import read_sysctl
from simnet.scenario.tree import Node, Scalar, Sequence
from simnet.scenario.values import (
    DEFAULT_AGEING,
    Forward,
    Gateway,
    Host,
    Hub,
    Interface,
    Position,
    Route,
    Router,
    Switch,
    Sysctl,
)

PROFILES: Final = ("linux", "rfc")
INSIDE: Final = "inside"
OUTSIDE: Final = "outside"
RESERVED: Final = ("localhost", "broadcast")
"""Words that stand for an address where a host's name could stand."""

_FORWARD: Final = re.compile(r"(tcp|udp)\s+([0-9]{1,5})")

Device = Host | Switch | Hub | Router | Gateway


class Devices:
    """All devices by name, in the order of their declaration."""

    def __init__(self) -> None:
        self.all: dict[str, Device] = {}
        self.misread: set[str] = set()
        """Those with a mistake of their own: what they lack may be what could not be read."""

    def kind(self, name: str) -> str:
        """host, switch, hub, router or gateway."""
        return type(self.all[name]).__name__.lower()

    def a_kind(self, name: str) -> str:
        """a host, a switch …, for messages."""
        return f"a {self.kind(name)}"

    def interfaces(self, name: str) -> tuple[Interface, ...]:
        """The ports with addresses of a host, router or gateway; none for switch and hub."""
        device = self.all[name]
        return () if isinstance(device, (Switch, Hub)) else device.interfaces

    def hosts(self) -> list[str]:
        """The names of all hosts."""
        return [name for name, device in self.all.items() if isinstance(device, Host)]


def read_devices(reader: Reader, scenario: Fields) -> Devices:
    """Every device of the scenario."""
    devices = Devices()
    for section, read in _READERS.items():
        for name, node, at in _named(reader, scenario.get(section), section):
            if name in devices.all:
                first = devices.all[name].at
                reader.problem(at, f'"{name}" is already the name of {devices.a_kind(name)} in line {first.line}')
            elif name in RESERVED:
                reader.problem(at, f'"{name}" cannot be the name of a device: it has a meaning in addresses')
            else:
                known = len(reader.problems)
                devices.all[name] = read(reader, name, node, at)
                if len(reader.problems) > known:
                    devices.misread.add(name)
    return devices


def _named(reader: Reader, node: Node | None, section: str) -> list[tuple[str, Node | None, Position]]:
    """The devices of a section, written as a map or as a list of names."""
    what = "a device"
    found: list[tuple[str, Node | None, Position]] = []
    if isinstance(node, Sequence):
        for item in node.items:
            if not isinstance(item, Scalar):
                reader.problem(item.at, f"{section} must be names, or a map of names; found {kind_of(item)}")
                continue
            name = reader.name(item, what)
            if name is not None:
                found.append((name, None, item.at))
        return found
    for key, value in reader.entries(node, section, "{name: ...}"):
        name = reader.name(key, what)
        if name is not None:
            found.append((name, None if isinstance(value, Scalar) and value.is_null() else value, key.at))
    return found


def _host(reader: Reader, name: str, node: Node | None, at: Position) -> Host:
    if node is None:
        return Host(name=name, at=at)
    if isinstance(node, Scalar):
        return Host(name=name, interfaces=(_interface(reader, "eth0", node, f"address of {name}"),), at=at)
    fields = reader.fields(node, vocabulary.HOST, f"host {name}")
    if fields is None:
        return Host(name=name, at=at)
    return Host(
        name=name,
        interfaces=_host_interfaces(reader, name, fields),
        gateway=reader.address(fields.get("gateway"), "gateway"),
        routes=_routes(reader, fields.get("routes")),
        profile=_profile(reader, fields),
        sysctl=_sysctl(reader, fields),
        drawn_at=_drawn_at(reader, fields.get("position")),
        at=at,
    )


def _host_interfaces(reader: Reader, name: str, fields: Fields) -> tuple[Interface, ...]:
    for key in ("address", "mac"):
        if key in fields and "ports" in fields:
            reader.problem(fields.at_key(key), f'host {name} has "ports"; write its "{key}" there, at one of the ports')
            return ()
    if "ports" in fields:
        return _interfaces(reader, fields.get("ports"), f"ports of {name}")
    interface = reader.interface(fields.get("address"), "address")
    mac = reader.mac(fields.get("mac"), "mac")
    if interface is None and mac is None:
        return ()
    address, prefix = interface or (None, None)
    key = "address" if "address" in fields else "mac"
    return (Interface(name="eth0", address=address, prefix=prefix, mac=mac, at=fields.at_key(key)),)


def _interfaces(reader: Reader, node: Node | None, what: str) -> tuple[Interface, ...]:
    found = []
    for key, value in reader.entries(node, what, "{eth0: 192.168.1.1/24}"):
        name = reader.name(key, "a port")
        if name is not None:
            found.append(_interface(reader, name, value, f"port {name}", key.at))
    return tuple(found)


def _interface(reader: Reader, port: str, node: Node | None, what: str, at: Position | None = None) -> Interface:
    """An interface, written as its address alone, as a map, or empty."""
    if node is None or isinstance(node, Scalar) and node.is_null():
        return Interface(name=port, at=at or Position("", 0, 0))
    at = at or node.at
    if isinstance(node, Scalar):
        address, prefix = reader.interface(node, what) or (None, None)
        return Interface(name=port, address=address, prefix=prefix, at=at)
    fields = reader.fields(node, vocabulary.PORT, what)
    if fields is None:
        return Interface(name=port, at=at)
    address, prefix = reader.interface(fields.get("address"), "address") or (None, None)
    return Interface(
        name=port,
        address=address,
        prefix=prefix,
        mac=reader.mac(fields.get("mac"), "mac"),
        mtu=reader.number(fields.get("mtu"), "mtu", 68, 65535),
        at=at,
    )


def _switch(reader: Reader, name: str, node: Node | None, at: Position) -> Switch:
    fields = reader.fields(node, vocabulary.SWITCH, f"switch {name}") if node is not None else None
    if fields is None:
        return Switch(name=name, at=at)
    ageing = reader.time(fields.get("ageing"), "ageing", "s")
    return Switch(
        name=name,
        ageing=DEFAULT_AGEING if ageing is None else ageing,
        drawn_at=_drawn_at(reader, fields.get("position")),
        at=at,
    )


def _hub(reader: Reader, name: str, node: Node | None, at: Position) -> Hub:
    fields = reader.fields(node, vocabulary.HUB, f"hub {name}") if node is not None else None
    return Hub(name=name, drawn_at=_drawn_at(reader, fields.get("position")) if fields else None, at=at)


def _router(reader: Reader, name: str, node: Node | None, at: Position) -> Router:
    what = f"router {name}"
    if not isinstance(node, tree.Mapping):
        found = kind_of(node) if node is not None else "nothing"
        example = "{lan: 192.168.1.1/24, wan: 10.0.0.1/24}"
        reader.problem(node.at if node else at, f"{what} needs its ports, such as {example}; found {found}")
        return Router(name=name, at=at)
    if not {"ports", "routes", "profile", "sysctl", "position"} & {key.text for key, _ in node.entries}:
        return Router(name=name, interfaces=_interfaces(reader, node, f"ports of {name}"), at=at)
    fields = reader.fields(node, vocabulary.ROUTER, what)
    assert fields is not None  # it is a map
    ports = reader.need(fields, "ports", what, "ports: {lan: 192.168.1.1/24, wan: 10.0.0.1/24}")
    return Router(
        name=name,
        interfaces=_interfaces(reader, ports, f"ports of {name}"),
        routes=_routes(reader, fields.get("routes")) if "routes" in fields else None,
        profile=_profile(reader, fields),
        sysctl=_sysctl(reader, fields),
        drawn_at=_drawn_at(reader, fields.get("position")),
        at=at,
    )


def _gateway(reader: Reader, name: str, node: Node | None, at: Position) -> Gateway:
    what = f"gateway {name}"
    example = "{inside: 192.168.1.1/24, outside: 203.0.113.1/24}"
    if not isinstance(node, tree.Mapping):
        found = kind_of(node) if node is not None else "nothing"
        reader.problem(node.at if node else at, f"{what} needs its two ports, such as {example}; found {found}")
        return Gateway(name=name, at=at)
    fields = reader.fields(node, vocabulary.GATEWAY, what)
    assert fields is not None  # it is a map
    interfaces = []
    for port in (INSIDE, OUTSIDE):
        value = reader.need(fields, port, what, example)
        if value is not None:
            interfaces.append(_interface(reader, port, value, port, fields.at_key(port)))
    return Gateway(
        name=name,
        interfaces=tuple(interfaces),
        gateway=reader.address(fields.get("gateway"), "gateway"),
        routes=_routes(reader, fields.get("routes")) if "routes" in fields else None,
        forwards=_forwards(reader, fields.get("forwards")),
        profile=_profile(reader, fields),
        sysctl=_sysctl(reader, fields),
        drawn_at=_drawn_at(reader, fields.get("position")),
        at=at,
    )


def _profile(reader: Reader, fields: Fields) -> str:
    return reader.word(fields.get("profile"), "profile", PROFILES) or PROFILES[0]


def _sysctl(reader: Reader, fields: Fields) -> dict[str, Sysctl]:
    return read_sysctl(reader, fields.get("sysctl"))


def _routes(reader: Reader, node: Node | None) -> tuple[Route, ...]:
    found = []
    for key, value in reader.entries(node, "routes", "{10.9.0.0/16: 192.168.1.254}"):
        if key.text == "default":
            key = Scalar("0.0.0.0/0", True, key.at)
        interface = reader.interface(key, "route")
        via = reader.address(value, "next hop")
        if interface is None or via is None:
            continue
        address, prefix = interface
        if address != prefix.network:
            reader.problem(key.at, f"route {key.text} is not a network: its host bits are not 0; write {prefix}")
            continue
        found.append(Route(prefix=prefix, via=via, at=key.at))
    return tuple(found)


def _forwards(reader: Reader, node: Node | None) -> tuple[Forward, ...]:
    found = []
    for key, value in reader.entries(node, "forwards", "{tcp 8080: 192.168.1.10:80}"):
        protocol = _FORWARD.fullmatch(key.text)
        if protocol is None or not 1 <= int(protocol.group(2)) <= 65535:
            reader.problem(key.at, f'"{short(key.text)}" is not a protocol and a port; write for example tcp 8080')
            continue
        text = reader.text(value, "forward", "192.168.1.10:80")
        if text is None:
            continue
        address_text, _, port_text = text.rpartition(":")
        if not address_text:
            reader.problem(value.at, f'forward "{short(text)}" has no port; write for example 192.168.1.10:80')
            continue
        address = reader.address(Scalar(address_text, True, value.at), "forward")
        port = reader.number(Scalar(port_text, True, value.at), "port", 1, 65535)
        if address is not None and port is not None:
            found.append(
                Forward(
                    protocol=protocol.group(1),
                    port=int(protocol.group(2)),
                    to_address=address,
                    to_port=port,
                    at=key.at,
                )
            )
    return tuple(found)


def _drawn_at(reader: Reader, node: Node | None) -> tuple[float, float] | None:
    if node is None:
        return None
    pair = []
    for item in node.items if isinstance(node, Sequence) else ():
        text = item.text if isinstance(item, Scalar) else ""
        if re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,6})?", text):
            pair.append(float(text))
    if not isinstance(node, Sequence) or len(node.items) != 2 or len(pair) != 2:
        reader.problem(node.at, "position must be two numbers, x to the right and y down, such as [1, 2.5]")
        return None
    return pair[0], pair[1]


_READERS: Final[dict[str, Callable[[Reader, str, Node | None, Position], Device]]] = {
    "hosts": _host, "switches": _switch, "hubs": _hub, "routers": _router, "gateways": _gateway,
}  # fmt: skip
