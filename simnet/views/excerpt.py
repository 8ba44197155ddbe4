"""An excerpt: the beginning and the end of a trace too long to be drawn, read without holding what lies between.

Nobody reads a ladder of a hundred thousand frames: which of them to draw is to be said with a filter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from simnet.trace.events import Event, FrameSent
from simnet.trace.network import NetworkMap
from simnet.views.hops import FrameEvent, Observed, everything
from simnet.views.inference import network_of
from simnet.wire.frame import Frame

ALL: Final = 0
FIRST: Final = 20_000
LAST: Final = 5_000
"""Events."""
CHOOSE: Final = "a filter chooses some"


class Excerpt:
    """The first and last events of `trace`, without frames that `keep` does not let pass; all of them if they are few.

    `left_out`: how many frames were sent between the two parts.  `first` 0 takes everything.
    """

    def __init__(
        self, trace: Observed, keep: Callable[[Frame], bool] = everything, *, first: int = FIRST, last: int = LAST
    ) -> None:
        self.network: Final[NetworkMap] = network_of(trace)
        self.left_out = 0
        self._first: Final[list[Event]] = []
        self._last: Final[deque[Event]] = deque(maxlen=last)
        for event in trace:
            if isinstance(event, FrameEvent) and not keep(event.frame):
                continue
            if first == ALL or len(self._first) < first:
                self._first.append(event)
                continue
            if len(self._last) == last:
                self.left_out += isinstance(self._last[0], FrameSent)
            self._last.append(event)

    def __iter__(self) -> Iterator[Event]:
        yield from self._first
        yield from self._last
