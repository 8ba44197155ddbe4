"""The laboratory of one recording, rebuilt from simnet's own pieces: hosts, cables, sysctls, programs, capture.

What a recording does not tell (routes, static ARP, packet filters) is set up here by topology or by the family.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from simnet import reasons
from simnet.devices.conservation import violations
from simnet.engine.scheduler import KEY_BITS, Scheduler
from simnet.scenario import values
from simnet.scenario.tunables import TUNABLES, Kind
from simnet.stack.host_stack import HostStack
from simnet.stack.interfaces import Interface
from simnet.stack.routes import RouteKind
from simnet.topology.builder import build
from simnet.topology.network import Network
from simnet.units import MILLISECOND, SECOND
from simnet.wire.addresses import parse_interface, parse_ip, parse_mac, parse_prefix
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import Ipv4
from simnet.worlds.programs import Directory, ProgramRun
from tests.golden.application import Application, Outcome, Steps
from tests.golden.cable import Cable, Lo
from tests.golden.captures import Capture, Fields
from tests.golden.clock import Clock
from tests.golden.departures import Departures, seen_elsewhere
from tests.golden.dissection import Dissector
from tests.golden.holds import Holds
from tests.golden.journeys import PORT, recorded_arrivals, recorded_journeys, recorded_names
from tests.golden.ticks import phase
from tests.golden.timing import PHASE, SEED, Choice, Timing
from tests.golden.watcher import Watcher
from tests.golden.wire import Wire, recorded_decisions

_CABLES: Final = {"lan": 2, "routers": 3}
"""How many cables lie between A and B."""

_VETH_DELAY: Final = 4000
"""The few microseconds that the kernel needs from one end of a virtual cable to the other."""

_SHORTEST_DELAY: Final = 500
"""Where the recording tells the rest."""

_CABLE_RATE: Final = 8_000_000_000
"""How fast frames follow each other on a virtual cable, in bit/s."""

_WAKE_UP: Final = 8_000
_CALL_TIME: Final = 15_000
"""How long a program takes to wake up, and a call holds its socket, where the recording does not tell; in ns."""

_SERVERS: Final = {"loopback": "127.0.0.1", "routers": "10.0.2.1"}
_SERVER_ON_LAN: Final = "10.0.0.2"

_LEAD: Final = 2048 * MILLISECOND
_AFTER: Final = 3 * SECOND
"""How long the run goes on after the last recorded moment, for frames that come later than they should."""

_EVENT_LIMIT: Final = 3_000_000
_FIRST_ORDINAL: Final = 1 << 16
"""Apart from those of devices, `lo`, links and the wire."""

_INTERFACE: Final = re.compile(r"^net\.ipv4\.neigh\.\w+\.")

Program = Callable[[Application], Steps]


class Run(Struct, frozen=True):
    """What a replay gave: frames as in frames.json, and the outcomes of the logged calls."""

    frames: list[Fields]
    outcomes: list[Outcome]
    failures: list[str]


class Laboratory:
    """One recording's network with its programs, ready to run."""

    def __init__(self, capture: Capture, others: Mapping[Choice, int]) -> None:
        self.capture = capture
        self.watcher = Watcher(capture.captured)
        self.timing = Timing(others)
        scenario = _scenario(capture, self.timing.others.get(SEED, 0))
        self.network: Network = build(scenario, observer=self.watcher)
        self.client = "A"
        self.server = "A" if capture.topology == "loopback" else "B"
        self.server_ip = _SERVERS.get(capture.topology.split("_")[0], _SERVER_ON_LAN)
        self.address = (self.server_ip, PORT)
        self.macs = {value["mac"]: name for name, value in capture.interfaces.items() if int(value["mac"][-2:], 16)}
        self.wire: Wire | None = None
        lead = -(-max(0, -capture.first_start()) // _LEAD) + 1
        self.origin = lead * _LEAD + phase(capture) + self.timing.others.get(PHASE, 0)
        self._key = _FIRST_ORDINAL - 1 << KEY_BITS
        self._applications: list[Application] = []
        self._directory = Directory()
        self._marks: set[str] = set()
        self._set_sysctls()
        for number, host in enumerate(self.network.hosts()):
            late = Lo(self.scheduler, number, host.stack.loopback.transmit, capture, self.origin)
            host.stack.loopback.transmit = late.transmit
            departures = Departures(host.name, capture.frames, seen_elsewhere(capture, host.name))
            clock = Clock(self.scheduler, number, host.stack, self.timing, departures, self.origin)
            host.stack.rearm = clock.timer.set
        if capture.wire:
            self._add_wire()
        elif capture.topology in _CABLES:
            self._add_cables(_CABLES[capture.topology])

    @property
    def scheduler(self) -> Scheduler:
        """Virtual time."""
        return self.network.scheduler

    def _set_sysctls(self) -> None:
        for host in self.network.hosts():
            profile = host.stack.profile
            profile.tcp_congestion_control = self.capture.congestion_control
            for name, value in self.capture.sysctls.items():
                _set(host.stack, name, value)

    def _add_wire(self) -> None:
        """Between A and B, who know each other's MAC unless the recording shows them asking."""
        a, b = self.network.ports["A:eth0"], self.network.ports["B:eth0"]
        self.wire = Wire(
            self.capture, recorded_decisions(self.capture), a, b, self.scheduler, self.watcher, self.origin
        )
        if not any("arp" in frame for frame in self.capture.frames):
            self.know("A", "10.0.0.2", "B:eth0")
            self.know("B", "10.0.0.1", "A:eth0")

    def _add_cables(self, count: int) -> None:
        """Between A and B lie `count` cables."""

        def path_time(frame: Frame) -> int:
            return count * (_veth_delay(self.capture) + frame.length * 8 * SECOND // _CABLE_RATE)

        cables = []
        for number, way in enumerate(("A>B", "B>A")):
            measured = zip(recorded_names(self.capture, way), recorded_journeys(self.capture, way), strict=True)
            journeys = {name: times for name, times in measured if times}
            port = self.network.ports[f"{way[0]}:eth0"]
            arrivals = dict(recorded_arrivals(self.capture, way))
            cables.append(Cable(number, port, journeys, arrivals, path_time, self.watcher, self.origin))
        for cable, other in zip(cables, cables[::-1], strict=True):
            cable.other = other

    # --- what recordings do not tell

    def stack(self, node: str) -> HostStack:
        """The protocol stack of a host."""
        return self.network.host(node).stack

    def interface(self, node: str, name: str = "eth0") -> Interface:
        """An interface of a host."""
        return next(interface for interface in self.stack(node).interfaces if interface.name == name)

    def know(self, node: str, address: str, other: str) -> None:
        """Enter `other` ("B:eth0") as permanent neighbor `address` of `node`."""
        mac = parse_mac(self.capture.interfaces[other]["mac"])
        self.stack(node).ip.neighbors.set_permanent(self.interface(node), parse_ip(address), mac, 0)

    def route(self, node: str, prefix: str, via: str) -> None:
        """ip route add PREFIX via VIA."""
        stack = self.stack(node)
        gateway = parse_ip(via)
        for interface in stack.interfaces:
            if any(own.contains(gateway) for _, own in interface.addresses):
                stack.add_route(parse_prefix(prefix), interface, gateway)
                return
        raise ValueError(f"{node} has no interface towards {via}")

    def refuse_route(self, node: str, kind: RouteKind, prefix: str) -> None:
        """ip route add unreachable | prohibit PREFIX."""
        stack = self.stack(node)
        stack.routes.add(parse_prefix(prefix), stack.loopback, 0, 0, kind)
        stack.ip.forget_hops()

    def address_on_lo(self, node: str, address: str) -> None:
        """ip addr add ADDRESS dev lo."""
        stack = self.stack(node)
        stack.add_address(stack.loopback, *parse_interface(address))

    def forward(self, node: str) -> None:
        """net.ipv4.ip_forward = 1."""
        self.stack(node).forwarding = True

    def drop_input(self, node: str, matches: Callable[[Ipv4], bool]) -> None:
        """A rule of a packet filter on what `node` receives."""
        self.stack(node).add_hook(Filter(matches))

    def numbers(self, name: str, call: str) -> list[int]:
        """The numbers in the recorded calls of program `name`: numbers("client", "sendall(<N bytes>)") is [65536]."""
        pattern = re.compile(re.escape(call).replace("N", r"(\d+)"))
        found = (pattern.match(event.call) for event in self.capture.events if event.app == name)
        return [int(match[1]) for match in found if match]

    def count(self, name: str, call: str) -> int:
        """How many calls of program `name` begin with `call`."""
        return sum(event.app == name and event.call.startswith(call) for event in self.capture.events)

    def is_variant(self, word: str) -> bool:
        """Does the variant's name contain `word`?"""
        return word in self.capture.variant

    # --- programs

    def run(self, node: str, name: str, program: Program) -> None:
        """Let `program` run on `node` from the start."""
        app = Application(
            node=node,
            name=name,
            events=[event for event in self.capture.events if (event.node, event.app) == (node, name)],
            sockets=self.stack(node).sockets,
            scheduler=self.scheduler,
            origin=self.origin,
            wake_up=_WAKE_UP,
            call_time=_CALL_TIME,
            timing=self.timing,
            departures=Departures(node, self.capture.frames),
            holds=Holds(node, name, self.capture.frames),
            marks=self._marks,
        )
        self._applications.append(app)
        run = ProgramRun(
            host=node,
            name=name,
            ordinal=self.network.next_ordinal(),
            program=program(app),
            sockets=app.sockets,
            scheduler=self.scheduler,
            observer=None,
            directory=self._directory,
        )
        self._directory.runs.append(run)
        run.start_at(0)

    def at(self, time: int, act: Callable[[Any], None], argument: Any) -> None:
        """Call `act(argument)` at the recorded `time`."""
        self._key += 1
        self.scheduler.at(self.origin + time, self._key, act, argument)

    def replay(self) -> Run:
        """Run everything; what the capturing interfaces saw."""
        end = self.origin + self.capture.listened_until() + _AFTER
        self.scheduler.run_background(end, _EVENT_LIMIT)
        assert violations(self.network.directions(), (), self.scheduler) == []
        dissector = Dissector(self.macs, "lo" if self.capture.topology == "loopback" else "0")
        frames = [
            dissector.fields(number, seen.time - self.origin, seen.interface, seen.way, seen.data())
            for number, seen in enumerate(self.watcher.seen, 1)
        ]
        outcomes = [outcome for app in self._applications for outcome in app.outcomes]
        failures = [f"{run.host}/{run.name}: {run.failure}" for run in self._directory.runs if run.failure]
        failures += [app.strayed for app in self._applications if app.strayed]
        return Run(frames, outcomes, failures)


class Filter:
    """Drops what `matches` on its way in, and says nothing, as `nft … drop`."""

    refusal = reasons.NO_LISTENER

    def __init__(self, matches: Callable[[Ipv4], bool]) -> None:
        self._matches = matches

    def prerouting(self, packet: Ipv4, interface: str, cause: int, now: int) -> Ipv4 | None:
        return None if self._matches(packet) else packet

    def output(self, packet: Ipv4, now: int) -> Ipv4:
        return packet

    def postrouting(self, packet: Ipv4, interface: str, cause: int, now: int) -> Ipv4 | None:
        return packet


def _set(stack: HostStack, name: str, value: Any) -> None:
    """A sysctl by its Linux name, with Linux's unit; several numbers in one as in its file: "4096 131072 6291456"."""
    path = _INTERFACE.sub("net.ipv4.neigh.default.", name)
    tunables = [tunable for tunable in TUNABLES.values() if tunable.path == path]
    if not tunables:
        raise ValueError(f"{name}: a recorded sysctl that is not modeled; {path} is not in simnet/scenario/tunables.py")
    for tunable in tunables:
        if tunable.kind is Kind.WORD:
            setattr(stack.profile, tunable.name, value)
            continue
        numbers = [int(number) for number in str(value).split()]
        if tunable.kind is Kind.PORTS:
            setattr(stack.profile, tunable.name, (numbers[0], numbers[1]))
        else:
            setattr(stack.profile, tunable.name, numbers[max(tunable.place, 0)] * tunable.unit)


def _veth_delay(capture: Capture) -> int:
    return _SHORTEST_DELAY if {"A:eth0", "B:eth0"} <= set(capture.captured) else _VETH_DELAY


def _scenario(capture: Capture, seed: int) -> values.Scenario:
    """The capture's nodes and cables; routes by topology."""
    cable = values.Direction(rate=_CABLE_RATE, delay=_veth_delay(capture), queue=1000, mtu=65_535)
    interfaces: dict[str, list[values.Interface]] = {node: [] for node in capture.nodes}
    for name, settings in capture.interfaces.items():
        node, port = name.split(":")
        if port != "lo":
            interfaces[node].append(_interface(port, settings))
    kinds: Mapping[str, list[str]] = {
        kind: [node for node, other in capture.nodes.items() if other == kind]
        for kind in ("host", "switch", "router", "nat")
    }
    is_hub = capture.topology == "hub3"
    ports = {node: tuple(interface.name for interface in interfaces[node]) for node in kinds["switch"]}
    routers = tuple(
        values.Router(name=node, interfaces=tuple(interfaces[node]), routes=_routes(capture, node))
        for node in kinds["router"]
    )
    gateways = tuple(values.Gateway(name=node, interfaces=tuple(interfaces[node]), routes=()) for node in kinds["nat"])
    return values.Scenario(
        name=capture.name,
        seed=values.DEFAULT_SEED + seed,
        hosts=tuple(
            values.Host(name=node, interfaces=tuple(interfaces[node]), routes=_routes(capture, node))
            for node in kinds["host"]
        ),
        switches=() if is_hub else tuple(values.Switch(name=node, ports=ports[node]) for node in ports),
        hubs=tuple(values.Hub(name=node, ports=ports[node]) for node in ports) if is_hub else (),
        routers=routers,
        gateways=gateways,
        links=tuple(
            values.Link(a=a, b=b, there=cable, back=cable)
            for a, b, _ in capture.links
            if not {a.split(":")[0], b.split(":")[0]} & {"W"}
        ),
        order=tuple(capture.nodes),
    )


def _interface(name: str, settings: Mapping[str, Any]) -> values.Interface:
    """IPv4 only: a second address or one of IPv6 is left out."""
    addresses = [text for text in settings["ip"] if ":" not in text]
    address, prefix = parse_interface(addresses[0]) if addresses else (None, None)
    return values.Interface(
        name=name, address=address, prefix=prefix, mac=parse_mac(settings["mac"]), mtu=settings["mtu"]
    )


_ROUTED: Final = {
    "A": [("0.0.0.0/0", "10.0.1.254")],
    "B": [("0.0.0.0/0", "10.0.2.254")],
    "R1": [("10.0.2.0/24", "10.0.12.2")],
    "R2": [("10.0.1.0/24", "10.0.12.1")],
}


def _routes(capture: Capture, node: str) -> tuple[values.Route, ...]:
    if not capture.topology.startswith("routers"):
        return ()
    return tuple(values.Route(prefix=parse_prefix(prefix), via=parse_ip(via)) for prefix, via in _ROUTED[node])
