"""TCP sockets as Linux's tcp(7) describes them: one socket is fresh, then a listener or a connection.

Errors follow golden capture 16c: a reset is ECONNRESET once, then EPIPE for sending and end of stream for reading.
"""

from __future__ import annotations

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
    ENOTCONN,
    EOPNOTSUPP,
    EPIPE,
    SocketError,
)
from simnet.stack.linux_socket import (
    ALL_EVENTS,
    IPPROTO_TCP,
    MSG_DONTWAIT,
    MSG_ERRQUEUE,
    MSG_OOB,
    MSG_PEEK,
    SHUT_RD,
    SHUT_WR,
    TCP_CM_INQ,
)
from simnet.stack.message import Address, Control, Message
from simnet.stack.ports import Binding
from simnet.stack.socket import Socket
from simnet.stack.tcp import urgent
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.fast_open import SERVER, SERVER_WITHOUT_OPTION, Request
from simnet.stack.tcp.held import hold, receive, release
from simnet.stack.tcp.socket_options import FAST_OPEN_CLIENT
from simnet.stack.tcp.states import State
from simnet.stack.tcp_progress import Progress
from simnet.stack.tcp_socket_queries import READ, WRITE, TcpSocketQueries
from simnet.units import SECOND
from simnet.wire.addresses import ANY, LOCALHOST


class TcpSocket(TcpSocketQueries):
    """A TCP socket."""

    __slots__ = ()

    def _changed(self) -> None:
        self.on_change()

    # --- becoming something

    def bind(self, address: int, port: int, now: int) -> None:
        if address != ANY and not self._may_bind(address):
            raise SocketError(EADDRNOTAVAIL)
        if self._has_port() or self._listener is not None or not self._is_closed():
            raise SocketError(EINVAL)
        self._binding = self._ports.bind(address, port, self._options.reuse, self._options.reuseport)
        self._bound = address

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
        bits, unasked = self._host.profile.tcp_fastopen, SERVER | SERVER_WITHOUT_OPTION
        if bits & unasked == unasked and not self._options.fastopen_queue:
            self._options.fastopen_queue = backlog
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
        if self._deferred is not None:
            raise SocketError(EISCONN)
        if self._progress is Progress.CONNECTING:
            self._connect_again(cause, now)
            return
        address = self._prepare(address, port, now)
        if self._options.fastopen_connect:
            memory, is_without_cookie = self._layer.fast_open, self._options.fastopen_no_cookie
            self._progress = Progress.CONNECTING
            if memory.has_cookie(address, is_without_cookie):
                self._deferred = (address, port)
                return
            self._open(address, port, cause, now, memory.request(address, b"", is_without_cookie))
        else:
            self._open(address, port, cause, now, None)
        raise SocketError(EINPROGRESS)

    def _prepare(self, address: int, port: int, now: int) -> int:
        """Choose both ends of a connection to be; returns the address of the other."""
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
        return address

    def _open(self, address: int, port: int, cause: int, now: int, request: Request | None) -> Connection:
        """Send the SYN."""
        binding = self._binding
        assert binding is not None
        local = binding.address
        connection = self._layer.connect(local, binding.port, address, port, self._options, cause, now, request)
        connection.binding = binding
        connection.tcb.is_read_shut = self._shut & READ != 0
        self._connection = connection
        self._progress = Progress.CONNECTING
        self._deferred = None
        connection.on_change = self.on_change
        return connection

    def open_with(self, data: bytes, flags: int, address: int, port: int, cause: int, now: int) -> int:
        """Linux tcp_sendmsg_fastopen."""
        if not self._host.profile.tcp_fastopen & FAST_OPEN_CLIENT:
            raise SocketError(EOPNOTSUPP)
        if self._deferred is None:
            if self._progress is Progress.CONNECTING:
                self._connect_again(cause, now)
                return self.send_flagged(data, flags, cause, now)
            address = self._prepare(address, port, now)
        else:
            address, port = self._deferred
        request = self._layer.fast_open.request(address, data, self._options.fastopen_no_cookie)
        request.flags = flags
        connection = self._open(address, port, cause, now, request)
        self._raise_pending()
        request.is_waiting = not flags & MSG_DONTWAIT and (request.taken < len(data) or not request.data)
        if not request.taken:
            raise SocketError(EINPROGRESS)
        connection.sample()
        return request.taken

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
            self.disconnect(cause, now)
            raise SocketError(number)
        self._progress = Progress.CONNECTED

    def disconnect(self, cause: int, now: int) -> None:
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
        self._connection = self._deferred = None
        self._progress = Progress.UNCONNECTED
        self._shut = 0
        if binding is not None:
            binding.address = self._bound
            if not binding.is_locked:
                binding.release()
        self.on_change()

    # --- using it

    def send(self, data: bytes, cause: int, now: int) -> int:
        if self._deferred is not None:
            return self.open_with(data, 0, 0, 0, cause, now)
        return _taken(self._sending().send(data, cause, now), data)

    def send_flagged(self, data: bytes, flags: int, cause: int, now: int) -> int:
        if self._deferred is not None:
            return self.open_with(data, flags, 0, 0, cause, now)
        return _taken(self._sending().send(data, cause, now, flags), data)

    def _sending(self) -> Connection:
        """The connection, if a program may write to it now."""
        connection = self._connection
        if connection is None:
            raise SocketError(EPIPE)
        self._raise_pending()
        if not connection.is_established():
            raise SocketError(EAGAIN if connection.is_opening() else EPIPE)
        if not connection.may_send() or self._shut & WRITE:
            raise SocketError(EPIPE)
        return connection

    def sendto(self, data: bytes, address: int, port: int, cause: int, now: int) -> int:
        return self.send(data, cause, now)

    def receive(self, limit: int, flags: int, cause: int, now: int) -> bytes:
        connection = self._connection
        if connection is None:
            return self._receive_nothing(flags)
        if not flags and not connection.backlog:
            data = connection.receive(limit, cause, now)
        elif flags & MSG_OOB:
            return urgent.receive(connection.tcb, limit, flags)
        elif flags & MSG_PEEK:
            data = connection.peek(limit)
        else:
            data = receive(connection, limit, cause, now)
        if data is None:
            raise SocketError(connection.take_error() or EAGAIN)
        return data

    def _receive_nothing(self, flags: int) -> bytes:
        """Without a connection there is an error or the end at best."""
        if flags & MSG_OOB and self._listener is None:
            raise SocketError(EINVAL)
        self._raise_pending()
        if self._deferred is not None:
            raise SocketError(EAGAIN)
        if self._listener is None and self._shut & READ:
            return b""
        raise SocketError(ENOTCONN)

    def receive_from(self, limit: int, flags: int, cause: int, now: int) -> tuple[bytes, Address]:
        data = self.receive(limit, flags, cause, now)
        connection = self._connection
        return data, (0, 0) if connection is None else (connection.remote, connection.remote_port)

    def receive_message(self, limit: int, flags: int, cause: int, now: int) -> Message:
        connection = self._connection
        if flags & MSG_ERRQUEUE:
            told = None if connection is None else connection.sender.write_marks.errors.take()
            if told is None:
                raise SocketError(EAGAIN)
            return told
        data = self.receive(limit, flags, cause, now)
        if connection is None or not self._options.reports_unread:
            return Message(data, None, 0, ())
        unread = connection.receiver.unread() or int(connection.tcb.has_fin)
        return Message(data, None, 0, (Control(IPPROTO_TCP, TCP_CM_INQ, unread),))

    def shutdown(self, how: int, cause: int, now: int) -> None:
        connection, listener = self._connection, self._listener
        if listener is not None:
            if how != SHUT_WR:
                self.disconnect(cause, now)
            return
        is_closed = connection is None or connection.is_closed()
        if self._progress is Progress.CONNECTING:
            is_over = connection is None or is_closed or connection.is_opening()
            self._progress = Progress.DISCONNECTING if is_over else Progress.CONNECTED
        if connection is not None and connection.state is State.SYN_SENT:
            self.disconnect(cause, now)
            return
        if connection is None:
            self._shut |= how + 1
        else:
            if how != SHUT_WR:
                connection.tcb.is_read_shut = True
            if how != SHUT_RD:
                connection.shutdown_write(cause, now)
            connection.woken = ALL_EVENTS
        self.on_change()
        if is_closed:
            raise SocketError(ENOTCONN)

    def close(self, cause: int, now: int) -> None:
        if self._listener is not None:
            self._listener.close(now)
        if self._connection is not None:
            self._connection.close(cause, now)
            release(self._connection, now)
        if self._binding is not None and self._is_closed():
            self._binding.release()

    def linger(self, cause: int, now: int) -> int:
        connection = self._connection
        if connection is None or self._options.linger <= 0:
            return 0
        connection.begin_close(cause, now)
        return self._options.linger * SECOND

    def is_lingering(self) -> bool:
        return self._connection is not None and self._connection.is_closing()

    def hold(self) -> None:
        if self._connection is not None:
            hold(self._connection)

    def release(self, now: int) -> None:
        if self._connection is not None:
            release(self._connection, now)

    def _raise_pending(self) -> None:
        number = self.take_error()
        if number:
            raise SocketError(number)


def _taken(count: int, data: bytes) -> int:
    """`count` of the bytes of `data` were accepted; none of some would block."""
    if count == 0 and data:
        raise SocketError(EAGAIN)
    return count
