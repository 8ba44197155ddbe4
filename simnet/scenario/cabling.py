"""Which port every end of a cable is plugged into.

A port that is not named is found: hosts take eth0, eth1 …, switches and hubs p1, p2 … in the order of the links; a
device whose ports are declared takes the only one left.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree
from simnet.scenario.devices import Devices
from simnet.scenario.link_properties import read_link_properties
from simnet.scenario.links import EXAMPLE, End, LinkText, read_link_text
from simnet.scenario.reader import Reader, one_of, short
from simnet.scenario.tree import Node, Scalar
from simnet.scenario.values import Direction, Hub, Link, Position, Switch


class _Draft(NamedTuple):
    """A link whose ports may still be unknown."""

    text: LinkText
    there: Direction
    back: Direction
    at: Position


class Cabling:
    """Finds the ports of all links; afterwards `links` is known and every device knows its ports."""

    def __init__(self, reader: Reader, devices: Devices) -> None:
        self._reader = reader
        self._devices = devices
        self._used: dict[str, Position] = {}
        self._named: set[str] = set()
        self._unnamed: dict[str, int] = {}
        self._ports: dict[str, list[str]] = {name: [] for name in devices.all}
        self.links: list[Link] = []

    def connect(self, node: Node | None) -> None:
        """Read the list `links`."""
        drafts = self._drafts(node)
        for draft in drafts:
            for end in (draft.text.first, draft.text.second):
                if end.port:
                    self._named.add(str(end))
                else:
                    self._unnamed[end.device] = self._unnamed.get(end.device, 0) + 1
        for draft in drafts:
            a = self.plug(draft.text.first, draft.at)
            b = self.plug(draft.text.second, draft.at)
            if a is not None and b is not None:
                self.links.append(Link(a=a, b=b, there=draft.there, back=draft.back, at=draft.at))

    def _drafts(self, node: Node | None) -> list[_Draft]:
        drafts = []
        for item in self._reader.items(node, "links", f"[{EXAMPLE}]"):
            draft = self._draft(item)
            if draft is not None:
                drafts.append(draft)
        return drafts

    def _draft(self, node: Node) -> _Draft | None:
        text: Node = node
        properties: Node | None = None
        if isinstance(node, tree.Mapping):
            if len(node.entries) != 1:
                self._reader.problem(node.at, f"a link is one text with its properties: {EXAMPLE}: {{delay: 5ms}}")
                return None
            text, properties = node.entries[0]
        link = read_link_text(self._reader, text, self._devices, "link")
        if link is None:
            return None
        if link.arrow != "--":
            example = f"{link.arrow}: {{loss: 5%}}"
            self._reader.problem(text.at, f'a link joins both ways; write "--", and for one direction {example}')
            return None
        if link.first.device == link.second.device:
            self._reader.problem(text.at, f"this link joins {link.first.device} to itself; it needs two devices")
            return None
        there, back = read_link_properties(self._reader, properties)
        return _Draft(link, there, back, text.at)

    def plug(self, end: End, at: Position) -> str | None:
        """The port that `end` means, from now on in use; "client:eth0"."""
        port = end.port or self._find_port(end.device, at)
        if not port or not self._exists(end.device, port, at):
            return None
        name = f"{end.device}:{port}"
        if name in self._used:
            first = self._used[name]
            where = f" in line {first.line}" if first.line else ""
            self._reader.problem(at, f"port {name} already has a cable{where}; a port takes one")
            return None
        self._used[name] = at
        if port not in self._ports[end.device]:
            self._ports[end.device].append(port)
        return name

    def _declared(self, device: str) -> list[str]:
        """The ports that a device has whatever the links say; none if they are made as needed."""
        value = self._devices.all[device]
        if isinstance(value, (Switch, Hub)) or self._devices.kind(device) == "host" and self._grows(device):
            return []
        return [interface.name for interface in self._devices.interfaces(device)]

    def _grows(self, device: str) -> bool:
        """Does this host get eth0, eth1 … as needed, because it declared no ports?"""
        return all(interface.name == "eth0" for interface in self._devices.interfaces(device))

    def _find_port(self, device: str, at: Position) -> str:
        declared = self._declared(device)
        if not declared:
            if self._devices.kind(device) in ("router", "gateway"):
                self._reader.problem(at, f"{device} has no ports to plug a cable into; declare them at {device}")
                return ""
            return self._next_port(device)
        free = [port for port in declared if f"{device}:{port}" not in self._named | self._used.keys()]
        if len(free) == 1 and self._unnamed.get(device, 0) <= 1:
            return free[0]
        if not free:
            self._reader.problem(at, f"every port of {device} has a cable; declare another port at {device}")
        else:
            choice = one_of(tuple(f"{device}:{port}" for port in declared))
            self._reader.problem(at, f"which port of {device}? Write {choice}")
        return ""

    def _next_port(self, device: str) -> str:
        stem, number = ("eth", 0) if self._devices.kind(device) == "host" else ("p", 1)
        while f"{device}:{stem}{number}" in self._named or f"{device}:{stem}{number}" in self._used:
            number += 1
        return f"{stem}{number}"

    def _exists(self, device: str, port: str, at: Position) -> bool:
        declared = self._declared(device)
        if port in declared:
            return True
        if not declared and isinstance(self._devices.all[device], (Switch, Hub)):
            return self._reader.name(Scalar(port, True, at), "a port") is not None
        if not declared and self._devices.kind(device) == "host" and re.fullmatch(r"eth[0-9]{1,2}", port):
            return True
        known = declared or ["eth0", "eth1"]
        hint = did_you_mean(port, known) or f"; it has {one_of(tuple(known))}"
        self._reader.problem(at, f'{device} has no port "{short(port)}"{hint}')
        return False

    def ports(self, device: str) -> list[str]:
        """The ports of `device` that were ever plugged, in natural order."""
        return sorted(self._ports[device], key=_natural)


def _natural(port: str) -> list[tuple[int, str]]:
    """A key that sorts p2 before p10."""
    parts = re.split(r"([0-9]+)", port)
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts]
