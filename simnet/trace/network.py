"""What a trace knows of the network it was recorded on: enough to draw it and to give addresses names."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Kind(Enum):
    """The kinds of devices, each with a symbol of its own."""

    HOST = "host"
    HUB = "hub"
    SWITCH = "switch"
    ROUTER = "router"
    GATEWAY = "gateway"


class PortEntry(Struct, frozen=True):
    """A port, "client:eth0"; its `addresses` as "10.0.0.1/24"; `mac` is empty for ports of switches and hubs."""

    name: str
    mac: str = ""
    addresses: tuple[str, ...] = ()


class DeviceEntry(Struct, frozen=True):
    """A device with its ports in order of declaration; `position` is (x, y) if the author placed it."""

    name: str
    kind: Kind
    ports: tuple[PortEntry, ...] = ()
    position: tuple[float, float] | None = None


class LinkEntry(Struct, frozen=True):
    """A cable between two ports ("client:eth0", "s1:p1"); `rate` in bit/s, `delay` in ns."""

    a: str
    b: str
    rate: int
    delay: int
    loss: float = 0.0


class NetworkMap(Struct, frozen=True):
    """All devices and links; empty for a capture of unknown origin."""

    devices: tuple[DeviceEntry, ...] = ()
    links: tuple[LinkEntry, ...] = ()

    def host_addresses(self) -> dict[str, str]:
        """The address of each host that has just one."""
        found = {}
        for device in self.devices:
            known = [address.partition("/")[0] for port in device.ports for address in port.addresses]
            if device.kind is Kind.HOST and len(known) == 1:
                found[device.name] = known[0]
        return found
