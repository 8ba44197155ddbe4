"""Scenario values to wired devices.

Ordinals and MAC addresses follow the order of declaration; links have ordinals of their own, so that one more
device at the end changes nothing elsewhere.
"""

from __future__ import annotations

from random import Random
from typing import Callable, Final

from simnet import filter
from simnet.devices.fault import Action, Fault
from simnet.devices.gateway import Gateway
from simnet.devices.host import Host
from simnet.devices.hub import Hub
from simnet.devices.link import Link
from simnet.devices.observer import Observer
from simnet.devices.properties import Bursts, Properties
from simnet.devices.router import Router
from simnet.devices.switch import Switch
from simnet.engine.randomness import stream
from simnet.engine.scheduler import Scheduler
from simnet.scenario import values
from simnet.scenario.values import Scenario
from simnet.stack.host_stack import HostStack
from simnet.stack.profile import PROFILES, Profile
from simnet.topology.addressing import chosen_macs, declared, link_mtus
from simnet.topology.network import Network
from simnet.topology.routing import DEFAULT, computed_routes
from simnet.wire.addresses import Prefix
from simnet.wire.ipv4 import TCP, UDP

FIRST_LINK_ORDINAL: Final = 1 << 19
"""Above all devices and their `lo`; two directions per link follow."""

_PROTOCOLS: Final = {"tcp": TCP, "udp": UDP}

Stacked = values.Host | values.Router | values.Gateway


def build(scenario: Scenario, *, seed: int | None = None, observer: Observer | None = None) -> Network:
    """The network of `scenario`, at time 0, with its faults in place; `seed` overrules the scenario's."""
    return _Builder(scenario, scenario.seed if seed is None else seed, observer).network


def properties_of(direction: values.Direction) -> Properties:
    """What the device layer calls the scenario's `direction`."""
    burst = direction.burst_loss
    return Properties(
        rate=direction.rate,
        delay=direction.delay,
        jitter=direction.jitter,
        loss=direction.loss,
        bursts=None if burst is None else Bursts(enter=burst.enter, leave=burst.leave, loss=burst.loss),
        duplicate=direction.duplicate,
        reorder=direction.reorder,
        reorder_by=direction.reorder_by,
        corrupt=direction.corrupt,
        mtu=direction.mtu,
        queue=direction.queue,
    )


class _Builder:
    """Builds one network, in its constructor."""

    def __init__(self, scenario: Scenario, seed: int, observer: Observer | None) -> None:
        self._scenario: Final = scenario
        self._seed: Final = seed
        self._macs: Final = chosen_macs(scenario)
        self._mtus: Final = link_mtus(scenario)
        self.network: Final = Network(scheduler=Scheduler(), observer=observer)
        for device in declared(scenario):
            self._add_device(device)
        for number, link in enumerate(scenario.links):
            self._add_link(link, FIRST_LINK_ORDINAL + 2 * number)
        self._add_routes()
        for fault in scenario.faults:
            self._add_fault(fault)

    def _add_device(self, device: Stacked | values.Switch | values.Hub) -> None:
        network = self.network
        ordinal = network.next_ordinal()
        if isinstance(device, values.Switch):
            switch = Switch(
                name=device.name, ordinal=ordinal, scheduler=network.scheduler, observer=network.observer,
                ageing=device.ageing,
            )  # fmt: skip
            network.add_device(switch, [switch.add_port(port) for port in device.ports])
        elif isinstance(device, values.Hub):
            hub = Hub(name=device.name, ordinal=ordinal, scheduler=network.scheduler, observer=network.observer)
            network.add_device(hub, [hub.add_port(port) for port in device.ports])
        else:
            self._add_host(device, ordinal)

    def _add_host(self, device: Stacked, ordinal: int) -> None:
        network = self.network
        stack = HostStack(
            name=device.name,
            ordinal=ordinal,
            profile=_profile(device),
            random=stream(self._seed, f"host {device.name}").randrange,
            work=network.scheduler.work,
            observer=network.observer,
        )
        host = self._wrap(device, stack, ordinal)
        ports = []
        for value in device.interfaces:
            name = f"{device.name}:{value.name}"
            mtu = value.mtu or self._mtus.get(name, values.DEFAULT_MTU)
            interface = stack.add_interface(value.name, self._macs[name], mtu)
            ports.append(host.add_port(interface))
            if value.address is not None and value.prefix is not None:
                stack.add_address(interface, value.address, value.prefix)
        network.add_device(host, ports)

    def _wrap(self, device: Stacked, stack: HostStack, ordinal: int) -> Host:
        scheduler, observer = self.network.scheduler, self.network.observer
        if isinstance(device, values.Host):
            return Host(name=device.name, ordinal=ordinal, stack=stack, scheduler=scheduler, observer=observer)
        if isinstance(device, values.Router):
            return Router(name=device.name, ordinal=ordinal, stack=stack, scheduler=scheduler, observer=observer)
        outside = device.interfaces[-1]
        gateway = Gateway(
            name=device.name, ordinal=ordinal, stack=stack, scheduler=scheduler, observer=observer,
            outside=outside.name, address=outside.address or 0,
        )  # fmt: skip
        for forward in device.forwards:
            gateway.forward(
                protocol=_PROTOCOLS[forward.protocol], port=forward.port,
                to=forward.to_address, to_port=forward.to_port,
            )  # fmt: skip
        return gateway

    def _add_link(self, link: values.Link, ordinal: int) -> None:
        network = self.network
        network.links.append(
            Link(
                name=link.name,
                ordinal=ordinal,
                a=network.ports[link.a],
                b=network.ports[link.b],
                there=properties_of(link.there),
                back=properties_of(link.back),
                scheduler=network.scheduler,
                stream=_part(self._seed, f"link {link.name}"),
                observer=network.observer,
            )
        )

    def _add_routes(self) -> None:
        computed = computed_routes(self._scenario)
        for device in declared(self._scenario):
            if isinstance(device, (values.Switch, values.Hub)):
                continue
            for route in device.routes or ():
                self._add_route(device, route.prefix, route.via)
            if not isinstance(device, values.Router) and device.gateway is not None:
                self._add_route(device, DEFAULT, device.gateway)
            for prefix, via in computed.get(device.name, ()):
                self._add_route(device, prefix, via)

    def _add_route(self, device: Stacked, prefix: Prefix, via: int) -> None:
        """By the interface whose network the next hop is in; one that is in none can never be used."""
        stack = self.network.host(device.name).stack
        for interface in stack.interfaces:
            if any(own.contains(via) for _, own in interface.addresses):
                stack.add_route(prefix, interface, via)
                return

    def _add_fault(self, value: values.Fault) -> None:
        fault = Fault(
            name=value.text or f"{value.action}: {value.matching}",
            action=Action(value.action),
            matches=filter.compile(value.matching).matches,
            nth=frozenset(value.nth),
            by=value.by,
            copies=value.copies,
            byte=-1 if value.byte is None else value.byte,
        )
        self.network.faults.append(fault)
        for link in self.network.links:
            for port, direction in ((link.a, link.there), (link.b, link.back)):
                if not value.senders or port.name in value.senders:
                    direction.add_fault(fault)


def _profile(device: Stacked) -> Profile:
    profile = PROFILES[device.profile]()
    for name, value in device.sysctl.items():
        setattr(profile, name, value)
    return profile


def _part(seed: int, name: str) -> Callable[[str], Random]:
    return lambda purpose: stream(seed, f"{name}/{purpose}")
