"""W3 in simnet: many short TCP connections through a switch and a router to one server.

    python -m bench.w3_simnet [CONNECTIONS]

Ten clients, one new connection each millisecond: handshake, a request of 100 bytes, an answer of 1000, close; 1 Gbit/s
links of 1 us.  Prints one JSON line; only the run counts, in user-CPU seconds.  SimPy and ns.py have no such thing.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any, Final

from bench.core import core
from bench.programs import Program
from bench.w2_simnet import interface
from simnet.scenario.values import Host, Link, Router, Scenario, Switch
from simnet.stack.linux_errno import EAGAIN, EINPROGRESS, SocketError
from simnet.stack.linux_socket import AF_INET, SOCK_STREAM
from simnet.topology.builder import build
from simnet.topology.network import Network

CLIENTS: Final = 10
CONNECTIONS: Final = 5_000
REQUEST: Final = 100
RESPONSE: Final = 1_000
INTERVAL: Final = 1_000_000
PORT: Final = 80
LAN: Final = 10 << 24 | 1 << 16
SERVER: Final = 10 << 24 | 2 << 16 | 2


def scenario() -> Scenario:
    """clients -- switch -- router -- server."""
    clients = tuple(
        Host(name=f"c{number}", interfaces=(interface("eth0", LAN | 10 + number),), gateway=LAN | 1)
        for number in range(CLIENTS)
    )
    server = Host(name="server", interfaces=(interface("eth0", SERVER),), gateway=SERVER - 1)
    router = Router(name="r", interfaces=(interface("lan", LAN | 1), interface("wan", SERVER - 1)))
    ports = tuple(f"p{number}" for number in range(CLIENTS + 1))
    links = [Link(a=f"c{number}:eth0", b=f"s:p{number}") for number in range(CLIENTS)]
    links += [Link(a=f"s:p{CLIENTS}", b="r:lan"), Link(a="r:wan", b="server:eth0")]
    return Scenario(
        name="short", hosts=(*clients, server), switches=(Switch(name="s", ports=ports),), routers=(router,),
        links=tuple(links),
    )  # fmt: skip


class Conversation(Program):
    """One end of a connection: sends once, reads `expected` bytes or to the end, closes."""

    def __init__(self, network: Network, host: str, fd: int, say: int, expected: int) -> None:
        super().__init__(network, host)
        self.fd = fd
        self.say = say
        self.expected = expected
        self.received = 0
        self.is_done = False
        self.sockets.watch(fd, self.wake)

    def read(self, now: int) -> bool:
        """Take what is there; True when all of it has come."""
        try:
            while self.received < self.expected:
                self.received += len(self.sockets.recv(self.fd, self.expected - self.received, now))
        except SocketError as error:
            assert error.number == EAGAIN
        return self.received == self.expected

    def close(self, now: int) -> None:
        self.is_done = True
        self.sockets.unwatch(self.fd)
        self.sockets.close(self.fd, now)


class Client(Conversation):
    """Asks as soon as it is connected; closes when the answer is there."""

    has_asked = False

    def go_on(self, now: int) -> None:
        if not self.has_asked:
            self.has_asked = True
            self.sockets.send(self.fd, bytes(self.say), now)
        if self.read(now):
            self.close(now)


class Answer(Conversation):
    """Answers the request, then closes when the client has."""

    has_answered = False

    def go_on(self, now: int) -> None:
        if not self.has_answered and self.read(now):
            self.has_answered = True
            self.sockets.send(self.fd, bytes(self.say), now)
        if self.has_answered:
            try:
                if self.sockets.recv(self.fd, 1, now) == b"":
                    self.close(now)
            except SocketError as error:
                assert error.number == EAGAIN


class Door(Program):
    """The server's listener."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, "server")
        self.network = network
        self.fd = self.sockets.socket(AF_INET, SOCK_STREAM)
        self.sockets.bind(self.fd, 0, PORT, 0)
        self.sockets.listen(self.fd, 128, 0)
        self.sockets.watch(self.fd, self.wake)

    def go_on(self, now: int) -> None:
        try:
            while True:
                fd, _ = self.sockets.accept(self.fd, now)
                Answer(self.network, "server", fd, RESPONSE, REQUEST).wake()
        except SocketError as error:
            assert error.number == EAGAIN


class Opener(Program):
    """Opens one connection each `INTERVAL`, from one client after the other."""

    def __init__(self, network: Network, connections: int) -> None:
        super().__init__(network, "c0")
        self.network = network
        self.left = connections
        self.clients: list[Client] = []
        self.scheduler.at(INTERVAL, self.key, self.act, None)

    def go_on(self, now: int) -> None:
        name = f"c{self.left % CLIENTS}"
        sockets = self.network.host(name).stack.sockets
        fd = sockets.socket(AF_INET, SOCK_STREAM)
        try:
            sockets.connect(fd, SERVER, PORT, now)
        except SocketError as error:
            assert error.number == EINPROGRESS
        self.clients.append(Client(self.network, name, fd, REQUEST, RESPONSE))
        self.left -= 1
        if self.left:
            self.key += 1
            self.scheduler.at(now + INTERVAL, self.key, self.act, None)


def run(connections: int) -> dict[str, Any]:
    """Run the workload; its figures."""
    network = build(scenario())
    Door(network)
    opener = Opener(network, connections)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    network.scheduler.run()
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    done = sum(client.is_done for client in opener.clients)
    rate = done / max(spent, 1e-9)
    return {"core": core(), "connections": done, "user_seconds": spent, "connections_per_second": rate}


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else CONNECTIONS
    figures = run(wanted)
    if figures["connections"] != wanted:
        sys.exit(f"only {figures['connections']} of {wanted} connections came to their end; this is not the workload")
    print(json.dumps(figures))
