"""The calls of `apps.protocol` on a simulated host's socket table."""

from __future__ import annotations

from typing import Any, Final

from simnet.stack.linux_errno import EINVAL, SocketError
from simnet.stack.linux_socket import (
    AF_INET,
    IP_TTL,
    IPPROTO_ICMP,
    IPPROTO_IP,
    IPPROTO_TCP,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
    SO_BROADCAST,
    SO_KEEPALIVE,
    SO_LINGER,
    SO_RCVBUF,
    SO_REUSEADDR,
    SO_SNDBUF,
    SOCK_DGRAM,
    SOCK_RAW,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_CORK,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    TCP_MAXSEG,
    TCP_NODELAY,
    TCP_QUICKACK,
    TCP_USER_TIMEOUT,
)
from simnet.stack.sockets import Sockets
from simnet.units import MILLISECOND, SECOND

_KINDS: Final = {
    "tcp": (SOCK_STREAM, 0),
    "udp": (SOCK_DGRAM, 0),
    "icmp": (SOCK_RAW, IPPROTO_ICMP),
}
_HOW: Final = {"read": SHUT_RD, "write": SHUT_WR, "both": SHUT_RDWR}
OPTIONS: Final = {
    "reuse address": (SOL_SOCKET, SO_REUSEADDR, 1),
    "broadcast": (SOL_SOCKET, SO_BROADCAST, 1),
    "keepalive": (SOL_SOCKET, SO_KEEPALIVE, 1),
    "linger": (SOL_SOCKET, SO_LINGER, SECOND),
    "send buffer": (SOL_SOCKET, SO_SNDBUF, 1),
    "receive buffer": (SOL_SOCKET, SO_RCVBUF, 1),
    "ttl": (IPPROTO_IP, IP_TTL, 1),
    "nodelay": (IPPROTO_TCP, TCP_NODELAY, 1),
    "cork": (IPPROTO_TCP, TCP_CORK, 1),
    "quickack": (IPPROTO_TCP, TCP_QUICKACK, 1),
    "mss": (IPPROTO_TCP, TCP_MAXSEG, 1),
    "keepalive idle": (IPPROTO_TCP, TCP_KEEPIDLE, SECOND),
    "keepalive interval": (IPPROTO_TCP, TCP_KEEPINTVL, SECOND),
    "keepalive count": (IPPROTO_TCP, TCP_KEEPCNT, 1),
    "user timeout": (IPPROTO_TCP, TCP_USER_TIMEOUT, MILLISECOND),
}
"""The options of the steps language: level, name, and the unit of setsockopt in that of the language."""


class SocketCalls:
    """Makes one program's calls; `pid` is what getpid() answers."""

    def __init__(self, sockets: Sockets, pid: int) -> None:
        self._sockets = sockets
        self._pid = pid
        self._mine: set[int] = set()

    def make(self, name: str, arguments: tuple[Any, ...], cause: int, now: int) -> Any:
        """Make the call; raises `SocketError`."""
        return getattr(self, f"_{name}")(*arguments, cause, now)

    def close_all(self, cause: int, now: int) -> None:
        """What the kernel does when a program ends."""
        for fd in sorted(self._mine):
            self._sockets.close(fd, now, cause)
        self._mine.clear()

    def _socket(self, kind: str, cause: int, now: int) -> int:
        type_, protocol = _KINDS[kind]
        fd = self._sockets.socket(AF_INET, type_, protocol)
        self._mine.add(fd)
        return fd

    def _bind(self, fd: int, address: int, port: int, cause: int, now: int) -> None:
        self._sockets.bind(fd, address, port, now)

    def _listen(self, fd: int, backlog: int, cause: int, now: int) -> None:
        self._sockets.listen(fd, backlog, now)

    def _connect(self, fd: int, address: int, port: int, cause: int, now: int) -> None:
        self._sockets.connect(fd, address, port, now, cause)

    def _connect_result(self, fd: int, cause: int, now: int) -> None:
        number = self._sockets.take_error(fd)
        if number:
            raise SocketError(number)

    def _accept(self, fd: int, cause: int, now: int) -> tuple[int, int, int]:
        accepted, (address, port) = self._sockets.accept(fd, now)
        self._mine.add(accepted)
        return accepted, address, port

    def _send(self, fd: int, data: bytes, cause: int, now: int) -> int:
        return self._sockets.send(fd, data, now, cause)

    def _sendto(self, fd: int, data: bytes, address: int, port: int, cause: int, now: int) -> int:
        return self._sockets.sendto(fd, data, address, port, now, cause)

    def _recv(self, fd: int, count: int, cause: int, now: int) -> bytes:
        return self._sockets.recv(fd, count, now, cause)

    def _recvfrom(self, fd: int, count: int, cause: int, now: int) -> tuple[bytes, int, int]:
        data, (address, port) = self._sockets.recvfrom(fd, count, now, cause)
        return data, address, port

    def _setsockopt(self, fd: int, name: str, value: int, cause: int, now: int) -> None:
        if name not in OPTIONS:
            raise SocketError(EINVAL)
        level, number, unit = OPTIONS[name]
        self._sockets.setsockopt(fd, level, number, value // unit, now)

    def _shutdown(self, fd: int, how: str, cause: int, now: int) -> None:
        self._sockets.shutdown(fd, _HOW[how], now, cause)

    def linger(self, fd: int, cause: int, now: int) -> int:
        """Begin close(): until when it may wait for the peer; 0 if it does not wait."""
        time = self._sockets.linger(fd, now, cause)
        return now + time if time and self._sockets.is_lingering(fd) else 0

    def _close(self, fd: int, cause: int, now: int) -> None:
        self._mine.discard(fd)
        self._sockets.close(fd, now, cause)

    def _getpid(self, cause: int, now: int) -> int:
        return self._pid

