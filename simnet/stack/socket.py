"""What every socket of the table can be asked; each kind of socket answers what it knows.

Calls never block: what would block raises EAGAIN.  `now` is the time in ns, `cause` the id of the call, which the
frames it sends carry.
"""

from __future__ import annotations

from typing import Callable

from simnet.stack.linux_errno import EINVAL, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, SocketError

Address = tuple[int, int]
"""An IP address and a port."""


def _nobody() -> None:
    """Until somebody watches."""


class Socket:
    """One entry of the socket table: the calls that this kind of socket does not know."""

    __slots__ = ("on_change",)

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = _nobody

    def watch(self, callback: Callable[[], None]) -> None:
        """Call `callback()` whenever `events` may have changed, and nobody else any more."""
        self.on_change = callback

    def bind(self, address: int, port: int, now: int) -> None:
        raise SocketError(EINVAL)

    def listen(self, backlog: int, now: int) -> None:
        raise SocketError(EOPNOTSUPP)

    def accept(self, now: int) -> tuple[Socket, Address]:
        raise SocketError(EOPNOTSUPP)

    def connect(self, address: int, port: int, cause: int, now: int) -> None:
        raise SocketError(EOPNOTSUPP)

    def send(self, data: bytes, cause: int, now: int) -> int:
        raise SocketError(ENOTCONN)

    def send_more(self, data: bytes, cause: int, now: int) -> int:
        """As `send` with MSG_MORE; only a stream knows to wait for what follows."""
        return self.send(data, cause, now)

    def sendto(self, data: bytes, address: int, port: int, cause: int, now: int) -> int:
        raise SocketError(EOPNOTSUPP)

    def receive(self, limit: int, flags: int, cause: int, now: int) -> bytes:
        return self.receive_from(limit, flags, cause, now)[0]

    def receive_from(self, limit: int, flags: int, cause: int, now: int) -> tuple[bytes, Address]:
        raise SocketError(ENOTCONN)

    def shutdown(self, how: int, cause: int, now: int) -> None:
        raise SocketError(ENOTCONN)

    def close(self, cause: int, now: int) -> None:
        """Give everything back; the socket is gone afterwards."""

    def hold(self) -> None:
        """A call takes time and holds the socket: what arrives waits for its end.  Only TCP needs that."""

    def release(self, now: int) -> None:
        """The call is over."""

    def take_error(self) -> int:
        """The pending errno, once (SO_ERROR)."""
        return 0

    def events(self) -> int:
        """What poll() would report: POLLIN, POLLOUT, POLLERR, POLLHUP."""
        return 0

    def name(self) -> Address:
        """The local address and port."""
        return 0, 0

    def peer(self) -> Address:
        """The remote address and port; raises ENOTCONN."""
        raise SocketError(ENOTCONN)

    def state(self) -> str:
        """The TCP state, or "" for other sockets."""
        return ""

    def info(self, now: int) -> dict[str, int]:
        """TCP_INFO; raises ENOPROTOOPT for what is no TCP connection."""
        raise SocketError(ENOPROTOOPT)

    def unread(self) -> int:
        """Bytes that can be read at once (SIOCINQ)."""
        raise SocketError(EOPNOTSUPP)

    def unacknowledged(self) -> int:
        """Bytes written that the peer has not acknowledged (SIOCOUTQ)."""
        raise SocketError(EOPNOTSUPP)

    def set_option(self, level: int, name: int, value: int, now: int) -> None:
        raise SocketError(ENOPROTOOPT)

    def get_option(self, level: int, name: int) -> int:
        raise SocketError(ENOPROTOOPT)
