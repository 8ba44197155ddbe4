"""What all kinds of expectations are read with: places, hosts, fields, bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simnet.errors import FilterError
from simnet.filter import find_field
from simnet.scenario import tree, vocabulary
from simnet.scenario.expectation_values import Expectation, Place
from simnet.scenario.names import Names
from simnet.scenario.reader import LARGEST, Fields, Reader
from simnet.scenario.tree import Node


class Reading:
    """A scenario in the course of being read: its `reader`, which notes problems, and the `names` of its devices."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self.reader = reader
        self.names = names

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


Read = Callable[[Reading, Fields, dict[str, Any]], Expectation | None]
"""Reads one kind from the keys of its map; the last argument is what all expectations have, by name."""
