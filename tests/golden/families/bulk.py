"""Families 08, 11 and 15i: much data, fast and slow readers."""

from __future__ import annotations

from simnet.stack.linux_socket import SO_RCVBUF, SOL_SOCKET
from tests.golden.application import Application, Logged, Place, Steps
from tests.golden.families.tcp_program import SHUT_WR, Client, Families, connected, run_tcp
from tests.golden.laboratory import Laboratory


def bulk_client(size: int) -> Client:
    """Sends `size` bytes, then the end; waits for the peer's."""

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"".join(b"%07d\n" % number for number in range(size // 8)))
        yield from connection.shutdown(SHUT_WR)
        yield from connection.recv(10)
        yield from connection.close()

    return client


def bulk_server(app: Application, listener: Logged) -> Steps:
    """Reads all there is."""
    connection = yield from listener.accept()
    yield from connection.recv_all()
    yield from connection.close()


def bulk_64k(lab: Laboratory) -> None:
    run_tcp(lab, bulk_client(65_536), bulk_server)


def bulk_1m(lab: Laboratory) -> None:
    run_tcp(lab, bulk_client(1 << 20), bulk_server)


def bottleneck(lab: Laboratory) -> None:
    run_tcp(lab, bulk_client(300 * 1024), bulk_server)


def zero_window(lab: Laboratory) -> None:
    """The reader, with a small buffer, sleeps; then it reads everything."""
    seconds = lab.number("sleep", "s") if lab.is_variant("sleep") else 3

    def client(app: Application, address: Place) -> Steps:
        yield from app.wait("go")
        connection = yield from connected(app, address)
        yield from connection.sendall(b"z" * 20_000)
        yield from connection.shutdown(SHUT_WR)
        yield from connection.recv(10)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        listener.plain.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        yield from listener.listen(8)
        yield from app.note("SO_RCVBUF=4096 getsockopt")
        app.mark("go")
        connection = yield from listener.accept()
        yield from app.sleep(seconds)
        yield from connection.recv_all()
        yield from connection.close()

    run_tcp(lab, client, server)


def slow_reader(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"z" * 300_000)
        yield from connection.shutdown(SHUT_WR)
        yield from connection.recv(10)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from app.sleep(0.05)
        while (yield from connection.recv(20_000)):
            yield from app.sleep(0.05)
        yield from connection.close()

    run_tcp(lab, client, server)


def idle_restart(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"a" * 131_072)
        yield from app.sleep(1.0)
        yield from connection.sendall(b"b" * 131_072)
        yield from connection.shutdown(SHUT_WR)
        yield from connection.recv(10)
        yield from connection.close()

    run_tcp(lab, client, bulk_server)


FAMILIES: Families = {
    "08_bulk_64k": bulk_64k,
    "08b_bulk_1m": bulk_1m,
    "08c_bulk_bottleneck": bottleneck,
    "11_zero_window": zero_window,
    "11b_slow_reader": slow_reader,
}
