"""A forked child that dies with its parent, and the channel between the two: objects, and open descriptors.

A real world lives in such a child: there it may change its namespaces, and there a single thread does everything.
Errors in the child are raised in the parent.
"""

from __future__ import annotations

import array
import os
import pickle
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from simnet.errors import InternalError, SimnetError
from simnet.worlds import linux

_HEAD: Final = struct.Struct("!I")
_DESCRIPTORS_AT_ONCE: Final = 200
_CHUNK: Final = 1 << 18
_ERROR: Final = "error"
_CRASH: Final = "crash"


class Channel:
    """One end of the channel; what the other end is, is known to both: only our own processes write here."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream: Final = stream
        self._buffer = bytearray()
        self._posted = bytearray()

    def fileno(self) -> int:
        return self._stream.fileno()

    def send(self, *message: Any) -> None:
        """Send a tuple, after those posted before."""
        self.post(*message)
        self.flush()

    def post(self, *message: Any) -> None:
        """Send a tuple some time before the next `flush` ends; costs no system call."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._posted += _HEAD.pack(len(data)) + data
        if len(self._posted) > _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Send all that was posted."""
        if self._posted:
            self._stream.sendall(self._posted)
            self._posted.clear()

    def receive(self) -> tuple[Any, ...] | None:
        """The next tuple; None when the other end has closed.  Raises the child's error."""
        while True:
            message = self.next_received()
            if message is not None:
                return message
            if not self.fill():
                return None

    def fill(self) -> bool:
        """Take in what has come, waiting for something; False when the other end has closed."""
        data = self._stream.recv(_CHUNK)
        self._buffer += data
        return bool(data)

    def next_received(self) -> tuple[Any, ...] | None:
        """The next tuple that has come completely, if any."""
        if len(self._buffer) < _HEAD.size:
            return None
        end = _HEAD.size + _HEAD.unpack_from(self._buffer)[0]
        if len(self._buffer) < end:
            return None
        message: tuple[Any, ...] = pickle.loads(bytes(self._buffer[_HEAD.size : end]))
        del self._buffer[:end]
        if message[0] == _ERROR:
            raise message[1]
        if message[0] == _CRASH:
            raise InternalError(f"the child of a real world failed:\n{message[1]}")
        return message

    def send_descriptors(self, descriptors: Sequence[int]) -> None:
        """Send open files; the other end must be in `receive_descriptors`."""
        for start in range(0, len(descriptors), _DESCRIPTORS_AT_ONCE):
            some = array.array("i", descriptors[start : start + _DESCRIPTORS_AT_ONCE])
            self._stream.sendmsg([b"d"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, some)])

    def receive_descriptors(self, count: int) -> list[int]:
        """Take over `count` open files."""
        found = array.array("i")
        room = socket.CMSG_SPACE(_DESCRIPTORS_AT_ONCE * found.itemsize)
        while len(found) < count:
            data, ancillary, _, _ = self._stream.recvmsg(1, room)
            if not data:
                raise InternalError("the child of a real world ended while handing over its captures")
            for _, _, content in ancillary:
                found.frombytes(content[: len(content) - len(content) % found.itemsize])
        return list(found)

    def close(self) -> None:
        """Nothing more is sent or received here."""
        self._stream.close()


class Child:
    """A process that does `work(channel)` and ends.  `channel` is the parent's end."""

    def __init__(self, work: Callable[[Channel], None]) -> None:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid: Final = os.fork()
        if self.pid == 0:
            ours.close()
            _live(work, Channel(theirs), parent)
        theirs.close()
        self.channel: Final = Channel(ours)
        self._has_ended = False

    def end(self) -> None:
        """Kill it if it still runs, and forget it."""
        self.channel.close()
        if self._has_ended:
            return
        self._has_ended = True
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _live(work: Callable[[Channel], None], channel: Channel, parent: int) -> None:
    """The whole life of the child."""
    code = 1
    try:
        linux.die_with_parent(parent)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it will stop us in its own way
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work(channel)
        code = 0
    except BrokenPipeError:
        pass
    except SimnetError as error:
        _last_words(channel, _ERROR, error)
    except BaseException:
        import traceback

        _last_words(channel, _CRASH, traceback.format_exc())
    finally:
        os._exit(code)


def _last_words(channel: Channel, *words: Any) -> None:
    try:
        channel.send(*words)
    except OSError:
        pass
