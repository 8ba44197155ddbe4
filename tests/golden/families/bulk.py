"""Families 08, 11 and 15i: much data, fast and slow readers."""

from __future__ import annotations

from simnet.stack.linux_socket import SO_RCVBUF, SOL_SOCKET
from tests.golden.application import Application, Logged, Place, Steps
from tests.golden.families.tcp_program import SHUT_WR, Client, Families, connected, run_tcp
from tests.golden.laboratory import Laboratory

_WRITE = "sendall(<N bytes>)"
_BUFFER = "SO_RCVBUF=N getsockopt"
_UNTIL_NEXT_CALL = 60.0


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


def bulk(lab: Laboratory) -> None:
    """All bytes in one write."""
    run_tcp(lab, bulk_client(lab.numbers("client", _WRITE)[0]), bulk_server)


def zero_window(lab: Laboratory) -> None:
    """The reader, with a small buffer, sleeps; then it reads everything."""
    buffer = lab.numbers("server", _BUFFER)[0]
    size = lab.numbers("client", _WRITE)[0]

    def client(app: Application, address: Place) -> Steps:
        yield from app.wait("go")
        connection = yield from connected(app, address)
        yield from connection.sendall(b"z" * size)
        yield from connection.shutdown(SHUT_WR)
        yield from connection.recv(10)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        listener.plain.setsockopt(SOL_SOCKET, SO_RCVBUF, buffer)
        yield from listener.listen(8)
        yield from app.note(_BUFFER.replace("N", str(buffer)))
        app.mark("go")
        connection = yield from listener.accept()
        yield from app.sleep(_UNTIL_NEXT_CALL)
        yield from connection.recv_all()
        yield from connection.close()

    run_tcp(lab, client, server)


def slow_reader(lab: Laboratory) -> None:
    size = lab.numbers("client", _WRITE)[0]
    portion = lab.numbers("server", "recv(N)")[0]

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"z" * size)
        yield from connection.shutdown(SHUT_WR)
        yield from connection.recv(10)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from app.sleep(_UNTIL_NEXT_CALL)
        while (yield from connection.recv(portion)):
            yield from app.sleep(_UNTIL_NEXT_CALL)
        yield from connection.close()

    run_tcp(lab, client, server)


def idle_restart(lab: Laboratory) -> None:
    before, after = lab.numbers("client", _WRITE)

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"a" * before)
        yield from app.sleep(_UNTIL_NEXT_CALL)
        yield from connection.sendall(b"b" * after)
        yield from connection.shutdown(SHUT_WR)
        yield from connection.recv(10)
        yield from connection.close()

    run_tcp(lab, client, bulk_server)


FAMILIES: Families = {
    "08_bulk_64k": bulk,
    "08b_bulk_1m": bulk,
    "08c_bulk_bottleneck": bulk,
    "11_zero_window": zero_window,
    "11b_slow_reader": slow_reader,
}
