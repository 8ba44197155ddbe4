"""The bytes behind a trace: a file that can be read again and again, and a reader that says where it stands.

Every failure is a `TraceError` that names the file, the offset, the cause and the way out.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any, BinaryIO, Final

from simnet.errors import TraceError

STANDARD_INPUT: Final = "-"
_BUFFER: Final = 1 << 18


class Source:
    """A file under the name its reader knows it by."""

    def __init__(self, path: str, name: str) -> None:
        self.name = name
        self._path = path

    @property
    def stem(self) -> str:
        """The name without folders and suffix: what a capture and its unnamed interfaces are called."""
        return Path(self.name).stem or self.name

    def open(self) -> Reader:
        """A reader at the first byte; several may be open at once."""
        try:
            return Reader(open(self._path, "rb", buffering=_BUFFER), self.name)
        except OSError as error:
            raise _unreadable(self.name, error) from None


def open_source(path: str) -> Source:
    """The source at `path`; `-` is standard input.  What cannot be read twice is first copied to a temporary file."""
    try:
        if path == STANDARD_INPUT:
            return _spooled(sys.stdin.buffer, "standard input")
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return Source(path, path)
        if stat.S_ISDIR(mode):
            raise TraceError(f"{path}: is a directory; name a trace or capture file in it")
        with open(path, "rb") as pipe:
            return _spooled(pipe, path)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _spooled(stream: BinaryIO, name: str) -> Source:
    file = tempfile.TemporaryFile(prefix="simnet-")
    source = _Spooled(file, name)
    weakref.finalize(source, file.close)  # when the last trace that reads it is gone
    shutil.copyfileobj(stream, file, _BUFFER)
    file.flush()
    return source


class _Spooled(Source):
    """A temporary file without a name, so that nothing is left however the process ends."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__("", name)
        self._file = file

    def open(self) -> Reader:
        return Reader(io.BufferedReader(_View(self, self._file), _BUFFER), self.name)


class _View(io.RawIOBase):
    """Reads a file from a place of its own, as if it were opened anew."""

    def __init__(self, owner: Source, file: BinaryIO) -> None:
        self._owner = owner  # who closes the file when nobody needs it
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            self._at = self._file.seek(offset, whence)
        else:
            self._at = offset + (self._at if whence == os.SEEK_CUR else 0)
        return self._at

    def readinto(self, room: Any) -> int:
        self._file.seek(self._at)
        data = self._file.read(len(room))
        room[: len(data)] = data
        self._at += len(data)
        return len(data)


def _unreadable(name: str, error: Exception) -> TraceError:
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return TraceError(f"{name}: cannot be read: {cause}; check the path and its permissions")


class Reader:
    """Reads a source from start to end; `offset` is where the next byte stands."""

    __slots__ = ("name", "offset", "_file")

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self.name = name
        self.offset = 0

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def peek(self, size: int) -> bytes:
        """The first `size` bytes, or as many as there are, without passing them; only before anything was read."""
        start = self.take_up_to(size)
        self._file.seek(0)
        self.offset = 0
        return start

    def take_up_to(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end."""
        try:
            data = self._file.read(size)
        except OSError as error:
            raise _unreadable(self.name, error) from None
        self.offset += len(data)
        return data

    def take(self, size: int, what: str) -> bytes:
        """The next `size` bytes, which are `what`."""
        data = self.take_up_to(size)
        if len(data) < size:
            raise self.cut_short(size, len(data), what)
        return data

    def take_or_end(self, size: int, what: str) -> bytes:
        """The next `size` bytes, which are `what`, or none where the file ends properly."""
        data = self.take_up_to(size)
        if data and len(data) < size:
            raise self.cut_short(size, len(data), what)
        return data

    def skip(self, size: int, what: str) -> None:
        """Pass over `size` bytes, holding little of them."""
        while size:
            size -= len(self.take(min(size, _BUFFER), what))

    def line(self, limit: int) -> bytes:
        """The next line with its newline; none at the end, no newline when it is cut or longer than `limit`."""
        try:
            line = self._file.readline(limit)
        except OSError as error:
            raise _unreadable(self.name, error) from None
        self.offset += len(line)
        return line

    def from_end(self, size: int) -> bytes:
        """The last `size` bytes of the file, or all of it."""
        try:
            end = self._file.seek(0, os.SEEK_END)
            self._file.seek(max(0, end - size))
            return self._file.read(size)
        except OSError as error:
            raise _unreadable(self.name, error) from None

    def cut_short(self, expected: int, found: int, what: str) -> TraceError:
        return self.damage(
            f"the file ends inside {what}: expected {expected} bytes, found {found}",
            "it was cut while being written or copied; everything before is intact",
            self.offset - found,
        )

    def damage(self, cause: str, way_out: str, offset: int | None = None) -> TraceError:
        """An error at `offset`, by default where the reader stands."""
        where = self.offset if offset is None else offset
        return TraceError(f"{self.name}: offset {where}: {cause}; {way_out}")
