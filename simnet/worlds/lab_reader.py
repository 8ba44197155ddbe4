"""What was captured at every port of a lab, as the events of one network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from simnet import reasons
from simnet.checks.verdict import Verdict
from simnet.scenario.values import Move, Scenario
from simnet.topology.addressing import chosen_macs
from simnet.trace.events import (
    Event,
    FaultFired,
    FrameArrived,
    FrameDropped,
    FrameDuplicated,
    FrameSent,
    LinkChanged,
    StateChanged,
    TableChanged,
)
from simnet.units import MILLISECOND
from simnet.views.clock import rough
from simnet.wire import ethernet
from simnet.wire.captured import finish_checksum, with_plain_zero
from simnet.worlds.capture import Captured
from simnet.worlds.describe import describe
from simnet.worlds.lab_tables import SOCKETS
from simnet.worlds.lineage import Lineage
from simnet.worlds.relay import fault_name, relayed_links

_CLOSED: Final = "CLOSED"
_LATE: Final = 2 * MILLISECOND


class LabReader:
    """Makes events of what was captured, and of what the relay tells."""

    def __init__(self, scenario: Scenario) -> None:
        self.network: Final = describe(scenario, chosen_macs(scenario))
        self.remarks: Sequence[str] = ()
        self.late = 0
        self._scenario: Final = scenario
        self._idle_entries: Final[dict[str, str]] = {}
        self._fired: Final[set[str]] = set()
        kinds = {device.name: device.kind for device in self.network.devices}
        cables = {link.a: link.b for link in scenario.links} | {link.b: link.a for link in scenario.links}
        cables |= {f"{host.name}:lo": f"{host.name}:lo" for host in scenario.hosts}
        relayed = relayed_links(scenario)
        self._plain: Final = {end for link in scenario.links if link not in relayed for end in (link.a, link.b)}
        self._sent_at: Final[dict[int, int]] = {}
        """When frames that are still on a plain cable were sent."""
        self._lineage: Final = Lineage(kinds, cables)
        self._ports: Sequence[str] = ()
        self._tables: Final[dict[tuple[str, str], dict[str, str]]] = {}
        self._moves: Final = [entry for entry in scenario.timeline if isinstance(entry, Move)]
        self._reports: Final[dict[str, Callable[..., Iterator[Event]]]] = {
            "dropped": self._dropped, "duplicated": self._duplicated, "fault": self._fault, "link": self._link,
            "idle": self._idle, "relay": self._relay, "table": self._table,
        }  # fmt: skip

    def begin(self, captures: Sequence[str]) -> None:
        self._ports = captures

    def captured(self, packet: Captured, now: int) -> Iterator[Event]:
        """A packet that a port sent or that reached it; on `lo` it did both."""
        port = self._ports[packet.port]
        data = finish_checksum(packet.data) if packet.is_partial else packet.data
        frame = ethernet.parse(with_plain_zero(data))
        if packet.is_outgoing or port.endswith(":lo"):
            self._lineage.sent(port, frame, data)
            if port in self._plain:
                self._sent_at[frame.id] = now
            yield FrameSent(now, port, frame, now)
        if not packet.is_outgoing:
            frame = self._lineage.arrived(port, frame, data)
            self.late = max(self.late, now - self._sent_at.pop(frame.id, now))
            yield FrameArrived(now, port, frame)

    def reported(self, what: str, now: int, details: Sequence[Any]) -> Iterator[Event]:
        """What the relay did to frames and cables."""
        yield from self._reports[what](now, *details)

    def conditions(self, end: int) -> list[Verdict]:
        """Faults must fire, and the timeline must change something before the end."""
        found = []
        for fault in self._scenario.faults:
            if fault_name(fault) not in self._fired:
                why = "it never fired; look at its filter, or remove it"
                found.append(Verdict(f"fault {fault_name(fault)} fires", False, why))
        for entry in self._scenario.timeline:
            if entry.time > end:
                found.append(Verdict(f"timeline: {entry.text} happens", False, "the run ended before"))
            elif entry.text in self._idle_entries:
                why = self._idle_entries[entry.text]
                found.append(Verdict(f"timeline: {entry.text} changes something", False, why))
        return found

    def _dropped(self, now: int, port: str, data: bytes, reason: int) -> Iterator[Event]:
        frame = self._lineage.dropped(port, data)
        if frame is not None:
            yield FrameDropped(now, port, frame, reason)

    def _duplicated(self, now: int, port: str, data: bytes) -> Iterator[Event]:
        frame = self._lineage.duplicated(port, data)
        if frame is not None:
            yield FrameDuplicated(now, port, frame)

    def _fault(self, now: int, name: str, data: bytes) -> Iterator[Event]:
        self._fired.add(name)
        yield FaultFired(now, name, self._lineage.seen(data) or ethernet.parse(data))

    def _link(self, now: int, link: str, change: str) -> Iterator[Event]:
        for entry in self._moves:
            if change == f"moved from {entry.old} to {entry.new}":
                self._lineage.moved(entry.old, entry.new)
        yield LinkChanged(now, link, change)

    def _table(self, now: int, device: str, table: str, rows: dict[str, str]) -> Iterator[Event]:
        known = self._tables.setdefault((device, table), {})
        for key in sorted(known.keys() | rows.keys()):
            old, new = known.get(key), rows.get(key)
            if old == new:
                continue
            if table == SOCKETS:
                yield StateChanged(now, device, key, old or _CLOSED, new or _CLOSED, 0)
            else:
                yield TableChanged(now, device, table, key, old, new, reasons.NONE, 0)
        self._tables[device, table] = rows

    def _idle(self, now: int, entry: str, why: str) -> Iterator[Event]:
        self._idle_entries[entry] = why
        yield from ()

    def _relay(self, now: int, latest: int, lost: int) -> Iterator[Event]:
        self.late = max(self.late, latest)
        remarks = []
        if latest > _LATE:
            remarks.append(f"this machine is busy: a frame left its cable up to {rough(latest)} late")
        if lost:
            remarks.append(f"{lost} frames came faster than the relay could take them in and were lost")
        self.remarks = remarks
        yield from ()
