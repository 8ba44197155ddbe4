"""The timeline of a scenario: what happens to the network at set times, whatever the programs do."""

from __future__ import annotations

from typing import Final

from simnet.engine.scheduler import KEY_BITS
from simnet.errors import SimnetError
from simnet.scenario.tunables import setting_text
from simnet.scenario.values import Change, Cut, Mend, Move, Say, SetSysctl, TimelineEntry
from simnet.topology.builder import properties_of
from simnet.topology.network import Network


class Timeline:
    """Applies entries to `network` as the run comes to them.

    `applied`: those that did something.  `idle`: those that changed nothing, each with the reason; they and
    the entries never reached should fail the run.
    """

    def __init__(self, network: Network, entries: tuple[TimelineEntry, ...]) -> None:
        self.applied: Final[list[TimelineEntry]] = []
        self.idle: Final[list[tuple[TimelineEntry, str]]] = []
        self._network: Final = network
        key = network.next_ordinal() << KEY_BITS
        for number, entry in enumerate(entries):
            network.scheduler.at(entry.time, key + number, self._apply, entry)

    def _apply(self, entry: TimelineEntry) -> None:
        fault = self._effect(entry)
        if fault:
            self.idle.append((entry, fault))
        else:
            self.applied.append(entry)

    def _effect(self, entry: TimelineEntry) -> str:
        """Do it; why nothing changed, or "" if something did."""
        if isinstance(entry, (Cut, Mend, Move)):
            return self._handle_cable(entry)
        if isinstance(entry, Change):
            return self._change(entry)
        if isinstance(entry, SetSysctl):
            return self._set_sysctl(entry)
        if isinstance(entry, Say):
            if self._network.observer is not None:
                self._network.observer.note(self._network.scheduler.now, entry.device, entry.words)
            return ""
        raise SimnetError(f"{entry.at}: this kind of timeline entry is not known: {type(entry).__name__}")

    def _handle_cable(self, entry: Cut | Mend | Move) -> str:
        a, b = (entry.port, entry.old) if isinstance(entry, Move) else (entry.a, entry.b)
        link = self._network.link_between(a, b)
        if link is None:
            return f"there is no cable between {a} and {b} now"
        if isinstance(entry, Cut):
            return "" if link.cut() else f"{link.name} was cut already"
        if isinstance(entry, Mend):
            return "" if link.mend() else f"{link.name} was not cut"
        new = self._network.ports[entry.new]
        if new.is_plugged:
            return f"there is a cable in {entry.new} already"
        link.move(self._network.ports[entry.old], new)
        return ""

    def _change(self, entry: Change) -> str:
        link = self._network.link_at(entry.sender)
        if link is None:
            return f"there is no cable in {entry.sender}"
        is_new = link.change(self._network.ports[entry.sender], properties_of(entry.direction))
        return "" if is_new else f"{link.name} had these properties already"

    def _set_sysctl(self, entry: SetSysctl) -> str:
        profile = self._network.host(entry.device).stack.profile
        changed = {name: value for name, value in entry.sysctl.items() if getattr(profile, name) != value}
        for name, value in changed.items():
            setattr(profile, name, value)
            if self._network.observer is not None:
                self._network.observer.note(self._network.scheduler.now, entry.device, setting_text(name, value))
        return "" if changed else f"{entry.device} had these values already"
