"""When the events of a script are due, and how exactly (packetdrill's rules)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simnet.stack.alarms import NEVER
from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.script import Anchor, Direction, Event, Packet
from simnet.testing.packetdrill.settings import Settings
from simnet.units import MICROSECOND

_WORK: Final = 10 * MICROSECOND
"""What an event costs.  On no machine is it nothing, and scripts that say +.001 rely on a little more than that."""


@dataclass(frozen=True, slots=True)
class Window:
    """Due from `start` to `end`, give or take `tolerance`; ns since the script began."""

    start: int
    end: int
    tolerance: int


class Schedule:
    """Knows when the event before was due and when it was over."""

    __slots__ = ("_settings", "_machine", "_due", "_finished", "_was_inbound", "_anchor")

    def __init__(self, settings: Settings, machine: Machine) -> None:
        self._settings: Final = settings
        self._machine: Final = machine
        self._due = 0
        self._finished = 0
        self._was_inbound = False
        self._anchor = 0

    def window(self, event: Event) -> Window:
        """When `event`, the next one, is due.

        A relative time counts from the end of the event before; but inbound packets in a row count from when the
        one before was due, so that bursts do not drift.
        """
        when = event.when
        self._anchor = 0
        if when.anchor is Anchor.ANY:
            return Window(0, NEVER // 2, 0)
        if when.anchor is Anchor.PREVIOUS:
            self._anchor = self._due if self._was_inbound and _is_inbound(event) else self._finished
        start = self._anchor + when.start
        return Window(start, self._anchor + when.end, self._settings.tolerance(start - self._due))

    def call_end(self, event: Event, end: int) -> tuple[int, int]:
        """When a blocking call that started just now is due to return, and how exactly."""
        return self._anchor + end, self._settings.tolerance(end - event.when.start)

    def done(self, event: Event, window: Window) -> None:
        """`event` is over."""
        self._machine.run_until(self._machine.now + _WORK)
        self._finished = self._machine.now
        self._due = self._finished if event.when.anchor is Anchor.ANY else window.start
        self._was_inbound = _is_inbound(event)


def _is_inbound(event: Event) -> bool:
    return isinstance(event.action, Packet) and event.action.direction is Direction.INBOUND
