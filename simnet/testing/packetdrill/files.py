"""open(), pipe(), splice() and sendfile(): files and pipes of a script, which hold nothing but zeros.

A file is a name and a size, made by the command dd.  Each call is a generator: see calls.py.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.alarms import NEVER
from simnet.stack.linux_errno import EAGAIN, EBADF, EINVAL, ENOENT, SocketError
from simnet.stack.linux_socket import MSG_MORE
from simnet.testing.packetdrill.arguments import argument, is_null, number, single, size
from simnet.testing.packetdrill.descriptors import Descriptor, Descriptors
from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.names import O_RDONLY, SPLICE_F_MORE, SPLICE_F_NONBLOCK
from simnet.testing.packetdrill.problems import InvalidScript, Unsupported
from simnet.testing.packetdrill.script import Items, SystemCall
from simnet.testing.packetdrill.sending import Result, Sending, Steps
from simnet.testing.packetdrill.texts import call_text

_NO_NUMBER: Final = -1  # it is no descriptor of the stack
_ROOM: Final = 16 * 4096  # of a pipe, and of the one that sendfile() uses


class OpenFile(Descriptor):
    """A file opened for reading."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        super().__init__(_NO_NUMBER, True)
        self.size: Final = size


class Pipe:
    """`held`: bytes written and not read."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = 0


class PipeEnd(Descriptor):
    """One end of `pipe`."""

    __slots__ = ("pipe", "can_read")

    def __init__(self, pipe: Pipe, can_read: bool) -> None:
        super().__init__(_NO_NUMBER, True)
        self.pipe: Final = pipe
        self.can_read: Final = can_read


def open_file(call: SystemCall, machine: Machine) -> Result:
    """open("/tmp/testfile", O_RDONLY)."""
    name = argument(call, 0)
    if not isinstance(name, str) or number(argument(call, 1)) != O_RDONLY:
        raise Unsupported(f"{call_text(call)} is not modeled")
    if name not in machine.files:
        raise SocketError(ENOENT)
    return Result(0, 0, OpenFile(machine.files[name]))


def open_pipe(call: SystemCall, descriptors: Descriptors) -> Result:
    """pipe([5, 6]): the end to read from, and the one to write to."""
    ends = argument(call, 0)
    if not isinstance(ends, Items) or len(ends.items) != 2:
        raise InvalidScript("pipe needs two descriptors; write pipe([5, 6])")
    pipe = Pipe()
    for end, can_read in zip(ends.items, (True, False), strict=True):
        descriptors.add(number(end), PipeEnd(pipe, can_read))
    return Result(0)


class Moving(Sending):
    """The calls that move data between sockets, pipes and files."""

    __slots__ = ()

    def _sendfile(self, call: SystemCall, descriptor: Descriptor) -> Steps:
        """sendfile(4, 5, [0], 1000): in pieces of what a pipe holds, with MSG_MORE but for the last."""
        source = self._descriptors.find(number(argument(call, 1)))
        offset = argument(call, 2)
        if not isinstance(source, OpenFile):
            return Result(-1, EBADF if source is None else EINVAL)
        start = 0 if is_null(offset) else number(single(offset))
        left = min(size(argument(call, 3)), max(source.size - start, 0))
        sent = 0
        while left:
            piece = min(left, _ROOM)
            left -= piece
            result: Result = yield from self._send(descriptor, piece, MSG_MORE if left else 0)
            sent += max(result.value, 0)
            if result.value < piece:
                return Result(sent) if sent else result
        return Result(sent)

    def _splice(self, call: SystemCall, source: Descriptor) -> Steps:
        """splice(4, NULL, 6, NULL, 100, 0): from a socket into a pipe, or from a pipe into a socket."""
        to = self._descriptors.find(number(argument(call, 2)))
        length, flags = size(argument(call, 4)), number(argument(call, 5))
        if to is None:
            return Result(-1, EBADF)
        if isinstance(source, PipeEnd) and source.can_read and to.number != _NO_NUMBER:
            return (yield from self._out_of_pipe(source.pipe, to, length, flags))
        if isinstance(to, PipeEnd) and not to.can_read and source.number != _NO_NUMBER:
            return (yield from self._into_pipe(source, to.pipe, length, flags))
        raise Unsupported(f"{call_text(call)} is not modeled")

    def _out_of_pipe(self, pipe: Pipe, to: Descriptor, length: int, flags: int) -> Steps:
        while not pipe.held:
            if flags & SPLICE_F_NONBLOCK:
                return Result(-1, EAGAIN)
            yield NEVER
        more = MSG_MORE if flags & SPLICE_F_MORE else 0
        result: Result = yield from self._send(to, min(length, pipe.held), more)
        pipe.held -= max(result.value, 0)
        return result

    def _into_pipe(self, source: Descriptor, pipe: Pipe, length: int, flags: int) -> Steps:
        """Reads no further than to urgent data, and not beyond it either (Linux tcp_splice_read)."""
        sockets = self._machine.stack.sockets
        is_patient = source.is_blocking and not flags & SPLICE_F_NONBLOCK
        while True:
            if sockets.is_at_mark(source.number):
                return Result(0) if is_patient else Result(-1, EAGAIN)
            try:
                data = sockets.recv(source.number, min(length, _ROOM - pipe.held), self._machine.clock)
                pipe.held += len(data)
                return Result(len(data))
            except SocketError as error:
                if error.number != EAGAIN or not is_patient:
                    raise
            yield NEVER
