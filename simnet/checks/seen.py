"""Which frames an expectation looks at: those seen at its place that match its filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


Look = Callable[[Event], Sighting | None]
"""What is seen of an event, if anything."""


def looking(place: Place, matching: str) -> Look:
    """Looks for frames at `place` that match."""
    matches = filters.compile(matching).matches if matching else _everything
    at_place = _at_port(place.port) if place.port else _on_link(place.senders) if place.senders else _first_sent

    def look(event: Event) -> Sighting | None:
        sighting = at_place(event)
        return sighting if sighting is not None and matches(sighting.frame) else None

    return look


def _at_port(port: str) -> Look:
    def look(event: Event) -> Sighting | None:
        if isinstance(event, FrameSent) and event.port == port:
            return Sighting(event.time, event.port, SENT, event.frame)
        if isinstance(event, FrameArrived) and event.port == port:
            return Sighting(event.time, event.port, ARRIVED, event.frame)
        return None

    return look


def _on_link(senders: Sequence[str]) -> Look:
    first = senders[0]

    def look(event: Event) -> Sighting | None:
        if isinstance(event, FrameSent) and event.port in senders:
            return Sighting(event.time, event.port, SENT if event.port == first else ARRIVED, event.frame)
        return None

    return look


def _first_sent(event: Event) -> Sighting | None:
    """Each frame where it was made, not where it was forwarded."""
    if isinstance(event, FrameSent) and event.frame.parent == 0:
        return Sighting(event.time, event.port, SENT, event.frame)
    return None


def _everything(frame: Frame) -> bool:
    return True


def place_text(place: Place) -> str:
    """ " at client:eth0", or nothing for everywhere."""
    return f" at {place.text}" if place.text else ""
