"""The system calls of scripts that send, and what all calls share.

Each call is a generator: see calls.py.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from simnet.stack.alarms import NEVER
from simnet.stack.linux_errno import EAGAIN, EINPROGRESS, EOPNOTSUPP, SocketError
from simnet.stack.linux_socket import (
    IPPROTO_TCP,
    MSG_DONTWAIT,
    MSG_EOR,
    MSG_ERRQUEUE,
    MSG_FASTOPEN,
    MSG_MORE,
    MSG_OOB,
    MSG_PEEK,
    MSG_ZEROCOPY,
    POLLERR,
    POLLHUP,
    POLLOUT,
)
from simnet.stack.tcp.states import State
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
from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.names import (
    CONSTANTS,
    EFAULT,
    MSG_NOSIGNAL,
    MSG_TRUNC,
)
from simnet.testing.packetdrill.problems import Unsupported
from simnet.testing.packetdrill.script import Ellipsis, Expression, SystemCall
from simnet.testing.packetdrill.settings import Settings

BROKEN: Final = POLLERR | POLLHUP
_OPENING: Final = State.SYN_SENT.value
_MODELED_FLAGS: Final = (
    MSG_DONTWAIT | MSG_PEEK | MSG_MORE | MSG_EOR | MSG_FASTOPEN | MSG_NOSIGNAL | MSG_TRUNC | MSG_ZEROCOPY | MSG_ERRQUEUE
    | MSG_OOB
)


@dataclass(frozen=True, slots=True)
class Result:
    """`descriptor`: the new one, of calls that make one."""

    value: int
    errno: int = 0
    descriptor: Descriptor | None = None


Steps = Generator[int, None, Result]


class Sending:
    """write(), send(), sendto(), sendmsg() and their like, on the socket table."""

    __slots__ = ("_machine", "_settings", "_descriptors")

    def __init__(self, machine: Machine, settings: Settings, descriptors: Descriptors) -> None:
        self._machine: Final = machine
        self._settings: Final = settings
        self._descriptors: Final = descriptors

    def _learn_port(self, descriptor: Descriptor) -> None:
        under_test = self._descriptors.under_test
        if under_test is not None and under_test.fd == descriptor.number:
            under_test.local_port = self._machine.stack.sockets.getsockname(descriptor.number)[1]

    def _learn_peer(self, descriptor: Descriptor, ip: int, port: int) -> None:
        under_test = self._descriptors.under_test
        if under_test is not None and under_test.fd == descriptor.number:
            under_test.connects(ip, port)
            self._learn_port(descriptor)

    def _write(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        """write(fd, buffer, length), send(…, flags), sendto(…, flags, address, length)."""
        length = size(argument(call, 2))
        flags = number(argument(call, 3)) if call.name != "write" else 0
        if is_null(argument(call, 1)) and length:
            return Result(-1, EFAULT)
        under_test = self._descriptors.under_test
        if call.name == "sendto" and under_test is not None and under_test.protocol != IPPROTO_TCP:
            return self._sendto(call, descriptor, length, flags)
        if flags & MSG_FASTOPEN:
            return (yield from self._open_with(descriptor, length, flags, argument(call, 4)))
        return (yield from self._send(descriptor, length, flags))

    def _sendto(self, call: SystemCall, descriptor: Descriptor, length: int, flags: int) -> Result:
        check_flags(flags)
        ip, port = address(argument(call, 4), (self._settings.remote_ip, self._settings.connect_port))
        sockets, clock = self._machine.stack.sockets, self._machine.clock
        count = sockets.sendto(descriptor.number, bytes(length), ip, port, clock, 0, flags)
        self._learn_peer(descriptor, ip, port)
        return Result(count)

    def _writev(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        return (yield from self._send(descriptor, buffers(argument(call, 1)), 0))

    def _sendmsg(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        written = message(argument(call, 1))
        if "msg_control" in written.fields:
            raise Unsupported("control messages to send are not modeled")
        flags = number(argument(call, 2))
        if flags & MSG_FASTOPEN:
            peer = written.fields.get("msg_name", Ellipsis.ANY)
            return (yield from self._open_with(descriptor, room(written), flags, peer))
        return (yield from self._send(descriptor, room(written), flags))

    def _open_with(self, descriptor: Descriptor, length: int, flags: int, peer: Expression) -> Steps:
        """Connect, and send with the SYN what may go (MSG_FASTOPEN); a blocking call sends the rest afterwards."""
        check_flags(flags)
        if is_unspecified(peer):
            return Result(-1, EOPNOTSUPP)
        ip, port = address(peer, (self._settings.remote_ip, self._settings.connect_port))
        sockets, is_blocking = self._machine.stack.sockets, descriptor.is_blocking and not flags & MSG_DONTWAIT
        flags = flags if is_blocking else flags | MSG_DONTWAIT
        sent = 0
        try:
            sent = sockets.sendto(descriptor.number, bytes(length), ip, port, self._machine.clock, 0, flags)
        except SocketError as error:
            if error.number == EINPROGRESS:
                self._learn_peer(descriptor, ip, port)
            if error.number != EINPROGRESS or not is_blocking:
                raise
        self._learn_peer(descriptor, ip, port)
        if not is_blocking:
            return Result(sent)
        yield from self._until(descriptor, POLLOUT | BROKEN)
        number = sockets.take_error(descriptor.number)
        if number:
            return Result(-1, number)
        if sent == length:
            return Result(sent)
        return (yield from self._send_rest(descriptor, length, sent, flags & ~MSG_FASTOPEN))

    def _send(self, descriptor: Descriptor, length: int, flags: int) -> Steps:
        check_flags(flags)
        if not descriptor.is_blocking:
            flags |= MSG_DONTWAIT
        return (yield from self._send_rest(descriptor, length, 0, flags))

    def _send_rest(self, descriptor: Descriptor, length: int, sent: int, flags: int) -> Steps:
        sockets, is_blocking = self._machine.stack.sockets, not flags & MSG_DONTWAIT
        while True:
            try:
                sent += sockets.send(descriptor.number, bytes(length - sent), self._machine.clock, 0, flags)
            except SocketError as error:
                if error.number not in (EAGAIN, EINPROGRESS) or not is_blocking:
                    return Result(sent) if sent else Result(-1, error.number)
            if is_blocking and sockets.state(descriptor.number) == _OPENING:  # by this very call (TCP_FASTOPEN_CONNECT)
                yield from self._until(descriptor, POLLOUT | BROKEN)
                number = sockets.take_error(descriptor.number)
                if number:
                    return Result(-1, number)
            if sent >= length or not is_blocking:
                return Result(sent)
            yield from self._until(descriptor, POLLOUT | BROKEN)

    def _until(self, descriptor: Descriptor, events: int) -> Generator[int, None, None]:
        """Wait until poll() would report one of `events`."""
        while not self._machine.stack.sockets.poll(descriptor.number) & events:
            yield NEVER


def check_flags(flags: int) -> None:
    """Refuse what is not modeled."""
    unknown = flags & ~_MODELED_FLAGS
    if unknown:
        names = [name for name, value in CONSTANTS.items() if name.startswith("MSG_") and value & unknown]
        raise Unsupported(f"{' and '.join(names) or hex(unknown)} is not modeled")
