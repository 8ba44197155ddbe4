"""What a TCP socket can be asked, and its options (tcp(7), socket(7)); `TcpSocket` adds what it can do."""

from __future__ import annotations

from typing import Callable, Final

from simnet.stack.host_queries import HostQueries
from simnet.stack.linux_errno import (
    EINVAL,
    ENOPROTOOPT,
    ENOTCONN,
    SocketError,
)
from simnet.stack.linux_socket import (
    ALL_EVENTS,
    IPPROTO_TCP,
    POLLERR,
    POLLHUP,
    POLLIN,
    POLLOUT,
    POLLPRI,
    POLLRDHUP,
    SHUT_RD,
    SHUT_WR,
    SO_ERROR,
    SO_RCVBUF,
    SO_REUSEADDR,
    SO_REUSEPORT,
    SO_SNDBUF,
    SO_TYPE,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_CLOSE,
    TCP_FASTOPEN,
    TCP_FASTOPEN_CONNECT,
    TCP_FASTOPEN_NO_COOKIE,
    TCP_LISTEN,
    TCP_MAXSEG,
    TCP_SYN_SENT,
)
from simnet.stack.message import Address
from simnet.stack.ports import Binding, Ports
from simnet.stack.socket import Socket
from simnet.stack.tcp import urgent
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.layer import TcpLayer
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp_progress import Progress, events_of
from simnet.wire.addresses import ANY, is_multicast

_BEFORE_OPENING: Final = (TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE)
READ: Final = SHUT_RD + 1  # bits of what shutdown() has closed
WRITE: Final = SHUT_WR + 1


class TcpSocketQueries(Socket):
    """The state of a TCP socket: nothing yet, a listener, or a connection.

    `_error` is that of a socket without a connection, `_shut` what was closed before there was one.
    """

    __slots__ = (
        "_host", "_layer", "_ports", "_options", "_binding", "_bound", "_listener", "_connection", "_progress",
        "_shut", "_error", "_deferred",
    )  # fmt: skip

    def __init__(self, host: HostQueries, layer: TcpLayer, ports: Ports) -> None:
        super().__init__()
        self._host: Final = host
        self._layer: Final = layer
        self._ports: Final = ports
        self._options: SocketOptions = SocketOptions(host.profile)
        self._binding: Binding | None = None
        self._bound = ANY  # the address that bind() chose
        self._listener: Listener | None = None
        self._connection: Connection | None = None
        self._progress = Progress.UNCONNECTED
        self._shut = 0
        self._error = 0
        self._deferred: tuple[int, int] | None = None  # where the first write() will connect to (TCP_FASTOPEN_CONNECT)

    def report_to(self, callback: Callable[[], None]) -> None:
        self.on_change = callback
        if self._connection is not None:
            self._connection.on_change = callback

    def take_woken(self) -> int:
        if self._listener is not None:
            return POLLIN
        connection = self._connection
        if connection is None:
            return ALL_EVENTS
        events, connection.woken = connection.woken, 0
        return events or POLLIN | POLLPRI

    # --- asking about it

    def _has_port(self) -> bool:
        return self._binding is not None and self._binding.bucket is not None

    def _may_bind(self, address: int) -> bool:
        return self._host.is_local(address) or self._options.freebind or self._is_for_many(address)

    def _is_closed(self) -> bool:
        return self._connection is None or self._connection.is_closed()

    def _is_for_many(self, address: int) -> bool:
        """Broadcast or multicast: one may bind to it, for what arrives, but not send from it or connect to it."""
        return is_multicast(address) or self._host.is_broadcast(address)

    def take_error(self) -> int:
        if self._connection is not None:
            return self._connection.take_error()
        number, self._error = self._error, 0
        return number

    def events(self) -> int:
        if self._listener is not None:
            return POLLIN if self._listener.is_readable() else 0
        if self._connection is not None:
            return events_of(self._connection) | (self._events_of_shut(self._connection) if self._shut else 0)
        if self._deferred is not None:
            return POLLOUT
        events = POLLOUT | POLLHUP | (POLLIN | POLLRDHUP if self._shut & READ else 0)
        return events | POLLERR if self._error else events

    def _events_of_shut(self, connection: Connection) -> int:
        """What shutdown() did before connect() counts from the beginning (Linux tcp_poll)."""
        events = POLLIN | POLLRDHUP if self._shut & READ else 0
        if self._shut & WRITE and (self._shut & READ or connection.tcb.is_read_shut):
            events |= POLLHUP
        return events

    def name(self) -> Address:
        if self._binding is not None:
            return self._binding.address, self._binding.port
        return (ANY, 0) if self._connection is None else (self._connection.local, self._connection.local_port)

    def peer(self) -> Address:
        connection = self._connection
        if connection is None or connection.is_closed() or connection.is_opening():
            raise SocketError(ENOTCONN)
        return connection.remote, connection.remote_port

    def state(self) -> str:
        if self._listener is not None:
            return "LISTEN"
        return "CLOSED" if self._connection is None else self._connection.state.value

    def info(self, now: int) -> dict[str, int]:
        if self._connection is not None:
            return self._connection.info(now)
        if self._listener is not None:
            return {"state": TCP_LISTEN, "unacked": self._listener.waiting(), "sacked": self._listener.backlog}
        return {"state": TCP_CLOSE if self._deferred is None else TCP_SYN_SENT}

    def unread(self) -> int:
        if self._listener is not None:
            raise SocketError(EINVAL)
        connection = self._connection
        return 0 if connection is None else urgent.before_mark(connection.tcb, connection.receiver.unread())

    def is_at_mark(self) -> bool:
        return self._connection is not None and urgent.is_at_mark(self._connection.tcb)

    def unacknowledged(self) -> int:
        if self._listener is not None:
            raise SocketError(EINVAL)
        connection = self._connection
        if connection is None or connection.is_opening():
            return 0
        return connection.tcb.write_seq - connection.tcb.snd_una

    def set_option(self, level: int, name: int, value: int, now: int) -> None:
        if level == IPPROTO_TCP and name in _BEFORE_OPENING and not self._is_unopened(name):
            raise SocketError(EINVAL)
        if self._connection is not None:
            if not self._connection.set_option(level, name, value, now):
                raise SocketError(ENOPROTOOPT)
        elif not self._options.set(level, name, value):
            raise SocketError(ENOPROTOOPT)
        if self._binding is not None and level == SOL_SOCKET and name in (SO_REUSEADDR, SO_REUSEPORT):
            self._binding.reuse, self._binding.reuseport = self._options.reuse, self._options.reuseport

    def _is_unopened(self, name: int) -> bool:
        is_listening = self._listener is not None and name == TCP_FASTOPEN_CONNECT
        return self._progress is Progress.UNCONNECTED and not is_listening

    def set_bytes(self, level: int, name: int, value: bytes) -> None:
        if self._connection is not None or level != IPPROTO_TCP or not self._options.set_bytes(name, value):
            raise SocketError(ENOPROTOOPT)

    def get_bytes(self, level: int, name: int) -> bytes:
        value = self._options.get_bytes(name) if level == IPPROTO_TCP else None
        if value is None:
            raise SocketError(ENOPROTOOPT)
        return value

    def get_option(self, level: int, name: int) -> int:
        if level == SOL_SOCKET and name in (SO_ERROR, SO_TYPE):
            return SOCK_STREAM if name == SO_TYPE else self._reported_error()
        value = self._current(level, name)
        if value is None:
            value = self._options.get(level, name)
        if value is None:
            raise SocketError(ENOPROTOOPT)
        return value

    def _current(self, level: int, name: int) -> int | None:
        """What a connection has made of an option by now; None for those it never touches."""
        connection = self._connection
        if connection is None:
            return None
        if (level, name) == (IPPROTO_TCP, TCP_MAXSEG):
            return connection.tcb.mss
        if (level, name) == (SOL_SOCKET, SO_RCVBUF):
            return connection.window.buffer
        if (level, name) == (SOL_SOCKET, SO_SNDBUF):
            return connection.sender.buffer.size
        return None

    def _reported_error(self) -> int:
        """SO_ERROR tells of soft errors, too: what a router said, without ending anything (RFC 9293 3.9.1.8)."""
        number = self.take_error()
        if not number and self._connection is not None:
            tcb = self._connection.tcb
            number, tcb.soft_error = tcb.soft_error, 0
        return number
