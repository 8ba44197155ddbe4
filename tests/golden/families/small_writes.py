"""Families 09 and 10: small writes: which are acknowledged at once, which wait for company."""

from __future__ import annotations

import re

from simnet.stack.linux_socket import IPPROTO_TCP, TCP_CORK, TCP_NODELAY
from tests.golden.application import CALL_COST, Application, Logged, Place, Steps
from tests.golden.captures import nanoseconds
from tests.golden.families.tcp_program import Client, Families, connected, run_tcp
from tests.golden.laboratory import PORT, Laboratory

_NUMBER = re.compile(r"\d+")
_UNTIL_NEXT_CALL = 60.0


def _sizes(note: str) -> list[int]:
    """The numbers in a remark: "write 50, write 50" has [50, 50]."""
    return [int(number) for number in _NUMBER.findall(note)]


def ping_pong(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        for number in range(lab.count("client", "sendall")):
            yield from connection.sendall(b"ping%d" % number)
            yield from connection.recv(100)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        while (yield from connection.recv(100)):
            yield from connection.sendall(b"pong")
        yield from connection.close()

    run_tcp(lab, client, server)


def one_way(lab: Laboratory) -> None:
    """Writes that nobody answers."""

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        while (yield from connection.recv(1000)):
            pass
        yield from connection.close()

    run_tcp(lab, _one_way_client(lab), server)


def one_way_unread(lab: Laboratory) -> None:
    """The same, and the reader sleeps."""

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv_all()
        yield from connection.close()

    run_tcp(lab, _one_way_client(lab), server)


def _one_way_client(lab: Laboratory) -> Client:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        connection.plain.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        for number in range(lab.count("client", "sendall")):
            yield from connection.sendall(b"%010d" % number)
        yield from connection.close()

    return client


def nagle(lab: Laboratory) -> None:
    """Some writes of the same size: nagle, nodelay or cork."""

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        _choose(lab, connection)
        note = app.next_call()  # 5 x send(100)
        count, size = _sizes(note)
        for number in range(count):
            yield from _write(lab, app, connection, size * number, bytes([97 + number]) * size, count - number)
        yield from app.note(note)
        yield from app.sleep(_UNTIL_NEXT_CALL)
        yield from connection.close()

    run_tcp(lab, client, _reading)


def _write(lab: Laboratory, app: Application, connection: Logged, offset: int, data: bytes, left: int) -> Steps:
    """Write `data`, the bytes from `offset` on, when the recorded client did, whose call was not logged.

    That is when a segment began with them, unless they had waited (Nagle, TCP_CORK): then right after the last write,
    the first one shortly before the recorded remark that follows the `left` writes.  It takes its share of the time
    until that.
    """
    sent, remark = _sent_at(lab, offset), app.now + app.until_next()
    if offset == 0 and sent > remark:
        yield from app.until(remark - left * CALL_COST)
    elif offset == 0 or sent - app.now < _NO_WAIT:
        yield from app.until(sent - _CALL_TO_FRAME)
    app.next_at = max(_sent_at(lab, offset + len(data)) - _CALL_TO_FRAME, 0) or app.now + app.until_next() // left
    yield from connection.plain.send(data)
    app.next_at = 0


def _sent_at(lab: Laboratory, offset: int) -> int:
    """When a segment left that begins with the byte at `offset`; 0 if none does."""
    return min(
        (
            lab.origin + nanoseconds(frame["t"])
            for frame in lab.capture.frames
            if frame.get("tcp", {}).get("dport") == PORT and frame["tcp"]["len"] and frame["tcp"]["seq"] == offset + 1
        ),
        default=0,
    )


_NO_WAIT = 3_000_000
_CALL_TO_FRAME = 8_000


def _choose(lab: Laboratory, connection: Logged) -> None:
    if lab.is_variant("nodelay"):
        connection.plain.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    elif lab.is_variant("cork"):
        connection.plain.setsockopt(IPPROTO_TCP, TCP_CORK, 1)


def _reading(app: Application, listener: Logged) -> Steps:
    connection = yield from listener.accept()
    while (yield from connection.recv(10_000)):
        pass
    yield from connection.close()


def write_write_read(lab: Laboratory) -> None:
    """Questions in two pieces; the server answers when it has both."""
    question = sum(_sizes(next(event.call for event in lab.capture.events if event.call.startswith("write "))))

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        _choose(lab, connection)
        written = 0
        while app.awaits("write "):
            note = app.next_call()  # write 50, write 50
            for letter, size, left in zip(b"hb", _sizes(note), (2, 1), strict=True):
                yield from _write(lab, app, connection, written, bytes([letter]) * size, left)
                written += size
            yield from app.note(note)
            yield from connection.recv(100)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        got = 0
        while data := (yield from connection.recv(1000)):
            got += len(data)
            if got % question == 0:
                yield from connection.sendall(b"ok")
        yield from connection.close()

    run_tcp(lab, client, server)


def partial_mss(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        for letter, size in zip(b"xyz", lab.numbers("client", "sendall(<N bytes>)"), strict=True):
            yield from connection.sendall(bytes([letter]) * size)
        yield from connection.close()

    run_tcp(lab, client, _reading)


FAMILIES: Families = {
    "09_pingpong": ping_pong,
    "09b_pingpong_slow_server": ping_pong,
    "09c_oneway_quickack": one_way,
    "09d_oneway_no_reader": one_way_unread,
    "10_nagle": nagle,
    "10b_nagle_delack_write_write_read": write_write_read,
    "10c_nagle_partial_mss": partial_mss,
}
