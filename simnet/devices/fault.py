"""Faults: what a scenario does on purpose to chosen frames as they are put on a cable."""

from __future__ import annotations

from enum import Enum
from typing import Callable, Final

from simnet.wire.frame import Frame


class Action(Enum):
    """What a fault does to a frame."""

    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    CORRUPT = "corrupt"


class Fault:
    """Does `action` to frames for which `matches` says yes; put on any number of directions, it counts over all.

    `nth`: which of the matching frames, from 1; empty: all.  `by`: how long DELAY holds a frame back, in ns.
    `copies`: how many DUPLICATE adds.  `byte`: where CORRUPT flips the lowest bit; -1 is the last byte.
    `fired`: how often it has acted.
    """

    __slots__ = ("name", "action", "by", "copies", "byte", "matched", "fired", "_matches", "_nth")

    def __init__(
        self,
        *,
        name: str,
        action: Action,
        matches: Callable[[Frame], bool],
        nth: frozenset[int] = frozenset(),
        by: int = 0,
        copies: int = 1,
        byte: int = -1,
    ) -> None:
        self.name: Final = name
        self.action: Final = action
        self.by: Final = by
        self.copies: Final = copies
        self.byte: Final = byte
        self.matched: int = 0
        self.fired: int = 0
        self._matches: Final = matches
        self._nth: Final = nth

    def fires(self, frame: Frame) -> bool:
        """Does it act on `frame`, the next one to be sent?"""
        if not self._matches(frame):
            return False
        self.matched += 1
        if self._nth and self.matched not in self._nth:
            return False
        self.fired += 1
        return True
