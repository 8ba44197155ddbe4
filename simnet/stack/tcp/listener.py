"""A listening socket: connections being opened, and those that wait for accept() (RFC 9293 3.10.1, listen(2))."""

from __future__ import annotations

from collections import deque
from typing import Callable, Final

from simnet.stack.ports import Binding
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.socket_options import SocketOptions


class Listener:
    """Admits `backlog` + 1 connections that nobody has accepted; further SYNs are dropped without a word.

    `binding`: its claim on the port, if it has one.  `group`: all listeners that share address and port by
    SO_REUSEPORT.
    """

    __slots__ = (
        "local", "port", "backlog", "options", "on_change", "binding", "group", "half_open", "_queue", "_close",
    )  # fmt: skip

    def __init__(
        self,
        *,
        local: int,
        port: int,
        backlog: int,
        options: SocketOptions,
        on_change: Callable[[], None],
        close: Callable[[Listener, int], None],
    ) -> None:
        self.local: Final = local
        self.port: Final = port
        self.backlog = backlog
        self.options: Final = options
        self.on_change = on_change
        self.binding: Binding | None = None
        self.group: list[Listener] = [self]
        self.half_open = 0
        self._queue: deque[Connection] = deque()
        self._close: Final = close

    def is_full(self) -> bool:
        """Is there no room for one more?"""
        return len(self._queue) > self.backlog

    def is_readable(self) -> bool:
        """Would accept() return a connection at once?"""
        return bool(self._queue)

    def waiting(self) -> int:
        """How many connections wait for accept()."""
        return len(self._queue)

    def admit(self, connection: Connection) -> None:
        """A handshake is complete."""
        self._queue.append(connection)
        self.on_change()

    def accept(self) -> Connection | None:
        """The connection that has waited longest; None if none waits."""
        return self._queue.popleft() if self._queue else None

    def close(self, now: int) -> None:
        """Listen no more; what nobody has accepted is reset."""
        self._close(self, now)
        while self._queue:
            self._queue.popleft().abort(0, now)
