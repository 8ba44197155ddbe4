"""Raw endpoints: programs that send and receive ICMP themselves, as `ping` does (raw(7)).

Does not model: raw sockets for other protocols, IP_HDRINCL.
"""

from __future__ import annotations

from collections import deque
from typing import Callable, Final

from simnet import reasons
from simnet.stack.host import StackHost
from simnet.stack.linux_errno import EMSGSIZE
from simnet.stack.linux_socket import IP_PMTUDISC_DO, IP_PMTUDISC_WANT
from simnet.wire import icmp, ipv4
from simnet.wire.addresses import ANY
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import DONT_FRAGMENT, ICMP, Ipv4

_LARGEST_DATA: Final = 65_535 - 28


def _nobody() -> None:
    """Until a socket listens for changes."""


class RawEndpoint:
    """What a raw ICMP socket owns: copies of all ICMP packets for this host."""

    __slots__ = ("local", "remote", "queue", "limit", "error", "on_change", "ttl", "tos", "discovery")

    def __init__(self, limit: int) -> None:
        self.local = ANY
        self.remote = ANY
        self.queue: deque[tuple[bytes, int]] = deque()
        self.limit = limit
        self.error = 0
        self.on_change: Callable[[], None] = _nobody
        self.ttl = 0
        self.tos = 0
        self.discovery = IP_PMTUDISC_WANT

    def take(self) -> tuple[bytes, int] | None:
        """The oldest packet, IP header included, and its source address; or None."""
        return self.queue.popleft() if self.queue else None


class RawLayer:
    """All raw ICMP endpoints of one host.  `identify(dst)` gives IP IDs."""

    __slots__ = ("endpoints", "_host", "_identify")

    def __init__(self, host: StackHost, identify: Callable[[int], int]) -> None:
        self._host: Final = host
        self._identify: Final = identify
        self.endpoints: list[RawEndpoint] = []

    def send(self, endpoint: RawEndpoint, data: bytes, dst: int, cause: int, now: int) -> int:
        """Send an ICMP message whose 8-byte header and data are `data`; 0 or an errno."""
        if len(data) > _LARGEST_DATA:
            return EMSGSIZE
        host = self._host
        data = data.ljust(8, b"\0")
        message = Icmp(data[0], data[1], int.from_bytes(data[4:8], "big"), data[8:])
        src = endpoint.local if endpoint.local != ANY else max(host.source_address(dst), 0)
        fits = message.length + 20 <= host.path_mtu(dst)
        is_strict = endpoint.discovery >= IP_PMTUDISC_DO
        if is_strict and not fits:
            return EMSGSIZE
        reason = reasons.ICMP_ECHO if message.type == icmp.ECHO_REQUEST else reasons.NONE
        return host.send_ip(
            src, dst, ICMP, message, 0 if is_strict else self._identify(dst), reason, cause, now,
            endpoint.ttl or host.profile.ip_default_ttl, endpoint.tos,
            DONT_FRAGMENT if endpoint.discovery and fits else 0,
        )  # fmt: skip

    def arrives(self, packet: Ipv4) -> None:
        """Give each endpoint its copy of an ICMP packet for this host."""
        data = b""
        for endpoint in self.endpoints:
            if endpoint.local not in (ANY, packet.dst) or endpoint.remote not in (ANY, packet.src):
                continue
            if len(endpoint.queue) < endpoint.limit:
                data = data or ipv4.pack(packet)
                endpoint.queue.append((data, packet.src))
                endpoint.on_change()
