"""Expectations about tables: what a device's MAC, ARP, routing or NAT table held at one moment.

Tables are rebuilt from their `TableChanged` events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from simnet import filter as filters
from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Table
from simnet.trace.events import Event, FrameArrived, TableChanged
from simnet.trace.network import NetworkMap

Row = Mapping[str, str]


def check_table(expected: Table, events: Sequence[Event], network: NetworkMap) -> Verdict:
    """Exactly these rows, in any order."""
    end = _moment(expected, events)
    if end is None:
        what = f"{expected.nth} frames matching {expected.matching or 'anything'}"
        return Verdict(expected.text, False, f"fewer than {what} arrived at {expected.device}")
    names = _names(network)
    rows = _rows(expected, events[:end])
    left = list(rows)
    for wanted in expected.rows:
        cells = {cell.column: cell.text for cell in wanted}
        found = next((row for row in left if _fits(cells, row, names)), None)
        if found is None:
            return Verdict(expected.text, False, f"no row {_text(cells)}; the table holds {_all(rows)}")
        left.remove(found)
    if left:
        return Verdict(expected.text, False, f"there is also a row {_text(left[0])}")
    return Verdict(expected.text, True)


def _moment(expected: Table, events: Sequence[Event]) -> int | None:
    """How many events count; None if the moment never came."""
    if expected.nth:
        matches = filters.compile(expected.matching).matches
        arrived = 0
        for index, event in enumerate(events):
            if isinstance(event, FrameArrived) and event.port.startswith(f"{expected.device}:"):
                arrived += matches(event.frame)
                if arrived == expected.nth:
                    return _end_of_instant(events, index)
        return None
    if expected.time is None:
        return len(events)
    for index, event in enumerate(events):
        if event.time > expected.time:
            return index
    return len(events)


def _end_of_instant(events: Sequence[Event], index: int) -> int:
    """After everything that the device did because of the frame at `index`: up to its next arrival."""
    for later in range(index + 1, len(events)):
        event = events[later]
        if event.time > events[index].time or isinstance(event, FrameArrived):
            return later
    return len(events)


def _rows(expected: Table, events: Sequence[Event]) -> list[Row]:
    table: dict[str, str] = {}
    for event in events:
        if isinstance(event, TableChanged) and (event.device, event.table) == (expected.device, expected.table):
            if event.new is None:
                table.pop(event.key, None)
            else:
                table[event.key] = event.new
    return [_PARSERS[expected.table](key, text) for key, text in table.items()]


def _mac_row(key: str, text: str) -> Row:
    return {"mac": key, "port": text}


def _arp_row(key: str, text: str) -> Row:
    words = text.split()
    row = {"ip": key, "state": words.pop()}
    row.update(_named(words, {"dev": "port", "lladdr": "mac"}))
    return row


def _routes_row(key: str, text: str) -> Row:
    row = {"to": "default" if key == "0.0.0.0/0" else key}
    row.update(_named(text.split(), {"dev": "port"}))
    return row


def _named(words: Sequence[str], columns: Row) -> Row:
    """Words in pairs of name and value; `columns` says which names the scenario language calls otherwise."""
    return {columns.get(name, name): value for name, value in zip(words[::2], words[1::2], strict=False)}


def _nat_row(key: str, text: str) -> Row:
    protocol, inside, _, remote = key.split()
    return {"protocol": protocol, "inside": inside, "remote": remote, "outside": text}


_PARSERS: Mapping[str, Callable[[str, str], Row]] = {
    "mac": _mac_row,
    "arp": _arp_row,
    "routes": _routes_row,
    "nat": _nat_row,
}


def _names(network: NetworkMap) -> dict[str, frozenset[str]]:
    """What a device's name may stand for: its MACs and addresses."""
    names: dict[str, frozenset[str]] = {}
    for device in network.devices:
        values: set[str] = set()
        for port in device.ports:
            own = {port.mac, *(address.partition("/")[0] for address in port.addresses)}
            names[port.name] = frozenset(own - {""})
            values |= own
        names[device.name] = frozenset(values - {""})
    return names


def _fits(cells: Row, row: Row, names: Mapping[str, frozenset[str]]) -> bool:
    return all(
        column in row and (row[column] == text or _is_called(row[column], text, names))
        for column, text in cells.items()
    )


def _is_called(value: str, text: str, names: Mapping[str, frozenset[str]]) -> bool:
    """Does `text`, a device's name or such a name and a port, mean `value`?"""
    if value in names.get(text, frozenset()):
        return True
    name, _, port = text.rpartition(":")
    return any(value == f"{address}:{port}" for address in names.get(name, frozenset()))


def _text(row: Row) -> str:
    return "{" + ", ".join(f"{column}: {text}" for column, text in row.items()) + "}"


def _all(rows: Sequence[Row]) -> str:
    return ", ".join(_text(row) for row in rows) if rows else "nothing"
