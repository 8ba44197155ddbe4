"""Families 19, 20 and 21c: a narrow path, a gateway, a web server."""

from __future__ import annotations

from simnet.wire.ipv4 import ICMP, Ipv4
from tests.golden.application import Application, Logged, Place, Steps, attempt
from tests.golden.captures import Fields, nanoseconds
from tests.golden.families.bulk import bulk_server
from tests.golden.families.icmp import pings
from tests.golden.families.ping import ping
from tests.golden.families.tcp_program import SHUT_WR, Families, connected, run_tcp
from tests.golden.laboratory import PORT, Laboratory

_OUTSIDE = "203.0.113.2"


def narrow(lab: Laboratory) -> None:
    """The middle link carries less than the others; ping, TCP or UDP goes through it."""
    if lab.count("ping", "$ ping"):
        pings(lab)
    elif lab.count("client", "sendall"):
        _narrow_tcp(lab)
    else:
        _narrow_udp(lab)


def _narrow_tcp(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"p" * lab.numbers("client", "sendall(<N bytes>)")[0])
        yield from connection.shutdown(SHUT_WR)
        yield from connection.recv(10)
        yield from connection.close()

    run_tcp(lab, client, bulk_server)


def _narrow_udp(lab: Laboratory) -> None:
    def client(app: Application) -> Steps:
        socket = yield from app.udp()
        yield from socket.connect(lab.address)
        while app.awaits("send"):
            yield from attempt(socket.send(b"u" * 1200))
            yield from app.sleep(0.1)

    lab.run("A", "client", client)


def black_hole(lab: Laboratory) -> None:
    """A hears no ICMP."""
    lab.drop_input("A", _is_icmp)

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"p" * 3000)
        connection.plain.timeout = 9
        yield from attempt(connection.recv(10))

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        connection.plain.timeout = 9
        if not (yield from attempt(connection.recv_exact(3000))):
            yield from attempt(connection.sendall(b"ok"))

    run_tcp(lab, client, server)


def _is_icmp(packet: Ipv4) -> bool:
    return packet.protocol == ICMP


def gateway(lab: Laboratory) -> None:
    """A and A2 behind a gateway, B outside."""
    lab.route("A", "0.0.0.0/0", "192.168.1.1")
    lab.route("A2", "0.0.0.0/0", "192.168.1.1")

    def server(app: Application) -> Steps:
        listener = yield from app.tcp()
        yield from listener.bind(("0.0.0.0", PORT))
        yield from listener.listen(5)
        datagrams = yield from app.udp()
        yield from datagrams.bind(("0.0.0.0", PORT))
        app.mark("r")
        for _ in range(2):
            yield from _greet(app, listener)
        _, sender = yield from datagrams.recvfrom(100)
        yield from datagrams.sendto(b"seen", sender)
        other = yield from app.tcp()
        other.plain.timeout = 1.2
        yield from attempt(other.connect(("203.0.113.1", 9)))

    def client(app: Application) -> Steps:
        yield from app.wait("r")
        if app.node == "A2":
            yield from app.wait("first")
        connection = yield from app.tcp()
        yield from connection.bind(("0.0.0.0", 40_000))
        yield from connection.connect((_OUTSIDE, PORT))
        yield from connection.sendall(b"hi")
        yield from connection.recv(100)
        app.mark("first")
        yield from app.sleep(0.3)
        yield from connection.close()
        if app.node == "A2":
            datagrams = yield from app.udp()
            yield from datagrams.sendto(b"udp", (_OUTSIDE, PORT))
            yield from datagrams.recvfrom(100)
            yield from ping(app, lab.capture, "-c", "1", _OUTSIDE)

    lab.run("B", "server", server)
    lab.run("A", "client", client)
    lab.run("A2", "client", client)


def _greet(app: Application, listener: Logged) -> Steps:
    connection = yield from listener.accept()
    address, port = connection.peer
    yield from connection.recv(100)
    yield from connection.sendall(b"you are %s:%d" % (address.encode(), port))
    yield from connection.recv(10)
    yield from connection.close()


def web(lab: Laboratory) -> None:
    """curl and http.server, whose calls were not logged: the frames say when they wrote, and how much."""
    request = _first_data(lab, "A:eth0")
    answer = _data(lab, "B:eth0")
    head, body = answer[:2]
    size = max(frame["tcp"]["seq"] + frame["tcp"]["len"] for frame in answer) - 1 - head["tcp"]["len"]
    end, server_end = (
        next(frame for frame in lab.capture.frames if _is_end(frame, interface)) for interface in ("A:eth0", "B:eth0")
    )

    def server(app: Application) -> Steps:
        listener = yield from app.tcp()
        yield from listener.plain.bind(("0.0.0.0", 80))
        yield from listener.plain.listen(5)
        app.mark("r")
        connection, _ = yield from listener.plain.accept()
        yield from connection.recv(8192)
        yield from _at(app, head)
        yield from connection.send(b"h" * head["tcp"]["len"])
        yield from _at(app, body)
        yield from connection.sendall(b"b" * size)
        if not server_end["tcp"]["len"]:
            yield from _at(app, server_end)
        yield from connection.shutdown(SHUT_WR)
        yield from connection.close()

    def client(app: Application) -> Steps:
        yield from app.wait("r")
        yield from app.until(app.origin)
        connection = yield from app.tcp()
        yield from connection.plain.connect((lab.server_ip, 80))
        yield from _at(app, request)
        yield from connection.plain.send(b"r" * request["tcp"]["len"])
        got = 0
        while got < head["tcp"]["len"] + size:
            got += len((yield from connection.plain.recv(102_400)))
        yield from _at(app, end)
        yield from connection.plain.close()

    lab.run("B", "server", server)
    lab.run("A", "client", client)


def _at(app: Application, frame: Fields) -> Steps:
    yield from app.until(app.origin + nanoseconds(frame["t"]))


def _data(lab: Laboratory, interface: str) -> list[Fields]:
    return [
        frame
        for frame in lab.capture.frames
        if frame["if"] == interface and frame["dir"] == "out" and frame.get("tcp", {}).get("len")
    ]


def _first_data(lab: Laboratory, interface: str) -> Fields:
    return _data(lab, interface)[0]


def _is_end(frame: Fields, interface: str) -> bool:
    return frame["if"] == interface and frame["dir"] == "out" and "F" in frame.get("tcp", {}).get("flags", "")


FAMILIES: Families = {
    "19_pmtu": narrow,
    "19b_pmtu_blackhole": black_hole,
    "20_nat": gateway,
    "21c_http": web,
}
