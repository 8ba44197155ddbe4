"""The lab world: a scenario's whole network on the real kernel, one network namespace for each device.

Hosts and routers are namespaces, switches and hubs bridges in namespaces of their own, gateways translate with
nftables, cables are veth pairs with offloads off; what a veth pair cannot do, `relay` does.  Every port is captured.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Sequence
from typing import Final

from simnet.scenario.tunables import setting_text
from simnet.scenario.values import (
    DEFAULT_MTU,
    Direction,
    Gateway,
    Host,
    Hub,
    Interface,
    Router,
    Say,
    Scenario,
    SetSysctl,
    Switch,
    TimelineEntry,
)
from simnet.topology.addressing import Device, chosen_macs, declared, link_mtus
from simnet.topology.routing import DEFAULT, computed_routes
from simnet.wire.addresses import Prefix, ip_text
from simnet.worlds import linux
from simnet.worlds.capture import open_capture
from simnet.worlds.child import Channel, Child
from simnet.worlds.lab_tables import Tables
from simnet.worlds.namespaces import Namespace, enter_private, new_namespace
from simnet.worlds.netlink import CableEnd
from simnet.worlds.performance import Stage
from simnet.worlds.real_host import RealHost
from simnet.worlds.relay import is_relayed, relayed_links, run_relay
from simnet.worlds.sysctls import apply_defaults, apply_sysctls

_OFFLOADS: Final = ("tx", "rx", "sg", "tso", "gso", "gro")
_BRIDGE: Final = "simnet-bridge"
_KERNEL_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_RINGS: Final = 256
"""Blocks of all captures together; each has at least the fewest."""
_FEWEST_BLOCKS: Final = 2
_MOST_BLOCKS: Final = 32
_NEVER: Final = 1 << 62

Stacked = Host | Router | Gateway


class LabStage(Stage):
    """Set up in the child, in its private namespaces."""

    def __init__(self, scenario: Scenario) -> None:
        linux.go_first()
        enter_private()
        self._scenario: Final = scenario
        self._macs: Final = chosen_macs(scenario)
        self._mtus: Final = link_mtus(scenario)
        self._spaces: Final[dict[str, Namespace]] = {}
        self._interfaces: Final[dict[str, str]] = {}
        """What the kernel calls each port."""
        for device in declared(scenario):
            self._add_device(device)
        relayed = relayed_links(scenario)
        for link in scenario.links:
            if link not in relayed:
                self._add_cable(link.a, link.b)
        wired = {end for link in scenario.links if link not in relayed for end in (link.a, link.b)}
        self._ends: Final = {
            port: f"end{number}" for number, port in enumerate(self._interfaces) if port not in wired
        }
        self._wires: Final = self._add_ends()
        for device in declared(scenario):
            self._configure(device)
        self._hosts: Final = {host.name: RealHost(host.name, self._spaces[host.name]) for host in scenario.hosts}
        for host in scenario.hosts:
            self._hosts[host.name].choose(host.sysctl)
        self._relay: Final = self._start_relay()
        self._wait_for_carriers([end for link in scenario.links for end in (link.a, link.b)])
        self.captures: Sequence[tuple[str, socket.socket, int]] = self._open_captures()
        self.watched: Sequence[Namespace] = [
            self._spaces[device.name] for device in declared(scenario) if not isinstance(device, Switch | Hub)
        ]
        self.descriptors: Sequence[int] = () if self._relay is None else (self._relay.channel.fileno(),)
        self.remarks: Sequence[str] = ()
        self.settle = 2 * sum(max(_slowness(link.there), _slowness(link.back)) for link in scenario.links)
        self._timeline: Final[list[TimelineEntry]] = sorted(scenario.timeline, key=lambda entry: entry.time)
        own_names = {(port.partition(":")[0], name): port.partition(":")[2] for port, name in self._interfaces.items()}
        self._tables: Final = Tables(scenario, self._spaces, own_names)
        self._channel: Channel | None = None
        self._epoch = 0

    # --- devices

    def _add_device(self, device: Device) -> None:
        space = self._spaces[device.name] = new_namespace(device.name)
        for which in ("all", "default"):
            space.sysctl(f"net.ipv4.conf.{which}.rp_filter", "0")
        names = device.ports if isinstance(device, Switch | Hub) else [each.name for each in device.interfaces]
        for number, name in enumerate(names):
            is_usable = _KERNEL_NAME.fullmatch(name) and name not in ("lo", ".", "..", _BRIDGE)
            self._interfaces[f"{device.name}:{name}"] = name if is_usable else f"port{number}"

    def _configure(self, device: Device) -> None:
        if isinstance(device, Switch | Hub):
            self._configure_bridge(device)
            return
        space = self._spaces[device.name]
        with space.netlink() as netlink:
            linux.switch_offloads_off("lo", "tso", "gso", "gro")
            for interface in device.interfaces:
                name = self._interfaces[f"{device.name}:{interface.name}"]
                linux.switch_offloads_off(name, *_OFFLOADS)
                if interface.address is not None and interface.prefix is not None:
                    netlink.add_address(name, interface.address, interface.prefix)
                netlink.set_up(name)
            for prefix, via in self._routes(device):
                for interface in device.interfaces:
                    if interface.prefix is not None and interface.prefix.contains(via):
                        netlink.add_route(prefix, self._interfaces[f"{device.name}:{interface.name}"], via)
                        break
        apply_defaults(space)
        apply_sysctls(space, device.sysctl)
        if not isinstance(device, Host):
            space.sysctl("net.ipv4.ip_forward", "1")
        if isinstance(device, Gateway):
            space.nft(_translation(device, self._interfaces))

    def _routes(self, device: Stacked) -> list[tuple[Prefix, int]]:
        routes = [(route.prefix, route.via) for route in device.routes or ()]
        if not isinstance(device, Router) and device.gateway is not None:
            routes.append((DEFAULT, device.gateway))
        return routes + computed_routes(self._scenario).get(device.name, [])

    def _configure_bridge(self, device: Switch | Hub) -> None:
        with self._spaces[device.name].netlink() as netlink:
            netlink.add_bridge(_BRIDGE, device.ageing if isinstance(device, Switch) else 0)
            for port in device.ports:
                name = self._interfaces[f"{device.name}:{port}"]
                linux.switch_offloads_off(name, *_OFFLOADS)
                netlink.plug_into_bridge(name, _BRIDGE)
                if isinstance(device, Hub):
                    netlink.stop_learning(name)
                netlink.set_up(name)
            netlink.set_up(_BRIDGE)

    # --- cables

    def _end(self, port: str) -> CableEnd:
        device, _, name = port.partition(":")
        mtu = self._mtus.get(port, DEFAULT_MTU)
        for each in self._stacked(device):
            if each.name == name and each.mtu:
                mtu = each.mtu
        return CableEnd(
            self._interfaces[port], mac=self._macs.get(port), mtu=mtu, namespace=self._spaces[device].fd
        )

    def _stacked(self, device: str) -> Sequence[Interface]:
        """The interfaces of a device that has some."""
        stacked: list[Stacked] = [*self._scenario.hosts, *self._scenario.routers, *self._scenario.gateways]
        return next((each.interfaces for each in stacked if each.name == device), ())

    def _add_cable(self, a: str, b: str) -> None:
        with self._spaces[a.partition(":")[0]].netlink() as netlink:
            netlink.add_cable(self._end(a), self._end(b))

    def _add_ends(self) -> Namespace | None:
        """The namespace in which every cable that is not plain ends, and every port without a cable."""
        if not self._ends:
            return None
        wires = new_namespace("wires")
        with wires.netlink() as netlink:
            for port, name in self._ends.items():
                end = self._end(port)
                netlink.add_cable(CableEnd(name, mtu=end.mtu), end)
                linux.switch_offloads_off(name, *_OFFLOADS)
        return wires

    def _start_relay(self) -> Child | None:
        wires = self._wires
        if wires is None:
            return None
        scenario, ends = self._scenario, self._ends
        relay = Child(lambda channel: run_relay(scenario, wires, ends, channel))
        relay.channel.receive()
        return relay

    def _wait_for_carriers(self, ports: Sequence[str]) -> None:
        for port in ports:
            with self._spaces[port.partition(":")[0]].netlink() as netlink:
                netlink.wait_until_running(self._interfaces[port])

    # --- what the performance asks for

    def _open_captures(self) -> list[tuple[str, socket.socket, int]]:
        places = list(self._interfaces.items())
        places += [(f"{host.name}:lo", "lo") for host in self._scenario.hosts]
        blocks = max(_FEWEST_BLOCKS, min(_MOST_BLOCKS, _RINGS // len(places)))
        captures = []
        for port, name in places:
            with self._spaces[port.partition(":")[0]].entered():
                captures.append((port, open_capture(name, blocks), blocks))
        return captures

    def host(self, name: str) -> RealHost:
        return self._hosts[name]

    def begin(self, channel: Channel, started_at: int) -> None:
        self._channel = channel
        self._epoch = time.time_ns() - (time.monotonic_ns() - started_at)
        if self._relay is not None:
            self._relay.channel.send("begin", started_at)

    def happen(self, now: int) -> None:
        while self._timeline and self._timeline[0].time <= now:
            entry = self._timeline.pop(0)
            if isinstance(entry, SetSysctl):
                apply_sysctls(self._spaces[entry.device], entry.sysctl)
                if entry.device in self._hosts:
                    self._hosts[entry.device].choose(entry.sysctl)
                for name, value in entry.sysctl.items():
                    self._note(entry.device, setting_text(name, value))
            elif isinstance(entry, Say):
                self._note(entry.device, entry.words)
            else:
                assert is_relayed(entry)
        if self._channel is not None:
            self._tables.look_if_due(self._channel, now, self._epoch)

    def _note(self, device: str, text: str) -> None:
        if self._channel is not None:
            self._channel.post("note", time.time_ns(), device, text)

    def next_due(self) -> int:
        return min(self._timeline[0].time if self._timeline else _NEVER, self._tables.next_due())

    def has_plans(self) -> bool:
        return bool(self._timeline)

    def end(self) -> None:
        if self._channel is not None:
            self._tables.look_at_end(self._channel)
        if self._relay is not None:
            self._relay.channel.send("how did it go")


def _translation(gateway: Gateway, interfaces: dict[str, str]) -> str:
    """The nftables rules of a gateway: source NAT outwards, and its forwards inwards."""
    outside = interfaces[f"{gateway.name}:{gateway.interfaces[-1].name}"]
    lines = [
        "table ip simnet {",
        "chain post {",
        "type nat hook postrouting priority srcnat;",
        f'oifname "{outside}" masquerade',
        "}",
        "chain pre {",
        "type nat hook prerouting priority dstnat;",
    ]
    for each in gateway.forwards:
        place = f"{ip_text(each.to_address)}:{each.to_port}"
        lines.append(f'iifname "{outside}" {each.protocol} dport {each.port} dnat to {place}')
    return "\n".join([*lines, "}", "}", ""])


def _slowness(direction: Direction) -> int:
    """How long a frame may be under way, unseen, in one direction of a cable."""
    return direction.delay + direction.jitter + (direction.reorder_by if direction.reorder else 0)
