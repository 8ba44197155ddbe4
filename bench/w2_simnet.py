"""W2 in simnet: real hosts, routers and frames, the full Linux profile, and programs on TCP sockets."""

from __future__ import annotations

from bench.dumbbell import (
    ACCESS_DELAY,
    ACCESS_RATE,
    BOTTLENECK_DELAY,
    BOTTLENECK_QUEUE,
    BOTTLENECK_RATE,
    Outcome,
    Prepared,
    measure,
)
from bench.programs import Program
from simnet.scenario.values import Direction, Host, Interface, Link, Router, Scenario, Sysctl
from simnet.stack.linux_errno import EAGAIN, EINPROGRESS, SocketError
from simnet.stack.linux_socket import AF_INET, POLLOUT, SHUT_WR, SOCK_STREAM
from simnet.topology.builder import build
from simnet.topology.network import Network
from simnet.wire.addresses import Prefix

PORT = 5000
CHUNK = 65_536
ACCESS = Direction(rate=ACCESS_RATE, delay=ACCESS_DELAY, queue=BOTTLENECK_QUEUE)


def interface(name: str, address: int) -> Interface:
    return Interface(name=name, address=address, prefix=Prefix(address, 24))


def scenario(flows: int, loss: float, control: str) -> Scenario:
    """The dumbbell: network 10.1.i.0/24 on the left, 10.2.i.0/24 on the right, 10.0.0.0/24 between."""
    sysctl: dict[str, Sysctl] = {"tcp_congestion_control": control}
    hosts, links = [], []
    sides: dict[str, list[Interface]] = {"left": [], "right": []}
    for flow in range(flows):
        for side, network, name in (("left", 1, f"a{flow}"), ("right", 2, f"b{flow}")):
            base = 10 << 24 | network << 16 | flow << 8
            hosts.append(Host(name=name, interfaces=(interface("eth0", base | 2),), gateway=base | 1, sysctl=sysctl))
            sides[side].append(interface(f"p{flow}", base | 1))
            links.append(Link(a=f"{name}:eth0", b=f"{side}:p{flow}", there=ACCESS, back=ACCESS))
    middle = Direction(rate=BOTTLENECK_RATE, delay=BOTTLENECK_DELAY, queue=BOTTLENECK_QUEUE, loss=loss)
    links.append(Link(a="left:wan", b="right:wan", there=middle, back=middle))
    routers = tuple(
        Router(name=side, interfaces=(*ports, interface("wan", 10 << 24 | number)))
        for number, (side, ports) in enumerate(sides.items(), 1)
    )
    return Scenario(name="dumbbell", hosts=tuple(hosts), routers=routers, links=tuple(links))


class Source(Program):
    """Connects, sends `size` bytes as fast as the socket takes them, and closes its side."""

    def __init__(self, network: Network, host: str, to: int, size: int) -> None:
        super().__init__(network, host)
        self.left = size
        self.chunk = bytes(CHUNK)
        self.fd = self.sockets.socket(AF_INET, SOCK_STREAM)
        try:
            self.sockets.connect(self.fd, to, PORT, 0)
        except SocketError as error:
            assert error.number == EINPROGRESS
        self.sockets.watch(self.fd, self.wake)

    def go_on(self, now: int) -> None:
        while self.left and self.sockets.poll(self.fd) & POLLOUT:
            try:
                self.left -= self.sockets.send(self.fd, self.chunk[: self.left], now)
            except SocketError as error:
                assert error.number == EAGAIN
                return
        if not self.left:
            self.sockets.unwatch(self.fd)
            self.sockets.shutdown(self.fd, SHUT_WR, now)


class Sink(Program):
    """Accepts one connection, reads its `size` bytes, then its end.

    A read that gives less than was asked for has emptied the socket (epoll(7)), so that none follows it in vain.
    """

    def __init__(self, network: Network, host: str, size: int) -> None:
        super().__init__(network, host)
        self.size = size
        self.received = 0
        self.listener = self.sockets.socket(AF_INET, SOCK_STREAM)
        self.sockets.bind(self.listener, 0, PORT, 0)
        self.sockets.listen(self.listener, 1, 0)
        self.fd = 0
        self.ended_at = 0
        self.sockets.watch(self.listener, self.wake)

    def go_on(self, now: int) -> None:
        if not self.fd:
            self.fd, _ = self.sockets.accept(self.listener, now)
            self.sockets.watch(self.fd, self.wake)
        try:
            while data := self.sockets.recv(self.fd, CHUNK, now):
                self.received += len(data)
                if len(data) < CHUNK and self.received < self.size:
                    return
        except SocketError as error:
            assert error.number == EAGAIN
            return
        self.ended_at = now
        self.sockets.close(self.fd, now)


def prepare(flows: int, size: int, loss: float, control: str = "cubic") -> Prepared:
    """The network and its programs, ready to run."""
    network = build(scenario(flows, loss, control))
    sinks = [Sink(network, f"b{flow}", size) for flow in range(flows)]
    for flow in range(flows):
        Source(network, f"a{flow}", 10 << 24 | 2 << 16 | flow << 8 | 2, size)

    def run() -> Outcome:
        network.scheduler.run()
        bottleneck = network.links[-1]
        return Outcome(
            sum(sink.received for sink in sinks),
            bottleneck.there.sent + bottleneck.back.sent,
            max(sink.ended_at for sink in sinks),
        )

    return run


if __name__ == "__main__":
    measure(prepare)
