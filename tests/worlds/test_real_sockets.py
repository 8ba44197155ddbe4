"""The calls of programs on sockets of this machine's kernel."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator

import pytest

from simnet.apps.protocol import Failed
from simnet.scenario.vocabulary import OPTIONS
from simnet.units import SECOND
from simnet.worlds.real_host import RealHost
from simnet.worlds.real_sockets import RealSockets

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="real worlds need Linux")

HOME = 0x7F00_0001
PID = 42


@pytest.fixture
def sockets() -> Iterator[RealSockets]:
    made = RealSockets(RealHost("home", None), PID)
    yield made
    made.close_all()


def call(sockets: RealSockets, name: str, *arguments: object) -> object:
    return sockets.make(name, arguments)


def port_of(sockets: RealSockets, fd: int) -> int:
    port: int = sockets.real(fd).getsockname()[1]
    return port


def wait_for(sockets: RealSockets, fd: int) -> None:
    assert select.select([], [sockets.real(fd)], [], 2)[1]


def test_descriptors_are_the_lowest_free_ones_from_3(sockets: RealSockets) -> None:
    assert [call(sockets, "socket", kind) for kind in ("tcp", "udp", "tcp")] == [3, 4, 5]
    call(sockets, "close", 4)
    assert call(sockets, "socket", "tcp") == 4
    assert call(sockets, "getpid") == PID


def test_a_conversation(sockets: RealSockets) -> None:
    door, client = call(sockets, "socket", "tcp"), call(sockets, "socket", "tcp")
    assert (door, client) == (3, 4)
    call(sockets, "bind", door, HOME, 0)
    call(sockets, "listen", door, 5)
    with pytest.raises(Failed, match="EAGAIN"):
        call(sockets, "accept", door)
    with pytest.raises(Failed, match="EINPROGRESS"):
        call(sockets, "connect", client, HOME, port_of(sockets, 3))
    wait_for(sockets, 4)
    call(sockets, "connect_result", client)
    assert call(sockets, "accept", door) == (5, HOME, port_of(sockets, 4))
    assert call(sockets, "send", client, b"hello") == 5
    assert call(sockets, "recv", 5, 3) == b"hel" and call(sockets, "recv", 5, 3) == b"lo"
    with pytest.raises(Failed, match="EAGAIN"):
        call(sockets, "recv", 5, 3)
    call(sockets, "shutdown", client, "write")
    assert call(sockets, "recv", 5, 3) == b""


def test_datagrams(sockets: RealSockets) -> None:
    call(sockets, "socket", "udp")
    call(sockets, "socket", "udp")
    call(sockets, "bind", 3, HOME, 0)
    call(sockets, "bind", 4, HOME, 0)
    assert call(sockets, "sendto", 3, b"hi", HOME, port_of(sockets, 4)) == 2
    assert call(sockets, "recvfrom", 4, 100) == (b"hi", HOME, port_of(sockets, 3))


def test_failures_have_the_names_of_linux(sockets: RealSockets) -> None:
    call(sockets, "socket", "tcp")
    call(sockets, "socket", "tcp")
    call(sockets, "bind", 3, HOME, 0)
    with pytest.raises(Failed, match="EADDRINUSE"):
        call(sockets, "bind", 4, HOME, port_of(sockets, 3))
    with pytest.raises(Failed, match="EADDRNOTAVAIL"):
        call(sockets, "bind", 4, 0x0A63_0001, 0)
    with pytest.raises(Failed, match="EINVAL"):
        call(sockets, "bind", 4, HOME, 70_000)
    with pytest.raises(Failed, match="EPIPE|ENOTCONN"):
        call(sockets, "send", 4, b"x")
    with pytest.raises(Failed, match="EINPROGRESS"):
        call(sockets, "connect", 4, HOME, port_of(sockets, 3))
    wait_for(sockets, 4)
    with pytest.raises(Failed, match="ECONNREFUSED"):
        call(sockets, "connect_result", 4)
    call(sockets, "socket", "udp")
    with pytest.raises(Failed, match="EMSGSIZE"):
        call(sockets, "sendto", 5, bytes(65_508), HOME, 9)
    with pytest.raises(Failed, match="EACCES"):
        call(sockets, "sendto", 5, b"x", 0xFFFF_FFFF, 9)
    with pytest.raises(Failed, match="EBADF"):
        call(sockets, "close", 99)
    with pytest.raises(Failed, match="EINVAL"):
        call(sockets, "setsockopt", 3, "color", 1)


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_of_the_language_can_be_set(sockets: RealSockets, name: str) -> None:
    call(sockets, "socket", "udp" if name == "broadcast" else "tcp")
    times = ("linger", "keepalive idle", "keepalive interval", "user timeout")
    call(sockets, "setsockopt", 3, name, 5 * SECOND if name in times else 536 if name == "mss" else 1)


def test_the_end_of_a_program_closes_its_sockets(sockets: RealSockets) -> None:
    call(sockets, "socket", "tcp")
    real = sockets.real(3)
    sockets.close_all()
    assert real.fileno() == -1
