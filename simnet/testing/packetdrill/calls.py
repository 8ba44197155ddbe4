"""The system calls of scripts, made on the socket table.

Each call is a generator: it yields where it would block, the time in ns at which it wants to look again (or NEVER:
when something has happened), and returns its result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.stack.alarms import NEVER
from simnet.stack.linux_errno import EAGAIN, EBADF, EINPROGRESS, SocketError
from simnet.stack.linux_socket import (
    AF_INET,
    IPPROTO_ICMP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    MSG_DONTWAIT,
    MSG_ERRQUEUE,
    MSG_OOB,
    MSG_PEEK,
    POLLOUT,
    SOCK_DGRAM,
    SOCK_STREAM,
)
from simnet.testing.packetdrill.arguments import (
    address,
    argument,
    buffers,
    is_null,
    is_unspecified,
    message,
    number,
    room,
    size,
)
from simnet.testing.packetdrill.descriptors import Descriptor, Descriptors
from simnet.testing.packetdrill.epolling import epoll_ctl, epoll_wait
from simnet.testing.packetdrill.files import Moving, OpenFile, PipeEnd, open_file, open_pipe
from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.messages import check_message
from simnet.testing.packetdrill.names import (
    EFAULT,
    F_GETFL,
    F_SETFL,
    O_NONBLOCK,
    O_RDWR,
    SIOCATMARK,
    SIOCINQ,
    SIOCOUTQ,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
)
from simnet.testing.packetdrill.polling import poll
from simnet.testing.packetdrill.problems import Unsupported
from simnet.testing.packetdrill.script import Ellipsis, SystemCall
from simnet.testing.packetdrill.sending import BROKEN, Result, Steps, check_flags
from simnet.testing.packetdrill.settings import Settings
from simnet.testing.packetdrill.socket_options import check_output, getsockopt, setsockopt
from simnet.testing.packetdrill.texts import call_text
from simnet.testing.packetdrill.under_test import UnderTest

_IMPATIENT: Final = MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB  # what never waits
_DEFAULT_PROTOCOL: Final = {SOCK_STREAM: IPPROTO_TCP, SOCK_DGRAM: IPPROTO_UDP}


class Calls(Moving):
    """Makes calls for one script."""

    __slots__ = ("_known",)

    def __init__(self, machine: Machine, settings: Settings, descriptors: Descriptors) -> None:
        super().__init__(machine, settings, descriptors)
        self._known: Final[dict[str, Callable[[SystemCall, Descriptor], Steps]]] = {
            "bind": self._bind, "listen": self._listen, "accept": self._accept, "accept4": self._accept,
            "connect": self._connect, "read": self._read, "recv": self._read, "recvfrom": self._read,
            "readv": self._readv, "recvmsg": self._recvmsg, "write": self._write, "send": self._write,
            "sendto": self._write, "writev": self._writev, "sendmsg": self._sendmsg, "shutdown": self._shutdown,
            "close": self._close, "fcntl": self._fcntl, "ioctl": self._ioctl, "getsockopt": self._getsockopt,
            "setsockopt": self._setsockopt, "epoll_ctl": self._epoll_ctl, "epoll_wait": self._epoll_wait,
            "sendfile": self._sendfile, "splice": self._splice,
        }  # fmt: skip

    def steps(self, call: SystemCall) -> Steps:
        """Make `call`, step by step."""
        try:
            if call.name == "socket":
                return self._socket(call)
            if call.name == "poll":
                return Result((yield from poll(call, self._machine, self._descriptors)))
            if call.name == "epoll_create":
                return self._epoll_create()
            if call.name == "open":
                return open_file(call, self._machine)
            if call.name == "pipe":
                return open_pipe(call, self._descriptors)
            if call.name not in self._known:
                raise Unsupported(f"the system call {call.name} is not modeled")
            descriptor = self._descriptors.find(number(argument(call, 0)))
            if descriptor is None:
                return Result(-1, EBADF)
            if isinstance(descriptor, (OpenFile, PipeEnd)) and call.name != "splice":
                return self._close_file(call)
            return (yield from self._known[call.name](call, descriptor))
        except SocketError as error:
            return Result(-1, error.number)

    def _close_file(self, call: SystemCall) -> Result:
        """What can be done with a file or pipe by itself."""
        if call.name != "close":
            raise Unsupported(f"{call_text(call)} on a file or pipe is not modeled")
        self._descriptors.remove(number(argument(call, 0)))
        return Result(0)

    # --- becoming something

    def _socket(self, call: SystemCall) -> Result:
        domain = argument(call, 0)
        family = AF_INET if isinstance(domain, Ellipsis) else number(domain)
        kind, protocol = number(argument(call, 1)), number(argument(call, 2))
        type = kind & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
        protocol = protocol or _DEFAULT_PROTOCOL.get(type, protocol)
        if protocol not in (IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP):
            raise Unsupported(f"{call_text(call)}: this protocol is not modeled")
        live = self._machine.stack.sockets.socket(family, type, protocol)
        self._descriptors.under_test = UnderTest(protocol, live, self._settings.local_ip)
        return Result(live, 0, Descriptor(live, not kind & SOCK_NONBLOCK))

    def _bind(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        yield from ()
        ip, port = address(argument(call, 1), (self._settings.local_ip, self._settings.bind_port))
        self._machine.stack.sockets.bind(descriptor.number, ip, port, self._machine.clock)
        self._learn_port(descriptor)
        return Result(0)

    def _listen(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        yield from ()
        self._machine.stack.sockets.listen(descriptor.number, number(argument(call, 1)), self._machine.clock)
        under_test = self._descriptors.under_test
        if under_test is not None and under_test.fd == descriptor.number:
            under_test.is_listening = True
        return Result(0)

    def _accept(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        sockets = self._machine.stack.sockets
        while True:
            try:
                live, peer = sockets.accept(descriptor.number, self._machine.clock)
                break
            except SocketError as error:
                if error.number != EAGAIN or not descriptor.is_blocking:
                    raise
            yield NEVER
        under_test = self._descriptors.under_test
        if under_test is not None and under_test.fd < 0 and (under_test.remote, under_test.remote_port) == peer:
            under_test.fd = live
        flags = number(argument(call, 3)) if call.name == "accept4" else 0
        return Result(live, 0, Descriptor(live, not flags & SOCK_NONBLOCK))

    def _connect(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        sockets = self._machine.stack.sockets
        if is_unspecified(argument(call, 1)):
            sockets.disconnect(descriptor.number, self._machine.clock)
            under_test = self._descriptors.under_test
            if under_test is not None and under_test.fd == descriptor.number:
                under_test.is_disconnected = True
            return Result(0)
        ip, port = address(argument(call, 1), (self._settings.remote_ip, self._settings.connect_port))
        try:
            sockets.connect(descriptor.number, ip, port, self._machine.clock)
            self._learn_peer(descriptor, ip, port)
        except SocketError as error:
            if error.number != EINPROGRESS:
                raise
            self._learn_peer(descriptor, ip, port)
            if not descriptor.is_blocking:
                raise
            yield from self._until(descriptor, POLLOUT | BROKEN)
            number = sockets.take_error(descriptor.number)
            if number:
                return Result(-1, number)
        return Result(0)

    # --- reading

    def _read(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        """read(fd, buffer, length), recv(…, flags), recvfrom(…, flags, address, length)."""
        flags = number(argument(call, 3)) if call.name != "read" else 0
        length = size(argument(call, 2))
        return (yield from self._receive(descriptor, length, flags, is_null(argument(call, 1))))

    def _readv(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        return (yield from self._receive(descriptor, buffers(argument(call, 1)), 0, False))

    def _recvmsg(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        flags = number(argument(call, 2))
        check_flags(flags)
        wanted = message(argument(call, 1))
        sockets = self._machine.stack.sockets
        while True:
            try:
                found = sockets.recvmsg(descriptor.number, room(wanted), self._machine.clock, 0, flags)
                break
            except SocketError as error:
                if error.number != EAGAIN or not descriptor.is_blocking or flags & _IMPATIENT:
                    raise
            yield NEVER
        beginning = self._machine.clock - self._machine.now
        check_message(wanted, found, beginning, self._settings.tolerance(0))
        return Result(len(found.data))

    def _receive(self, descriptor: Descriptor, length: int, flags: int, is_null: bool) -> Steps:
        check_flags(flags)
        sockets = self._machine.stack.sockets
        look = (flags | MSG_PEEK if is_null else flags) | (0 if descriptor.is_blocking else MSG_DONTWAIT)
        while True:
            try:
                data = sockets.recv(descriptor.number, length, self._machine.clock, 0, look)
                return Result(-1, EFAULT) if is_null and data else Result(len(data))
            except SocketError as error:
                if error.number != EAGAIN or not descriptor.is_blocking or flags & _IMPATIENT:
                    raise
            yield NEVER

    # --- the rest

    def _shutdown(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        yield from ()
        self._machine.stack.sockets.shutdown(descriptor.number, number(argument(call, 1)), self._machine.clock)
        return Result(0)

    def _close(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        sockets = self._machine.stack.sockets
        until = self._machine.now + sockets.linger(descriptor.number, self._machine.clock)
        while sockets.is_lingering(descriptor.number) and self._machine.now < until:
            yield until
        sockets.close(descriptor.number, self._machine.clock)
        self._descriptors.remove(number(argument(call, 0)))
        under_test = self._descriptors.under_test
        if under_test is not None and under_test.fd == descriptor.number:
            under_test.fd = -1
        return Result(0)

    def _fcntl(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        yield from ()
        command = number(argument(call, 1))
        if command == F_GETFL:
            return Result(O_RDWR | (0 if descriptor.is_blocking else O_NONBLOCK))
        if command != F_SETFL:
            raise Unsupported(f"{call_text(call)} is not modeled")
        descriptor.is_blocking = not number(argument(call, 2)) & O_NONBLOCK
        return Result(0)

    def _ioctl(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        yield from ()
        sockets = self._machine.stack.sockets
        known: dict[int, Callable[[int], int]] = {
            SIOCINQ: sockets.unread, SIOCOUTQ: sockets.unacknowledged, SIOCATMARK: sockets.is_at_mark,
        }  # fmt: skip
        asked = known.get(number(argument(call, 1)))
        if asked is None:
            raise Unsupported(f"{call_text(call)} is not modeled")
        check_output(argument(call, 2), int(asked(descriptor.number)), call)
        return Result(0)

    def _getsockopt(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        yield from ()
        getsockopt(call, self._machine.stack.sockets, descriptor.number)
        return Result(0)

    def _setsockopt(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        yield from ()
        setsockopt(call, self._machine.stack.sockets, descriptor.number, self._machine.clock)
        return Result(0)

    def _epoll_create(self) -> Result:
        live = self._machine.stack.sockets.epoll_create()
        return Result(live, 0, Descriptor(live, True))

    def _epoll_ctl(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        yield from ()
        watched = self._descriptors.find(number(argument(call, 2)))
        if watched is None:
            return Result(-1, EBADF)
        epoll_ctl(call, self._machine, descriptor, watched)
        return Result(0)

    def _epoll_wait(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        return Result((yield from epoll_wait(call, self._machine, descriptor)))
