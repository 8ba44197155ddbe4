"""No frame is lost without a word: sent + duplicated = arrived + dropped + in flight, on every link and in all.

A frame in flight is known by its id, so that each arrival is held against the very transmission it ends: one that
was never sent, arrives twice, or arrives after it was dropped is found where it happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from simnet.errors import InternalError
from simnet.trace.events import Event, FrameArrived, FrameDropped, FrameDuplicated, FrameSent
from simnet.units import format_time

_VIOLATIONS_KEPT: Final = 10


class Counts:
    """What became of the frames that one port sent: one direction of a link."""

    __slots__ = ("sent", "duplicated", "arrived", "dropped")

    def __init__(self) -> None:
        self.sent = 0
        self.duplicated = 0
        self.arrived = 0
        self.dropped = 0

    @property
    def in_flight(self) -> int:
        return self.sent + self.duplicated - self.arrived - self.dropped


class Conservation:
    """A sink that counts; `verify` at the end of a run.  It remembers only the frames in flight."""

    def __init__(self) -> None:
        self.ports: dict[str, Counts] = {}
        """By sending port; what arrives is counted where it was sent."""
        self.violations: list[str] = []
        """The first few, in words."""
        self._flying: dict[int, str] = {}

    def put(self, event: Event) -> None:
        if isinstance(event, FrameSent):
            self._counts(event.port).sent += 1
            self._take_off(event)
        elif isinstance(event, FrameArrived):
            self._land(event)
        elif isinstance(event, FrameDropped):
            self._fall(event)
        elif isinstance(event, FrameDuplicated):
            self._counts(event.port).duplicated += 1
            self._take_off(event)

    def close(self, end_ns: int) -> None:
        """Nothing is held back."""

    def total(self) -> Counts:
        """The sum over all ports."""
        total = Counts()
        for counts in self.ports.values():
            total.sent += counts.sent
            total.duplicated += counts.duplicated
            total.arrived += counts.arrived
            total.dropped += counts.dropped
        return total

    def verify(self, in_flight: int | Mapping[str, int]) -> None:
        """Raise `InternalError` unless everything adds up.

        `in_flight`: how many frames the links still carry, in all or by sending port (a port left out carries none).
        """
        problems = list(self.violations)
        if isinstance(in_flight, int):
            problems += _mismatch("all links", self.total(), in_flight)
        else:
            for port in sorted(self.ports.keys() | in_flight.keys()):
                problems += _mismatch(f"the link from {port}", self.ports.get(port, Counts()), in_flight.get(port, 0))
        if problems:
            raise InternalError("frames are not conserved: " + "; ".join(problems) + "; please report this run")

    def _counts(self, port: str) -> Counts:
        counts = self.ports.get(port)
        if counts is None:
            counts = self.ports[port] = Counts()
        return counts

    def _take_off(self, event: FrameSent | FrameDuplicated) -> None:
        if event.frame.id in self._flying:
            self._violated(event, "took off while a frame with its id was in flight")
        self._flying[event.frame.id] = event.port

    def _land(self, event: FrameArrived) -> None:
        sender = self._flying.pop(event.frame.id, None)
        if sender is None:
            self._violated(event, "arrived but was not in flight")
        else:
            self._counts(sender).arrived += 1

    def _fall(self, event: FrameDropped) -> None:
        sender = self._flying.pop(event.frame.id, None)
        if sender != event.port:
            self._violated(event, f"was dropped but was in flight from {sender or 'nowhere'}")
        else:
            self._counts(sender).dropped += 1

    def _violated(self, event: FrameSent | FrameDuplicated | FrameArrived | FrameDropped, what: str) -> None:
        if len(self.violations) < _VIOLATIONS_KEPT:
            self.violations.append(f"at {format_time(event.time)} frame {event.frame.id} at {event.port} {what}")


def check(events: Iterable[Event], in_flight: int | Mapping[str, int]) -> None:
    """Raise `InternalError` unless the frames of `events` are conserved; see `Conservation.verify`."""
    conservation = Conservation()
    for event in events:
        conservation.put(event)
    conservation.verify(in_flight)


def _mismatch(where: str, counts: Counts, in_flight: int) -> list[str]:
    if counts.in_flight == in_flight:
        return []
    return [
        f"on {where} {counts.sent} sent + {counts.duplicated} duplicated is not "
        f"{counts.arrived} arrived + {counts.dropped} dropped + {in_flight} in flight"
    ]
