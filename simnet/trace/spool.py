"""Keeps the events of a run however long it is: the first ones in memory, all others in a temporary file.

The file has no name: it goes when nobody reads it any more, however the process ends.
"""

from __future__ import annotations

import pickle
import struct
import tempfile
import weakref
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, TypeVar

import msgspec
from msgspec import Struct

from simnet.errors import TraceError
from simnet.trace.events import Event
from simnet.wire import ethernet
from simnet.wire.frame import Frame

IN_MEMORY: Final = 20_000
"""Events: more than most runs have; with frames of 1500 bytes some 50 MB."""

_SIZE: Final = struct.Struct("=I")
_PICKLED: Final = 1 << 31
_CHUNK: Final = 1 << 18

Made = TypeVar("Made")


class _FrameBytes(Struct, frozen=True, array_like=True):
    data: bytes
    id: int
    parent: int
    reason: int
    cause: int


class Spool:
    """A sink that can be iterated, any number of times, once the run has ended."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self.end_ns = 0
        self._first: Final[list[Event]] = []
        self._room = in_memory
        self._file: BinaryIO | None = None
        self._written = 0
        self._packed = bytearray()
        self._encode: Final = msgspec.msgpack.Encoder(enc_hook=self._pack).encode
        self._last: Frame | None = None

    def put(self, event: Event) -> None:
        if self._room:
            self._room -= 1
            self._first.append(event)
            return
        try:
            data = self._encode(event)
            head = len(data)
        except UnicodeEncodeError:  # a program's output need not be text
            data = pickle.dumps(event)
            head = len(data) | _PICKLED
        packed = self._packed
        packed += _SIZE.pack(head)
        packed += data
        if len(packed) > _CHUNK:
            self._write()

    def close(self, end_ns: int) -> None:
        self.end_ns = end_ns
        self._write()

    def __iter__(self) -> Iterator[Event]:
        yield from self._first
        self._write()
        if self._file is not None:
            yield from _Reader(self._file, self._written)

    def _write(self) -> None:
        if not self._packed:
            return
        if self._file is None:
            self._file = self._safely(_unnamed_file)
            weakref.finalize(self, self._file.close)
        self._safely(self._append, self._file)
        self._written += len(self._packed)
        self._packed.clear()

    def _append(self, file: BinaryIO) -> None:
        file.seek(self._written)
        file.write(self._packed)
        file.flush()

    @staticmethod
    def _safely(act: Callable[..., Made], *arguments: Any) -> Made:
        """What `act` gives; where there is no room, that is said with the way out."""
        try:
            return act(*arguments)
        except OSError as error:
            raise TraceError(
                f"{tempfile.gettempdir()}: cannot hold the trace: {error.strerror}; "
                "make room there, or name another folder in the environment variable TMPDIR"
            ) from None

    def _pack(self, value: object) -> _FrameBytes | None:
        """A frame in its one form of bytes; None for the same as in the event before."""
        if not isinstance(value, Frame):
            raise TypeError(f"no event holds a {type(value).__name__}")  # what msgspec knows itself does not come here
        if value is self._last:
            return None
        self._last = value
        return _FrameBytes(ethernet.pack(value), value.id, value.parent, value.reason, value.cause)


def _unnamed_file() -> BinaryIO:
    return tempfile.TemporaryFile(prefix="simnet-")


class _Reader:
    """The events in a spool's file; several may read it in turns."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file: Final = file
        self._size: Final = size
        self._last: Frame | None = None

    def __iter__(self) -> Iterator[Event]:
        decode = msgspec.msgpack.Decoder(Event, dec_hook=self._unpack).decode
        held, offset = b"", 0
        while offset < self._size:
            self._file.seek(offset)
            chunk = self._file.read(min(_CHUNK, self._size - offset))
            offset += len(chunk)
            held += chunk
            at = 0
            while len(held) - at >= _SIZE.size:
                start = at + _SIZE.size
                head = _SIZE.unpack_from(held, at)[0]
                end = start + (head & ~_PICKLED)
                if end > len(held):
                    break
                data = memoryview(held)[start:end]
                yield pickle.loads(data) if head & _PICKLED else decode(data)
                at = end
            held = held[at:]

    def _unpack(self, _: type, value: object) -> Frame:
        if value is not None:
            packed = msgspec.convert(value, _FrameBytes)
            frame = ethernet.parse(packed.data)
            frame.id = packed.id
            frame.parent = packed.parent
            frame.reason = packed.reason
            frame.cause = packed.cause
            self._last = frame
        assert self._last is not None
        return self._last
