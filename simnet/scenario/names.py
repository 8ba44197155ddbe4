"""What the names in a scenario mean: devices, ports, addresses, places.

    server            a device; as an address, that of its first port
    server:eth1       one of its ports
    server:8080       the address of its first port, and a port number
    server:eth1:8080  the address of that port, and a port number
    10.0.0.80:8080    the same without names; localhost and broadcast (255.255.255.255) are addresses too
"""

from __future__ import annotations

import re
from typing import Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario.cabling import Cabling
from simnet.scenario.devices import Devices
from simnet.scenario.expectation_values import EVERYWHERE, Place
from simnet.scenario.links import Wiring, find_link, is_link
from simnet.scenario.reader import Reader, one_of, short
from simnet.scenario.step_values import Endpoint
from simnet.scenario.tree import Node, Scalar
from simnet.scenario.values import Gateway, Hub, Interface, Switch
from simnet.wire.addresses import LIMITED_BROADCAST, AddressError, is_ipv6, parse_ip

LOCALHOST: Final = 127 << 24 | 1
_WORDS: Final = {"localhost": LOCALHOST, "broadcast": LIMITED_BROADCAST}
_PORT: Final = re.compile(r"[0-9]{1,6}")


class Names:
    """Answers what a name means, or notes the problem."""

    def __init__(self, reader: Reader, devices: Devices, wiring: Wiring, cabling: Cabling) -> None:
        self._reader = reader
        self.devices = devices
        self.wiring = wiring
        self._cabling = cabling

    # --- devices

    def device(self, node: Node | None, name: str) -> str | None:
        """A device of any kind."""
        text = self._reader.text(node, name, "r1")
        if text is None or node is None:
            return None
        if text in self.devices.all:
            return text
        hint = did_you_mean(text, self.devices.all)
        self._reader.problem(node.at, f'no device is called "{short(text)}"{hint}')
        return None

    def host(self, node: Node | None, name: str) -> str | None:
        """A host."""
        text = self._reader.text(node, name, "client")
        if text is None or node is None:
            return None
        hosts = self.devices.hosts()
        if text in hosts:
            return text
        if text in self.devices.all:
            self._reader.problem(node.at, f"{text} is {self.devices.a_kind(text)}; {name} must be a host")
        else:
            self._reader.problem(node.at, f'no host is called "{short(text)}"{did_you_mean(text, hosts)}')
        return None

    def stack(self, node: Node | None, name: str) -> str | None:
        """A device with a protocol stack: a host, router or gateway."""
        device = self.device(node, name)
        if device is None or node is None:
            return None
        if not isinstance(self.devices.all[device], (Switch, Hub)):
            return device
        what = self.devices.a_kind(device)
        self._reader.problem(node.at, f"{device} is {what}; {name} must be a host, router or gateway")
        return None

    # --- ports and places

    def port(self, node: Node | None, name: str) -> str | None:
        """A port that has a cable: "client:eth0", or "client" if it has only one."""
        text = self._reader.text(node, name, "client:eth0")
        if text is None or node is None:
            return None
        device, _, port = text.partition(":")
        if device not in self.devices.all:
            hint = did_you_mean(device, self.devices.all)
            self._reader.problem(node.at, f'no device is called "{short(device)}"{hint}')
            return None
        ports = self._cabling.ports(device)
        if port in ports:
            return text
        if not port and len(ports) == 1:
            return f"{device}:{ports[0]}"
        if not ports:
            self._reader.problem(node.at, f"{device} has no cable, so nothing is ever seen there")
        elif not port:
            choice = one_of(tuple(f"{device}:{each}" for each in ports))
            self._reader.problem(node.at, f"which port of {device}? Write {choice}")
        else:
            hint = did_you_mean(port, ports) or f"; it has {one_of(tuple(ports))}"
            self._reader.problem(node.at, f'no cable is in port "{short(port)}" of {device}{hint}')
        return None

    def place(self, node: Node | None) -> Place | None:
        """The place of `seen`: a port, a link, or one direction of a link; everywhere if it is missing."""
        if node is None:
            return EVERYWHERE
        if not isinstance(node, Scalar) or not is_link(node.text):
            port = self.port(node, "seen")
            return None if port is None or not isinstance(node, Scalar) else Place(port=port, text=node.text)
        senders = self.senders(node, "seen")
        return None if senders is None else Place(senders=senders, text=node.text)

    def senders(self, node: Node | None, name: str) -> tuple[str, ...] | None:
        """The ports that send on a link, the first one first; one of them for a direction."""
        found = find_link(self._reader, node, self.devices, self.wiring, name)
        if found is None:
            return None
        a, arrow, b = found
        return (a, b) if arrow == "--" else (a,) if arrow == "->" else (b,)

    # --- addresses

    def endpoint(self, node: Node | None, name: str, example: str) -> Endpoint | None:
        """An address with a port number."""
        text = self._reader.text(node, name, example)
        if text is None or node is None:
            return None
        where, _, port_text = text.rpartition(":")
        if not where or not _PORT.fullmatch(port_text):
            shown = short(text)
            self._reader.problem(node.at, f'{name} "{shown}" has no port number; write for example {example}')
            return None
        port = int(port_text)
        if not 1 <= port <= 65535:
            self._reader.problem(node.at, f"{name}: port {port} does not exist; ports are 1 to 65535")
            return None
        address = self._address(node, where, name)
        return None if address is None else Endpoint(address, port, text)

    def address(self, node: Node | None, name: str) -> int | None:
        """An address without port number."""
        text = self._reader.text(node, name, "server")
        return None if text is None or node is None else self._address(node, text, name)

    def _address(self, node: Node, text: str, name: str) -> int | None:
        if text in _WORDS:
            return _WORDS[text]
        device, _, port = text.partition(":")
        if device in self.devices.all:
            return self._address_of(node, device, port)
        try:
            address = parse_ip(short(text))
        except AddressError:
            hint = did_you_mean(device, (*self.devices.all, *_WORDS)) or "; write a host's name or an IP address"
            self._reader.problem(node.at, f'{name}: no host is called "{short(device)}"{hint}')
            return None
        if not is_ipv6(address):
            return address
        self._reader.problem(node.at, f"{name} {text}: IPv6 comes later; for now write an IPv4 address")
        return None

    def _address_of(self, node: Node, device: str, port: str) -> int | None:
        interface = self._interface(device, port)
        if interface is not None and interface.address is not None:
            return interface.address
        if device in self.devices.misread:
            return None
        if isinstance(self.devices.all[device], (Switch, Hub)):
            what = f"{device} is {self.devices.a_kind(device)}, which has no address"
        elif interface is not None or not port:
            what = f"{device}{':' * bool(port)}{port} has no address; give it one"
        else:
            what = f'{device} has no port "{short(port)}"'
        self._reader.problem(node.at, what)
        return None

    def _interface(self, device: str, port: str) -> Interface | None:
        """The port called `port`, or the first; a gateway is called by its outside."""
        interfaces = self.devices.interfaces(device)
        if port:
            return next((each for each in interfaces if each.name == port), None)
        if isinstance(self.devices.all[device], Gateway):
            return interfaces[-1] if interfaces else None
        return interfaces[0] if interfaces else None
