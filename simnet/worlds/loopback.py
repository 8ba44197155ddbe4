"""The loopback world: all hosts of a scenario on one `lo`, in a network namespace that nobody else sees.

`lo` carries every address of the scenario, and each program's sockets are bound to its own host's, so that addresses,
ports and segment sizes are the scenario's.  Cables, switches and routers are not there: no delay, no ARP, no MACs.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any, Final

from simnet.checks.verdict import Verdict
from simnet.scenario import values
from simnet.scenario.step_values import Listen, OpenUdp
from simnet.scenario.values import Scenario
from simnet.trace.events import Event, FrameArrived, FrameSent
from simnet.trace.network import NetworkMap
from simnet.wire import ethernet
from simnet.wire.captured import finish_checksum
from simnet.wire.frame import Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import Ipv4
from simnet.worlds.capture import Captured, open_capture
from simnet.worlds.child import Channel
from simnet.worlds.describe import describe
from simnet.worlds.lo_limits import all_steps, interfaces_of
from simnet.worlds.namespaces import Namespace, enter_private, loopback_with, own_namespace
from simnet.worlds.performance import Stage
from simnet.worlds.real_host import Place, RealHost
from simnet.worlds.sysctls import apply_defaults, apply_sysctls

RING_BLOCKS: Final = 256
"""64 MiB: full speed for as long as the reader may be kept from reading."""

_NEVER: Final = 1 << 62
_LOCALHOST: Final = 127
_MTU: Final = 1500


class LoopbackHost(RealHost):
    """A host that shares `lo`, and keeps to its own addresses there.

    `shared`: (kind, port) that several hosts open; a door to any address is then one to this host's only address.
    """

    def __init__(self, host: values.Host, namespace: Namespace | None, shared: frozenset[tuple[str, int]]) -> None:
        super().__init__(host.name, namespace)
        self._addresses: Final = [each.address for each in host.interfaces if each.address is not None]
        self._shared: Final = shared

    def source(self, kind: str) -> Place | None:
        return (self._addresses[0], 0) if self._addresses else None

    def to_bind(self, kind: str, place: Place) -> Place:
        address, port = place
        if address or not self._addresses:
            return place
        is_only_door = len(self._addresses) > 1 and (kind, port) not in self._shared
        return place if is_only_door else (self._addresses[0], port)

    def to_reach(self, kind: str, place: Place) -> Place:
        is_me = place[0] >> 24 == _LOCALHOST and kind != "icmp" and self._addresses
        return (self._addresses[0], place[1]) if is_me else place


class LoopbackStage(Stage):
    """Set up in the child, in its private namespace."""

    def __init__(self, scenario: Scenario) -> None:
        enter_private()
        links = scenario.links
        mtu = links[0].there.mtu if links else _MTU
        loopback_with([each.address or 0 for _, each in interfaces_of(scenario)], mtu)
        here = own_namespace("lo")
        running = {program.host for program in scenario.programs}
        sysctl = next((host.sysctl for host in scenario.hosts if host.name in running), {})
        apply_defaults(here)
        apply_sysctls(here, sysctl)
        shared = shared_doors(scenario)
        self._hosts: Final = {host.name: LoopbackHost(host, here, shared) for host in scenario.hosts}
        for each in self._hosts.values():
            each.choose(sysctl)
        self.captures: Sequence[tuple[str, socket.socket, int]] = [("lo", open_capture("lo", RING_BLOCKS), RING_BLOCKS)]
        self.watched: Sequence[Namespace] = [here]
        self.descriptors: Sequence[int] = ()
        self.settle = 0
        self.remarks: Sequence[str] = [
            "one lo carried everything: no cables, switches or routers, so no delay, no ARP and no MACs"
        ]

    def host(self, name: str) -> RealHost:
        return self._hosts[name]

    def begin(self, channel: Channel, started_at: int) -> None:
        """Nothing happens here but what programs do."""

    def happen(self, now: int) -> None:
        """Nothing is ever due."""

    def next_due(self) -> int:
        return _NEVER

    def end(self) -> None:
        """Nothing is left to tell."""


class LoopbackReader:
    """Gives each packet on `lo` the ports of the hosts it went between, as if one cable joined all of them."""

    def __init__(self, scenario: Scenario) -> None:
        self.network: Final = _hosts_only(describe(scenario, {}))
        self._ports: Final = {each.address: f"{host.name}:{each.name}" for host, each in interfaces_of(scenario)}
        self._programs: Final = {number: each.host for number, each in enumerate(scenario.programs, 1)}
        self.remarks: Sequence[str] = ()
        self.late = 0
        self._count = 0

    def begin(self, captures: Sequence[str]) -> None:
        """There is one capture."""

    def captured(self, packet: Captured, now: int) -> Iterator[Event]:
        """Sent and arrived at once: nothing is in between."""
        self._count += 1
        frame = ethernet.parse(finish_checksum(packet.data) if packet.is_partial else packet.data)
        frame.id = self._count
        source, target = self._ends(frame)
        yield FrameSent(now, source, frame, now)
        yield FrameArrived(now, target, frame)

    def reported(self, what: str, now: int, details: Sequence[Any]) -> Iterator[Event]:
        """Nothing but programs reports here."""
        yield from ()

    def conditions(self, end: int) -> list[Verdict]:
        """There is nothing but programs that could go wrong."""
        return []

    def _ends(self, frame: Frame) -> tuple[str, str]:
        """The ports a packet left and reached: those of its addresses, or the `lo` of a host that meant itself."""
        packet = frame.payload
        if not isinstance(packet, Ipv4):
            return "lo:lo", "lo:lo"
        source, target = self._ports.get(packet.src), self._ports.get(packet.dst)
        if source is None or target is None:
            own = self._own_lo(packet)
            return own, own
        if source.partition(":")[0] == target.partition(":")[0]:
            own = source.partition(":")[0] + ":lo"
            return own, own
        return source, target

    def _own_lo(self, packet: Ipv4) -> str:
        """Whose ping to localhost this is: its identifier is the program's number."""
        message = packet.payload
        if isinstance(message, Icmp):
            return self._programs.get(message.rest >> 16, "lo") + ":lo"
        return "lo:lo"


def shared_doors(scenario: Scenario) -> frozenset[tuple[str, int]]:
    """(kind, port) that several hosts open for any address."""
    users: dict[tuple[str, int], set[str]] = {}
    for program in scenario.programs:
        for step in all_steps(program.steps):
            if isinstance(step, Listen | OpenUdp) and step.port and not step.address:
                kind = "tcp" if isinstance(step, Listen) else "udp"
                users.setdefault((kind, step.port), set()).add(program.host)
    return frozenset(door for door, hosts in users.items() if len(hosts) > 1)


def _hosts_only(network: NetworkMap) -> NetworkMap:
    return NetworkMap(tuple(device for device in network.devices if device.kind.value == "host"))
