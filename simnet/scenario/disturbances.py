"""Reads faults and the timeline: what goes wrong with chosen frames, and what happens to the network when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree, vocabulary
from simnet.scenario.cabling import Cabling
from simnet.scenario.link_properties import read_both, read_one
from simnet.scenario.links import End, Wiring, find_link
from simnet.scenario.names import Names
from simnet.scenario.reader import LARGEST, Fields, Reader, kind_of, short
from simnet.scenario.sysctls import read_sysctl
from simnet.scenario.tree import Node, Sequence, line
from simnet.scenario.values import Change, Cut, Direction, Fault, Link, Mend, Move, Say, SetSysctl, TimelineEntry


def kind_of_entry(reader: Reader, node: Node, kinds: dict[str, dict[str, str]], what: str) -> tuple[str, Fields] | None:
    """The kind of a map by its key among `kinds`, and its fields."""
    if not isinstance(node, tree.Mapping):
        reader.problem(node.at, f"{what} is a map with one of {', '.join(kinds)}; found {kind_of(node)}")
        return None
    found = [key.text for key, _ in node.entries if key.text in kinds]
    if len(found) == 1:
        fields = reader.fields(node, kinds[found[0]], found[0])
        return None if fields is None else (found[0], fields)
    if found:
        reader.problem(node.at, f'{what} does one thing; "{found[0]}" and "{found[1]}" are two: write them apart')
        return None
    hints = [(key, did_you_mean(key.text, kinds)) for key, _ in node.entries]
    near = next(((key, hint) for key, hint in hints if hint), None)
    if near is not None:
        reader.problem(near[0].at, f'{what} cannot "{short(near[0].text)}"{near[1]}')
    else:
        reader.problem(node.at, f"{what} needs one of {', '.join(kinds)}")
    return None


# --- faults


def read_faults(reader: Reader, names: Names, node: Node | None) -> tuple[Fault, ...]:
    """The list `faults`."""
    found = []
    for item in reader.items(node, "faults", "[{drop: tcp.flags.syn, nth: 1}]"):
        given = kind_of_entry(reader, item, vocabulary.FAULTS, "a fault")
        if given is not None:
            fault = _fault(reader, names, item, *given)
            if fault is not None:
                found.append(fault)
    return tuple(found)


def _fault(reader: Reader, names: Names, node: Node, action: str, fields: Fields) -> Fault | None:
    example = f"{action}: tcp.flags.syn"
    matching = reader.filter(reader.need(fields, action, "a fault", example), action)
    nth = _nth(reader, fields.get("nth"))
    link = fields.get("link")
    senders = () if link is None else names.senders(link, "link")
    by = reader.time(reader.need(fields, "by", "delay", "by: 100ms"), "by") if action == "delay" else 0
    copies = reader.number(fields.get("copies"), "copies", 1, 1000)
    byte = reader.number(fields.get("byte"), "byte", 0, 65535)
    if matching is None or senders is None or by is None:
        return None
    return Fault(
        action=action,
        matching=matching,
        nth=nth,
        senders=senders,
        by=by,
        copies=copies or 1,
        byte=byte,
        text=line(node),
        at=node.at,
    )


def _nth(reader: Reader, node: Node | None) -> tuple[int, ...]:
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else [node]
    numbers = [reader.number(item, "nth", 1, LARGEST) for item in items]
    return tuple(sorted({number for number in numbers if number is not None}))


# --- timeline


class Timeline:
    """Reads the timeline in order of time, following what it does to the links."""

    def __init__(self, reader: Reader, names: Names, cabling: Cabling, until: int | None) -> None:
        self.reader = reader
        self.names = names
        self._cabling = cabling
        self._until = until
        self._wiring = Wiring(cabling.links)
        self._cut: set[frozenset[str]] = set()
        self._directions = _directions(cabling.links)

    def read(self, node: Node | None) -> tuple[TimelineEntry, ...]:
        """The list `timeline`, sorted by time."""
        given = []
        for item in self.reader.items(node, "timeline", "[{at: 2s, cut: client -- s1}]"):
            kind = kind_of_entry(self.reader, item, vocabulary.TIMELINE, "a timeline entry")
            if kind is not None:
                time = self._time(kind[0], kind[1])
                if time is not None:
                    given.append((time, item, *kind))
        found: list[TimelineEntry] = []
        for time, item, kind_name, fields in sorted(given, key=lambda entry: entry[0]):
            shared = {"time": time, "text": line(item), "at": item.at}
            found.extend(_READERS[kind_name](self, fields, shared))
        return tuple(found)

    def _time(self, kind: str, fields: Fields) -> int | None:
        time = self.reader.time(self.reader.need(fields, "at", kind, "at: 2s"), "at", "s")
        if time is not None and self._until is not None and time > self._until:
            self.reader.problem(fields.at_key("at"), "this never happens: the run ends before, see until")
            return None
        return time

    def link(self, fields: Fields, key: str) -> tuple[str, str, str] | None:
        """The ports and arrow of the link that `key` names."""
        node = self.reader.need(fields, key, key, f"{key}: client -- s1")
        return None if node is None else find_link(self.reader, node, self.names.devices, self._wiring, key)

    def cut(self, fields: Fields, shared: dict[str, Any]) -> list[TimelineEntry]:
        """A link is cut."""
        pair = self._whole_link(fields, "cut")
        if pair is None:
            return []
        if frozenset(pair) in self._cut:
            self.reader.problem(fields.at_key("cut"), "this link is cut already")
            return []
        self._cut.add(frozenset(pair))
        return [Cut(a=pair[0], b=pair[1], **shared)]

    def mend(self, fields: Fields, shared: dict[str, Any]) -> list[TimelineEntry]:
        """A link works again."""
        pair = self._whole_link(fields, "mend")
        if pair is None:
            return []
        if frozenset(pair) not in self._cut:
            self.reader.problem(fields.at_key("mend"), "this link is not cut at that time")
            return []
        self._cut.remove(frozenset(pair))
        return [Mend(a=pair[0], b=pair[1], **shared)]

    def _whole_link(self, fields: Fields, key: str) -> tuple[str, str] | None:
        found = self.link(fields, key)
        if found is None:
            return None
        a, arrow, b = found
        if arrow != "--":
            self.reader.problem(fields.at_key(key), f"{key} takes the whole link; write {a} -- {b}")
            return None
        return a, b

    def move(self, fields: Fields, shared: dict[str, Any]) -> list[TimelineEntry]:
        """A cable is plugged into another port."""
        port = self.names.port(self.reader.need(fields, "move", "move", "move: client"), "move")
        target = self.reader.text(self.reader.need(fields, "to", "move", "to: s1:p4"), "to", "s1:p4")
        if port is None or target is None:
            return []
        at = fields.at_key("to")
        old = self._wiring.far_end(port)
        device, _, name = target.partition(":")
        if device not in self.names.devices.all:
            hint = did_you_mean(device, self.names.devices.all)
            self.reader.problem(at, f'no device is called "{short(device)}"{hint}')
            return []
        if old is None:
            self.reader.problem(fields.at_key("move"), f"no cable is in {port} at that time")
            return []
        if device == port.partition(":")[0]:
            self.reader.problem(at, f"this would join {device} to itself; name a port of another device")
            return []
        new = self._free_port(End(device, name), at)
        if new is None:
            return []
        self._wiring.move(port, new)
        self.names.wiring.gone.append((port, new))  # expectations may name the link that was or the one that is
        self._directions[new] = self._directions[old]
        return [Move(port=port, old=old, new=new, **shared)]

    def _free_port(self, end: End, at: Any) -> str | None:
        """The port at `end`; one that was freed by an earlier move may be used again."""
        if end.port and self._wiring.is_free_again(str(end)):
            return str(end)
        return self._cabling.plug(end, at)

    def change(self, fields: Fields, shared: dict[str, Any]) -> list[TimelineEntry]:
        """A link gets new properties."""
        found = self.link(fields, "change")
        to = self.reader.need(fields, "to", "change", "to: {loss: 10%}")
        if found is None or to is None:
            return []
        a, arrow, b = found
        there, back = self._directions[a], self._directions[b]
        if arrow == "--":
            there, back = read_both(self.reader, to, there, back)
        elif arrow == "->":
            there = read_one(self.reader, to, there)
        else:
            back = read_one(self.reader, to, back)
        changed: list[TimelineEntry] = []
        for sender, direction in ((a, there), (b, back)):
            if direction != self._directions[sender]:
                self._directions[sender] = direction
                changed.append(Change(sender=sender, direction=direction, **shared))
        if not changed:
            self.reader.problem(fields.at_key("change"), "this changes nothing: the link has these properties already")
        return changed

    def sysctl(self, fields: Fields, shared: dict[str, Any]) -> list[TimelineEntry]:
        """Tunables of a device change."""
        device = self.names.stack(self.reader.need(fields, "host", "sysctl", "host: client"), "host")
        settings = read_sysctl(self.reader, fields.get("sysctl"))
        return [SetSysctl(device=device, sysctl=settings, **shared)] if device is not None and settings else []

    def note(self, fields: Fields, shared: dict[str, Any]) -> list[TimelineEntry]:
        """A remark."""
        words = self.reader.text(self.reader.need(fields, "note", "note", "note: now the link fails"), "note", "…")
        device = self.names.device(fields.get("host"), "host") or ""
        return [] if words is None else [Say(words=words, device=device, **shared)]


def _directions(links: list[Link]) -> dict[str, Direction]:
    """The properties of what each port sends."""
    found = {link.a: link.there for link in links}
    found.update((link.b, link.back) for link in links)
    return found


_READERS: Final[dict[str, Callable[[Timeline, Fields, dict[str, Any]], list[TimelineEntry]]]] = {
    "cut": Timeline.cut, "mend": Timeline.mend, "move": Timeline.move, "change": Timeline.change,
    "sysctl": Timeline.sysctl, "note": Timeline.note,
}  # fmt: skip
