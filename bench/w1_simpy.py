"""W1 in SimPy 4.1: the simulation a careful user would write, with packets that have header fields.

One process per link serializes frames from a `Store`; propagation is a timeout with a callback, since a process per
packet would be slower.  A router checks the MAC address and the TTL, finds its route by longest prefix behind a cache,
and sends a new frame.  Neighbors are known from the start; there are no other protocols.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from bench.workload import DELAY, FRAME, INTERVAL, QUEUE, RATE, Outcome, Prepared, measure


class Packet:
    """The IPv4 and UDP header fields."""

    __slots__ = ("src", "dst", "ttl", "src_port", "dst_port", "length")

    def __init__(self, src: int, dst: int, src_port: int, dst_port: int, length: int) -> None:
        self.src = src
        self.dst = dst
        self.ttl = 64
        self.src_port = src_port
        self.dst_port = dst_port
        self.length = length


class Frame:
    """The Ethernet header fields and what they carry."""

    __slots__ = ("dst_mac", "src_mac", "packet", "length")

    def __init__(self, dst_mac: int, src_mac: int, packet: Packet) -> None:
        self.dst_mac = dst_mac
        self.src_mac = src_mac
        self.packet = packet
        self.length = 14 + packet.length


class Port:
    """An interface with its drop-tail queue and one direction of its cable."""

    def __init__(self, env: simpy.Environment, mac: int, neighbor_mac: int) -> None:
        self.env = env
        self.mac = mac
        self.neighbor_mac = neighbor_mac
        self.far_end: Callable[[Frame], None] | None = None
        self.dropped = 0
        self.queue = simpy.Store(env)
        env.process(self.transmit())

    def send(self, packet: Packet) -> None:
        if len(self.queue.items) >= QUEUE:
            self.dropped += 1
            return
        self.queue.put(Frame(self.neighbor_mac, self.mac, packet))

    def transmit(self) -> Generator[simpy.Event, Any, None]:
        env, queue = self.env, self.queue
        while True:
            frame = yield queue.get()
            yield env.timeout(frame.length * 8 * 1_000_000_000 // RATE)
            env.timeout(DELAY, frame).callbacks.append(self.arrive)

    def arrive(self, event: simpy.Event) -> None:
        assert self.far_end is not None
        self.far_end(event.value)  # type: ignore[arg-type]


class Router:
    """Forwards by longest prefix; `mac` is that of its receiving interface."""

    def __init__(self, mac: int, routes: list[tuple[int, int, Port]]) -> None:
        self.mac = mac
        self.routes = routes
        self.cache: dict[int, Port] = {}
        self.expired = 0

    def receive(self, frame: Frame) -> None:
        if frame.dst_mac != self.mac:
            return
        packet = frame.packet
        if packet.ttl <= 1:
            self.expired += 1
            return
        packet.ttl -= 1
        port = self.cache.get(packet.dst)
        if port is None:
            port = self.cache[packet.dst] = self.route(packet.dst)
        port.send(packet)

    def route(self, dst: int) -> Port:
        matching = [(length, port) for prefix, length, port in self.routes if (dst ^ prefix) >> (32 - length) == 0]
        return max(matching, key=lambda match: match[0])[1]


class Sink:
    """Counts the datagrams for its port."""

    def __init__(self, env: simpy.Environment, mac: int, address: int, port: int) -> None:
        self.env = env
        self.mac = mac
        self.address = address
        self.port = port
        self.received = 0
        self.last = 0

    def receive(self, frame: Frame) -> None:
        packet = frame.packet
        if frame.dst_mac == self.mac and packet.dst == self.address and packet.dst_port == self.port:
            self.received += 1
            self.last = int(self.env.now)


def source(env: simpy.Environment, port: Port, dst: int, datagrams: int) -> Generator[simpy.Event, Any, None]:
    """The sending program."""
    for _ in range(datagrams):
        port.send(Packet(10 << 24 | 1, dst, 9, 9, FRAME - 14))
        yield env.timeout(INTERVAL)


def prepare(routers: int, datagrams: int) -> Prepared:
    """The network, ready to run."""
    env = simpy.Environment()
    dst = 10 << 24 | routers << 8 | 2
    ports = [Port(env, 2 * link, 2 * link + 1) for link in range(routers + 1)]
    for link in range(routers):
        router = Router(2 * link + 1, [(10 << 24, 8, ports[link]), (dst & ~0xFF, 24, ports[link + 1])])
        ports[link].far_end = router.receive
    sink = Sink(env, 2 * routers + 1, dst, 9)
    ports[routers].far_end = sink.receive
    env.process(source(env, ports[0], dst, datagrams))

    def run() -> Outcome:
        env.run()
        return Outcome(sink.received, sink.last)

    return run


if __name__ == "__main__":
    measure(prepare)
