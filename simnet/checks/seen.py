"""Which frames an expectation looks at: those seen at its place that match its filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from simnet import filter as filters
from simnet.scenario.expectation_values import Place
from simnet.trace.events import Event, FrameArrived, FrameSent
from simnet.units import format_time
from simnet.wire.frame import Frame
from simnet.wire.summary import summary

SENT = "->"
ARRIVED = "<-"


class Sighting(Struct, frozen=True):
    """A frame seen at a place: when, at which port, and in which direction."""

    time: int
    port: str
    direction: str
    frame: Frame

    def __str__(self) -> str:
        return f"{summary(self.frame)} at {format_time(self.time)} ({self.port})"


def sightings(events: Iterable[Event], place: Place, matching: str) -> list[Sighting]:
    """The frames seen at `place` that match, in order."""
    matches = filters.compile(matching).matches if matching else _everything
    return [sighting for sighting in _at(events, place) if matches(sighting.frame)]


def _at(events: Iterable[Event], place: Place) -> Iterator[Sighting]:
    if place.port:
        for event in events:
            if isinstance(event, FrameSent) and event.port == place.port:
                yield Sighting(event.time, event.port, SENT, event.frame)
            elif isinstance(event, FrameArrived) and event.port == place.port:
                yield Sighting(event.time, event.port, ARRIVED, event.frame)
    elif place.senders:
        first = place.senders[0]
        for event in events:
            if isinstance(event, FrameSent) and event.port in place.senders:
                yield Sighting(event.time, event.port, SENT if event.port == first else ARRIVED, event.frame)
    else:
        for event in events:
            if isinstance(event, FrameSent) and event.frame.parent == 0:
                yield Sighting(event.time, event.port, SENT, event.frame)


def _everything(frame: Frame) -> bool:
    return True


def place_text(place: Place) -> str:
    """ " at client:eth0", or nothing for everywhere."""
    return f" at {place.text}" if place.text else ""
