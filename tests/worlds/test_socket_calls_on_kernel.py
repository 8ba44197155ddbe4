"""Random socket calls on one `lo`: what the kernel answers, ours must answer, call by call.

Port conflicts of all kinds, SO_REUSEADDR, SO_REUSEPORT, connect, accept, shutdown, close and errors, of TCP and UDP.
Nothing here depends on time.  A socket whose shutdown() failed is left alone: what shutdown() leaves on a socket that
connects later is not modeled, and a recv() that ends where a blocking one would wait differs.
"""

from __future__ import annotations

import errno
import json
import select
import socket
import struct
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from simnet.stack.linux_errno import NAMES, SocketError
from simnet.worlds.namespaces import enter_private
from tests.stack.lan import Lab
from tests.worlds.conftest import in_child, needs_namespaces

pytestmark = [needs_namespaces, pytest.mark.slow]

Call = tuple[Any, ...]

ADDRESSES = ("0.0.0.0", "127.0.0.1", "127.0.0.2")
PORTS = (7001, 7002)
PLANS = 40
CALLS = 18
PAUSE = 100_000  # virtual nanoseconds between calls


def plan(seed: int, kinds: tuple[str, ...]) -> list[Call]:
    """Calls on some sockets: (call, number of the socket, arguments…)."""
    random = Random(seed)
    calls: list[Call] = []
    alive: list[int] = []
    count = 0
    while len(calls) < CALLS:
        if not alive or (random.random() < 0.18 and len(alive) < 6):
            alive.append(count)
            calls.append(("socket", count, random.choice(kinds)))
            calls += [(option, count, 1) for option in ("reuse", "reuseport") if random.random() < 0.5]
            if random.random() < 0.7:
                calls.append(("bind", count, random.choice(ADDRESSES), random.choice(PORTS)))
            count += 1
            continue
        number = random.choice(alive)
        name = random.choice(NAMES_OF_CALLS)
        calls.append((name, number, *ARGUMENTS[name](random)))
        if name == "accept":
            calls[-1] = ("accept", number, count)
            alive.append(count)
            count += 1
        elif name == "close":
            alive.remove(number)
    return calls


ARGUMENTS: dict[str, Callable[[Random], tuple[Any, ...]]] = {
    "bind": lambda random: (random.choice(ADDRESSES), random.choice(PORTS)),
    "connect": lambda random: (random.choice(ADDRESSES), random.choice(PORTS)),
    "listen": lambda random: (random.choice((0, 1, 2)),),
    "reuse": lambda random: (random.choice((0, 1)),),
    "reuseport": lambda random: (random.choice((0, 1)),),
    "send": lambda random: (random.choice((1, 5, 100)),),
    "recv": lambda random: (random.choice((1, 3, 1000)),),
    "peek": lambda random: (random.choice((1, 1000)),),
    "shutdown": lambda random: (random.choice((0, 1, 2)),),
    **{name: lambda random: () for name in ("accept", "close", "error", "poll", "peer", "name")},
}
NAMES_OF_CALLS = (*ARGUMENTS, "connect", "accept", "listen", "recv")


class Kernel:
    """Makes calls on this machine."""

    def __init__(self) -> None:
        self.sockets: dict[int, socket.socket] = {}

    def pause(self) -> None:
        pass

    def make(self, name: str, number: int, *arguments: Any) -> object:
        if name == "socket":
            kind = socket.SOCK_STREAM if arguments[0] == "tcp" else socket.SOCK_DGRAM
            self.sockets[number] = socket.socket(socket.AF_INET, kind)
            self.sockets[number].setblocking(False)
            return "ok"
        return getattr(self, name)(self.sockets[number], *arguments) or "ok"

    def bind(self, sock: socket.socket, address: str, port: int) -> None:
        sock.bind((address, port))

    def connect(self, sock: socket.socket, address: str, port: int) -> None:
        sock.connect((address, port))

    def listen(self, sock: socket.socket, backlog: int) -> None:
        sock.listen(backlog)

    def accept(self, sock: socket.socket, number: int) -> str:
        accepted, peer = sock.accept()
        accepted.setblocking(False)
        self.sockets[number] = accepted
        return _text(peer)

    def reuse(self, sock: socket.socket, value: int) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, value)

    def reuseport(self, sock: socket.socket, value: int) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, value)

    def send(self, sock: socket.socket, count: int) -> int:
        return sock.send(bytes(count))

    def recv(self, sock: socket.socket, limit: int) -> str:
        return f"{len(sock.recv(limit))} bytes"

    def peek(self, sock: socket.socket, limit: int) -> str:
        return f"{len(sock.recv(limit, socket.MSG_PEEK))} bytes"

    def shutdown(self, sock: socket.socket, how: int) -> None:
        sock.shutdown(how)

    def error(self, sock: socket.socket) -> str:
        return errno.errorcode.get(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "none")

    def poll(self, sock: socket.socket) -> str:
        poller = select.poll()
        poller.register(sock, select.POLLIN | select.POLLOUT | select.POLLRDHUP)
        return hex(next((events for _, events in poller.poll(0)), 0))

    def peer(self, sock: socket.socket) -> str:
        return _text(sock.getpeername())

    def name(self, sock: socket.socket) -> str:
        return _text(sock.getsockname())

    def close(self, sock: socket.socket) -> None:
        sock.close()


class Ours:
    """Makes the same calls on a socket table."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.table = self.lab.host("a").sockets
        self.sockets: dict[int, int] = {}

    def pause(self) -> None:
        self.lab.run(self.lab.now + PAUSE)

    def make(self, name: str, number: int, *arguments: Any) -> object:
        table, now = self.table, self.lab.now
        if name == "socket":
            self.sockets[number] = table.socket(2, 1 if arguments[0] == "tcp" else 2)
            return "ok"
        fd = self.sockets[number]
        if name in ("bind", "connect"):
            address = int.from_bytes(socket.inet_aton(arguments[0]), "big")
            (table.bind if name == "bind" else table.connect)(fd, address, arguments[1], now)
        elif name in ("listen", "shutdown"):
            (table.listen if name == "listen" else table.shutdown)(fd, arguments[0], now)
        elif name in ("reuse", "reuseport"):
            table.setsockopt(fd, 1, 2 if name == "reuse" else 15, arguments[0], now)
        elif name == "accept":
            self.sockets[arguments[0]], peer = table.accept(fd, now)
            return _text(_dotted(peer))
        elif name == "send":
            return table.send(fd, bytes(arguments[0]), now)
        elif name in ("recv", "peek"):
            return f"{len(table.recv(fd, arguments[0], now, 0, 2 if name == 'peek' else 0))} bytes"
        elif name == "close":
            table.close(fd, now)
        else:
            return self._ask(name, fd)
        return "ok"

    def _ask(self, name: str, fd: int) -> str:
        table = self.table
        if name == "error":
            return NAMES.get(table.getsockopt(fd, 1, 4), "none")
        if name == "poll":
            return hex(table.poll(fd))
        return _text(_dotted(table.getpeername(fd) if name == "peer" else table.getsockname(fd)))


def _dotted(address: tuple[int, int]) -> tuple[str, int]:
    return socket.inet_ntoa(struct.pack(">I", address[0])), address[1]


def _text(address: tuple[str, int]) -> str:
    """Ports that the system chose differ."""
    return f"{address[0]} {address[1] if address[1] in PORTS or not address[1] else 'some port'}"


def answers(calls: list[Call], side: Kernel | Ours) -> list[str]:
    """What each call gives: its result, or the name of its error."""
    gone: set[int] = set()
    found = []
    for name, number, *arguments in calls:
        side.pause()
        if number in gone or (name != "socket" and number not in side.sockets):
            found.append("not made")
            continue
        try:
            found.append(str(side.make(name, number, *arguments)))
        except SocketError as error:
            found.append(str(error))
        except OSError as error:
            found.append(errno.errorcode[error.errno or 0].replace("ENOTSUP", "EOPNOTSUPP"))
        if name == "close" or (name == "shutdown" and found[-1] != "ok"):
            gone.add(number)
    return found


def _on_the_kernel(kinds: tuple[str, ...], seed: int) -> tuple[int, str]:
    enter_private()
    return 0, json.dumps(answers(plan(seed, kinds), Kernel()))


@pytest.mark.parametrize("kinds", [("tcp",), ("udp",), ("tcp", "udp")], ids=["tcp", "udp", "both"])
def test_the_kernel_answers_as_our_sockets_do(kinds: tuple[str, ...]) -> None:
    for seed in range(PLANS):
        _, text = in_child(lambda seed=seed: _on_the_kernel(kinds, seed))  # type: ignore[misc]
        calls = plan(seed, kinds)
        pairs = list(zip(calls, json.loads(text), answers(calls, Ours()), strict=True))
        differing = next((index for index, (_, kernel, ours) in enumerate(pairs) if kernel != ours), None)
        assert differing is None, "\n".join(map(str, pairs[: differing + 1]))
