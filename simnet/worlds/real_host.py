"""A scenario's host on a real kernel: where its sockets come from, and which addresses they really use.

`RealHost` is a host with a network of its own, whose addresses are the scenario's.  Others (on one shared `lo`) are
kinds of it that translate.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Final

from simnet.scenario.values import Sysctl
from simnet.stack.profile import linux
from simnet.worlds.namespaces import Namespace

Place = tuple[int, int]
"""An address and a port."""

KINDS: Final = {
    "tcp": (socket.SOCK_STREAM, 0),
    "udp": (socket.SOCK_DGRAM, 0),
    "icmp": (socket.SOCK_RAW, 1),
}


class RealHost:
    """The host `name`, whose sockets belong to `namespace`.

    `congestion_control` is what its new sockets get: namespaces inherit that of the machine, and may choose only some.
    """

    def __init__(self, name: str, namespace: Namespace | None) -> None:
        self.name: Final = name
        self.namespace: Final = namespace
        self.congestion_control = linux().tcp_congestion_control

    def choose(self, sysctl: Mapping[str, Sysctl]) -> None:
        """Take from `sysctl` what each socket is told."""
        self.congestion_control = str(sysctl.get("tcp_congestion_control", self.congestion_control))

    def open(self, kind: str) -> socket.socket:
        """A new socket, "tcp", "udp" or "icmp", that never blocks."""
        type_, protocol = KINDS[kind]
        if self.namespace is None:
            made = socket.socket(socket.AF_INET, type_, protocol)
        else:
            made = self.namespace.socket(socket.AF_INET, type_, protocol)
            if kind == "tcp":
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, self.congestion_control.encode())
        made.setblocking(False)
        return made

    def source(self, kind: str) -> Place | None:
        """What a socket is bound to before it connects or sends, if the program has not bound it."""
        return None

    def to_bind(self, kind: str, place: Place) -> Place:
        """What to bind really when the program binds `place`."""
        return place

    def bound(self, kind: str, wanted: Place, real: Place) -> None:
        """A socket that the program bound to `wanted` has `real`."""

    def to_reach(self, kind: str, place: Place) -> Place:
        """Where `place` is really."""
        return place

    def known_as(self, kind: str, real: Place) -> Place:
        """What the program calls the place `real`."""
        return real
