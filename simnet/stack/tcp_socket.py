"""TCP sockets as Linux's tcp(7) describes them: one socket is fresh, then a listener or a connection.

Errors follow golden capture 16c: a reset is ECONNRESET once, then EPIPE for sending and end of stream for reading.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet.stack.host_queries import HostQueries
from simnet.stack.linux_errno import (
    EADDRINUSE,
    EADDRNOTAVAIL,
    EAGAIN,
    EALREADY,
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
from simnet.wire.addresses import ANY, is_multicast

_LOCALHOST: Final = 127 << 24 | 1


class TcpSocket(Socket):
    """A TCP socket."""

    __slots__ = (
        "_host", "_layer", "_ports", "_options", "_binding", "_may_share", "_listener", "_connection",
        "_is_connecting",
    )  # fmt: skip

    def __init__(self, host: HostQueries, layer: TcpLayer, ports: Ports) -> None:
        super().__init__()
        self._host: Final = host
        self._layer: Final = layer
        self._ports: Final = ports
        self._options: SocketOptions = SocketOptions(host.profile)
        self._binding: Binding | None = None
        self._may_share = False
        self._listener: Listener | None = None
        self._connection: Connection | None = None
        self._is_connecting = False

    def watch(self, callback: Callable[[], None]) -> None:
        self.on_change = callback
        if self._connection is not None:
            self._connection.on_change = callback

    def _changed(self) -> None:
        self.on_change()

    # --- becoming something

    def bind(self, address: int, port: int, now: int) -> None:
        if self._binding is not None or self._connection is not None:
            raise SocketError(EINVAL)
        if address != ANY and not self._host.is_local(address) and not self._is_for_many(address):
            raise SocketError(EADDRNOTAVAIL)
        if port and not self._may_share and self._layer.is_port_used(address, port):
            raise SocketError(EADDRINUSE)
        self._binding = self._ports.bind(address, port, self._may_share)

    def listen(self, backlog: int, now: int) -> None:
        if self._connection is not None:
            raise SocketError(EINVAL)
        if self._binding is None:
            self._binding = self._ports.bind(ANY, 0, self._may_share)
        if not self._ports.may_listen(self._binding):
            raise SocketError(EADDRINUSE)
        backlog = min(max(backlog, 0), self._host.profile.somaxconn)
        if self._listener is not None:
            self._listener.backlog = backlog
            return
        binding = self._binding
        binding.is_listening = True
        self._listener = self._layer.listen(binding.address, binding.port, backlog, self._options, self._changed)

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
        self._options = connection.options
        connection.on_change = self.on_change

    def connect(self, address: int, port: int, cause: int, now: int) -> None:
        if self._connection is not None:
            self._connect_again()
            return
        if self._listener is not None:
            raise SocketError(EISCONN)
        address = _LOCALHOST if address == ANY else address
        source = self._host.source_address(address)
        if source < 0 or self._is_for_many(address):
            raise SocketError(ENETUNREACH)
        if self._binding is None:
            local, local_port = source, self._choose_port(source, address, port, now)
        else:
            bound = self._binding.address
            local, local_port = source if bound == ANY or self._is_for_many(bound) else bound, self._binding.port
            if not self._layer.may_connect(local, local_port, address, port):
                raise SocketError(EADDRNOTAVAIL)
        self._is_connecting = True
        connection = self._layer.connect(local, local_port, address, port, self._options, cause, now)
        self._connection = connection
        connection.on_change = self.on_change
        raise SocketError(EINPROGRESS)

    def _is_for_many(self, address: int) -> bool:
        """Broadcast or multicast: one may bind to it, for what arrives, but not send from it or connect to it."""
        return is_multicast(address) or self._host.is_broadcast(address)

    def _choose_port(self, source: int, address: int, port: int, now: int) -> int:
        chosen = self._ports.ephemeral(
            address, port, lambda candidate: not self._layer.is_free(source, candidate, address, port, now)
        )
        self._binding = self._ports.claim(source, chosen, self._may_share)
        return chosen

    def _connect_again(self) -> None:
        """connect() on a socket that is connecting or connected (golden 16c)."""
        connection = self._connection
        assert connection is not None
        number = self.take_error()
        if number:
            self._forget_connection()
            raise SocketError(number)
        if not self._is_connecting:
            raise SocketError(EISCONN)
        if connection.is_established():
            self._is_connecting = False
            return
        raise SocketError(EALREADY)

    def _forget_connection(self) -> None:
        self._connection = None
        self._is_connecting = False

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
            raise SocketError(ENOTCONN)
        data = connection.peek(limit) if flags & MSG_PEEK else connection.receive(limit, cause, now)
        if data is None:
            raise SocketError(connection.take_error() or EAGAIN)
        return data

    def receive_from(self, limit: int, flags: int, cause: int, now: int) -> tuple[bytes, Address]:
        data = self.receive(limit, flags, cause, now)
        assert self._connection is not None
        return data, (self._connection.remote, self._connection.remote_port)

    def shutdown(self, how: int, cause: int, now: int) -> None:
        connection = self._connection
        if self._listener is not None:
            if how != SHUT_WR:
                self._stop_listening(now)
            return
        if connection is None or connection.is_opening() or connection.is_closed():
            raise SocketError(ENOTCONN)
        if how != SHUT_WR:
            connection.tcb.is_read_shut = True
        if how != SHUT_RD:
            connection.shutdown_write(cause, now)
        self.on_change()

    def _stop_listening(self, now: int) -> None:
        """What shutdown(SHUT_RD) does to a listener (Linux inet_shutdown): it is a fresh socket again, still bound."""
        assert self._listener is not None and self._binding is not None
        self._listener.close(now)
        self._listener = None
        self._binding.is_listening = False
        self.on_change()

    def close(self, cause: int, now: int) -> None:
        if self._listener is not None:
            self._listener.close(now)
        if self._connection is not None:
            self._connection.close(cause, now)
        if self._binding is not None:
            self._ports.release(self._binding)

    def hold(self) -> None:
        if self._connection is not None:
            hold(self._connection)

    def release(self, now: int) -> None:
        if self._connection is not None:
            release(self._connection, now)

    # --- asking about it

    def take_error(self) -> int:
        return 0 if self._connection is None else self._connection.take_error()

    def _raise_pending(self) -> None:
        number = self.take_error()
        if number:
            raise SocketError(number)

    def events(self) -> int:
        if self._listener is not None:
            return POLLIN if self._listener.is_readable() else 0
        connection = self._connection
        if connection is None:
            return POLLOUT | POLLHUP
        if connection.is_opening():
            return 0
        events = POLLIN if connection.is_readable() else 0
        if connection.is_writable():
            events |= POLLOUT
        if connection.is_closed():
            events |= POLLIN | POLLOUT | POLLHUP
        if connection.has_peer_closed():
            events |= POLLRDHUP
        if connection.error:
            events |= POLLERR
        return events

    def name(self) -> Address:
        if self._connection is not None:
            return self._connection.local, self._connection.local_port
        return (self._binding.address, self._binding.port) if self._binding is not None else (ANY, 0)

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
        if (level, name) == (SOL_SOCKET, SO_REUSEADDR):
            self._may_share = value != 0
            if self._binding is not None:
                self._binding.may_share = self._may_share
        elif self._connection is not None:
            if not self._connection.set_option(level, name, value, now):
                raise SocketError(ENOPROTOOPT)
        elif not self._options.set(level, name, value):
            raise SocketError(ENOPROTOOPT)

    def get_option(self, level: int, name: int) -> int:
        if level == SOL_SOCKET and name in (SO_ERROR, SO_TYPE, SO_REUSEADDR):
            return {SO_ERROR: self._reported_error, SO_TYPE: _stream, SO_REUSEADDR: self._shares}[name]()
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

    def _shares(self) -> int:
        return int(self._may_share)


def _stream() -> int:
    return SOCK_STREAM


def _taken(count: int, data: bytes) -> int:
    """`count` of the bytes of `data` were accepted; none of some would block."""
    if count == 0 and data:
        raise SocketError(EAGAIN)
    return count
