"""TCP's 32-bit numbers as a reader wants them: counted from the connection's start, growing past 2**32."""

from __future__ import annotations

from typing import Final

_MODULUS: Final = 1 << 32
_HALF: Final = 1 << 31


class Numbers:
    """One direction's sequence numbers, relative to its initial one, which is 0.

    Where the SYN was not seen, the first number seen is 1, as in Wireshark.
    """

    __slots__ = ("_initial", "_near")

    def __init__(self) -> None:
        self._initial = -1
        self._near = 0

    def is_new_start(self, initial: int) -> bool:
        """Does a SYN with this number begin another connection than the one seen so far?"""
        return self._initial >= 0 and initial != self._initial

    def start(self, initial: int) -> None:
        """A SYN has shown the initial number."""
        if self._initial < 0:
            self._initial = initial

    def relative(self, number: int) -> int:
        """`number` counted from the start: the value nearest to the last one, so that it may grow past 2**32."""
        if self._initial < 0:
            self._initial = (number - 1) % _MODULUS
        distance = (number - self._initial - self._near + _HALF) % _MODULUS - _HALF
        self._near += distance
        return self._near
