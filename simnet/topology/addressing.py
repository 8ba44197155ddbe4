"""What a scenario leaves to whoever builds it: the order of devices, their MAC addresses, the MTU of each port.

The same for every world, so that a simulated network and a real one have the same addresses.
"""

from __future__ import annotations

from typing import Final

from simnet.scenario.values import Gateway, Host, Hub, Router, Scenario, Switch

FIRST_MAC: Final = 0x0200_0000_0001

Device = Host | Switch | Hub | Router | Gateway


def declared(scenario: Scenario) -> list[Device]:
    """All devices in the order of their declaration."""
    devices: list[Device] = [
        *scenario.hosts, *scenario.switches, *scenario.hubs, *scenario.routers, *scenario.gateways,
    ]  # fmt: skip
    places = {name: place for place, name in enumerate(scenario.order)}
    return sorted(devices, key=lambda device: places.get(device.name, len(places)))


def chosen_macs(scenario: Scenario) -> dict[str, int]:
    """The MAC of every interface by its port's name: as given, else 02:00:00:00:00:01 and so on."""
    interfaces = [
        (f"{device.name}:{interface.name}", interface.mac)
        for device in declared(scenario)
        if not isinstance(device, Switch | Hub)
        for interface in device.interfaces
    ]
    macs = {name: mac for name, mac in interfaces if mac is not None}
    taken = set(macs.values())
    mac = FIRST_MAC
    for name, given in interfaces:
        if given is None:
            while mac in taken:
                mac += 1
            macs[name] = mac
            mac += 1
    return macs


def link_mtus(scenario: Scenario) -> dict[str, int]:
    """The MTU that the cable in each port allows."""
    mtus = {}
    for link in scenario.links:
        mtus[link.a] = link.there.mtu
        mtus[link.b] = link.back.mtu
    return mtus
