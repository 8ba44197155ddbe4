"""Family 15: what the wire loses, delays, repeats and spoils; which frames is in the recording."""

from __future__ import annotations

from simnet.stack.linux_socket import (
    IPPROTO_TCP,
    SO_KEEPALIVE,
    SOL_SOCKET,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
)
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import ACK, Tcp
from tests.golden.application import Application, Logged, Place, Steps, attempt
from tests.golden.captures import Capture
from tests.golden.families.bulk import bulk, idle_restart
from tests.golden.families.tcp_program import Families, connected, echo_client, echo_server, run_tcp
from tests.golden.laboratory import Laboratory
from tests.golden.wire import Way


def request(lab: Laboratory) -> None:
    """A client that gives up when a call fails."""

    def client(app: Application, address: Place) -> Steps:
        yield from attempt(echo_client(app, address))

    run_tcp(lab, client, echo_server)


def bulk_back_and_forth(lab: Laboratory) -> None:
    bulk(lab)
    if lab.is_variant("drop_every_2nd_ack"):
        assert lab.wire is not None
        there, back = lab.wire.ways
        back.is_lost = Acknowledgments(lab.capture, there).is_lost


class Acknowledgments:
    """Lets those bare acknowledgments pass that passed in the recording, told by what they acknowledge.

    How many there are hangs on the reader's wake-ups, so that "every second" is not the same ones again.
    """

    def __init__(self, capture: Capture, data: Way) -> None:
        self._data = data
        self._passed = {
            frame["tcp"]["ack"]
            for frame in capture.frames
            if (frame["if"], frame["dir"]) == ("A:eth0", "in") and frame["tcp"]["flags"] == "A"
        }

    def is_lost(self, frame: Frame) -> bool:
        """Was it lost then?"""
        segment = _segment(frame)
        if segment.flags != ACK or segment.data:
            return False
        first = _segment(self._data.heard[0])
        return segment.ack - first.seq & 0xFFFFFFFF not in self._passed


def _segment(frame: Frame) -> Tcp:
    packet = frame.payload
    assert isinstance(packet, Ipv4) and isinstance(packet.payload, Tcp)
    return packet.payload


def synack_retries(lab: Laboratory) -> None:
    """A's ACKs never arrive."""

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from app.sleep(17)
        if not (yield from attempt(connection.sendall(b"too late"))):
            yield from attempt(connection.recv(10))

    def server(app: Application, listener: Logged) -> Steps:
        listener.plain.timeout = 17
        yield from attempt(listener.accept())
        yield from app.sleep(1)

    run_tcp(lab, client, server)


def close(lab: Laboratory) -> None:
    run_tcp(lab, echo_client, echo_server)


def tail(lab: Laboratory) -> None:
    """No FIN behind the data."""
    size = lab.numbers("client", "sendall(<N bytes>)")[0]

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from connection.sendall(b"t" * size)
        yield from connection.recv(10)
        yield from connection.close()

    def server(app: Application, listener: Logged) -> Steps:
        connection = yield from listener.accept()
        yield from connection.recv_exact(size)
        yield from connection.sendall(b"got it")
        yield from connection.recv(10)
        yield from connection.close()

    run_tcp(lab, client, server)


def exhaustion(lab: Laboratory) -> None:
    """After the handshake no data gets through any more."""

    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        yield from app.sleep(0.1)
        yield from connection.sendall(b"hello")
        yield from attempt(connection.recv(100))
        yield from attempt(connection.sendall(b"again"))
        yield from connection.close()
        app.mark("done")

    def server(app: Application, listener: Logged) -> Steps:
        yield from listener.accept()
        yield from app.wait("done")

    run_tcp(lab, client, server)


def keep_alive(lab: Laboratory) -> None:
    def client(app: Application, address: Place) -> Steps:
        connection = yield from connected(app, address)
        for option, value in ((TCP_KEEPIDLE, 1), (TCP_KEEPINTVL, 1), (TCP_KEEPCNT, 3)):
            connection.plain.setsockopt(IPPROTO_TCP, option, value)
        connection.plain.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
        yield from attempt(connection.recv(10))

    def server(app: Application, listener: Logged) -> Steps:
        yield from listener.accept()
        yield from app.sleep(9)

    run_tcp(lab, client, server)


FAMILIES: Families = {
    "15a_loss_handshake": request,
    "15b_synack_retries": synack_retries,
    "15c_loss_request": request,
    "15d_loss_close": close,
    "15e_loss_bulk": bulk,
    "15f_ack_loss_reorder_dup": bulk_back_and_forth,
    "15g_rto_exhaustion": exhaustion,
    "15h_window_probe_loss_keepalive": keep_alive,
    "15i_idle_restart": idle_restart,
    "15j_tail_loss_probe": tail,
}
