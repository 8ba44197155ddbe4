"""TCP sockets as Linux's tcp(7) describes them: one socket is fresh, then a listener or a connection.

Errors follow golden capture 16c: a reset is ECONNRESET once, then EPIPE for sending and end of stream for reading.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet.stack.host_queries import HostQueries
from simnet.stack.linux_errno import (
    EADDRNOTAVAIL,
    EAGAIN,
    EALREADY,
    ECONNABORTED,
    ECONNRESET,
    EINPROGRESS,
    EINVAL,
    EISCONN,
    ENETUNREACH,
    ENOPROTOOPT,
    ENOTCONN,
    EPIPE,
    SocketError,
)
from simnet.stack.linux_socket import (
    IPPROTO_TCP,
    MSG_PEEK,
    POLLERR,
    POLLHUP,
    POLLIN,
    POLLOUT,
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
    TCP_LISTEN,
    TCP_MAXSEG,
)
from simnet.stack.ports import Binding, Ports
from simnet.stack.socket import Address, Socket
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.held import hold, release
from simnet.stack.tcp.layer import TcpLayer
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp.states import State
from simnet.stack.tcp_progress import Progress, events_of
from simnet.wire.addresses import ANY, LOCALHOST, is_multicast

_READ: Final = SHUT_RD + 1  # bit of what shutdown() has closed


class TcpSocket(Socket):
    """A TCP socket.  `_shut` and `_error` are those of a socket without a connection."""

    __slots__ = (
        "_host", "_layer", "_ports", "_options", "_binding", "_bound", "_listener", "_connection", "_progress",
        "_shut", "_error",
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

    def watch(self, callback: Callable[[], None]) -> None:
        self.on_change = callback
        if self._connection is not None:
            self._connection.on_change = callback

    def _changed(self) -> None:
        self.on_change()

    def _has_port(self) -> bool:
        return self._binding is not None and self._binding.bucket is not None

    # --- becoming something

    def bind(self, address: int, port: int, now: int) -> None:
        if address != ANY and not self._host.is_local(address) and not self._is_for_many(address):
            raise SocketError(EADDRNOTAVAIL)
        if self._has_port() or self._listener is not None or not self._is_closed():
            raise SocketError(EINVAL)
        self._binding = self._ports.bind(address, port, self._options.reuse, self._options.reuseport)
        self._bound = address

    def _is_closed(self) -> bool:
        return self._connection is None or self._connection.is_closed()

    def listen(self, backlog: int, now: int) -> None:
        if self._progress is not Progress.UNCONNECTED:
            raise SocketError(EINVAL)
        most = self._host.profile.somaxconn
        backlog = min(backlog, most) if backlog >= 0 else most
        if self._listener is not None:
            self._listener.backlog = backlog
            return
        binding = self._binding
        if binding is None or binding.bucket is None:
            binding = self._binding = self._ports.bind(ANY, 0, self._options.reuse, self._options.reuseport)
        self._ports.listen(binding)
        self._listener = self._layer.listen(binding.address, binding.port, backlog, self._options, self._changed)
        self._listener.binding = binding

    def accept(self, now: int) -> tuple[Socket, Address]:
        if self._listener is None:
            raise SocketError(EINVAL)
        connection = self._listener.accept()
        if connection is None:
            raise SocketError(EAGAIN)
        socket = TcpSocket(self._host, self._layer, self._ports)
        socket._adopt(connection)
        return socket, (connection.remote, connection.remote_port)

    def _adopt(self, connection: Connection) -> None:
        """Become the socket of a connection that a listener made."""
        connection.tcb.has_socket = True
        self._connection = connection
        self._progress = Progress.CONNECTED
        self._binding = connection.binding
        self._options = connection.options
        connection.on_change = self.on_change

    def connect(self, address: int, port: int, cause: int, now: int) -> None:
        if self._progress is Progress.CONNECTING:
            self._connect_again(cause, now)
            return
        if self._progress is Progress.CONNECTED or self._listener is not None:
            raise SocketError(EISCONN)
        if self._progress is Progress.DISCONNECTING:
            raise SocketError(EINVAL)
        binding = self._binding if self._has_port() else None
        bound = ANY if binding is None or self._is_for_many(binding.address) else binding.address
        address = address or bound or LOCALHOST
        source = self._host.source_address(address)
        if source < 0 or self._is_for_many(address):
            raise SocketError(ENETUNREACH)
        local = bound or source
        if binding is None:
            binding = self._choose_port(local, address, port, now)
        elif not self._layer.may_connect(local, binding.port, address, port):
            raise SocketError(EADDRNOTAVAIL)
        binding.address = local
        connection = self._layer.connect(local, binding.port, address, port, self._options, cause, now)
        connection.binding = binding
        self._connection = connection
        self._progress = Progress.CONNECTING
        connection.on_change = self.on_change
        raise SocketError(EINPROGRESS)

    def _is_for_many(self, address: int) -> bool:
        """Broadcast or multicast: one may bind to it, for what arrives, but not send from it or connect to it."""
        return is_multicast(address) or self._host.is_broadcast(address)

    def _choose_port(self, source: int, address: int, port: int, now: int) -> Binding:
        chosen = self._ports.ephemeral(
            address, port, lambda candidate: not self._layer.is_free(source, candidate, address, port, now)
        )
        self._binding = self._ports.claim(source, chosen, self._options.reuse, self._options.reuseport)
        return self._binding

    def _connect_again(self, cause: int, now: int) -> None:
        """connect() on a socket that is connecting: what became of it (golden 16c, Linux __inet_stream_connect)."""
        connection = self._connection
        if connection is not None and connection.is_opening():
            raise SocketError(EALREADY)
        if connection is None or connection.is_closed():
            number = self.take_error() or ECONNABORTED
            self._disconnect(cause, now)
            raise SocketError(number)
        self._progress = Progress.CONNECTED

    def _disconnect(self, cause: int, now: int) -> None:
        """A fresh socket again, with what bind() chose (Linux tcp_disconnect)."""
        connection, listener, binding = self._connection, self._listener, self._binding
        if listener is not None:
            listener.close(now)
            self._listener = None
            if binding is not None:
                binding.is_listening = False
        if connection is not None and not connection.is_closed():
            connection.abort(cause, now)
            self._error = ECONNRESET
        self._connection = None
        self._progress = Progress.UNCONNECTED
        self._shut = 0
        if binding is not None:
            binding.address = self._bound
            if not binding.is_locked:
                binding.release()
        self.on_change()

    # --- using it

    def send(self, data: bytes, cause: int, now: int) -> int:
        return _taken(self._sending().send(data, cause, now), data)

    def send_more(self, data: bytes, cause: int, now: int) -> int:
        return _taken(self._sending().send_more(data, cause, now), data)

    def _sending(self) -> Connection:
        """The connection, if a program may write to it now."""
        connection = self._connection
        if connection is None:
            raise SocketError(EPIPE)
        self._raise_pending()
        if not connection.is_established():
            raise SocketError(EAGAIN if connection.is_opening() else EPIPE)
        if not connection.may_send():
            raise SocketError(EPIPE)
        return connection

    def sendto(self, data: bytes, address: int, port: int, cause: int, now: int) -> int:
        return self.send(data, cause, now)

    def receive(self, limit: int, flags: int, cause: int, now: int) -> bytes:
        connection = self._connection
        if connection is None:
            return self._receive_nothing()
        data = connection.peek(limit) if flags & MSG_PEEK else connection.receive(limit, cause, now)
        if data is None:
            raise SocketError(connection.take_error() or EAGAIN)
        return data

    def _receive_nothing(self) -> bytes:
        """Without a connection there is an error or the end at best."""
        self._raise_pending()
        if self._listener is None and self._shut & _READ:
            return b""
        raise SocketError(ENOTCONN)

    def receive_from(self, limit: int, flags: int, cause: int, now: int) -> tuple[bytes, Address]:
        data = self.receive(limit, flags, cause, now)
        connection = self._connection
        return data, (0, 0) if connection is None else (connection.remote, connection.remote_port)

    def shutdown(self, how: int, cause: int, now: int) -> None:
        connection, listener = self._connection, self._listener
        if listener is not None:
            if how != SHUT_WR:
                self._disconnect(cause, now)
            return
        is_closed = connection is None or connection.is_closed()
        if self._progress is Progress.CONNECTING:
            is_over = connection is None or is_closed or connection.is_opening()
            self._progress = Progress.DISCONNECTING if is_over else Progress.CONNECTED
        if connection is not None and connection.state is State.SYN_SENT:
            self._disconnect(cause, now)
            return
        if connection is None:
            self._shut |= how + 1
        else:
            if how != SHUT_WR:
                connection.tcb.is_read_shut = True
            if how != SHUT_RD:
                connection.shutdown_write(cause, now)
        self.on_change()
        if is_closed:
            raise SocketError(ENOTCONN)

    def close(self, cause: int, now: int) -> None:
        if self._listener is not None:
            self._listener.close(now)
        if self._connection is not None:
            self._connection.close(cause, now)
        if self._binding is not None and self._is_closed():
            self._binding.release()

    def hold(self) -> None:
        if self._connection is not None:
            hold(self._connection)

    def release(self, now: int) -> None:
        if self._connection is not None:
            release(self._connection, now)

    # --- asking about it

    def take_error(self) -> int:
        if self._connection is not None:
            return self._connection.take_error()
        number, self._error = self._error, 0
        return number

    def _raise_pending(self) -> None:
        number = self.take_error()
        if number:
            raise SocketError(number)

    def events(self) -> int:
        if self._listener is not None:
            return POLLIN if self._listener.is_readable() else 0
        if self._connection is not None:
            return events_of(self._connection)
        events = POLLOUT | POLLHUP | (POLLIN | POLLRDHUP if self._shut & _READ else 0)
        return events | POLLERR if self._error else events

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
        return {"state": TCP_CLOSE}

    def unread(self) -> int:
        if self._listener is not None:
            raise SocketError(EINVAL)
        return 0 if self._connection is None else self._connection.receiver.unread()

    def unacknowledged(self) -> int:
        if self._listener is not None:
            raise SocketError(EINVAL)
        connection = self._connection
        if connection is None or connection.is_opening():
            return 0
        return connection.tcb.write_seq - connection.tcb.snd_una

    def set_option(self, level: int, name: int, value: int, now: int) -> None:
        if self._connection is not None:
            if not self._connection.set_option(level, name, value, now):
                raise SocketError(ENOPROTOOPT)
        elif not self._options.set(level, name, value):
            raise SocketError(ENOPROTOOPT)
        if self._binding is not None and level == SOL_SOCKET and name in (SO_REUSEADDR, SO_REUSEPORT):
            self._binding.reuse, self._binding.reuseport = self._options.reuse, self._options.reuseport

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


def _taken(count: int, data: bytes) -> int:
    """`count` of the bytes of `data` were accepted; none of some would block."""
    if count == 0 and data:
        raise SocketError(EAGAIN)
    return count
