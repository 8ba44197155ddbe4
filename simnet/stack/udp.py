"""UDP (RFC 768): endpoints with a bounded receive queue, connected and unconnected, and broadcast.

As Linux: a datagram for nobody is answered with port unreachable; a connected endpoint reports that once as
ECONNREFUSED, an unconnected one never hears of it.  IP IDs count up per destination (unconnected) or per endpoint
(connected).  Does not model: multicast membership, UDP-Lite, corking.
"""

from __future__ import annotations

from collections import deque
from typing import Callable, Final

from simnet import reasons
from simnet.stack.flow_hash import flow_hash
from simnet.stack.host import StackHost
from simnet.stack.linux_errno import EMSGSIZE
from simnet.stack.linux_socket import (
    IP_PMTUDISC_DO,
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_INTERFACE,
    IP_PMTUDISC_PROBE,
    IP_PMTUDISC_WANT,
)
from simnet.stack.memory import charge_of_datagram
from simnet.stack.next_hop import NextHop
from simnet.wire.addresses import ANY
from simnet.wire.ipv4 import DONT_FRAGMENT, UDP, Ipv4
from simnet.wire.udp import Udp

_LARGEST_DATA: Final = 65_507
_STRICT: Final = (IP_PMTUDISC_DO, IP_PMTUDISC_PROBE)
_NEVER_IN_PIECES: Final = (*_STRICT, IP_PMTUDISC_INTERFACE)


def _nobody() -> None:
    """Until a socket listens for changes."""


class Datagram:
    """A datagram as it was received; `charge`: what it takes of the receive buffer."""

    __slots__ = ("data", "src", "src_port", "charge")

    def __init__(self, data: bytes, src: int, src_port: int, charge: int) -> None:
        self.data = data
        self.src = src
        self.src_port = src_port
        self.charge = charge


class UdpEndpoint:
    """What a UDP socket owns.  `local` ANY receives for every address; `remote_port` 0 is unconnected.

    `discovery`: IP_MTU_DISCOVER: DONT never sets DF, WANT sets it on what fits, DO refuses what does not; PROBE is DO
    for the interface's MTU, INTERFACE and OMIT are PROBE without DF, of which OMIT cuts what does not fit.
    `shares`: SO_REUSEPORT: of several such endpoints at one address each gets a part of the flows.
    """

    __slots__ = (
        "local", "port", "remote", "remote_port", "queue", "charged", "receive_buffer", "error", "on_change",
        "ttl", "tos", "identification", "discovery", "shares",
    )  # fmt: skip

    def __init__(self, receive_buffer: int) -> None:
        self.local = ANY
        self.port = 0
        self.remote = ANY
        self.remote_port = 0
        self.queue: deque[Datagram] = deque()
        self.charged = 0
        self.receive_buffer = receive_buffer
        self.error = 0
        self.on_change: Callable[[], None] = _nobody
        self.ttl = 0
        self.tos = 0
        self.identification = -1
        self.discovery = IP_PMTUDISC_WANT
        self.shares = False

    def take(self) -> Datagram | None:
        """The oldest datagram, or None."""
        if not self.queue:
            return None
        datagram = self.queue.popleft()
        self.charged -= datagram.charge
        return datagram

    def wants(self, src: int, src_port: int, dst: int) -> bool:
        """Is a datagram with these addresses for this endpoint?"""
        if self.local not in (ANY, dst):
            return False
        return self.remote_port == 0 or (self.remote, self.remote_port) == (src, src_port)

    def precision(self) -> int:
        """How exactly it names its partner: the most exact endpoint gets the datagram."""
        return 2 * (self.remote_port != 0) + (self.local != ANY)


class UdpLayer:
    """All UDP endpoints of one host."""

    __slots__ = ("endpoints", "_host", "_identifications", "_secret")

    def __init__(self, host: StackHost) -> None:
        self._host: Final = host
        self.endpoints: dict[int, list[UdpEndpoint]] = {}
        self._identifications: dict[int, int] = {}
        self._secret = -1

    def bind(self, endpoint: UdpEndpoint, local: int, port: int) -> None:
        """Give `endpoint` its address and port; conflicts are decided before (`ports`)."""
        self.release(endpoint)
        endpoint.local, endpoint.port = local, port
        self.endpoints.setdefault(port, []).append(endpoint)

    def release(self, endpoint: UdpEndpoint) -> None:
        """Take `endpoint` off its port."""
        others = self.endpoints.get(endpoint.port, [])
        if endpoint in others:
            others.remove(endpoint)
            if not others:
                del self.endpoints[endpoint.port]
        endpoint.port = 0

    def send(
        self, endpoint: UdpEndpoint, hop: NextHop, data: bytes, dst: int, dst_port: int, cause: int, now: int
    ) -> int:
        """Send a datagram by `hop`, the way to `dst`; 0 or an errno."""
        length = len(data)
        discovery = endpoint.discovery
        if discovery >= IP_PMTUDISC_PROBE and hop.mtu < hop.interface.mtu:  # who probes does not believe routers
            hop = NextHop(hop.interface, hop.neighbor, hop.interface.mtu, hop.source, hop.is_broadcast)
        fits = length + 28 <= hop.mtu
        if length > _LARGEST_DATA or not fits and discovery in _NEVER_IN_PIECES:
            return EMSGSIZE
        fragment = 0
        if discovery in _STRICT or discovery == IP_PMTUDISC_WANT and fits and not hop.is_locked:
            fragment = DONT_FRAGMENT
        packet = Ipv4(
            endpoint.local or hop.source, dst, UDP, Udp(endpoint.port, dst_port, data),
            endpoint.ttl or self._host.profile.ip_default_ttl, self._identification(endpoint, dst), endpoint.tos,
            fragment,
        )  # fmt: skip
        return self._host.send_by(hop, packet, reasons.UDP_SEND, cause, now)

    def arrives(self, src: int, dst: int, datagram: Udp) -> int:
        """Hand a datagram for one of this host's addresses to its endpoint; 0 or a discard reason."""
        endpoints = self.endpoints.get(datagram.dst_port, ())
        if len(endpoints) == 1 and endpoints[0].local == ANY and endpoints[0].remote_port == 0:
            return self._queue(endpoints[0], src, datagram)  # the usual server
        best: UdpEndpoint | None = None
        src_port = datagram.src_port
        for endpoint in endpoints:
            if endpoint.wants(src, src_port, dst) and (best is None or endpoint.precision() >= best.precision()):
                best = endpoint  # of equals, the youngest
        if best is None:
            return reasons.NO_LISTENER
        if best.shares and best.remote_port == 0:
            best = self._chosen(best, (src, src_port, dst, datagram.dst_port))
        return self._queue(best, src, datagram)

    def _chosen(self, one: UdpEndpoint, flow: tuple[int, int, int, int]) -> UdpEndpoint:
        """Which of those that share an address and a port gets `flow` (Linux reuseport_select_sock)."""
        group = [
            each
            for each in self.endpoints[one.port]
            if each.shares and each.remote_port == 0 and each.local == one.local
        ]
        if self._secret < 0:
            self._secret = self._host.random(1 << 62)
        return group[flow_hash(self._secret, flow) * len(group) >> 32]

    def broadcast_arrives(self, src: int, dst: int, datagram: Udp) -> int:
        """Hand a broadcast datagram to every endpoint on its port; 0 or a discard reason."""
        result = reasons.NO_LISTENER
        for endpoint in list(self.endpoints.get(datagram.dst_port, ())):
            if endpoint.wants(src, datagram.src_port, dst):
                self._queue(endpoint, src, datagram)
                result = 0
        return result

    def icmp_error(self, src: int, src_port: int, dst: int, dst_port: int, number: int) -> None:
        """A datagram that `src`:`src_port` sent can never be delivered; only a connected endpoint hears of it."""
        for endpoint in self.endpoints.get(src_port, ()):
            if (endpoint.remote, endpoint.remote_port) == (dst, dst_port) and endpoint.local in (ANY, src):
                if number != EMSGSIZE or endpoint.discovery != IP_PMTUDISC_DONT:
                    endpoint.error = number
                    endpoint.on_change()

    def _queue(self, endpoint: UdpEndpoint, src: int, datagram: Udp) -> int:
        charge = charge_of_datagram(len(datagram.data))
        if endpoint.charged + charge > endpoint.receive_buffer and endpoint.queue:
            return reasons.BUFFER_FULL
        endpoint.charged += charge
        endpoint.queue.append(Datagram(datagram.data, src, datagram.src_port, charge))
        endpoint.on_change()
        return 0

    def _identification(self, endpoint: UdpEndpoint, dst: int) -> int:
        if endpoint.remote_port == 0:
            return 0 if endpoint.discovery in _STRICT else self.next_identification(dst)
        if endpoint.identification < 0:
            endpoint.identification = self._host.random(65_536)
        endpoint.identification = endpoint.identification + 1 & 0xFFFF
        return endpoint.identification

    def next_identification(self, dst: int) -> int:
        """The IP ID of a packet without a connection: a counter per destination, as Linux's hashed ones."""
        last = self._identifications.get(dst, -1)
        value = self._host.random(65_536) if last < 0 else last + 1 & 0xFFFF
        self._identifications[dst] = value
        return value
