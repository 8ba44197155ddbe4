"""What the plan of a sequence diagram is made of: lanes, lines, rows, states, and the sizes they share, in points."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from simnet.trace.network import Kind
from simnet.views import metrics
from simnet.views.arrows import Run
from simnet.views.clock import Clock
from simnet.views.drawing import Text
from simnet.views.hops import Hop
from simnet.views.labels import Label
from simnet.views.moments import StateMoment
from simnet.views.time_axis import TimeAxis

TEXT_SIZE: Final = 8.0
NAME_SIZE: Final = 10.5
SYMBOL_SIZE: Final = 26.0
HEAD_HEIGHT: Final = 74.0
"""From the upper edge to the first moment."""
MARGIN: Final = 12.0
NARROWEST_GAP: Final = 46.0
LOOP_WIDTH: Final = 15.0
LOOP_HEIGHT: Final = 11.0
"""How far the line of a frame to oneself swings out and falls."""
STRIP: Final = 7.0
"""How far the band of a state reaches beyond its lane."""


class Lane(Struct, frozen=True):
    """A device and where its line stands."""

    name: str
    x: float
    kind: Kind | None
    address: str


class Segment(Struct, frozen=True):
    """The line of a hop."""

    hop: Hop
    row: int
    x1: float
    y1: float
    x2: float
    y2: float


class Row(Struct):
    """An arrow with its label, or a state that no arrow brought about."""

    time: int
    order: int
    run: Run | None
    label: Label | None
    bump: float = 0.0
    y: float = 0.0


class StateMark(Struct):
    """A state and where it begins."""

    moment: StateMoment
    row: int
    is_end: bool
    y: float = 0.0


class Plan(Struct):
    """Everything with its place."""

    width: float
    height: float
    lanes: list[Lane]
    rows: list[Row]
    marks: list[StateMark]
    axis: TimeAxis
    clock: Clock
    segments: list[Segment] = []
    texts: list[Text] = []
    cuts: list[tuple[float, int]] = []
    left_out: int = 0
    with_strip: set[str] = set()

    @property
    def times_end(self) -> float:
        """Where the column of times ends."""
        return times_end(self.clock)


def times_end(clock: Clock) -> float:
    """Where the column of times ends that `clock` writes."""
    return MARGIN + metrics.width("0", TEXT_SIZE) * clock.width


def flight(hop: Hop) -> tuple[int, int]:
    """From when to when the line runs: from the first bit's departure, or at once if the queue was full."""
    start = hop.departs if hop.departs <= hop.ended else hop.sent
    return start, max(hop.ended, start)
