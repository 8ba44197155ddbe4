"""Cables that are more than plain: a process that carries frames between real interfaces with simnet's own links.

Each cable ends in two interfaces of a namespace of its own; what comes in at one goes through a `devices.link.Link`,
driven by the clock, and out at the other.  Rate, delay, loss, faults, cuts and moves are those of the simulation.  A
frame begins its way when the kernel saw it, so that it leaves in time even if this process woke up late.
Does not model: less than about 50 microseconds of delay, which is what it costs to pass through here.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from simnet import filter
from simnet.devices.fault import Action, Fault
from simnet.devices.link import Link
from simnet.devices.port import Port
from simnet.engine.randomness import stream
from simnet.engine.scheduler import Scheduler
from simnet.scenario import values
from simnet.scenario.values import Cut, Mend, Move, Scenario
from simnet.topology.builder import properties_of
from simnet.topology.network import Network
from simnet.topology.timeline import Timeline
from simnet.trace.events import Event, FaultFired, FrameDropped, FrameDuplicated, LinkChanged
from simnet.trace.recorder import Recorder
from simnet.units import SECOND
from simnet.wire import ethernet
from simnet.wire.frame import Frame
from simnet.wire.payload import Raw
from simnet.worlds import linux
from simnet.worlds.child import Channel
from simnet.worlds.namespaces import Namespace
from simnet.worlds.netlink import Netlink
from simnet.worlds.packet_socket import drops, open_packet_socket, receive

SLOWEST_PLAIN: Final = 50_000
"""Delays (ns) up to this are those of a plain cable: passing frames on takes as long."""

_AT_ONCE: Final = 64
_HEADER: Final = 14
_VLAN: Final = b"\x81\x00"


def relayed_links(scenario: Scenario) -> list[values.Link]:
    """The links of `scenario` that need this; the others are plain cables."""
    touched = {port for entry in scenario.timeline for port in _ports_of(entry)}
    for fault in scenario.faults:
        touched |= set(fault.senders) or {end for link in scenario.links for end in (link.a, link.b)}
    return [link for link in scenario.links if {link.a, link.b} & touched or not (_is_plain(link.there, link.back))]


def fault_name(fault: values.Fault) -> str:
    """What a fault is called when it fires."""
    return fault.text or f"{fault.action}: {fault.matching}"


def is_relayed(entry: values.TimelineEntry) -> bool:
    """Does this entry of a timeline happen to a cable?"""
    return isinstance(entry, Cut | Mend | Move | values.Change)


def _ports_of(entry: values.TimelineEntry) -> tuple[str, ...]:
    if isinstance(entry, Cut | Mend):
        return entry.a, entry.b
    if isinstance(entry, Move):
        return entry.port, entry.old, entry.new
    return (entry.sender,) if isinstance(entry, values.Change) else ()


def _is_plain(*directions: values.Direction) -> bool:
    return all(
        each.rate >= values.DEFAULT_RATE and each.delay <= SLOWEST_PLAIN and properties_of(each).is_perfect()
        for each in directions
    )


class Relay:
    """The cables of a scenario that end in the interfaces `ends`, each named by the port that it is the far end of.

    These are in the namespace this process is in, and down: a cable switches them on.
    """

    def __init__(self, scenario: Scenario, ends: dict[str, str], channel: Channel) -> None:
        self._latest = 0
        self._channel: Final = channel
        self._netlink: Final = Netlink()
        self._ends: Final = ends
        self._sockets: Final = {port: open_packet_socket(interface) for port, interface in ends.items()}
        self._started_at = 0
        self._read: Final = ethernet.parse if scenario.faults else _unread
        self._scheduler: Final = Scheduler()
        recorder = Recorder(self)
        self._network: Final = Network(scheduler=self._scheduler, observer=recorder)
        for name in ends:
            self._network.ports[name] = self._port(name)
        for number, link in enumerate(scenario.links):
            if link.a in ends:
                self._network.links.append(self._link(link, 2 * number, scenario.seed, recorder))
        for fault in scenario.faults:
            self._add_fault(fault)
        entries = tuple(entry for entry in scenario.timeline if is_relayed(entry))
        self._timeline: Final = Timeline(self._network, entries)
        self._told_idle = 0

    # --- what it is made of

    def _port(self, name: str) -> Port:
        """A port whose frames come from, and go to, the interface at the far end of the device's own."""
        out = self._sockets[name]

        def leave(_: Any, frame: Frame, now: int) -> None:
            self._latest = max(self._latest, self._clock() - now)
            try:
                out.send(ethernet.pack(frame))
            except OSError as error:
                if error.errno not in (errno.ENETDOWN, errno.ENOBUFS, errno.EMSGSIZE):
                    raise

        port = Port(name=name, mac=0, scheduler=self._scheduler, observer=None, receive=leave)
        port.on_carrier = self._carrier_changed
        return port

    def _link(self, link: values.Link, ordinal: int, seed: int, observer: Recorder) -> Link:
        return Link(
            name=link.name,
            ordinal=(1 << 19) + ordinal,
            a=self._network.ports[link.a],
            b=self._network.ports[link.b],
            there=properties_of(link.there),
            back=properties_of(link.back),
            scheduler=self._scheduler,
            stream=lambda purpose: stream(seed, f"link {link.name}/{purpose}"),
            observer=observer,
        )

    def _add_fault(self, value: values.Fault) -> None:
        fault = Fault(
            name=fault_name(value),
            action=Action(value.action),
            matches=filter.compile(value.matching).matches,
            nth=frozenset(value.nth),
            by=value.by,
            copies=value.copies,
            byte=-1 if value.byte is None else value.byte,
        )
        for link in self._network.links:
            for port, direction in ((link.a, link.there), (link.b, link.back)):
                if not value.senders or port.name in value.senders:
                    direction.add_fault(fault)

    def _carrier_changed(self, port: Port) -> None:
        """The device at this end sees its cable come and go."""
        if port.has_carrier:
            self._netlink.set_up(self._ends[port.name])
        else:
            self._netlink.set_down(self._ends[port.name])

    # --- what the links tell (a `trace.sinks.Sink`)

    def put(self, event: Event) -> None:
        """Tell the parent what cannot be seen from outside."""
        if isinstance(event, FrameDropped):
            self._tell("dropped", event.port, ethernet.pack(event.frame), event.reason)
        elif isinstance(event, FrameDuplicated):
            self._tell("duplicated", event.port, ethernet.pack(event.frame))
        elif isinstance(event, FaultFired):
            self._tell("fault", event.fault, ethernet.pack(event.frame))
        elif isinstance(event, LinkChanged):
            self._tell("link", event.link, event.change)

    def close(self, end_ns: int) -> None:
        """Nothing is held back."""

    def _tell(self, what: str, *details: Any) -> None:
        self._channel.post(what, time.time_ns(), *details)

    # --- its life

    def run(self) -> None:
        """Carry frames from the word ("begin", time 0) on until the process is ended; when asked, tell how it went."""
        self._channel.send("ready")
        word = self._channel.receive()
        if word is None:
            return
        _, self._started_at = word
        by_file = {sock.fileno(): (port, sock) for port, sock in self._sockets.items()}
        waiting = select.epoll()
        for fd in by_file:
            waiting.register(fd, select.EPOLLIN)
        while True:
            self._scheduler.run_background(self._clock())
            self._report_idle()
            self._channel.flush()
            due = self._scheduler.next_time() - self._clock()
            timeout = max(0.0, min(due, SECOND) / SECOND)
            ready, _, _ = select.select([waiting.fileno(), self._channel.fileno()], [], [], timeout)
            if self._channel.fileno() in ready:
                if not self._channel.fill():
                    return
                self._tell("relay", self._latest, sum(drops(sock) for sock in self._sockets.values()))
            self._take_in([by_file[fd] for fd, _event in waiting.poll(0)])

    def _take_in(self, ends: Sequence[tuple[str, socket.socket]]) -> None:
        """Put what has come to some ends on its cable, in the order it came."""
        came: list[tuple[int, int, str, bytes]] = []
        offset = time.time_ns() - self._clock()
        for port, sock in ends:
            for stamp, data in _frames(sock):
                came.append((stamp - offset, len(came), port, data))
        scheduler = self._scheduler
        for at, _, port, data in sorted(came):
            scheduler.run_background(max(scheduler.now, min(at, self._clock())))
            self._network.ports[port].transmit(self._read(data))

    def _report_idle(self) -> None:
        for entry, why in self._timeline.idle[self._told_idle :]:
            self._told_idle += 1
            self._tell("idle", entry.text, why)

    def _clock(self) -> int:
        return time.monotonic_ns() - self._started_at


def run_relay(scenario: Scenario, namespace: Namespace, ends: dict[str, str], channel: Channel) -> None:
    """The life of the process that carries frames."""
    linux.setns(namespace.fd, linux.CLONE_NEWNET)
    linux.sharpen_timers()
    Relay(scenario, ends, channel).run()


def _unread(data: bytes) -> Frame:
    """The frame of `data`, of which only the Ethernet header is read: no more is needed to carry it."""
    if len(data) < _HEADER or data[12:14] == _VLAN:
        return ethernet.parse(data)
    head = int.from_bytes(data[:_HEADER], "big")
    return Frame(head >> 64, head >> 16 & 0xFFFF_FFFF_FFFF, head & 0xFFFF, Raw(data[_HEADER:]))


def _frames(sock: socket.socket) -> Iterator[tuple[int, bytes]]:
    """Frames that have come to an end and when; not too many at once, for others are waited for."""
    for _ in range(_AT_ONCE):
        came = receive(sock)
        if came is None:
            return
        yield came
