"""The network of a scenario as a trace describes it: devices, ports, addresses, cables."""

from __future__ import annotations

from collections.abc import Mapping

from simnet.scenario.values import Gateway, Host, Hub, Interface, Router, Scenario, Switch
from simnet.topology.addressing import chosen_macs
from simnet.trace.heading import Heading
from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap, PortEntry
from simnet.wire.addresses import ip_text, mac_text

_KINDS: dict[type, Kind] = {
    Host: Kind.HOST,
    Switch: Kind.SWITCH,
    Hub: Kind.HUB,
    Router: Kind.ROUTER,
    Gateway: Kind.GATEWAY,
}


def describe(scenario: Scenario, macs: Mapping[str, int]) -> NetworkMap:
    """The network map of `scenario`; `macs` holds the MAC of each port by its name, "client:eth0"."""
    devices: dict[str, Host | Switch | Hub | Router | Gateway] = {}
    for group in (scenario.hosts, scenario.switches, scenario.hubs, scenario.routers, scenario.gateways):
        devices.update({device.name: device for device in group})
    links = tuple(
        LinkEntry(link.a, link.b, link.there.rate, link.there.delay, max(link.there.loss, link.back.loss))
        for link in scenario.links
    )
    order = scenario.order or tuple(devices)
    return NetworkMap(tuple(_device(devices[name], macs) for name in order), links)


def heading_of(scenario: Scenario, seed: int | None = None) -> Heading:
    """What stands above the trace of a simulated run of `scenario`, with its own seed or another one."""
    return Heading(
        scenario.name, scenario.seed if seed is None else seed, describe(scenario, chosen_macs(scenario))
    )


def _device(device: Host | Switch | Hub | Router | Gateway, macs: Mapping[str, int]) -> DeviceEntry:
    if isinstance(device, Switch | Hub):
        ports = tuple(PortEntry(f"{device.name}:{port}") for port in device.ports)
    else:
        ports = tuple(_port(device.name, interface, macs) for interface in device.interfaces)
    return DeviceEntry(device.name, _KINDS[type(device)], ports, device.drawn_at)


def _port(device: str, interface: Interface, macs: Mapping[str, int]) -> PortEntry:
    mac = macs.get(f"{device}:{interface.name}", interface.mac)
    addresses: tuple[str, ...] = ()
    if interface.address is not None and interface.prefix is not None:
        addresses = (f"{ip_text(interface.address)}/{interface.prefix.length}",)
    return PortEntry(f"{device}:{interface.name}", "" if mac is None else mac_text(mac), addresses)
