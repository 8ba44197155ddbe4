"""Family 12: UDP: echo, closed ports, fragments, broadcast."""

from __future__ import annotations

from simnet.stack.linux_socket import IP_MTU_DISCOVER, IP_PMTUDISC_DO, IPPROTO_IP, SO_BROADCAST, SOL_SOCKET
from tests.golden.application import Application, Steps, attempt
from tests.golden.families.tcp_program import Families
from tests.golden.laboratory import PORT, Laboratory

_ANY = ("0.0.0.0", PORT)
_TOO_LARGE = "sendto(<65508"


def echo(lab: Laboratory) -> None:
    def server(app: Application) -> Steps:
        socket = yield from app.udp()
        yield from socket.bind(_ANY)
        app.mark("r")
        while app.awaits("recvfrom"):
            data, sender = yield from socket.recvfrom(100)
            yield from socket.sendto(data.upper(), sender)

    def client(app: Application) -> Steps:
        yield from app.wait("r")
        socket = yield from app.udp()
        for number in app.rounds("sendto"):
            yield from socket.sendto(b"hello%d" % number, lab.address)
            yield from socket.recvfrom(100)

    lab.run(lab.server, "server", server)
    lab.run(lab.client, "client", client)


def closed_port(lab: Laboratory) -> None:
    def client(app: Application) -> Steps:
        socket = yield from app.udp()
        yield from socket.sendto(b"one", lab.address)
        socket.plain.timeout = 0.2
        yield from attempt(socket.recvfrom(100))
        yield from attempt(socket.sendto(b"two", lab.address))
        yield from app.sleep(0.05)
        connected = yield from app.udp("connected")
        yield from connected.connect(lab.address)
        connected.plain.timeout = 0.2
        for data in (b"three", b"", b"four", b"five", b"six", b"x" * 1000):
            if data == b"five":
                yield from app.sleep(0.05)
            yield from attempt(connected.send(data) if data else connected.recv(100))
            yield from app.sleep(0.02)

    lab.run(lab.client, "client", client)


def fragmentation(lab: Laboratory) -> None:
    def server(app: Application) -> Steps:
        socket = yield from app.udp()
        yield from socket.bind(_ANY)
        app.mark("r")
        socket.plain.timeout = 3
        while app.awaits("recvfrom"):
            if (yield from attempt(socket.recvfrom(70_000))):
                break

    def client(app: Application) -> Steps:
        yield from app.wait("r")
        socket = yield from app.udp()
        while app.awaits("sendto") and not app.awaits(_TOO_LARGE):
            yield from attempt(socket.sendto(b"u", lab.address))
            yield from app.sleep(0.05)
        yield from attempt(socket.sendto(b"u" * 65_508, lab.address))
        socket.plain.setsockopt(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        while app.awaits("sendto"):
            yield from attempt(socket.sendto(b"u", lab.address))

    lab.run(lab.server, "server", server)
    lab.run(lab.client, "client", client)


def fragment_loss(lab: Laboratory) -> None:
    def server(app: Application) -> Steps:
        socket = yield from app.udp()
        yield from socket.bind(_ANY)
        app.mark("r")
        socket.plain.timeout = 9
        while app.awaits("recvfrom"):
            if (yield from attempt(socket.recvfrom(70_000))):
                break

    def client(app: Application) -> Steps:
        yield from app.wait("r")
        socket = yield from app.udp()
        for data, pause in ((b"1", 3.6), (b"2", 3.6), (b"3", 0.2), (b"4", 0.2)):
            yield from socket.sendto(data * 4000, lab.address)
            yield from app.sleep(pause)

    lab.run("B", "server", server)
    lab.run("A", "client", client)


def broadcast(lab: Laboratory) -> None:
    lab.route("A", "0.0.0.0/0", "10.0.0.3")

    def server(app: Application) -> Steps:
        socket = yield from app.udp()
        yield from socket.bind(_ANY)
        app.mark(f"r{app.node}")
        socket.plain.timeout = 3
        for _ in range(2):
            _, sender = yield from socket.recvfrom(100)
            yield from socket.sendto(b"me:" + app.node.encode(), sender)

    def client(app: Application) -> Steps:
        yield from app.wait("rB")
        yield from app.wait("rC")
        socket = yield from app.udp()
        yield from attempt(socket.sendto(b"who?", ("10.0.0.255", PORT)))
        socket.plain.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
        socket.plain.timeout = 1
        for address in ("10.0.0.255", "255.255.255.255"):
            for step in (socket.sendto(b"who?", (address, PORT)), socket.recvfrom(100), socket.recvfrom(100)):
                if (yield from attempt(step)):
                    break

    lab.run("B", "server", server)
    lab.run("C", "server", server)
    lab.run("A", "client", client)


FAMILIES: Families = {
    "12_udp_echo": echo,
    "12b_udp_closed_port": closed_port,
    "12c_udp_fragmentation": fragmentation,
    "12d_udp_broadcast": broadcast,
    "12e_fragment_loss": fragment_loss,
}
