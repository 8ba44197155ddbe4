"""Capture 16c: what each call returns in about 115 situations, tried again on a simulated host, call for call."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from simnet.apps.protocol import Call, Failed, Request, Sleep
from simnet.scenario import values
from simnet.stack.linux_errno import NAMES, SocketError
from simnet.stack.linux_socket import (
    SO_LINGER,
    SO_RCVBUF,
    SO_REUSEADDR,
    SO_SNDBUF,
    SOL_SOCKET,
)
from simnet.topology.builder import build
from simnet.units import SECOND
from simnet.wire.addresses import parse_interface
from simnet.worlds.programs import Directory, ProgramRun
from tests.golden.application import Application, Plain, Steps
from tests.golden.calls import shown
from tests.golden.departures import Departures
from tests.golden.holds import Holds
from tests.golden.timing import Timing

LO = "127.0.0.1"
SHUT_RD, SHUT_WR = 0, 1
_SO_REUSEPORT = 15

Rows = list[list[str]]


def simulated_table() -> Rows:
    """All rows, from a host A (10.0.0.1) that has a cable to B (10.0.0.2)."""
    hosts = []
    for name, text in (("A", "10.0.0.1/24"), ("B", "10.0.0.2/24")):
        address, prefix = parse_interface(text)
        hosts.append(
            values.Host(name=name, interfaces=(values.Interface(name="eth0", address=address, prefix=prefix),))
        )
    scenario = values.Scenario(name="16c", hosts=tuple(hosts), links=(values.Link(a="A:eth0", b="B:eth0"),))
    network = build(scenario)
    sockets = network.host("A").stack.sockets
    app = Application(
        node="A", name="table", events=(), sockets=sockets, scheduler=network.scheduler, origin=0, wake_up=0,
        call_time=0, timing=Timing({}), departures=Departures("A", ()), holds=Holds("A", "table", ()), marks=set(),
    )  # fmt: skip
    table = Table(app)
    run = ProgramRun(
        host="A", name="table", ordinal=network.next_ordinal(), program=table.program(), sockets=sockets,
        scheduler=network.scheduler, observer=None, directory=Directory(),
    )  # fmt: skip
    run.start_at(0)
    network.scheduler.run_background(60 * SECOND)
    assert run.has_ended and not run.failure, run.failure or f"it waits for {run.waits_for}"
    return table.rows


class Table:
    """Makes the calls and writes down what became of them."""

    def __init__(self, app: Application) -> None:
        self.rows: Rows = []
        self._app = app
        self._port = 6000

    def program(self) -> Steps:
        """The chapters of the recorded script, in its order."""
        for chapter in (
            self._two_binds, self._other_binds, self._time_wait, self._live_child, self._same_ports, self._refusals,
            self._datagrams, self._wrong_states, self._shut, self._resets, self._closes, self._non_blocking,
            self._ports, self._buffers,
        ):  # fmt: skip
            yield from chapter()

    # --- tools

    def _socket(self, kind: str = "tcp", reuse: int = 0, reuse_port: int = 0) -> Generator[Request, Any, Plain]:
        fd = yield Call("socket", kind)
        socket = Plain(self._app, fd)
        if reuse:
            socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        if reuse_port:
            try:
                socket.setsockopt(SOL_SOCKET, _SO_REUSEPORT, 1)
            except SocketError:
                pass  # not modeled: the rows tell
        return socket

    def _attempt(self, what: str, operation: Steps) -> Steps:
        started = self._app.now
        try:
            value = yield from operation
            if value is None or isinstance(value, (tuple, Plain)):
                result = "ok"
            else:
                result = f"ok: {shown(value) if isinstance(value, bytes) else repr(value)}"
        except Failed as failure:
            result = "timed out" if failure.name == "timeout" else failure.name
        took = (self._app.now - started) / SECOND
        self.rows.append([what, result, f"after {took:.2f} s"] if took > 0.05 else [what, result])

    def _now(self, call: Callable[[], Any]) -> Steps:
        """A call of the socket table that is none of the protocol's."""
        yield Sleep(0)
        try:
            return call()
        except SocketError as error:
            raise Failed(NAMES[error.number]) from None

    def _pair(self, listener: Plain, port: int, reuse: int = 0) -> Generator[Request, Any, tuple[Plain, Plain]]:
        client = yield from self._socket(reuse=reuse)
        yield from client.connect((LO, port))
        server, _ = yield from listener.accept()
        return client, server

    def _listener(self, port: int, reuse: int = 0) -> Generator[Request, Any, Plain]:
        listener = yield from self._socket(reuse=reuse)
        yield from listener.bind((LO, port))
        yield from listener.listen(5)
        return listener

    def _next_port(self) -> int:
        self._port += 1
        return self._port

    # --- chapters

    def _two_binds(self) -> Steps:
        for what, first, second, kind, reuse, reuse_port, listens in (
            ("TCP bind twice same addr:port, no options", LO, LO, "tcp", (0, 0), (0, 0), ""),
            ("TCP first listens, second SO_REUSEADDR on both", LO, LO, "tcp", (1, 1), (0, 0), "1"),
            ("TCP first only bound, SO_REUSEADDR on both", LO, LO, "tcp", (1, 1), (0, 0), ""),
            ("TCP both bound with SO_REUSEADDR, first not listening; second listens", LO, LO, "tcp", (1, 1), (0, 0),
             "2"),
            ("TCP SO_REUSEADDR only on second, first only bound", LO, LO, "tcp", (0, 1), (0, 0), ""),
            ("TCP 0.0.0.0 listening, then 127.0.0.1", "0.0.0.0", LO, "tcp", (0, 0), (0, 0), "1"),
            ("TCP 0.0.0.0 listening, then 127.0.0.1, REUSEADDR both", "0.0.0.0", LO, "tcp", (1, 1), (0, 0), "1"),
            ("TCP 127.0.0.1 listening, then 127.0.0.2", LO, "127.0.0.2", "tcp", (0, 0), (0, 0), "1"),
            ("TCP SO_REUSEPORT both, first listening", LO, LO, "tcp", (0, 0), (1, 1), "12"),
            ("TCP SO_REUSEPORT only second", LO, LO, "tcp", (0, 0), (0, 1), "1"),
            ("UDP bind twice, no options", LO, LO, "udp", (0, 0), (0, 0), ""),
            ("UDP SO_REUSEADDR both", LO, LO, "udp", (1, 1), (0, 0), ""),
            ("UDP SO_REUSEPORT both", LO, LO, "udp", (0, 0), (1, 1), ""),
        ):  # fmt: skip
            port = self._next_port()
            one = yield from self._socket(kind, reuse[0], reuse_port[0])
            yield from one.bind((first, port))
            if "1" in listens:
                yield from one.listen(5)
            two = yield from self._socket(kind, reuse[1], reuse_port[1])
            yield from self._attempt(f"{what}: second bind", two.bind((second, port)))
            if "2" in listens:
                yield from self._attempt(f"{what}: then listen on the second", two.listen(5))
            yield from one.close()
            yield from two.close()

    def _other_binds(self) -> Steps:
        tcp = yield from self._socket()
        yield from tcp.bind((LO, 6100))
        udp = yield from self._socket("udp")
        yield from self._attempt("UDP bind to a port used by TCP", udp.bind((LO, 6100)))
        yield from tcp.close()
        for what, address in (
            ("bind 10.9.9.9 (not a local address)", "10.9.9.9"),
            ("bind 255.255.255.255 TCP", "255.255.255.255"),
            ("bind 127.9.9.9 (all of 127/8 is local)", "127.9.9.9"),
        ):
            socket = yield from self._socket()
            yield from self._attempt(what, socket.bind((address, 6200)))
            yield from socket.close()
        socket = yield from self._socket()
        what = "TCP connect from a socket bound to 255.255.255.255"
        yield from self._attempt(what, self._bound_connect(socket))
        socket = yield from self._socket()
        yield from socket.bind((LO, 0))
        yield from self._attempt("bind the same socket twice", socket.bind((LO, 0)))

    def _bound_connect(self, socket: Plain) -> Steps:
        yield from socket.bind(("255.255.255.255", 0))
        yield from socket.connect((LO, 9))

    def _waiting(self, closes_first: str, reuse: int = 0) -> Generator[Request, Any, int]:
        """A connection of which one side is in TIME-WAIT, its listener closed; the listener's port."""
        port = self._next_port()
        listener = yield from self._listener(port, reuse)
        client, server = yield from self._pair(listener, port)
        first, second = (server, client) if closes_first == "server" else (client, server)
        yield from first.close()
        yield from self._app.sleep(0.02)
        yield from second.close()
        yield from listener.close()
        yield from self._app.sleep(0.05)
        return port

    def _time_wait(self) -> Steps:
        port = yield from self._waiting("server")
        socket = yield from self._socket()
        what = "server side TIME_WAIT, re-bind without SO_REUSEADDR"
        yield from self._attempt(what, socket.bind((LO, port)))
        yield from socket.close()
        socket = yield from self._socket(reuse=1)
        what = "server side TIME_WAIT, re-bind with SO_REUSEADDR (old listener had none)"
        yield from self._attempt(what, socket.bind((LO, port)))
        yield from socket.close()
        port = yield from self._waiting("server", 1)
        socket = yield from self._socket(reuse=1)
        what = "server side TIME_WAIT, re-bind with SO_REUSEADDR (old listener had it too)"
        yield from self._attempt(what, socket.bind((LO, port)))
        yield from self._attempt("   ... and listen", socket.listen(5))
        yield from socket.close()
        port = yield from self._waiting("client")
        socket = yield from self._socket()
        what = "client side TIME_WAIT, server re-binds without SO_REUSEADDR"
        yield from self._attempt(what, socket.bind((LO, port)))

    def _live_child(self) -> Steps:
        first = "accepted connection still ESTABLISHED, listener closed, bind without option"
        for reuse, tries in (
            (0, [(0, first), (1, "   ... bind with SO_REUSEADDR (old listener without)")]),
            (1, [(1, "   ... bind with SO_REUSEADDR (old listener had it too)")]),
        ):
            port = self._next_port()
            listener = yield from self._listener(port, reuse)
            client, server = yield from self._pair(listener, port)
            yield from listener.close()
            for own, what in tries:
                socket = yield from self._socket(reuse=own)
                yield from self._attempt(what, socket.bind((LO, port)))
                yield from socket.close()
            yield from client.close()
            yield from server.close()

    def _same_ports(self) -> Steps:
        """A client uses its 4-tuple again while it is in TIME-WAIT."""
        port = self._next_port()
        listener = yield from self._listener(port, 1)
        client = yield from self._socket(reuse=1)
        yield from client.bind((LO, 6500))
        yield from client.connect((LO, port))
        server, _ = yield from listener.accept()
        yield from client.close()
        yield from self._app.sleep(0.02)
        yield from server.close()
        yield from self._app.sleep(0.001)  # on Linux's loopback the FIN has arrived when close() returns
        client = yield from self._socket(reuse=1)
        what = "client port in TIME_WAIT, bind with SO_REUSEADDR"
        yield from self._attempt(what, client.bind((LO, 6500)))
        what = "   ... connect the same 4-tuple at once (loopback, tcp_tw_reuse=2)"
        yield from self._attempt(what, client.connect((LO, port)))
        yield from self._app.sleep(1.1)
        what = "   ... connect the same 4-tuple > 1 s later"
        yield from self._attempt(what, client.connect((LO, port)))
        yield from listener.close()
        yield from client.close()

    def _refusals(self) -> Steps:
        for what, kind, address, port in (
            ("TCP connect, nobody listens", "tcp", LO, 9),
            ("TCP connect 10.99.0.1, no route", "tcp", "10.99.0.1", 9),
            ("UDP sendto 10.99.0.1, no route", "udp", "10.99.0.1", 9),
            ("TCP connect 10.0.0.77, ARP fails", "tcp", "10.0.0.77", 9),
            ("UDP sendto 10.0.0.77 (ARP will fail): first", "udp", "10.0.0.77", 9),
        ):
            socket = yield from self._socket(kind)
            is_tcp = kind == "tcp"
            call = socket.connect((address, port)) if is_tcp else socket.sendto(b"x", (address, port))
            yield from self._attempt(what, call)
        socket = yield from self._socket("udp")
        yield from socket.connect(("10.0.0.78", 9))
        yield from socket.send(b"x")
        yield from self._app.sleep(3.3)
        what = "connected UDP to 10.0.0.78, 3.3 s after the first send: send"
        yield from self._attempt(what, socket.send(b"x"))
        socket = yield from self._socket()
        socket.timeout = 1
        what = "TCP connect with timeout 1 s to 10.0.0.77"
        yield from self._attempt(what, socket.connect(("10.0.0.77", 9)))
        for what, address, port in (
            ("TCP connect to 255.255.255.255", "255.255.255.255", 9),
            ("TCP connect to 10.0.0.255 (subnet broadcast)", "10.0.0.255", 9),
            ("TCP connect to 224.0.0.5 (multicast)", "224.0.0.5", 9),
            ("TCP connect to 0.0.0.0 (means this host; nobody listens)", "0.0.0.0", 9),
            ("TCP connect to port 0", LO, 0),
        ):
            socket = yield from self._socket()
            yield from self._attempt(what, socket.connect((address, port)))

    def _datagrams(self) -> Steps:
        for what, data, address, port in (
            ("UDP sendto port 0", b"x", LO, 0),
            ("UDP sendto 65508 bytes", b"x" * 65_508, LO, 9),
            ("UDP sendto broadcast without SO_BROADCAST", b"x", "10.0.0.255", 9),
        ):
            socket = yield from self._socket("udp")
            yield from self._attempt(what, socket.sendto(data, (address, port)))
        socket = yield from self._socket("udp")
        yield from socket.connect((LO, 9))
        yield from socket.send(b"x")
        yield from self._app.sleep(0.02)
        yield from self._attempt("connected UDP, closed port: recv", socket.recv(10))
        socket.timeout = 0.2
        what = "   ... next recv (the error was consumed; would block)"
        yield from self._attempt(what, socket.recv(10))
        socket = yield from self._socket("udp")
        yield from self._attempt("UDP send without address, not connected", socket.send(b"x"))

    def _wrong_states(self) -> Steps:
        listener = yield from self._listener(6600)
        client, server = yield from self._pair(listener, 6600)
        yield from self._attempt("connect on a connected TCP socket", client.connect((LO, 6600)))
        yield from self._attempt("connect on a listening socket", listener.connect((LO, 6600)))
        yield from self._attempt("listen on a connected socket", client.listen(5))
        yield from self._attempt("bind on a connected socket", client.bind((LO, 0)))
        yield from self._attempt("accept on a connected socket", client.accept())
        for what, kind, call in (
            ("accept on a fresh TCP socket", "tcp", Plain.accept),
            ("accept on UDP", "udp", Plain.accept),
            ("listen on UDP", "udp", lambda socket: socket.listen(1)),
            ("listen without bind (autobind)", "tcp", lambda socket: socket.listen(1)),
            ("send on a fresh TCP socket", "tcp", lambda socket: socket.send(b"x")),
            ("recv on a fresh TCP socket", "tcp", lambda socket: socket.recv(1)),
            ("recv on a listening socket", "", lambda socket: listener.recv(1)),
            ("send on a listening socket", "", lambda socket: listener.send(b"x")),
            ("shutdown on a fresh TCP socket", "tcp", lambda socket: socket.shutdown(SHUT_WR)),
            ("shutdown on a listening socket (SHUT_RD)", "", lambda socket: listener.shutdown(SHUT_RD)),
            ("getpeername on a fresh TCP socket", "tcp", self._peer_name),
            ("getsockname on a fresh TCP socket", "tcp", self._own_name),
        ):
            socket = (yield from self._socket(kind)) if kind else listener
            yield from self._attempt(what, call(socket))
        self._connected = client, server

    def _peer_name(self, socket: Plain) -> Steps:
        return (yield from self._now(lambda: self._app.sockets.getpeername(socket.fd)))

    def _own_name(self, socket: Plain) -> Steps:
        return (yield from self._now(lambda: self._app.sockets.getsockname(socket.fd)))

    def _shut(self) -> Steps:
        client, server = self._connected
        yield from client.shutdown(SHUT_WR)
        yield from self._attempt("send after shutdown(SHUT_WR)", client.send(b"x"))
        yield from self._attempt("shutdown(SHUT_WR) twice", client.shutdown(SHUT_WR))
        yield from self._attempt("recv at the peer", server.recv(10))
        yield from self._attempt("recv at the peer again (still EOF)", server.recv(10))
        yield from server.send(b"unread")
        yield from self._app.sleep(0.01)
        yield from client.shutdown(SHUT_RD)
        yield from self._attempt("recv after own shutdown(SHUT_RD) with data queued", client.recv(10))
        yield from self._attempt("recv after own shutdown(SHUT_RD), queue empty", client.recv(10))
        yield from self._attempt("peer sends after our SHUT_RD (no RST)", server.send(b"more"))
        yield from server.close()
        yield from client.close()
        yield from self._attempt("recv on a closed descriptor", client.recv(1))

    def _reset(self, listener: Plain, data: bytes = b"") -> Generator[Request, Any, Plain]:
        client, server = yield from self._pair(listener, 6601)
        if data:
            yield from server.send(data)
            yield from self._app.sleep(0.01)
        server.setsockopt(SOL_SOCKET, SO_LINGER, 0)
        yield from server.close()
        yield from self._app.sleep(0.02)
        return client

    def _resets(self) -> Steps:
        listener = yield from self._listener(6601)
        client = yield from self._reset(listener)
        yield from self._attempt("RST received: recv", client.recv(1))
        yield from self._attempt("   ... recv again", client.recv(1))
        yield from self._attempt("   ... send", client.send(b"x"))
        client = yield from self._reset(listener)
        yield from self._attempt("RST received: send first", client.send(b"x"))
        yield from self._attempt("   ... then recv", client.recv(1))
        yield from self._attempt("   ... connect again with the same socket", client.connect((LO, 6601)))
        client = yield from self._reset(listener, b"data")
        what = "data then RST received: recv (the data is still delivered)"
        yield from self._attempt(what, client.recv(10))
        self._second_listener = listener

    def _closes(self) -> Steps:
        listener = self._second_listener
        client, server = yield from self._pair(listener, 6601)
        yield from server.close()
        yield from self._app.sleep(0.02)
        yield from self._attempt("peer closed: recv", client.recv(1))
        yield from self._attempt("peer closed: first send", client.send(b"x"))
        yield from self._app.sleep(0.02)
        yield from self._attempt("peer closed: second send (RST arrived)", client.send(b"x"))
        yield from self._attempt("   ... recv", client.recv(1))
        client = yield from self._socket()
        yield from client.connect((LO, 6601))
        client.setsockopt(SOL_SOCKET, SO_LINGER, 0)
        yield from client.close()
        yield from self._app.sleep(0.02)
        accepted: list[Plain] = []
        what = "accept a connection that was reset while queued"
        yield from self._attempt(what, self._accept_into(accepted, listener))
        yield from self._attempt("   ... recv on it", accepted[0].recv(1))
        client = yield from self._socket()
        yield from client.connect((LO, 6601))
        yield from listener.close()
        yield from self._app.sleep(0.02)
        what = "listener closed with our connection still in the accept queue: recv"
        yield from self._attempt(what, client.recv(1))

    def _accept_into(self, accepted: list[Plain], listener: Plain) -> Steps:
        socket, _ = yield from listener.accept()
        accepted.append(socket)

    def _non_blocking(self) -> Steps:
        listener = yield from self._listener(6602)
        listener.timeout = 0
        yield from self._attempt("non-blocking accept, empty queue", listener.accept())
        client = yield from self._socket()
        client.timeout = 0
        yield from self._attempt("non-blocking connect, loopback listener", client.connect((LO, 6602)))
        yield from self._app.sleep(0.001)
        what = "non-blocking connect called again when established"
        yield from self._attempt(what, client.connect((LO, 6602)))
        yield from self._attempt("   ... and again", client.connect((LO, 6602)))
        yield from self._attempt("non-blocking recv, no data", client.recv(1))
        other = yield from self._socket()
        other.timeout = 0
        what = "non-blocking connect to 10.0.0.77 (unresolved)"
        yield from self._attempt(what, other.connect(("10.0.0.77", 9)))
        yield from self._attempt("   ... connect again while in progress", other.connect(("10.0.0.77", 9)))
        refused = yield from self._socket()
        refused.timeout = 0
        what = "non-blocking connect, closed port on loopback"
        yield from self._attempt(what, refused.connect((LO, 9)))
        yield from self._app.sleep(0.001)
        yield from self._attempt("   ... SO_ERROR", self._so_error(refused))
        count = 0
        while True:
            try:
                count += yield from client.send(b"z" * 65_536)
            except Failed as failure:
                result = f"{failure.name} after {count} bytes (loopback, defaults)"
                self.rows.append(["non-blocking send until the buffers are full", result])
                break
        alone = yield from self._socket(reuse=1)
        yield from alone.bind((LO, 6700))
        what = "connect to oneself (own bound port): simultaneous open with itself"
        yield from self._attempt(what, alone.connect((LO, 6700)))

    def _so_error(self, socket: Plain) -> Steps:
        return (yield from self._now(lambda: NAMES[self._app.sockets.take_error(socket.fd)]))

    def _ports(self) -> Steps:
        bound, connected = [], []
        for _ in range(50):
            socket = yield from self._socket()
            yield from socket.bind((LO, 0))
            bound.append(self._app.sockets.getsockname(socket.fd)[1])
            yield from socket.close()
        listener = yield from self._socket()
        yield from listener.bind((LO, 6701))
        yield from listener.listen(100)
        for _ in range(50):
            socket = yield from self._socket()
            yield from socket.connect((LO, 6701))
            connected.append(self._app.sockets.getsockname(socket.fd)[1])
            yield from socket.close()
        self.rows.append(["50 x bind(port 0): ports odd/even, min, max", _parities(bound)])
        self.rows.append(["50 x connect() without bind: local ports", _parities(connected)])

    def _buffers(self) -> Steps:
        tcp = yield from self._socket()
        for option, name in ((SO_RCVBUF, "SO_RCVBUF"), (SO_SNDBUF, "SO_SNDBUF")):
            for socket, kind in ((tcp, "TCP"), ((yield from self._socket("udp")), "UDP")):
                value = self._app.sockets.getsockopt(socket.fd, SOL_SOCKET, option)
                self.rows.append([f"{kind} default {name}", str(value)])
        for size in (1, 2048, 4096, 100_000, 1 << 24):
            tcp.setsockopt(SOL_SOCKET, SO_RCVBUF, size)
            tcp.setsockopt(SOL_SOCKET, SO_SNDBUF, size)
            got = [self._app.sockets.getsockopt(tcp.fd, SOL_SOCKET, option) for option in (SO_RCVBUF, SO_SNDBUF)]
            self.rows.append([f"set SO_RCVBUF=SO_SNDBUF={size}, getsockopt", f"rcv {got[0]} snd {got[1]}"])


def _parities(ports: list[int]) -> str:
    odd = sum(port & 1 for port in ports)
    return f"odd={odd} even={len(ports) - odd}"
