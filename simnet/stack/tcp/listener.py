"""A listening socket: connections being opened, and those that wait for accept() (RFC 9293 3.10.1, listen(2))."""

from __future__ import annotations

from collections import deque
from typing import Callable, Final

from simnet.stack.ports import Binding
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.socket_options import SocketOptions

_NEVER_YET: Final = -1 << 62


class Listener:
    """Admits `backlog` + 1 connections that nobody has accepted; further SYNs are dropped without a word.

    `binding`: its claim on the port, if it has one.  `group`: all listeners that share address and port by
    SO_REUSEPORT.  `half_open`: how many handshakes go on, `young` of them without a repeated SYN-ACK;
    `overflowed_at`: when the last SYN cookie was sent; `fast_openings`: connections by Fast Open in SYN-RECEIVED.
    """

    __slots__ = (
        "local", "port", "backlog", "options", "on_change", "binding", "group", "half_open", "young",
        "overflowed_at", "fast_openings", "_queue", "_close",
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
        self.young = 0
        self.fast_openings = 0
        self.overflowed_at = _NEVER_YET
        self._queue: deque[Connection] = deque()
        self._close: Final = close

    def is_queue_full(self) -> bool:
        """Are there as many half-open connections as may wait for accept()?"""
        return self.half_open > self.backlog

    def synack_retries(self, most: int) -> int:
        """How often a SYN-ACK is repeated: less than `most` when half the queue is full (Linux reqsk_timer_handler)."""
        if self.half_open << 1 > max(8, self.backlog):
            young = self.young << 1
            while most > 2 and self.half_open >= young:
                most -= 1
                young <<= 1
        return most

    def is_full(self) -> bool:
        """Is there no room for one more?"""
        return len(self._queue) > self.backlog

    def takes_fast_opens(self) -> bool:
        """May one more SYN with data become a connection at once (TCP_FASTOPEN)?"""
        return self.fast_openings < self.options.fastopen_queue

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
