"""What every socket of the table can be asked; each kind of socket answers what it knows.

Calls never block: what would block raises EAGAIN.  `now` is the time in ns, `cause` the id of the call, which the
frames it sends carry.
"""

from __future__ import annotations

from typing import Callable, Protocol

from simnet.stack.linux_errno import EINVAL, ENOPROTOOPT, ENOTCONN, ENOTTY, EOPNOTSUPP, SocketError
from simnet.stack.linux_socket import ALL_EVENTS, MSG_OOB
from simnet.stack.message import Address, Message


def _nobody() -> None:
    """Until somebody watches."""


class Poller(Protocol):
    """Who wants to know which events a socket was woken for (epoll)."""

    def woken(self, events: int) -> None:
        """One of `events` may have become true."""

    def gone(self) -> None:
        """The socket was closed."""


class Socket:
    """One entry of the socket table: the calls that this kind of socket does not know."""

    __slots__ = ("on_change", "_watcher", "_pollers")

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = _nobody
        self._watcher: Callable[[], None] = _nobody
        self._pollers: list[Poller] = []

    def watch(self, callback: Callable[[], None]) -> None:
        """Call `callback()` whenever `events` may have changed, and no other watcher any more."""
        self._watcher = callback
        self._choose()

    def attach(self, poller: Poller) -> None:
        """Tell `poller`, too, and for which events."""
        self.take_woken()
        self._pollers.append(poller)
        self._choose()

    def detach(self, poller: Poller) -> None:
        """Tell `poller` no more."""
        self._pollers.remove(poller)
        self._choose()

    def _choose(self) -> None:
        """With no poller, changes are told to the watcher directly, which costs least."""
        self.report_to(self._tell if self._pollers else self._watcher)

    def _tell(self) -> None:
        events = self.take_woken()
        for poller in tuple(self._pollers):
            poller.woken(events)
        self._watcher()

    def report_to(self, callback: Callable[[], None]) -> None:
        """Changes are told by `callback()`."""
        self.on_change = callback

    def take_woken(self) -> int:
        """The events for which `on_change` was last called, where that is known."""
        return ALL_EVENTS

    def bind(self, address: int, port: int, now: int) -> None:
        raise SocketError(EINVAL)

    def listen(self, backlog: int, now: int) -> None:
        raise SocketError(EOPNOTSUPP)

    def accept(self, now: int) -> tuple[Socket, Address]:
        raise SocketError(EOPNOTSUPP)

    def connect(self, address: int, port: int, cause: int, now: int) -> None:
        raise SocketError(EOPNOTSUPP)

    def disconnect(self, cause: int, now: int) -> None:
        """connect() to AF_UNSPEC: be a fresh socket again."""
        raise SocketError(EOPNOTSUPP)

    def send(self, data: bytes, cause: int, now: int) -> int:
        raise SocketError(ENOTCONN)

    def send_flagged(self, data: bytes, flags: int, cause: int, now: int) -> int:
        """As `send` with MSG_MORE or MSG_EOR; only a stream joins what follows, is told not to, or knows MSG_OOB."""
        if flags & MSG_OOB:
            raise SocketError(EOPNOTSUPP)
        return self.send(data, cause, now)

    def sendto(self, data: bytes, address: int, port: int, cause: int, now: int) -> int:
        raise SocketError(EOPNOTSUPP)

    def open_with(self, data: bytes, flags: int, address: int, port: int, cause: int, now: int) -> int:
        """sendto() with MSG_FASTOPEN: connect, and send with the SYN what may go; returns how much, or EINPROGRESS."""
        raise SocketError(EOPNOTSUPP)

    def receive(self, limit: int, flags: int, cause: int, now: int) -> bytes:
        return self.receive_from(limit, flags, cause, now)[0]

    def receive_from(self, limit: int, flags: int, cause: int, now: int) -> tuple[bytes, Address]:
        raise SocketError(ENOTCONN)

    def receive_message(self, limit: int, flags: int, cause: int, now: int) -> Message:
        """As `receive_from`, with the control messages that options asked for."""
        data, peer = self.receive_from(limit, flags, cause, now)
        return Message(data, peer, 0, ())

    def shutdown(self, how: int, cause: int, now: int) -> None:
        raise SocketError(ENOTCONN)

    def dismiss(self) -> None:
        """The descriptor is being closed: nobody is told of anything any more."""
        for poller in self._pollers:
            poller.gone()
        self._pollers.clear()
        self.watch(_nobody)

    def close(self, cause: int, now: int) -> None:
        """Give everything back; the socket is gone afterwards."""

    def linger(self, cause: int, now: int) -> int:
        """Begin close(); for how many nanoseconds it may wait for the peer to have everything (SO_LINGER)."""
        return 0

    def is_lingering(self) -> bool:
        """Has close() anything left to wait for?"""
        return False

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

    def is_at_mark(self) -> bool:
        """Is the next byte of the stream the urgent one (SIOCATMARK)?"""
        raise SocketError(ENOTTY)

    def unacknowledged(self) -> int:
        """Bytes written that the peer has not acknowledged (SIOCOUTQ)."""
        raise SocketError(EOPNOTSUPP)

    def set_option(self, level: int, name: int, value: int, now: int) -> None:
        raise SocketError(ENOPROTOOPT)

    def set_bytes(self, level: int, name: int, value: bytes) -> None:
        """An option whose value is no number."""
        raise SocketError(ENOPROTOOPT)

    def get_bytes(self, level: int, name: int) -> bytes:
        raise SocketError(ENOPROTOOPT)

    def get_option(self, level: int, name: int) -> int:
        raise SocketError(ENOPROTOOPT)
