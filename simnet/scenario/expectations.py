"""Reads the list `expect`: each of its entries is of one kind, which a function of its own reads."""

from __future__ import annotations

from typing import Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario import device_expectations, frame_expectations, tree, vocabulary
from simnet.scenario.expectation_reading import Reading
from simnet.scenario.expectation_values import Expectation
from simnet.scenario.names import Names
from simnet.scenario.reader import Reader, kind_of, short
from simnet.scenario.tree import Node, line


class Expectations:
    """Reads the list `expect`."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self._reader = reader
        self._reading = Reading(reader, names)

    def read(self, node: Node | None) -> tuple[Expectation, ...]:
        """All expectations."""
        found = []
        for item in self._reader.items(node, "expect", "[{output: world, host: client}]"):
            expectation = self._one(item)
            if expectation is not None:
                found.append(expectation)
        return tuple(found)

    def _one(self, node: Node) -> Expectation | None:
        if not isinstance(node, tree.Mapping):
            example = "{output: world, host: client}"
            self._reader.problem(node.at, f"an expectation is a map such as {example}; found {kind_of(node)}")
            return None
        kinds = [key for key, _ in node.entries if key.text in _READERS]
        if not kinds:
            self._no_kind(node)
            return None
        kind = kinds[0].text
        if len(kinds) > 1:
            self._reader.problem(kinds[1].at, f'"{kind}" and "{kinds[1].text}" are two expectations; write them apart')
            return None
        fields = self._reader.fields(node, vocabulary.EXPECTATIONS[kind], kind)
        if fields is None or self._reader.need(fields, kind, kind, _EXAMPLES[kind]) is None:
            return None
        return _READERS[kind](self._reading, fields, {"text": line(node), "at": node.at})

    def _no_kind(self, node: tree.Mapping) -> None:
        for key, _ in node.entries:
            hint = did_you_mean(key.text, _READERS)
            if hint:
                self._reader.problem(key.at, f'"{short(key.text)}" is not a kind of expectation{hint}')
                return
        self._reader.problem(node.at, f"an expectation needs one of {', '.join(_EXAMPLES)}")


_READERS: Final = frame_expectations.KINDS | device_expectations.KINDS

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
