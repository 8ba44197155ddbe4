"""The promise that no frame is lost from sight: sent + duplicated = arrived + dropped + in flight."""

from __future__ import annotations

from typing import Iterable

from simnet.devices.direction import Direction
from simnet.devices.loopback import Loopback
from simnet.engine.scheduler import Scheduler


def violations(directions: Iterable[Direction], loopbacks: Iterable[Loopback], scheduler: Scheduler) -> list[str]:
    """One line for each direction or `lo` whose frames do not add up; frames in flight are counted in the schedule."""
    in_flight = scheduler.pending_events()
    found = []
    for way in directions:
        flying = in_flight.get(way.ordinal, 0)
        if way.sent + way.duplicated != way.arrived + way.dropped + flying:
            found.append(
                f"{way.name}: {way.sent} sent + {way.duplicated} duplicated is not "
                f"{way.arrived} arrived + {way.dropped} dropped + {flying} in flight"
            )
    for loopback in loopbacks:
        flying = in_flight.get(loopback.ordinal, 0)
        if loopback.sent != loopback.arrived + flying:
            found.append(
                f"{loopback.name}: {loopback.sent} sent is not {loopback.arrived} arrived + {flying} in flight"
            )
    return found
