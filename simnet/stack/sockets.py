"""The socket table of one host: Linux's socket calls, sans-IO and never blocking.

Four clients use it alike: the steps of scenarios, packetdrill scripts, the stand-in modules for Python programs,
the console.  A call that would block raises EAGAIN; `watch` says when to try again.

`now` is the time in ns; `cause` the id of the call, which the frames it sends carry.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Callable, Final

from simnet.stack.datagram_socket import RawIcmpSocket, UdpSocket
from simnet.stack.epoll import Epoll
from simnet.stack.host_queries import HostQueries
from simnet.stack.linux_errno import EAFNOSUPPORT, EBADF, EINVAL, EPROTONOSUPPORT, SocketError
from simnet.stack.linux_socket import (
    AF_INET,
    IPPROTO_ICMP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    MSG_DONTWAIT,
    MSG_EOR,
    MSG_FASTOPEN,
    MSG_MORE,
    MSG_OOB,
    MSG_ZEROCOPY,
    SOCK_DGRAM,
    SOCK_RAW,
    SOCK_STREAM,
)
from simnet.stack.message import Address, Message
from simnet.stack.ports import Ports
from simnet.stack.raw import RawLayer
from simnet.stack.socket import Socket
from simnet.stack.tcp.layer import TcpLayer
from simnet.stack.tcp_socket import TcpSocket
from simnet.stack.udp import UdpLayer

_FIRST_FD: Final = 3


def _nobody() -> None:
    """Nobody watches any more."""


class Sockets:
    """All open sockets of one host, or of one process there, by descriptor; a new one gets the lowest that is free."""

    __slots__ = ("_host", "_tcp", "_udp", "_raw", "_tcp_ports", "_udp_ports", "_open", "_next", "_freed")

    def __init__(
        self, host: HostQueries, tcp: TcpLayer, udp: UdpLayer, raw: RawLayer, tcp_ports: Ports, udp_ports: Ports
    ) -> None:
        self._host: Final = host
        self._tcp: Final = tcp
        self._udp: Final = udp
        self._raw: Final = raw
        self._tcp_ports: Final = tcp_ports
        self._udp_ports: Final = udp_ports
        self._open: dict[int, Socket] = {}
        self._next = _FIRST_FD
        self._freed: list[int] = []  # below `_next`; the lowest is given out first, as POSIX wants

    def of_another_process(self) -> Sockets:
        """A table of the same host, with descriptors of its own."""
        return Sockets(self._host, self._tcp, self._udp, self._raw, self._tcp_ports, self._udp_ports)

    def socket(self, family: int, type: int, protocol: int = 0) -> int:
        """A new socket's descriptor; raises EAFNOSUPPORT, EPROTONOSUPPORT."""
        if family != AF_INET:
            raise SocketError(EAFNOSUPPORT)
        if type == SOCK_STREAM and protocol in (0, IPPROTO_TCP):
            return self._add(TcpSocket(self._host, self._tcp, self._tcp_ports))
        if type == SOCK_DGRAM and protocol in (0, IPPROTO_UDP):
            return self._add(UdpSocket(self._host, self._udp, self._udp_ports))
        if type == SOCK_RAW and protocol == IPPROTO_ICMP:
            return self._add(RawIcmpSocket(self._host, self._raw))
        raise SocketError(EPROTONOSUPPORT)

    def bind(self, fd: int, address: int, port: int, now: int) -> None:
        """Give the socket its local address (0: any) and port (0: the host chooses)."""
        self._find(fd).bind(address, port, now)

    def listen(self, fd: int, backlog: int, now: int) -> None:
        """Accept connections from now on; `backlog` + 1 may wait."""
        self._find(fd).listen(backlog, now)

    def accept(self, fd: int, now: int) -> tuple[int, Address]:
        """The oldest waiting connection as a new descriptor, and its peer; raises EAGAIN."""
        accepted, peer = self._find(fd).accept(now)
        return self._add(accepted), peer

    def connect(self, fd: int, address: int, port: int, now: int, cause: int = 0) -> None:
        """Connect; TCP raises EINPROGRESS, and becomes writable when it is done (see `take_error`)."""
        self._find(fd).connect(address, port, cause, now)

    def disconnect(self, fd: int, now: int, cause: int = 0) -> None:
        """connect() to an address of no family: the socket is a fresh one again, still bound if it was."""
        self._find(fd).disconnect(cause, now)

    def send(self, fd: int, data: bytes, now: int, cause: int = 0, flags: int = 0) -> int:
        """How many bytes were taken; raises EAGAIN when the buffer is full.  `flags`: MSG_MORE and others."""
        if flags & (MSG_MORE | MSG_EOR | MSG_DONTWAIT | MSG_ZEROCOPY | MSG_OOB):
            return self._find(fd).send_flagged(data, flags, cause, now)
        return self._find(fd).send(data, cause, now)

    def sendto(
        self, fd: int, data: bytes, address: int, port: int, now: int, cause: int = 0, flags: int = 0
    ) -> int:
        """Send a datagram; of `flags`, MSG_FASTOPEN counts, which connects and may send data with the SYN, and MSG_OOB.

        With it, MSG_DONTWAIT says that the program will not wait to send what did not go with the SYN.
        """
        if flags:
            if flags & MSG_FASTOPEN:
                return self._find(fd).open_with(data, flags, address, port, cause, now)
            if flags & MSG_OOB:
                return self.send(fd, data, now, cause, flags)
        socket = self._open.get(fd)
        if socket is None:
            raise SocketError(EBADF)
        return socket.sendto(data, address, port, cause, now)

    def recv(self, fd: int, limit: int, now: int, cause: int = 0, flags: int = 0) -> bytes:
        """At most `limit` bytes; b"" at the end of the stream; raises EAGAIN when there is nothing yet."""
        socket = self._open.get(fd)
        if socket is None:
            raise SocketError(EBADF)
        return socket.receive(limit, flags, cause, now)

    def recvfrom(self, fd: int, limit: int, now: int, cause: int = 0, flags: int = 0) -> tuple[bytes, Address]:
        """As `recv`, with the sender's address."""
        return self._find(fd).receive_from(limit, flags, cause, now)

    def recvmsg(self, fd: int, limit: int, now: int, cause: int = 0, flags: int = 0) -> Message:
        """As `recv`, with flags and control messages (TCP_INQ)."""
        return self._find(fd).receive_message(limit, flags, cause, now)

    def shutdown(self, fd: int, how: int, now: int, cause: int = 0) -> None:
        """Close one direction (SHUT_RD, SHUT_WR) or both (SHUT_RDWR)."""
        self._find(fd).shutdown(how, cause, now)

    def close(self, fd: int, now: int, cause: int = 0) -> None:
        """Close the descriptor; TCP goes on by itself until the peer has everything."""
        socket = self._find(fd)
        del self._open[fd]
        heappush(self._freed, fd)
        socket.dismiss()
        socket.close(cause, now)

    def linger(self, fd: int, now: int, cause: int = 0) -> int:
        """Begin to close a socket with SO_LINGER: for how many nanoseconds close() may wait until `is_lingering` ends.

        0 if it does not wait at all.  `close` must follow, whether the time is over or not.
        """
        return self._find(fd).linger(cause, now)

    def is_lingering(self, fd: int) -> bool:
        """Has the peer not acknowledged everything yet, the FIN too?"""
        return self._find(fd).is_lingering()

    def hold(self, fd: int) -> None:
        """A call to the socket takes time from now on: what arrives for it waits until `release`.

        Without this, calls are over in an instant.
        """
        self._find(fd).hold()

    def release(self, fd: int, now: int) -> None:
        """The call is over; harmless when none was held."""
        self._find(fd).release(now)

    def setsockopt(self, fd: int, level: int, name: int, value: int, now: int) -> None:
        """Set an option; SO_LINGER takes the seconds, or -1 for off."""
        self._find(fd).set_option(level, name, value, now)

    def setsockopt_bytes(self, fd: int, level: int, name: int, value: bytes) -> None:
        """Set an option whose value is no number: TCP_CONGESTION (before there is a connection), TCP_FASTOPEN_KEY."""
        self._find(fd).set_bytes(level, name, value)

    def getsockopt_bytes(self, fd: int, level: int, name: int) -> bytes:
        """The value of such an option."""
        return self._find(fd).get_bytes(level, name)

    def getsockopt(self, fd: int, level: int, name: int) -> int:
        """An option's value; SO_ERROR gives the pending errno once."""
        return self._find(fd).get_option(level, name)

    def getsockname(self, fd: int) -> Address:
        """The local address and port."""
        return self._find(fd).name()

    def getpeername(self, fd: int) -> Address:
        """The remote address and port; raises ENOTCONN."""
        return self._find(fd).peer()

    def poll(self, fd: int) -> int:
        """What poll() would report now: POLLIN, POLLOUT, POLLERR, POLLHUP."""
        return self._find(fd).events()

    def watch(self, fd: int, callback: Callable[[], None]) -> None:
        """Call `callback()` whenever `poll(fd)` may have changed.

        It is called in the middle of things: note it and come back later (the same instant will do).
        """
        self._find(fd).watch(callback)

    def unwatch(self, fd: int) -> None:
        """Do not call back any more; harmless for a closed descriptor."""
        socket = self._open.get(fd)
        if socket is not None:
            socket.watch(_nobody)

    def epoll_create(self) -> int:
        """A new epoll instance's descriptor."""
        return self._add(Epoll())

    def epoll_ctl(self, epoll_fd: int, operation: int, fd: int, events: int = 0, value: int = 0) -> None:
        """Add, change or remove what `epoll_fd` waits for on `fd`; `value` comes back from `epoll_wait`."""
        self._find_epoll(epoll_fd).control(operation, fd, self._find(fd), events, value)

    def epoll_wait(self, epoll_fd: int, most: int) -> list[tuple[int, int]]:
        """Up to `most` pairs of events and value, none if nothing is ready; `watch` tells when to look again."""
        return self._find_epoll(epoll_fd).wait(most)

    def _find_epoll(self, fd: int) -> Epoll:
        found = self._find(fd)
        if not isinstance(found, Epoll):
            raise SocketError(EINVAL)
        return found

    def take_error(self, fd: int) -> int:
        """The pending errno, once: what became of a connect."""
        return self._find(fd).take_error()

    def state(self, fd: int) -> str:
        """The TCP state of a socket, "" for other kinds."""
        return self._find(fd).state()

    def info(self, fd: int, now: int) -> dict[str, int]:
        """TCP_INFO by Linux's names without "tcpi_"; raises ENOPROTOOPT for what is no TCP socket.

        Without a connection only the state, and of a listener how many wait (unacked) and may wait (sacked).
        """
        return self._find(fd).info(now)

    def unread(self, fd: int) -> int:
        """Bytes that can be read at once (SIOCINQ)."""
        return self._find(fd).unread()

    def is_at_mark(self, fd: int) -> bool:
        """Is the next byte of the stream the peer's urgent one (SIOCATMARK)?"""
        return self._find(fd).is_at_mark()

    def unacknowledged(self, fd: int) -> int:
        """Bytes written that the peer has not acknowledged, the FIN too (SIOCOUTQ)."""
        return self._find(fd).unacknowledged()

    def open_sockets(self) -> list[int]:
        """All open descriptors."""
        return list(self._open)

    def _add(self, socket: Socket) -> int:
        if self._freed:
            fd = heappop(self._freed)
        else:
            fd = self._next
            self._next += 1
        self._open[fd] = socket
        return fd

    def _find(self, fd: int) -> Socket:
        socket = self._open.get(fd)
        if socket is None:
            raise SocketError(EBADF)
        return socket
