"""The frame around most TCP recordings: a server that listens on port 5000, a client that waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from simnet.stack.linux_socket import SO_REUSEADDR, SOL_SOCKET
from tests.golden.application import Application, Logged, Place, Steps
from tests.golden.laboratory import PORT, Laboratory

Server = Callable[[Application, Logged], Steps]
Client = Callable[[Application, Place], Steps]
Family = Callable[[Laboratory], None]
"""Adds the programs of one scenario, and what else it sets up, to a laboratory."""

Families = Mapping[str, Family]
"""By the scenario's name."""

SHUT_WR: Final = 1


def run_tcp(lab: Laboratory, client: Client, server: Server | None) -> None:
    """`server(app, listening socket)` and `client(app, address)`, as goldenlib's run_tcp."""

    def serve(app: Application) -> Steps:
        assert server is not None
        listener = yield from app.tcp()
        listener.plain.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        yield from listener.bind(("0.0.0.0", PORT))
        yield from listener.listen(8)
        app.mark("listening")
        yield from server(app, listener)

    def ask(app: Application) -> Steps:
        if server is not None:
            yield from app.wait("listening")
        yield from client(app, lab.address)

    if server is not None:
        lab.run(lab.server, "server", serve)
    lab.run(lab.client, "client", ask)


def connected(app: Application, address: Place) -> Steps:
    """A socket connected to `address`."""
    connection = yield from app.tcp()
    yield from connection.connect(address)
    return connection


def echo_client(app: Application, address: Place) -> Steps:
    """hello, a reply, close."""
    connection = yield from connected(app, address)
    yield from connection.sendall(b"hello")
    yield from connection.recv(100)
    yield from connection.close()


def echo_server(app: Application, listener: Logged) -> Steps:
    """Answers once and closes after the end of the stream."""
    connection = yield from listener.accept()
    yield from connection.recv(100)
    yield from connection.sendall(b"reply!")
    yield from connection.recv(100)
    yield from connection.close()
    yield from listener.close()
