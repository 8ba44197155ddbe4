"""Nodes -> typed values: reads one scalar, list or map, and notes what is wrong with it.

Every method returns None after noting a problem, so that reading goes on and all problems of a file are found at
once.  `name` is what messages call the value: usually its key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from simnet import filter
from simnet.errors import FilterError, Problem
from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree
from simnet.scenario.position import Position
from simnet.scenario.tree import Node, Scalar, Sequence
from simnet.scenario.vocabulary import LATER
from simnet.units import UnitError, parse_rate, parse_size, parse_time
from simnet.wire.addresses import AddressError, Prefix, is_group_mac, is_ipv6, parse_interface, parse_ip, parse_mac

LARGEST: Final = (1 << 63) - 1
"""The largest time, rate or number: 292 years in nanoseconds."""

_NAME: Final = re.compile(r"\w+(?:[.-]\w+)*")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}")
_PLAIN: Final = re.compile(r"[0-9]{1,19}(\.[0-9]{1,19})?")
_SHARE: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*%")
_SLIPS: Final = {"yes": "true", "on": "true", "no": "false", "off": "false", "1": "true", "0": "false"}


class Fields:
    """The entries of one map, of which each is taken once."""

    def __init__(self, at: Position, entries: dict[str, tuple[Position, Node]]) -> None:
        self.at = at
        self._entries = entries

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def get(self, key: str) -> Node | None:
        """The value of `key`, None if it is missing or null."""
        node = self._entries[key][1] if key in self._entries else None
        return None if isinstance(node, Scalar) and node.is_null() else node

    def at_key(self, key: str) -> Position:
        """Where `key` stands."""
        return self._entries[key][0]


class Reader:
    """Collects the problems of one file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def problem(self, at: Position, text: str) -> None:
        """Note that `text` is wrong at `at`."""
        self.problems.append(Problem(at.file, at.line, at.column, text))

    # --- maps and lists

    def fields(self, node: Node, keys: Mapping[str, str], name: str) -> Fields | None:
        """The map `node`, whose keys must be among `keys`."""
        if not isinstance(node, tree.Mapping):
            known = ", ".join(keys)
            self.problem(node.at, f"{name} must be a map with the keys {known}; found {kind_of(node)}")
            return None
        entries: dict[str, tuple[Position, Node]] = {}
        for key, value in node.entries:
            if key.text in keys:
                entries[key.text] = key.at, value
            else:
                self._unknown(key, keys, name)
        return Fields(node.at, entries)

    def _unknown(self, key: Scalar, keys: Mapping[str, str], name: str) -> None:
        if key.text in LATER:
            self.problem(key.at, LATER[key.text])
            return
        hint = did_you_mean(key.text, keys) or f"; the keys are {', '.join(keys)}"
        self.problem(key.at, f'{name} has no key "{short(key.text)}"{hint}')

    def need(self, fields: Fields, key: str, name: str, example: str) -> Node | None:
        """The value of `key`, which must be there."""
        node = fields.get(key)
        if node is None:
            at = fields.at_key(key) if key in fields else fields.at
            self.problem(at, f'{name} needs "{key}"; write for example {example}')
        return node

    def items(self, node: Node | None, name: str, example: str) -> list[Node]:
        """The items of a list; nothing for null."""
        if node is None or isinstance(node, Scalar) and node.is_null():
            return []
        if isinstance(node, Sequence):
            return node.items
        self.problem(node.at, f"{name} must be a list such as {example}; found {kind_of(node)}")
        return []

    def entries(self, node: Node | None, name: str, example: str) -> list[tuple[Scalar, Node]]:
        """The entries of a map whose keys are free; nothing for null."""
        if node is None or isinstance(node, Scalar) and node.is_null():
            return []
        if isinstance(node, tree.Mapping):
            return node.entries
        self.problem(node.at, f"{name} must be a map such as {example}; found {kind_of(node)}")
        return []

    # --- scalars

    def text(self, node: Node | None, name: str, example: str) -> str | None:
        """Any text, the empty one only in quotes."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.problem(node.at, f"{name} must be a text such as {example}; found {kind_of(node)}")
            return None
        if node.is_null():
            self.problem(node.at, f"{name} is empty; write for example {example}")
            return None
        return node.text

    def word(self, node: Node | None, name: str, known: Mapping[str, str] | tuple[str, ...]) -> str | None:
        """One of the words `known`."""
        text = self.text(node, name, next(iter(known)))
        if text is None or node is None:
            return None
        if text in known:
            return text
        hint = did_you_mean(text, known) or f"; write {one_of(tuple(known))}"
        self.problem(node.at, f'{name} "{short(text)}" is unknown{hint}')
        return None

    def name(self, node: Scalar, what: str) -> str | None:
        """A name of a device, port, program or socket."""
        if not node.is_null() and len(node.text) <= 64 and _NAME.fullmatch(node.text):
            return node.text
        rule = "a name has letters, digits, _ and, between them, single - or ."
        self.problem(node.at, f'"{short(node.text)}" cannot be the name of {what}; {rule}')
        return None

    def number(self, node: Node | None, name: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        if node is None:
            return None
        wanted = f"a number from {low} to {high}" if high < LARGEST else f"a number, {low} or more"
        if not isinstance(node, Scalar) or not _INTEGER.fullmatch(node.text):
            found = f'"{short(node.text)}"' if isinstance(node, Scalar) else kind_of(node)
            self.problem(node.at, f"{name} must be {wanted}; found {found}")
            return None
        value = int(node.text)
        if low <= value <= high:
            return value
        self.problem(node.at, f"{name} must be {wanted}; found {value}")
        return None

    def time(self, node: Node | None, name: str, usual: str = "ms") -> int | None:
        """Nanoseconds.  `usual`: the unit to propose when there is none."""
        if isinstance(node, Scalar) and not isinstance(node.native, int) and _PLAIN.fullmatch(node.text):
            if node.text != "0":
                self.problem(node.at, f'{name} "{node.text}" has no unit; write {node.text}{usual}')
                return None
        return self._quantity(node, name, parse_time, f"5{usual}")

    def rate(self, node: Node | None, name: str) -> int | None:
        """Bits per second."""
        return self._quantity(node, name, parse_rate, "10mbps")

    def size(self, node: Node | None, name: str, low: int, high: int) -> int | None:
        """Bytes; a number without unit is taken as bytes too."""
        if isinstance(node, Scalar) and _INTEGER.fullmatch(node.text):
            return self.number(node, name, low, high)
        value = self._quantity(node, name, parse_size, "64KiB")
        if node is None or value is None or low <= value <= high:
            return value
        self.problem(node.at, f"{name} must be from {low} to {high} bytes; found {value}")
        return None

    def _quantity(self, node: Node | None, name: str, parse: Callable[[str, str], int], example: str) -> int | None:
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.problem(node.at, f"{name} must be a quantity such as {example}; found {kind_of(node)}")
            return None
        native = node.native
        if isinstance(native, int) and not isinstance(native, bool):
            value = native
        elif node.text == "0" and parse is not parse_rate:
            return 0
        else:
            try:
                value = parse(short(node.text), name)
            except UnitError as error:
                self.problem(node.at, str(error))
                return None
        if 0 <= value <= LARGEST:
            return value
        self.problem(node.at, f'{name} "{short(node.text)}" is out of range; write for example {example}')
        return None

    def share(self, node: Node | None, name: str) -> float | None:
        """A share from 0 to 1, written as a percentage."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.problem(node.at, f"{name} must be a percentage such as 5%; found {kind_of(node)}")
            return None
        native = node.native
        if isinstance(native, (int, float)) and not isinstance(native, bool):
            if 0 <= native <= 1:
                return float(native)
            self.problem(node.at, f"{name} {native} is not a share; write a number from 0 to 1")
            return None
        found = _SHARE.fullmatch(node.text)
        if node.text == "0" or found is not None and float(found.group(1)) <= 100:
            return float(found.group(1)) / 100 if found is not None else 0.0
        if found is None and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", node.text):
            self.problem(node.at, f'{name} "{node.text}" has no percent sign; write {_percent(node.text)}')
            return None
        self.problem(node.at, f'{name} "{short(node.text)}" is not a percentage; write one from 0% to 100%')
        return None

    def truth(self, node: Node | None, name: str) -> bool | None:
        """true or false."""
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text in ("true", "True", "TRUE", "false", "False", "FALSE"):
            return node.text in ("true", "True", "TRUE")
        found = f'"{short(node.text)}"' if isinstance(node, Scalar) else kind_of(node)
        slip = _SLIPS.get(node.text.lower()) if isinstance(node, Scalar) else None
        self.problem(node.at, f"{name} must be true or false; found {found}" + (f"; write {slip}" if slip else ""))
        return None

    # --- addresses and filters

    def mac(self, node: Node | None, name: str) -> int | None:
        """The MAC address of one interface."""
        text = self.text(node, name, "02:00:00:00:00:01")
        if text is None or node is None:
            return None
        try:
            mac = parse_mac(short(text))
        except AddressError as error:
            self.problem(node.at, f"{name}: {error}")
            return None
        if mac and not is_group_mac(mac):
            return mac
        self.problem(node.at, f"{name} {text} cannot belong to one port; write one such as 02:00:00:00:00:01")
        return None

    def address(self, node: Node | None, name: str) -> int | None:
        """An IPv4 address."""
        text = self.text(node, name, "192.168.1.1")
        if text is None or node is None:
            return None
        try:
            value = parse_ip(short(text))
        except AddressError as error:
            self.problem(node.at, f"{name}: {error}")
            return None
        return self._ipv4(node.at, value, f"{name} {text}")

    def interface(self, node: Node | None, name: str) -> tuple[int, Prefix] | None:
        """An IPv4 address with the length of its prefix."""
        text = self.text(node, name, "192.168.1.10/24")
        if text is None or node is None:
            return None
        if text == "dhcp":
            self.problem(node.at, LATER["dhcp"])
            return None
        try:
            value, prefix = parse_interface(short(text))
        except AddressError as error:
            self.problem(node.at, f"{name}: {error}")
            return None
        if self._ipv4(node.at, value, f"{name} {text}") is None:
            return None
        return value, prefix

    def _ipv4(self, at: Position, value: int, name: str) -> int | None:
        if is_ipv6(value):
            self.problem(at, f"{name}: IPv6 comes later; for now write an IPv4 address such as 192.168.1.10")
            return None
        return value

    def filter(self, node: Node | None, name: str) -> str | None:
        """A filter expression, as text that is known to compile."""
        text = self.text(node, name, "tcp.port == 80")
        if text is None or not isinstance(node, Scalar):
            return None
        try:
            filter.compile(text)
        except FilterError as error:
            self.problem(self.inside(node, error.column), f"{name}: {error}")
            return None
        if text.strip():
            return text
        self.problem(node.at, f"{name} is empty; write for example tcp.port == 80")
        return None

    def inside(self, node: Scalar, column: int) -> Position:
        """The position of the character number `column` of a text in one line."""
        at = node.at
        if at.line == 0 or "\n" in node.text or node.native is not None:
            return at
        return Position(at.file, at.line, at.column + column - (1 if node.plain else 0))


def kind_of(node: Node) -> str:
    """What `node` is, for "found ..."."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, tree.Mapping):
        return "a map"
    return "nothing" if node.is_null() else f'"{short(node.text)}"'


def short(text: str) -> str:
    """`text`, shortened for a message and for parsers whose time grows with it."""
    text = text.replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."


def one_of(words: tuple[str, ...]) -> str:
    """tcp, udp or icmp."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _percent(text: str) -> str:
    value = float(text)
    return f"{text}%" if value >= 1 else f"{value * 100:g}% (or {text}%)"
