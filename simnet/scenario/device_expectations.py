"""Reads expectations about devices: states, sockets and tables, what programs print, when the run ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree, vocabulary
from simnet.scenario.content import LARGEST as LARGEST_CONTENT
from simnet.scenario.content import numbered
from simnet.scenario.expectation_reading import Read, Reading
from simnet.scenario.expectation_values import Cell, Ends, Output, Sockets, States, Table
from simnet.scenario.reader import LARGEST, Fields, Reader, short
from simnet.scenario.tree import Node, Scalar
from simnet.wire.addresses import AddressError, parse_ip, parse_mac

_TABLES: Final = tuple(vocabulary.COLUMNS)


def _states(reading: Reading, fields: Fields, shared: dict[str, Any]) -> States | None:
    host = reading.host(fields, "states")
    states = []
    for item in reading.reader.items(fields.get("states"), "states", "[CLOSED, SYN-SENT, ESTABLISHED]"):
        state = reading.reader.word(item, "state", vocabulary.STATES)
        if state is not None:
            states.append(state)
    port = reading.reader.number(fields.get("port"), "port", 1, 65535)
    nth = reading.reader.number(fields.get("nth"), "nth", 1, LARGEST)
    if not states or host is None:
        return None
    return States(host=host, states=tuple(states), port=port or 0, nth=nth or 1, **shared)


def _output(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Output | None:
    host = reading.host(fields, "output")
    found = _output_words(reading.reader, fields.get("output"))
    program = reading.reader.text(fields.get("program"), "program", "main")
    if host is None or found is None:
        return None
    words, match = found
    return Output(host=host, words=words, match=match, program=program or "", **shared)


def _output_words(reader: Reader, node: Node | None) -> tuple[str, str] | None:
    """The expected text, and how it is compared."""
    if isinstance(node, Scalar):
        return node.text, "equals"
    if isinstance(node, tree.Sequence):
        lines = [reader.text(item, "output", "world") or "" for item in node.items]
        return "\n".join(lines), "equals"
    fields = reader.fields(node, vocabulary.OUTPUT, "output") if node is not None else None
    if fields is None:
        return None
    given = [key for key in vocabulary.OUTPUT if key in fields]
    if len(given) != 1:
        reader.problem(fields.at, "output takes one of contains, matches and bytes")
        return None
    value = fields.get(given[0])
    if given[0] == "bytes":
        size = reader.size(value, "bytes", 1, LARGEST_CONTENT)
        return None if size is None else (numbered(size).decode(), "equals")
    text = reader.text(reader.need(fields, given[0], "output", f"{{{given[0]}: world}}"), given[0], "world")
    if text is None or value is None:
        return None
    if given[0] == "matches":
        return (text, "matches") if _is_pattern(reader, value, text) else None
    return text, "contains"


def _is_pattern(reader: Reader, node: Node, text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        reader.problem(node.at, f'"{short(text)}" is not a regular expression: {error}')
        return False
    return True


def _sockets(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Sockets | None:
    host = reading.host(fields, "sockets")
    counts = []
    for key, value in reading.reader.entries(fields.get("sockets"), "sockets", "{ESTABLISHED: 3}"):
        state = reading.reader.word(key, "state", vocabulary.STATES)
        number = reading.reader.number(value, key.text, 0, LARGEST)
        if state is not None and number is not None:
            counts.append((state, number))
    time = reading.reader.time(fields.get("at"), "at", "s")
    return Sockets(host=host, counts=tuple(counts), time=time, **shared) if host is not None and counts else None


def _table(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Table | None:
    table = reading.reader.word(fields.get("table"), "table", _TABLES)
    device = reading.names.device(reading.reader.need(fields, "device", "table", "device: s1"), "device")
    time = reading.reader.time(fields.get("at"), "at", "s")
    nth, matching = 0, ""
    after = fields.get("after")
    if after is not None:
        inner = reading.reader.fields(after, vocabulary.AFTER, "after")
        if inner is not None:
            nth = reading.reader.number(inner.get("nth"), "nth", 1, LARGEST) or 1
            matching = reading.matching(inner)
        if time is not None:
            reading.reader.problem(fields.at_key("after"), '"at" and "after" both say when; keep one')
    rows_node = reading.reader.need(fields, "rows", "table", "rows: [{mac: client, port: p1}]")
    if table is None or device is None or rows_node is None:
        return None
    items = reading.reader.items(rows_node, "rows", "[{mac: client, port: p1}]")
    rows = [row for item in items if (row := _row(reading, item, table)) is not None]
    return Table(table=table, device=device, rows=tuple(rows), time=time, nth=nth, matching=matching, **shared)


def _row(reading: Reading, node: Node, table: str) -> tuple[Cell, ...] | None:
    columns = vocabulary.COLUMNS[table]
    fields = reading.reader.fields(node, columns, f"a row of the table {table}")
    if fields is None:
        return None
    cells = []
    for column in columns:
        value = fields.get(column)
        text = reading.reader.text(value, column, "client")
        if text is not None and value is not None and _is_cell(reading, column, value, text):
            cells.append(Cell(column, text))
    return tuple(cells)


def _is_cell(reading: Reading, column: str, node: Node, text: str) -> bool:
    """Can `text` stand in `column`?"""
    parse = _CELLS.get(column)
    device, _, port = text.partition(":")
    if parse is None:
        return True
    if device in reading.names.devices.all:
        return not port or reading.names.port(node, column) is not None
    try:
        parse(short(text))
    except AddressError as error:
        hint = did_you_mean(device, reading.names.devices.all)
        text = f'no device is called "{short(device)}"{hint}' if hint else str(error)
        reading.reader.problem(node.at, f"{column}: {text}")
        return False
    return True


_CELLS: Final[dict[str, Callable[[str], int]]] = {"mac": parse_mac, "ip": parse_ip}


def _ends(reading: Reading, fields: Fields, shared: dict[str, Any]) -> Ends | None:
    node = fields.get("ends")
    inner = reading.reader.fields(node, vocabulary.ENDS, "ends") if node is not None else None
    if inner is None:
        return None
    earliest = reading.reader.time(inner.get("after"), "after", "s") or 0
    latest = reading.reader.time(inner.get("before"), "before", "s")
    if latest is not None and latest < earliest:
        reading.reader.problem(inner.at, "ends can never be: before is earlier than after")
        return None
    if earliest == 0 and latest is None:
        reading.reader.problem(inner.at, "ends is always true; write for example {before: 2s}")
        return None
    return Ends(earliest=earliest, latest=latest, **shared)


KINDS: Final[dict[str, Read]] = {
    "states": _states, "output": _output, "sockets": _sockets, "table": _table, "ends": _ends,
}  # fmt: skip
"""The kinds of expectations about devices, and what reads each."""
