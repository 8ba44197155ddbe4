"""Hosts on a real kernel: what their sockets are, whatever this machine's settings."""

from __future__ import annotations

import socket

import pytest

from simnet.worlds.namespaces import enter_private, own_namespace
from simnet.worlds.real_host import RealHost
from tests.worlds.conftest import Do, needs_namespaces

pytestmark = needs_namespaces

TCP_CONGESTION = 13


def control_of(sock: socket.socket) -> str:
    return sock.getsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, 16).rstrip(b"\0").decode()


def controls(first: str, then: str) -> list[str]:
    """What a door, the client that came and the socket accepted use, when the host begins with `first`."""
    enter_private()
    host = RealHost("home", own_namespace())
    host.choose({"tcp_congestion_control": first})
    door = host.open("tcp")
    door.bind(("127.0.0.1", 0))
    door.listen()
    host.choose({"tcp_congestion_control": then})
    client = host.open("tcp")
    client.setblocking(True)
    client.connect(door.getsockname())
    door.setblocking(True)
    accepted, _ = door.accept()
    return [control_of(each) for each in (door, client, accepted)]


@pytest.mark.parametrize(("first", "then"), [("reno", "cubic"), ("cubic", "reno")])
def test_sockets_use_the_hosts_congestion_control_from_its_choice_on(do: Do, first: str, then: str) -> None:
    assert do(lambda: controls(first, then)) == [first, then, first]
