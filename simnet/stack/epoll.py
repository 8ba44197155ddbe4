"""epoll(7): which of many sockets are ready, by level or by edge, without asking each (Linux fs/eventpoll.c).

A socket that changes puts its entry on the list of those that may be ready; `wait` asks only these.
Does not model: EPOLLEXCLUSIVE's choice among several sleepers (programs here never sleep in the call), EPOLLWAKEUP.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from simnet.stack.linux_errno import EEXIST, EINVAL, ENOENT, ENOTSOCK, SocketError
from simnet.stack.linux_socket import (
    EPOLL_CTL_ADD,
    EPOLL_CTL_DEL,
    EPOLL_CTL_MOD,
    EPOLLET,
    EPOLLEXCLUSIVE,
    EPOLLONESHOT,
    POLLERR,
    POLLHUP,
    POLLIN,
    with_normal,
)
from simnet.stack.message import Address
from simnet.stack.socket import Socket

_ALWAYS: Final = POLLERR | POLLHUP
_KINDS: Final = EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE


class Entry:
    """What an epoll instance was told of one socket: the events it waits for, and the caller's own `value`."""

    __slots__ = ("socket", "events", "value", "is_ready", "_epoll")

    def __init__(self, epoll: Epoll, socket: Socket, events: int, value: int) -> None:
        self._epoll: Final = epoll
        self.socket: Final = socket
        self.events = events
        self.value = value
        self.is_ready = False

    def occurring(self) -> int:
        """Which of the events hold now."""
        wanted = self.events & ~_KINDS
        return with_normal(self.socket.events()) & (wanted | _ALWAYS) if wanted else 0

    def woken(self, events: int) -> None:
        """The socket may have become ready for `events`."""
        wanted = self.events & ~_KINDS
        if wanted and with_normal(events) & (wanted | _ALWAYS):
            self._epoll.add_ready(self)

    def gone(self) -> None:
        """The socket was closed."""
        self._epoll.forget(self)


class Epoll(Socket):
    """An epoll instance; it stands in the table as sockets do, and can itself be polled."""

    __slots__ = ("_entries", "_ready")

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[int, Entry] = {}
        self._ready: deque[Entry] = deque()

    def control(self, operation: int, fd: int, socket: Socket, events: int, value: int) -> None:
        """epoll_ctl(); raises EEXIST, ENOENT, EINVAL."""
        entry = self._entries.get(fd)
        if socket is self or operation not in (EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL):
            raise SocketError(EINVAL)
        if operation == EPOLL_CTL_ADD:
            if entry is not None:
                raise SocketError(EEXIST)
            entry = self._entries[fd] = Entry(self, socket, events, value)
            socket.attach(entry)
        elif entry is None:
            raise SocketError(ENOENT)
        elif operation == EPOLL_CTL_DEL:
            socket.detach(entry)
            self.forget(entry)
            return
        elif (entry.events | events) & EPOLLEXCLUSIVE:
            raise SocketError(EINVAL)
        entry.events, entry.value = events, value
        if entry.occurring():
            self.add_ready(entry)

    def wait(self, most: int) -> list[tuple[int, int]]:
        """epoll_wait() without waiting: up to `most` pairs of events and value; raises EINVAL."""
        if most <= 0:
            raise SocketError(EINVAL)
        found: list[tuple[int, int]] = []
        for _ in range(len(self._ready)):
            if len(found) == most:
                break
            entry = self._ready.popleft()
            entry.is_ready = False
            events = entry.occurring()
            if not events:
                continue
            found.append((events, entry.value))
            if entry.events & EPOLLONESHOT:
                entry.events &= _KINDS
            elif not entry.events & EPOLLET:
                entry.is_ready = True
                self._ready.append(entry)
        return found

    def add_ready(self, entry: Entry) -> None:
        """`entry` may be ready."""
        if not entry.is_ready:
            entry.is_ready = True
            self._ready.append(entry)
        self.on_change()

    def forget(self, entry: Entry) -> None:
        """Its socket was closed, or nobody asks for it any more."""
        for fd, known in self._entries.items():
            if known is entry:
                del self._entries[fd]
                break
        if entry.is_ready:
            self._ready.remove(entry)

    def events(self) -> int:
        return POLLIN if any(entry.occurring() for entry in self._ready) else 0

    def close(self, cause: int, now: int) -> None:
        for entry in self._entries.values():
            entry.socket.detach(entry)
        self._entries.clear()
        self._ready.clear()

    # --- what sockets can do and this cannot

    def bind(self, address: int, port: int, now: int) -> None:
        raise SocketError(ENOTSOCK)

    def listen(self, backlog: int, now: int) -> None:
        raise SocketError(ENOTSOCK)

    def accept(self, now: int) -> tuple[Socket, Address]:
        raise SocketError(ENOTSOCK)

    def connect(self, address: int, port: int, cause: int, now: int) -> None:
        raise SocketError(ENOTSOCK)

    def send(self, data: bytes, cause: int, now: int) -> int:
        raise SocketError(ENOTSOCK)

    def sendto(self, data: bytes, address: int, port: int, cause: int, now: int) -> int:
        raise SocketError(ENOTSOCK)

    def receive_from(self, limit: int, flags: int, cause: int, now: int) -> tuple[bytes, Address]:
        raise SocketError(ENOTSOCK)

    def shutdown(self, how: int, cause: int, now: int) -> None:
        raise SocketError(ENOTSOCK)

    def name(self) -> Address:
        raise SocketError(ENOTSOCK)

    def peer(self) -> Address:
        raise SocketError(ENOTSOCK)

    def set_option(self, level: int, name: int, value: int, now: int) -> None:
        raise SocketError(ENOTSOCK)

    def get_option(self, level: int, name: int) -> int:
        raise SocketError(ENOTSOCK)
