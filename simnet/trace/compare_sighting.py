"""`Sighting`: a frame as one viewpoint saw it, with its fields in a form in which two runs can be compared."""

from __future__ import annotations

from typing import Final

from simnet.trace.compare_names import Value
from simnet.trace.labels import Label
from simnet.wire.frame import Frame

UNKNOWN: Final = -1
SENT: Final = 0
ARRIVED: Final = 1

Stream = tuple[object, ...]
"""What tells the flows at a viewpoint apart, one way."""


class Sighting:
    """`frame` was seen at `place`, at `time`.

    `number`: what `simnet show` calls the frame.  `order`: its place among all sightings of its trace.  `way`: SENT or
    ARRIVED, UNKNOWN in a capture that does not tell.  `names` and `values`: its fields, outermost first.  `kind`: what
    makes it recognizable when other fields differ.  `identification`: of IP, UNKNOWN if there is none.  `clock` and
    `echo`: TCP's timestamps, UNKNOWN if there are none.  `label`: what a TCP expert calls the frame.
    """

    __slots__ = (
        "number", "order", "time", "place", "way", "frame", "stream", "back", "kind", "names", "values",
        "identification", "clock", "echo", "label",
    )  # fmt: skip

    def __init__(self, number: int, order: int, time: int, place: str, way: int, frame: Frame) -> None:
        self.number = number
        self.order = order
        self.time = time
        self.place = place
        self.way = way
        self.frame = frame
        self.stream: Stream = ()
        self.back: Stream = ()
        self.kind: tuple[object, ...] = ()
        self.names: tuple[str, ...] = ()
        self.values: tuple[Value | bytes, ...] = ()
        self.identification = UNKNOWN
        self.clock = UNKNOWN
        self.echo = UNKNOWN
        self.label: Label | None = None

    def fields(self) -> dict[str, Value | bytes]:
        """Each field by name."""
        return dict(zip(self.names, self.values, strict=True))
