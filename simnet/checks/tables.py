"""Expectations about tables: what a device's MAC, ARP, routing or NAT table held at one moment.

Tables are rebuilt from their `TableChanged` events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from simnet import filter as filters
from simnet.checks.judge import Judge
from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Table
from simnet.trace.events import Event, FrameArrived, TableChanged
from simnet.trace.network import NetworkMap

Row = Mapping[str, str]


def judge_table(expected: Table, network: NetworkMap) -> Judge:
    """Exactly these rows, in any order, at one moment."""
    table: dict[str, str] = {}
    arrivals = _Arrivals(expected) if expected.nth else None
    while (event := (yield)) is not None:
        if _is_after(event, expected.time) if arrivals is None else arrivals.is_over(event):
            break
        if isinstance(event, TableChanged) and (event.device, event.table) == (expected.device, expected.table):
            if event.new is None:
                table.pop(event.key, None)
            else:
                table[event.key] = event.new
    if arrivals is not None and not arrivals.have_come:
        what = f"{expected.nth} frames matching {expected.matching or 'anything'}"
        return Verdict(expected.text, False, f"fewer than {what} arrived at {expected.device}")
    return _compared(expected, [_PARSERS[expected.table](key, text) for key, text in table.items()], _names(network))


def _compared(expected: Table, rows: Sequence[Row], names: Mapping[str, frozenset[str]]) -> Verdict:
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


class _Arrivals:
    """The moment of the nth matching arrival, with everything that the device did because of it at that instant."""

    def __init__(self, expected: Table) -> None:
        self.have_come = False
        self._left = expected.nth
        self._prefix = f"{expected.device}:"
        self._matches = filters.compile(expected.matching).matches
        self._instant = 0

    def is_over(self, event: Event) -> bool:
        """Is `event` after that moment?  The device's part in it ends with its next arrival, or anybody's."""
        if self.have_come:
            return event.time > self._instant or isinstance(event, FrameArrived)
        if isinstance(event, FrameArrived) and event.port.startswith(self._prefix):
            self._left -= self._matches(event.frame)
            self.have_come, self._instant = self._left == 0, event.time
        return False


def _is_after(event: Event, time: int | None) -> bool:
    return time is not None and event.time > time


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
