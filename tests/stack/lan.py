"""A tiny network for tests of stacks: hosts on segments, virtual time, no devices and no engine."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from simnet.stack.host_stack import HostStack
from simnet.stack.interfaces import Interface
from simnet.stack.profile import Profile, linux
from simnet.wire.addresses import parse_interface, parse_ip, parse_prefix
from simnet.wire.frame import Frame


class Work:
    """Counts armed foreground alarms."""

    def __init__(self) -> None:
        self.pending = 0


class Lab:
    """Virtual time, hosts, and the frames under way."""

    def __init__(self) -> None:
        self.now = 0
        self.work = Work()
        self.hosts: list[HostStack] = []
        self._heap: list[tuple[int, int, HostStack, Interface, Frame]] = []
        self._count = 0

    def host(self, name: str, profile: Profile | None = None) -> HostStack:
        """A new host without any cable."""
        stack = HostStack(name, len(self.hosts) + 1, profile or linux(), Random(name).randrange, self.work)
        stack.loopback.transmit = lambda frame: self.push(0, stack, stack.loopback, frame)
        self.hosts.append(stack)
        return stack

    def push(self, delay: int, stack: HostStack, interface: Interface, frame: Frame) -> None:
        """`frame` will arrive at `interface` after `delay`."""
        self._count += 1
        heappush(self._heap, (self.now + delay, self._count, stack, interface, frame))

    def run(self, until: int | None = None) -> None:
        """Go on until nothing is under way and no foreground alarm is set, or until `until`."""
        while True:
            arrival = self._heap[0][0] if self._heap else None
            alarm = min((stack.next_deadline() for stack in self.hosts), default=1 << 62)
            if arrival is None and self.work.pending == 0 and until is None:
                return
            time = alarm if arrival is None else min(arrival, alarm)
            if until is not None and time > until:
                self.now = until
                return
            self.now = time
            if arrival == time:
                _, _, stack, interface, frame = heappop(self._heap)
                stack.receive(interface, frame, time)
                continue
            for stack in self.hosts:
                if stack.next_deadline() <= time:
                    stack.deadlines_passed(time)


class Segment:
    """All interfaces on it hear every frame after `delay` ns, unless `passes(frame)` says no."""

    def __init__(self, lab: Lab | None = None, delay: int = 1000) -> None:
        self.lab = lab or Lab()
        self.delay = delay
        self.members: list[tuple[HostStack, Interface]] = []
        self.frames: list[Frame] = []
        self.passes: Callable[[Frame], bool] = lambda frame: True

    @property
    def now(self) -> int:
        return self.lab.now

    @property
    def hosts(self) -> list[HostStack]:
        return self.lab.hosts

    def run(self, until: int | None = None) -> None:
        self.lab.run(until)

    def host(self, name: str, address: str, profile: Profile | None = None) -> HostStack:
        """A new host with one interface on this segment."""
        stack = self.lab.host(name, profile)
        self.attach(stack, address)
        return stack

    def attach(self, stack: HostStack, address: str, mtu: int = 1500) -> Interface:
        """A further interface of `stack` on this segment."""
        number = len(stack.interfaces)
        mac = 0x02_00_00_00_00_00 + 256 * (self.hosts.index(stack) + 1) + number
        interface = stack.add_interface(f"eth{number - 1}", mac, mtu)
        stack.add_address(interface, *parse_interface(address))
        interface.transmit = lambda frame: self._send(interface, frame)
        self.members.append((stack, interface))
        return interface

    def _send(self, sender: Interface, frame: Frame) -> None:
        self.frames.append(frame)
        if not self.passes(frame):
            return
        for stack, interface in self.members:
            if interface is not sender:
                self.lab.push(self.delay, stack, interface, frame)


def route(stack: HostStack, prefix: str, gateway: str) -> None:
    """Send packets for `prefix` to `gateway`, out of the interface on its network."""
    address = parse_ip(gateway)
    interface = next(
        interface for interface in stack.interfaces if any(own.contains(address) for _, own in interface.addresses)
    )
    stack.add_route(parse_prefix(prefix), interface, address)


def routed(mtu: int = 1500) -> tuple[Segment, Segment, HostStack, HostStack, HostStack]:
    """a (10.0.1.1) - r - b (10.0.2.1); r is .254 on both sides; `mtu` is that of its second side."""
    left = Segment()
    right = Segment(left.lab)
    a = left.host("a", "10.0.1.1/24")
    r = left.host("r", "10.0.1.254/24")
    right.attach(r, "10.0.2.254/24", mtu)
    r.forwarding = True
    b = right.host("b", "10.0.2.1/24")
    route(a, "default", "10.0.1.254")
    route(b, "default", "10.0.2.254")
    return left, right, a, r, b
