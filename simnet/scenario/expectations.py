"""Reads expectations: one function per kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from simnet import reasons
from simnet.errors import FilterError
from simnet.filter import find_field
from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree, vocabulary
from simnet.scenario.content import LARGEST as LARGEST_CONTENT
from simnet.scenario.content import numbered
from simnet.scenario.expectation_values import (
    Always,
    Cell,
    Count,
    Ends,
    Expectation,
    Frames,
    Gaps,
    Hop,
    Never,
    Output,
    Place,
    Sockets,
    States,
    Table,
)
from simnet.scenario.frame_patterns import read_frames
from simnet.scenario.names import Names
from simnet.scenario.reader import LARGEST, Fields, Reader, kind_of, short
from simnet.scenario.tree import Node, Scalar, line
from simnet.wire.addresses import AddressError, parse_ip, parse_mac

_TABLES: Final = tuple(vocabulary.COLUMNS)


def _reasons(low: int, high: int) -> dict[str, int]:
    """The words for reasons from `low` to `high`: the names in `simnet.reasons` in small letters."""
    found = {}
    for name, number in vars(reasons).items():
        if name.isupper() and isinstance(number, int) and low <= number <= high:
            found[name.removeprefix("DROP_").lower().replace("_", " ")] = number
    return found


DROP_REASONS: Final = _reasons(200, 249)
DISCARD_REASONS: Final = _reasons(250, 299)


class Expectations:
    """Reads the list `expect`."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self.reader = reader
        self.names = names

    def read(self, node: Node | None) -> tuple[Expectation, ...]:
        """All expectations."""
        found = []
        for item in self.reader.items(node, "expect", "[{output: world, host: client}]"):
            expectation = self._one(item)
            if expectation is not None:
                found.append(expectation)
        return tuple(found)

    def _one(self, node: Node) -> Expectation | None:
        if not isinstance(node, tree.Mapping):
            example = "{output: world, host: client}"
            self.reader.problem(node.at, f"an expectation is a map such as {example}; found {kind_of(node)}")
            return None
        kinds = [key for key, _ in node.entries if key.text in _READERS]
        if not kinds:
            self._no_kind(node)
            return None
        kind = kinds[0].text
        if len(kinds) > 1:
            self.reader.problem(kinds[1].at, f'"{kind}" and "{kinds[1].text}" are two expectations; write them apart')
            return None
        fields = self.reader.fields(node, vocabulary.EXPECTATIONS[kind], kind)
        if fields is None or self.reader.need(fields, kind, kind, _EXAMPLES[kind]) is None:
            return None
        return _READERS[kind](self, fields, {"text": line(node), "at": node.at})

    def _no_kind(self, node: tree.Mapping) -> None:
        for key, _ in node.entries:
            hint = did_you_mean(key.text, _READERS)
            if hint:
                self.reader.problem(key.at, f'"{short(key.text)}" is not a kind of expectation{hint}')
                return
        self.reader.problem(node.at, f"an expectation needs one of {', '.join(_READERS)}")

    # --- parts that several kinds share

    def place(self, fields: Fields) -> Place | None:
        """The value of `seen`."""
        return self.names.place(fields.get("seen"))

    def matching(self, fields: Fields) -> str:
        """The value of `matching`."""
        return self.reader.filter(fields.get("matching"), "matching") or ""

    def host(self, fields: Fields, kind: str) -> str | None:
        """The value of `host`, which must be there."""
        node = self.reader.need(fields, "host", kind, "host: client")
        return self.names.host(node, "host")

    def field_names(self, fields: Fields, key: str) -> tuple[str, ...]:
        """A list of filter fields."""
        found = []
        for item in self.reader.items(fields.get(key), key, "[eth.src, eth.dst]"):
            name = self.reader.text(item, key, "eth.src")
            if name is not None and self.is_field(item, name):
                found.append(name)
        return tuple(found)

    def is_field(self, node: Node, name: str) -> bool:
        """Is `name` a field?  If not, the problem is noted at `node`."""
        try:
            find_field(name, 1)
        except FilterError as error:
            self.reader.problem(node.at, str(error))
            return False
        return True

    def bounds(self, node: Node | None, name: str) -> tuple[int, int | None] | None:
        """A number, or a map of at least and at most."""
        if not isinstance(node, tree.Mapping):
            number = self.reader.number(node, name, 0, LARGEST)
            return None if number is None else (number, number)
        fields = self.reader.fields(node, vocabulary.BOUNDS, name)
        if fields is None:
            return None
        low = self.reader.number(fields.get("at least"), "at least", 0, LARGEST) or 0
        high = self.reader.number(fields.get("at most"), "at most", 0, LARGEST)
        if high is not None and high < low:
            self.reader.problem(node.at, f"{name} can never be: at most {high} is less than at least {low}")
            return None
        if low == 0 and high is None:
            self.reader.problem(node.at, f"{name} is always true; write at least: 1, or a number")
            return None
        return low, high


def _frames(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Frames | None:
    frames = read_frames(reading.reader, fields.get("frames"))
    seen, matching = reading.place(fields), reading.matching(fields)
    if frames and all(frame.any_number for frame in frames):
        reading.reader.problem(fields.at_key("frames"), 'frames of "..." alone are always true; name a frame')
        return None
    return Frames(frames=frames, seen=seen, matching=matching, **shared) if frames and seen is not None else None


def _hop(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Hop | None:
    device = reading.names.device(fields.get("hop"), "hop")
    rewritten, kept = reading.field_names(fields, "rewritten"), reading.field_names(fields, "kept")
    changed = []
    for key, value in reading.reader.entries(fields.get("changed"), "changed", "{ip.ttl: -1}"):
        number = reading.reader.number(value, "changed", -(1 << 32), 1 << 32)
        if reading.is_field(key, key.text) and number is not None:
            changed.append((key.text, number))
    matching = reading.matching(fields)
    if not any(key in fields for key in ("rewritten", "kept", "changed")):
        reading.reader.problem(fields.at, "hop expects nothing; add rewritten, kept or changed")
    if device is not None and reading.names.devices.kind(device) == "host":
        text = f"{device} is a host, which forwards nothing; name the device between"
        reading.reader.problem(fields.at_key("hop"), text)
        return None
    if device is None:
        return None
    return Hop(device=device, rewritten=rewritten, kept=kept, changed=tuple(changed), matching=matching, **shared)


def _states(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> States | None:
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


def _output(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Output | None:
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


def _sockets(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Sockets | None:
    host = reading.host(fields, "sockets")
    counts = []
    for key, value in reading.reader.entries(fields.get("sockets"), "sockets", "{ESTABLISHED: 3}"):
        state = reading.reader.word(key, "state", vocabulary.STATES)
        number = reading.reader.number(value, key.text, 0, LARGEST)
        if state is not None and number is not None:
            counts.append((state, number))
    time = reading.reader.time(fields.get("at"), "at", "s")
    return Sockets(host=host, counts=tuple(counts), time=time, **shared) if host is not None and counts else None


def _never(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Never | None:
    matching, seen = reading.reader.filter(fields.get("never"), "never"), reading.place(fields)
    return None if matching is None or seen is None else Never(matching=matching, seen=seen, **shared)


def _always(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Always | None:
    condition, seen = reading.reader.filter(fields.get("always"), "always"), reading.place(fields)
    matching = reading.matching(fields)
    if condition is None or seen is None:
        return None
    return Always(condition=condition, seen=seen, matching=matching, **shared)


def _count(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Count | None:
    bounds, seen = reading.bounds(fields.get("count"), "count"), reading.place(fields)
    matching = reading.matching(fields)
    if bounds is None or seen is None:
        return None
    return Count(of="seen", minimum=bounds[0], maximum=bounds[1], seen=seen, matching=matching, **shared)


def _delivered(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Count | None:
    bounds, matching = reading.bounds(fields.get("delivered"), "delivered"), reading.matching(fields)
    host = reading.host(fields, "delivered")
    if bounds is None or host is None:
        return None
    return Count(of="delivered", minimum=bounds[0], maximum=bounds[1], host=host, matching=matching, **shared)


def _dropped(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Count | None:
    bounds, seen = reading.bounds(fields.get("dropped"), "dropped"), reading.place(fields)
    matching = reading.matching(fields)
    reason = _reason(reading.reader, fields, DROP_REASONS)
    if bounds is None or seen is None:
        return None
    low, high = bounds
    return Count(of="dropped", minimum=low, maximum=high, seen=seen, matching=matching, reason=reason, **shared)


def _discarded(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Count | None:
    bounds, matching = reading.bounds(fields.get("discarded"), "discarded"), reading.matching(fields)
    device = reading.names.device(reading.reader.need(fields, "host", "discarded", "host: server"), "host")
    reason = _reason(reading.reader, fields, DISCARD_REASONS)
    if bounds is None or device is None:
        return None
    low, high = bounds
    return Count(of="discarded", minimum=low, maximum=high, host=device, matching=matching, reason=reason, **shared)


def _reason(reader: Reader, fields: Fields, known: dict[str, int]) -> int:
    word = reader.word(fields.get("because"), "because", tuple(known))
    return reasons.NONE if word is None else known[word]


def _gaps(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Gaps | None:
    gaps = []
    for item in reading.reader.items(fields.get("gaps"), "gaps", "[1s, 2s, 4s]"):
        gap = reading.reader.time(item, "gap", "s")
        if gap is not None:
            gaps.append(gap)
    within = reading.reader.share(fields.get("within"), "within")
    seen, matching = reading.place(fields), reading.matching(fields)
    if not gaps or seen is None:
        return None
    share = 0.05 if within is None else within
    return Gaps(gaps=tuple(gaps), within=share, seen=seen, matching=matching, **shared)


def _table(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Table | None:
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


def _row(reading: Expectations, node: Node, table: str) -> tuple[Cell, ...] | None:
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


def _is_cell(reading: Expectations, column: str, node: Node, text: str) -> bool:
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


def _ends(reading: Expectations, fields: Fields, shared: dict[str, Any]) -> Ends | None:
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


_READERS: Final[dict[str, Callable[[Expectations, Fields, dict[str, Any]], Expectation | None]]] = {
    "frames": _frames, "hop": _hop, "states": _states, "output": _output, "sockets": _sockets, "never": _never,
    "always": _always, "count": _count, "delivered": _delivered, "dropped": _dropped, "discarded": _discarded,
    "gaps": _gaps, "table": _table, "ends": _ends,
}  # fmt: skip

_EXAMPLES: Final = {
    "frames": "frames: [SYN, SYN+ACK, ACK]",
    "hop": "hop: r1",
    "states": "states: [CLOSED, SYN-SENT, ESTABLISHED]",
    "output": "output: world",
    "sockets": "sockets: {ESTABLISHED: 3}",
    "never": "never: tcp.flags.rst",
    "always": "always: ip.ttl == 64",
    "count": "count: 3",
    "delivered": "delivered: 3",
    "dropped": "dropped: {at least: 1}",
    "discarded": "discarded: {at least: 1}",
    "gaps": "gaps: [1s, 2s, 4s]",
    "table": "table: mac",
    "ends": "ends: {before: 2s}",
}
