"""UDP and raw ICMP sockets as Linux's udp(7) and raw(7) describe them.

Does not model: MSG_TRUNC, ancillary data, multicast membership, IP_RECVERR.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet.stack.host_queries import HostQueries
from simnet.stack.linux_errno import (
    EACCES,
    EADDRNOTAVAIL,
    EAGAIN,
    EDESTADDRREQ,
    EINVAL,
    ENETUNREACH,
    ENOPROTOOPT,
    ENOTCONN,
    EPIPE,
    SocketError,
)
from simnet.stack.linux_socket import (
    ALL_EVENTS,
    IP_FREEBIND,
    IP_MTU_DISCOVER,
    IP_TOS,
    IP_TTL,
    IPPROTO_IP,
    MSG_DONTWAIT,
    MSG_PEEK,
    POLLERR,
    POLLHUP,
    POLLIN,
    POLLOUT,
    POLLRDHUP,
    SHUT_RD,
    SHUT_WR,
    SO_BROADCAST,
    SO_ERROR,
    SO_KEEPALIVE,
    SO_LINGER,
    SO_RCVBUF,
    SO_REUSEADDR,
    SO_REUSEPORT,
    SO_SNDBUF,
    SO_TYPE,
    SOCK_DGRAM,
    SOCK_RAW,
    SOL_SOCKET,
)
from simnet.stack.message import Address
from simnet.stack.next_hop import NextHop
from simnet.stack.option_ranges import MIN_RCVBUF, MIN_SNDBUF, buffer_size, check_range
from simnet.stack.ports import Binding, Ports
from simnet.stack.raw import RawEndpoint, RawLayer
from simnet.stack.socket import Socket
from simnet.stack.udp import UdpEndpoint, UdpLayer
from simnet.wire.addresses import ANY, LOCALHOST, is_multicast

_NO_LINGER: Final = -1
_WITHOUT_USE: Final = ((SOL_SOCKET, SO_KEEPALIVE), (SOL_SOCKET, SO_LINGER))
_READ: Final = SHUT_RD + 1  # bits of what shutdown() has closed
_WRITE: Final = SHUT_WR + 1


class UdpSocket(Socket):
    """A UDP socket."""

    __slots__ = (
        "_host", "_layer", "_ports", "_endpoint", "_binding", "_may_broadcast", "_reuse", "_reuseport", "_shut",
        "_kept", "_is_freebind",
    )  # fmt: skip

    def __init__(self, host: HostQueries, layer: UdpLayer, ports: Ports) -> None:
        super().__init__()
        self._host: Final = host
        self._layer: Final = layer
        self._ports: Final = ports
        self._endpoint: Final = UdpEndpoint(host.profile.rmem_default)
        self._binding: Binding | None = None
        self._may_broadcast = False
        self._reuse = False
        self._reuseport = False
        self._shut = 0
        self._kept: dict[tuple[int, int], int] = {}  # options that do nothing here
        self._is_freebind = False

    def report_to(self, callback: Callable[[], None]) -> None:
        self.on_change = callback
        self._endpoint.on_change = callback

    def take_woken(self) -> int:
        endpoint = self._endpoint
        if self._shut or endpoint.error:
            return ALL_EVENTS
        return POLLIN

    def bind(self, address: int, port: int, now: int) -> None:
        if self._binding is not None:
            raise SocketError(EINVAL)
        is_here = address == ANY or self._host.is_local(address) or self._host.is_broadcast(address)
        if not is_here and not self._is_freebind:
            raise SocketError(EADDRNOTAVAIL)
        self._binding = self._ports.bind(address, port, self._reuse, self._reuseport)
        self._layer.bind(self._endpoint, address, self._binding.port)

    def connect(self, address: int, port: int, cause: int, now: int) -> None:
        endpoint = self._endpoint
        binding = self._ensure_port()
        address = address or endpoint.local or LOCALHOST
        hop = self._way(address)
        if endpoint.local == ANY:
            endpoint.local = binding.address = hop.source
        endpoint.remote, endpoint.remote_port = address, port
        endpoint.identification = -1

    def send(self, data: bytes, cause: int, now: int) -> int:
        endpoint = self._endpoint
        if endpoint.remote_port == 0:
            self._ensure_port()
            raise SocketError(EDESTADDRREQ)
        return self.sendto(data, endpoint.remote, endpoint.remote_port, cause, now)

    def sendto(self, data: bytes, address: int, port: int, cause: int, now: int) -> int:
        if self._binding is None:
            self._ensure_port()
        if port == 0:
            raise SocketError(EINVAL)
        hop = self._host.next_hop(address)
        if hop is None or hop.is_broadcast or address == ANY:
            address = address or self._endpoint.local or LOCALHOST
            hop = self._way(address)
        if self._endpoint.error:
            self._raise_pending()
        if self._shut & _WRITE:
            raise SocketError(EPIPE)
        number = self._layer.send(self._endpoint, hop, data, address, port, cause, now)
        if number:
            raise SocketError(number)
        return len(data)

    def _way(self, address: int) -> NextHop:
        """Where datagrams to `address` go; raises ENETUNREACH and its like, EACCES for a broadcast unasked for."""
        hop = self._host.next_hop(address)
        if hop is None:
            raise SocketError(self._host.no_route_errno(address))
        if hop.is_broadcast and not self._may_broadcast and not is_multicast(address):
            raise SocketError(EACCES)
        return hop

    def receive(self, limit: int, flags: int, cause: int, now: int) -> bytes:
        endpoint = self._endpoint
        if flags or endpoint.error or not endpoint.queue:
            return self.receive_from(limit, flags, cause, now)[0]
        datagram = endpoint.take()
        return b"" if datagram is None else datagram.data[:limit]

    def receive_from(self, limit: int, flags: int, cause: int, now: int) -> tuple[bytes, Address]:
        endpoint = self._endpoint
        if endpoint.error:
            self._raise_pending()
        if flags & MSG_PEEK and endpoint.queue:
            first = endpoint.queue[0]
            return first.data[:limit], (first.src, first.src_port)
        datagram = endpoint.take()
        if datagram is None:
            if self._shut & _READ and not flags & MSG_DONTWAIT:
                return b"", (0, 0)
            raise SocketError(EAGAIN)
        return datagram.data[:limit], (datagram.src, datagram.src_port)

    def shutdown(self, how: int, cause: int, now: int) -> None:
        self._shut |= how + 1
        self.on_change()
        if self._endpoint.remote_port == 0:
            raise SocketError(ENOTCONN)

    def close(self, cause: int, now: int) -> None:
        self._layer.release(self._endpoint)
        if self._binding is not None:
            self._binding.release()

    def take_error(self) -> int:
        number = self._endpoint.error
        self._endpoint.error = 0
        return number

    def events(self) -> int:
        events = POLLOUT | (POLLIN if self._endpoint.queue else 0) | (POLLERR if self._endpoint.error else 0)
        if self._shut & _READ:
            events |= POLLIN | POLLRDHUP
        return events | POLLHUP if self._shut == _READ | _WRITE else events

    def unread(self) -> int:
        """Of UDP, the bytes of the first datagram."""
        queue = self._endpoint.queue
        return len(queue[0].data) if queue else 0

    def name(self) -> Address:
        return self._endpoint.local, self._endpoint.port

    def peer(self) -> Address:
        if self._endpoint.remote_port == 0:
            raise SocketError(ENOTCONN)
        return self._endpoint.remote, self._endpoint.remote_port

    def set_option(self, level: int, name: int, value: int, now: int) -> None:
        check_range(level, name, value)
        endpoint = self._endpoint
        if (level, name) == (SOL_SOCKET, SO_BROADCAST):
            self._may_broadcast = value != 0
        elif (level, name) == (SOL_SOCKET, SO_REUSEADDR):
            self._reuse = value != 0
            self._share()
        elif (level, name) == (SOL_SOCKET, SO_REUSEPORT):
            self._reuseport = value != 0
            self._share()
        elif (level, name) == (IPPROTO_IP, IP_FREEBIND):
            self._is_freebind = value != 0
        elif (level, name) == (SOL_SOCKET, SO_RCVBUF):
            endpoint.receive_buffer = buffer_size(value, self._host.profile.rmem_max, MIN_RCVBUF)
        elif (level, name) == (SOL_SOCKET, SO_SNDBUF):
            self._kept[level, name] = buffer_size(value, self._host.profile.wmem_max, MIN_SNDBUF)
        elif (level, name) in _WITHOUT_USE:
            self._kept[level, name] = value
        elif (level, name) == (IPPROTO_IP, IP_TTL):
            endpoint.ttl = max(value, 0)
        elif (level, name) == (IPPROTO_IP, IP_TOS):
            endpoint.tos = value
        elif (level, name) == (IPPROTO_IP, IP_MTU_DISCOVER):
            endpoint.discovery = value
        else:
            raise SocketError(ENOPROTOOPT)

    def _share(self) -> None:
        self._endpoint.shares = self._reuseport
        if self._binding is not None:
            self._binding.reuse, self._binding.reuseport = self._reuse, self._reuseport

    def get_option(self, level: int, name: int) -> int:
        if (level, name) == (SOL_SOCKET, SO_ERROR):
            return self.take_error()
        known = {
            (SOL_SOCKET, SO_TYPE): SOCK_DGRAM,
            (SOL_SOCKET, SO_BROADCAST): int(self._may_broadcast),
            (SOL_SOCKET, SO_REUSEADDR): int(self._reuse),
            (SOL_SOCKET, SO_REUSEPORT): int(self._reuseport),
            (SOL_SOCKET, SO_RCVBUF): self._endpoint.receive_buffer,
            (SOL_SOCKET, SO_SNDBUF): self._host.profile.wmem_default,
            (SOL_SOCKET, SO_KEEPALIVE): 0,
            (SOL_SOCKET, SO_LINGER): _NO_LINGER,
            (IPPROTO_IP, IP_TTL): self._endpoint.ttl or self._host.profile.ip_default_ttl,
            (IPPROTO_IP, IP_TOS): self._endpoint.tos,
            (IPPROTO_IP, IP_MTU_DISCOVER): self._endpoint.discovery,
            (IPPROTO_IP, IP_FREEBIND): int(self._is_freebind),
        } | self._kept
        if (level, name) not in known:
            raise SocketError(ENOPROTOOPT)
        return known[level, name]

    def _ensure_port(self) -> Binding:
        """Any port, for a socket that never asked for one (Linux inet_autobind)."""
        if self._binding is None:
            self._binding = self._ports.bind(ANY, 0, self._reuse, self._reuseport)
            self._layer.bind(self._endpoint, ANY, self._binding.port)
        return self._binding

    def _raise_pending(self) -> None:
        number = self.take_error()
        if number:
            raise SocketError(number)


class RawIcmpSocket(Socket):
    """A raw socket for ICMP: what ping uses."""

    __slots__ = ("_host", "_layer", "_endpoint")

    def __init__(self, host: HostQueries, layer: RawLayer) -> None:
        super().__init__()
        self._host: Final = host
        self._layer: Final = layer
        self._endpoint: Final = RawEndpoint(host.profile.rmem_default // 1024)
        self._endpoint.on_change = self._changed
        layer.endpoints.append(self._endpoint)

    def _changed(self) -> None:
        self.on_change()

    def bind(self, address: int, port: int, now: int) -> None:
        if address != ANY and not self._host.is_local(address):
            raise SocketError(EADDRNOTAVAIL)
        self._endpoint.local = address

    def connect(self, address: int, port: int, cause: int, now: int) -> None:
        if self._host.source_address(address) < 0:
            raise SocketError(ENETUNREACH)
        self._endpoint.remote = address

    def send(self, data: bytes, cause: int, now: int) -> int:
        if self._endpoint.remote == ANY:
            raise SocketError(EDESTADDRREQ)
        return self.sendto(data, self._endpoint.remote, 0, cause, now)

    def sendto(self, data: bytes, address: int, port: int, cause: int, now: int) -> int:
        if self._host.is_broadcast(address) or is_multicast(address):
            raise SocketError(EACCES)
        number = self._layer.send(self._endpoint, data, address, cause, now)
        if number:
            raise SocketError(number)
        return len(data)

    def receive_from(self, limit: int, flags: int, cause: int, now: int) -> tuple[bytes, Address]:
        endpoint = self._endpoint
        item = endpoint.queue[0] if flags & MSG_PEEK and endpoint.queue else endpoint.take()
        if item is None:
            raise SocketError(EAGAIN)
        return item[0][:limit], (item[1], 0)

    def close(self, cause: int, now: int) -> None:
        self._layer.endpoints.remove(self._endpoint)

    def events(self) -> int:
        return POLLOUT | (POLLIN if self._endpoint.queue else 0)

    def name(self) -> Address:
        return self._endpoint.local, 0

    def set_option(self, level: int, name: int, value: int, now: int) -> None:
        check_range(level, name, value)
        if (level, name) == (IPPROTO_IP, IP_TTL):
            self._endpoint.ttl = max(value, 0)
        elif (level, name) == (IPPROTO_IP, IP_TOS):
            self._endpoint.tos = value
        elif (level, name) == (IPPROTO_IP, IP_MTU_DISCOVER):
            self._endpoint.discovery = value
        elif (level, name) != (SOL_SOCKET, SO_RCVBUF):
            raise SocketError(ENOPROTOOPT)

    def get_option(self, level: int, name: int) -> int:
        if (level, name) == (SOL_SOCKET, SO_TYPE):
            return SOCK_RAW
        if (level, name) == (SOL_SOCKET, SO_ERROR):
            return 0
        raise SocketError(ENOPROTOOPT)
