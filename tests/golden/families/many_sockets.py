"""Family 16: several sockets: two clients, full backlogs, ports used again, identifiers, forged segments."""

from __future__ import annotations

from simnet.apps.protocol import Ready
from simnet.stack.linux_errno import NAMES
from simnet.stack.linux_socket import SO_REUSEADDR, SOL_SOCKET
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import TCP, Ipv4
from simnet.wire.tcp import ACK, PSH, RST, SYN, Tcp
from simnet.wire.tcp_options import NO_OPTIONS, TcpOptions
from tests.golden.application import Application, Logged, Place, Steps, attempt
from tests.golden.families.tcp_program import Families, connected, run_tcp
from tests.golden.laboratory import PORT, Laboratory
from tests.golden.wire import Wire


def two_clients(lab: Laboratory) -> None:
    def client(app: Application) -> Steps:
        yield from app.wait("r")
        connection = yield from app.tcp()
        yield from connection.connect(lab.address)
        yield from connection.sendall(app.node.encode())
        yield from connection.recv(100)
        yield from connection.close()

    def server(app: Application) -> Steps:
        listener = yield from _listening(app, PORT, 5)
        app.mark("r")
        connections: list[Logged] = []
        for _ in range(2):
            yield from _accept_into(connections, listener)
        for connection in connections:
            data = yield from connection.recv(100)
            yield from connection.sendall(b"hi " + data)
        for connection in connections:
            yield from connection.recv(100)
            yield from connection.close()

    lab.run("B", "server", server)
    lab.run("A", "client", client)
    lab.run("C", "client", client)


def _listening(app: Application, port: int, backlog: int) -> Steps:
    listener = yield from app.tcp()
    yield from listener.bind(("0.0.0.0", port))
    yield from listener.listen(backlog)
    return listener


def backlog_overflow(lab: Laboratory) -> None:
    """A short backlog, more connects that do not block; accepted late."""

    def client(app: Application) -> Steps:
        yield from app.wait("r")
        connections: list[Logged] = []
        while app.awaits(f"c{len(connections)}.connect"):
            connection = yield from app.tcp(f"c{len(connections)}")
            connection.plain.timeout = 0
            yield from attempt(connection.connect(lab.address))
            connections.append(connection)
            yield from app.sleep(0.05)
        for number, connection in enumerate(connections):
            yield from app.logged(f"c{number} writable", _outcome(app, connection.plain.fd))
        for connection in connections:
            yield from connection.close()

    def server(app: Application) -> Steps:
        listener = yield from _listening(app, PORT, 1)
        app.mark("r")
        yield from app.sleep(5)
        listener.plain.timeout = 6
        connections: list[Logged] = []
        while not (yield from attempt(_accept_into(connections, listener))):
            pass
        for connection in connections:
            yield from connection.close()

    lab.run(lab.server, "server", server)
    lab.run(lab.client, "client", client)


def _outcome(app: Application, fd: int) -> Steps:
    yield Ready(fd, "write", app.now + 12_000_000_000)
    error = app.sockets.take_error(fd)
    return f"-{NAMES[error]}" if error else "connected"


def _accept_into(connections: list[Logged], listener: Logged) -> Steps:
    connections.append((yield from listener.accept()))


def time_wait_new_syn(lab: Laboratory) -> None:
    def client(app: Application) -> Steps:
        yield from app.wait("r")
        for number in range(2):
            connection = yield from app.tcp(f"c{number}")
            connection.plain.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            yield from connection.bind(("10.0.0.1", 7777))
            yield from connection.connect(lab.address)
            yield from connection.recv(10)
            yield from connection.close()
            yield from app.sleep(0.3)

    def server(app: Application) -> Steps:
        listener = yield from _listening(app, PORT, 5)
        app.mark("r")
        for _ in range(2):
            connection = yield from listener.accept()
            yield from app.sleep(0.05)
            yield from connection.close()

    lab.run("B", "server", server)
    lab.run("A", "client", client)


def orphan(lab: Laboratory) -> None:
    """The client closes, the server does not."""

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"hello")
        yield from app.sleep(0.1)
        yield from connection.close()
        yield from app.sleep(6.5)

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv(10)
        yield from connection.recv(10)
        yield from app.sleep(5)
        while app.awaits("sendall"):
            if not (yield from attempt(connection.sendall(b"late"))):
                yield from app.sleep(0.1)

    run_tcp(lab, client, server)


def time_wait_length(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.close()
        yield from app.sleep(60.6)

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv(1)
        yield from connection.close()

    run_tcp(lab, client, server)


def identifiers(lab: Laboratory) -> None:
    def client(app: Application) -> Steps:
        yield from app.wait("r")
        for number in range(8):
            connection = yield from app.tcp()
            yield from connection.connect((lab.server_ip, PORT + (number >= 5)))
            yield from connection.close()
            yield from app.sleep(0.1)
        unconnected = yield from app.udp()
        for _ in range(3):
            yield from unconnected.sendto(b"u", lab.address)
        datagrams = yield from app.udp()
        yield from datagrams.connect(lab.address)
        for _ in range(3):
            yield from datagrams.send(b"v")
        app.mark("end")

    def server(app: Application) -> Steps:
        first = yield from _listening(app, PORT, 8)
        second = yield from _listening(app, PORT + 1, 8)
        datagrams = yield from app.udp()
        yield from datagrams.bind(("0.0.0.0", PORT))
        app.mark("r")
        for number in range(8):
            connection = yield from (second if number >= 5 else first).accept()
            yield from connection.recv(1)
            yield from connection.close()
        yield from app.wait("end")

    lab.run("B", "server", server)
    lab.run("A", "client", client)


def injection(lab: Laboratory) -> None:
    """Into an idle connection the wire injects towards B what A never sent."""

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"hello")
        yield from connection.recv(100)
        connection.plain.timeout = 12
        yield from attempt(connection.recv(100))

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv(100)
        yield from connection.sendall(b"reply!")
        while not (yield from attempt(connection.recv(100))):
            pass

    run_tcp(lab, client, server)
    assert lab.wire is not None
    attacker = Attacker(lab.wire)
    for event in lab.capture.events:
        if event.call.startswith("inject "):
            lab.at(event.start + _INJECTION_TIME, attacker.inject, event.call.removeprefix("inject "))


_INJECTION_TIME = 150_000
"""From the attacker's log line to its frame."""


class Attacker:
    """Forges segments of the connection whose frames it has heard."""

    def __init__(self, wire: Wire) -> None:
        self._way = wire.ways[0]
        self._base: Frame | None = None

    def inject(self, what: str) -> None:
        """Send the forged segment called `what`, as numbers go from the last segment heard before the first."""
        self._base = self._base or self._way.heard[-1]
        packet = self._base.payload
        assert isinstance(packet, Ipv4) and isinstance(packet.payload, Tcp)
        heard = packet.payload
        forged = self._forged(what, heard, (heard.seq + len(heard.data)) & 0xFFFFFFFF)
        content = Ipv4(packet.src, packet.dst, TCP, forged, packet.ttl, 0x7777, packet.tos, packet.fragment)
        self._way.inject(Frame(self._base.dst, self._base.src, ETHERTYPE_IPV4, content))

    def _forged(self, what: str, heard: Tcp, seq: int) -> Tcp:
        ack, options = heard.ack, heard.options
        later = TcpOptions(ts_val=options.ts_val + 300 & 0xFFFFFFFF, ts_ecr=options.ts_ecr)
        older = TcpOptions(ts_val=options.ts_val - 5000 & 0xFFFFFFFF, ts_ecr=options.ts_ecr)
        kinds: dict[str, tuple[int, int, int, bytes, TcpOptions]] = {
            "SYN seq=next": (SYN, seq, 0, b"", NO_OPTIONS),
            "SYN with other seq": (SYN, seq + 1_000_000, 0, b"", NO_OPTIONS),
            "RST in window, seq=next+1000": (RST, seq + 1000, 0, b"", NO_OPTIONS),
            "RST far outside the window": (RST, seq + 5_000_000, 0, b"", NO_OPTIONS),
            "ACK for data never sent (ack=next+5000)": (ACK, seq, ack + 5000, b"", later),
            "data, old seq (already received)": (PSH | ACK, seq - 5, ack, b"XXXXX", later),
            "data beyond the window": (PSH | ACK, seq + 200_000, ack, b"XXXXX", later),
            "data, right seq but TSval 5000 too old (PAWS)": (PSH | ACK, seq, ack, b"XXXXX", older),
            "data, right seq, no timestamp option": (PSH | ACK, seq, ack, b"nots!", NO_OPTIONS),
            "segment without ACK flag": (PSH, seq + 5, 0, b"XXXXX", NO_OPTIONS),
            "old ACK (ack=next-1)": (ACK, seq + 5, ack - 1, b"", later),
            "RST exact seq": (RST, seq + 5, 0, b"", NO_OPTIONS),
        }
        flags, at, acknowledged, data, chosen = kinds[what]
        return Tcp(heard.src_port, heard.dst_port, at & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, flags, 63, data, chosen)


FAMILIES: Families = {
    "16_two_clients": two_clients,
    "16b_backlog_overflow": backlog_overflow,
    "16d_time_wait_new_syn": time_wait_new_syn,
    "16e_fin_wait2_orphan": orphan,
    "16f_time_wait_length": time_wait_length,
    "16g_identifiers": identifiers,
    "16h_rfc5961_injection": injection,
}
