"""Families 01 to 06: a hello, and all the ways in which connections end."""

from __future__ import annotations

from simnet.stack.linux_socket import SO_LINGER, SOL_SOCKET
from tests.golden.application import Application, Logged, Place, Steps, attempt
from tests.golden.families.tcp_program import SHUT_WR, Families, connected, echo_client, echo_server, run_tcp
from tests.golden.laboratory import Laboratory, Program


def hello(lab: Laboratory) -> None:
    """With what pauses and how long before the server closes, the recorded calls tell."""
    run_tcp(lab, echo_client, echo_server)


def no_data_close(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv(100)
        yield from connection.close()

    run_tcp(lab, client, server)


def simultaneous_close(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"hello")
        yield from connection.recv(100)
        yield from app.sleep(0.3)
        app.mark("c")
        yield from app.wait("s")
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv(100)
        yield from connection.sendall(b"reply!")
        app.mark("s")
        yield from app.wait("c")
        yield from connection.close()

    run_tcp(lab, client, server)


def simultaneous_open(lab: Laboratory) -> None:
    def side(own: str, peer: str, mine: str, other: str, pause: float) -> Program:
        def program(app: Application) -> Steps:
            connection = yield from app.tcp()
            yield from connection.bind((own, 7000))
            app.mark(mine)
            yield from app.wait(other)
            yield from attempt(talk(app, connection, peer, pause))

        return program

    def talk(app: Application, connection: Logged, peer: str, pause: float) -> Steps:
        yield from connection.connect((peer, 7000))
        yield from connection.sendall(b"from " + app.node.encode())
        yield from connection.recv(100)
        yield from app.sleep(pause)
        yield from connection.close()

    lab.run("A", "peer", side("10.0.0.1", "10.0.0.2", "a", "b", 0.3))
    lab.run("B", "peer", side("10.0.0.2", "10.0.0.1", "b", "a", 0.5))


def server_closes_first(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"hello")
        yield from connection.recv(100)
        yield from connection.recv(100)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv(100)
        yield from connection.sendall(b"reply!")
        yield from connection.close()

    run_tcp(lab, client, server)


def half_close(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"request")
        yield from connection.shutdown(SHUT_WR)
        while (yield from connection.recv(100)):
            pass
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        while (yield from connection.recv(100)):
            pass
        for number in app.rounds("sendall"):
            yield from connection.sendall(b"answer%d" % number)
            yield from app.sleep(0.1)
        yield from connection.close()

    run_tcp(lab, client, server)


def refused(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from app.tcp()
        yield from attempt(connection.connect(address))

    run_tcp(lab, client, None)


def close_unread(lab: Laboratory) -> None:
    """The server closes with five bytes unread."""

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"hello")
        yield from app.sleep(0.2)
        yield from attempt(connection.sendall(b"more"))
        yield from attempt(connection.recv(100))
        yield from attempt(connection.recv(100))
        yield from attempt(connection.sendall(b"x"))
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from app.sleep(0.1)
        yield from connection.close()

    run_tcp(lab, client, server)


def linger_zero(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"hello")
        yield from app.sleep(0.1)
        connection.plain.setsockopt(SOL_SOCKET, SO_LINGER, 0)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv(100)
        yield from attempt(connection.recv(100))
        yield from attempt(connection.sendall(b"x"))
        yield from attempt(connection.recv(100))
        yield from connection.close()

    run_tcp(lab, client, server)


def write_after_peer_close(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"hello")
        yield from connection.recv(100)
        for number in app.rounds("sendall"):
            yield from app.sleep(0.1)
            yield from attempt(connection.sendall(b"late%d" % number))
        yield from attempt(connection.recv(100))
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv(100)
        yield from connection.close()

    run_tcp(lab, client, server)


FAMILIES: Families = {
    "01_hello": hello,
    "01b_hello_paced": hello,
    "01c_close_delay_sweep": hello,
    "01d_no_data_close": no_data_close,
    "02_simultaneous_close": simultaneous_close,
    "02b_simultaneous_open": simultaneous_open,
    "03_server_closes_first": server_closes_first,
    "04_half_close": half_close,
    "05_refused": refused,
    "06_close_unread_rst": close_unread,
    "06b_linger0_rst": linger_zero,
    "06c_write_after_peer_close": write_after_peer_close,
    "23_rootless": hello,
}
