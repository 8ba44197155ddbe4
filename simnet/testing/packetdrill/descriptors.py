"""The file descriptors of a script, which are names, and the real ones behind them; what is being tested."""

from __future__ import annotations

from typing import Final

from simnet.testing.packetdrill.under_test import UnderTest

_FIRST_REMOTE_PORT: Final = 49_152


class Descriptor:
    """`number`: the stack's own.  `is_blocking`: calls on it wait."""

    __slots__ = ("number", "is_blocking")

    def __init__(self, number: int, is_blocking: bool) -> None:
        self.number: Final = number
        self.is_blocking = is_blocking


class Descriptors:
    """`under_test`: the socket that packet lines are about."""

    __slots__ = ("under_test", "_open", "_next_remote_port")

    def __init__(self) -> None:
        self.under_test: UnderTest | None = None
        self._open: dict[int, Descriptor] = {}
        self._next_remote_port = _FIRST_REMOTE_PORT

    def add(self, written: int, descriptor: Descriptor) -> None:
        """The script calls this descriptor `written`."""
        self._open[written] = descriptor

    def find(self, written: int) -> Descriptor | None:
        """None if the script has none of that name."""
        return self._open.get(written)

    def remove(self, written: int) -> None:
        """It is closed."""
        self._open.pop(written, None)

    def next_remote_port(self) -> int:
        """A port from which nobody has connected yet."""
        port = self._next_remote_port
        self._next_remote_port += 1
        return port
