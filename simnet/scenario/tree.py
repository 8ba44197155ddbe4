"""YAML text -> a tree of nodes that know their positions, without giving any scalar a meaning yet.

Built from libyaml's events, not from PyYAML's composer: depth and number of nodes are limited while reading, so
that no file, however hostile, exhausts memory or the stack.  Scalars stay text: `on`, `010` and `12:34:56` are what
they look like, as YAML 1.2 wants; the reader of each key decides what its text means.
Refused: duplicate keys, tags, merge keys, several documents, aliases that contain themselves.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any, Final

import yaml
from msgspec import Struct

from simnet.errors import Problem, ScenarioError
from simnet.scenario.position import Position

MAX_BYTES: Final = 2_000_000
MAX_NODES: Final = 200_000
MAX_DEPTH: Final = 40

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS: Final = ("", "~", "null", "Null", "NULL")


class Scalar(Struct):
    """A text.  `plain`: not quoted.  `native`: the value itself when it comes from Python instead of YAML."""

    text: str
    plain: bool
    at: Position
    native: object = None

    def is_null(self) -> bool:
        """Is it empty, `~` or `null`?"""
        return self.plain and self.native is None and self.text in _NULLS


class Sequence(Struct):
    """A list."""

    items: list[Node]
    at: Position


class Mapping(Struct):
    """Keys with values, in the order of the file; no key twice."""

    entries: list[tuple[Scalar, Node]]
    at: Position


Node = Scalar | Sequence | Mapping


class _Stop(Exception):
    """Reading cannot go on after this problem."""

    def __init__(self, at: Position, text: str) -> None:
        super().__init__(text)
        self.at = at
        self.text = text


def read_bytes(path: Path, file: str) -> bytes:
    """The content of a scenario file; a file that cannot be read is a `ScenarioError`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise _error(Position(file), "this is a directory; name a scenario file") from None
    except FileNotFoundError:
        raise _error(Position(file), f"no such file{_similar(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _error(Position(file), f"cannot be read: {reason}") from None
    return data


def decode(data: bytes, file: str) -> str:
    """The text in `data`: UTF-8, or UTF-16 with a byte order mark."""
    _check_size(len(data), file)
    if b"\0" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _error(Position(file), "this is a binary file, not a scenario; a scenario is text in YAML")
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        at = Position(file, before.count(b"\n") + 1, column) if encoding == "utf-8-sig" else Position(file)
        text = f"the byte 0x{data[error.start]:02x} is not UTF-8; save the file in UTF-8"
        raise _error(at, text) from None


def parse(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """The tree of the only document in `text` (None if there is none), and what is wrong with it.

    Problems that leave a tree behind (a duplicate key) are returned, so that more can be found in the same go;
    text that is not YAML is a `ScenarioError` at once.
    """
    _check_size(len(text), file)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _error(Position(file), f"the character {text[error.start]!r} cannot stand in a text file") from None
    builder = _Builder(file)
    try:
        return builder.build(text), builder.problems
    except _Stop as stop:
        raise ScenarioError([*builder.problems, problem(stop.at, stop.text)]) from None
    except yaml.YAMLError as error:
        at, message = _explain(error, text, file)
        raise ScenarioError([*builder.problems, problem(at, message)]) from None


def flow(node: Node) -> str:
    """`node` in one line, as an author might have written it."""
    if isinstance(node, Scalar):
        return _flow_scalar(node)
    if isinstance(node, Sequence):
        return "[" + ", ".join(flow(item) for item in node.items) + "]"
    inner = ", ".join(f"{key.text}: {flow(value)}" if not _is_null(value) else key.text for key, value in node.entries)
    return "{" + inner + "}"


def line(node: Node) -> str:
    """As `flow`, but without the outer braces of a mapping."""
    return flow(node)[1:-1] if isinstance(node, Mapping) else flow(node)


def _flow_scalar(node: Scalar) -> str:
    text = node.text if len(node.text) <= 60 else node.text[:57] + "..."
    text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return text if node.plain or node.native is not None else f'"{text}"'


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_null()


def problem(at: Position, text: str) -> Problem:
    """The problem `text` at a position."""
    return Problem(at.file, at.line, at.column, text)


def _error(at: Position, text: str) -> ScenarioError:
    return ScenarioError([problem(at, text)])


def _check_size(size: int, file: str) -> None:
    if size > MAX_BYTES:
        raise _error(Position(file), f"the file is larger than {MAX_BYTES // 1_000_000} MB; this is not a scenario")


def _similar(path: Path) -> str:
    from simnet.filter.near_miss import did_you_mean

    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except (OSError, ValueError):
        return ""
    return did_you_mean(path.name, names)


def _explain(error: yaml.YAMLError, text: str, file: str) -> tuple[Position, str]:
    """Where libyaml stopped, and why in words for people who do not know its grammar."""
    if isinstance(error, yaml.reader.ReaderError):
        line_number = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        shown = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or " ")
        return Position(file, line_number, column), f"the control character 0x{shown:02x} cannot stand in YAML"
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    if mark is None:
        return Position(file), f"this is not YAML: {problem}"
    at = Position(file, mark.line + 1, mark.column + 1)
    lines = text.splitlines()
    here = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in here[: mark.column + 1] and here[: mark.column + 1].strip(" \t") == "":
        return at, "a tab indents this line; YAML wants spaces"
    context = getattr(error, "context", None)
    begun = getattr(error, "context_mark", None)
    since = f", begun in line {begun.line + 1}," if begun is not None and begun.line != mark.line else ""
    known = _HINTS.get(problem, f"this is not YAML: {problem}" + (f" ({context})" if context else ""))
    return at, known.replace("{since}", since)


_HINTS: Final = {
    "mapping values are not allowed in this context": 'a ":" is not expected here; put the text in quotes, or check '
    "the indentation",
    "found undefined alias": "this alias (*name) was never defined with &name",
    "did not find expected key": "expected a key here; check the indentation and that every bracket is closed",
    "did not find expected ',' or ']'": "a list in brackets{since} goes on here without a comma, or is never closed; "
    'write "," or "]"',
    "did not find expected ',' or '}'": "a map in braces{since} goes on here without a comma, or is never closed; "
    'write "," or "}"',
    "found unexpected end of stream": "a quoted text{since} is never closed",
    "found character that cannot start any token": "this character cannot begin a text; put the text in quotes",
}


class _Open(Struct):
    """A list or map whose end has not come yet."""

    node: Sequence | Mapping
    key: Scalar | None = None
    keys: dict[str, Position] = {}


class _Builder:
    """Puts the nodes of the events together."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._stack: list[_Open] = []
        self._root: Node | None = None
        self._anchors: dict[str, Node] = {}
        self._measures: dict[int, tuple[int, int]] = {}
        self._nodes = 0

    def build(self, text: str) -> Node | None:
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Stop(self._at(event), "a second document begins here; a file holds one scenario")
            elif isinstance(event, yaml.NodeEvent):
                self._take(event)
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                self._close()
        return self._root

    def _at(self, event: Any) -> Position:
        mark = event.start_mark
        return Position(self._file, mark.line + 1, mark.column + 1)

    def _take(self, event: yaml.NodeEvent) -> None:
        at = self._at(event)
        self._count(1, at)
        if isinstance(event, yaml.AliasEvent):
            self._place(self._alias(event, at))
            return
        self._refuse_tag(event, at)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(event.value, event.style is None or event.style == "", at)
            self._place(node)
        else:
            node = Sequence([], at) if isinstance(event, yaml.SequenceStartEvent) else Mapping([], at)
            self._place(node)
            self._check_depth(len(self._stack) + 1, at)
            self._stack.append(_Open(node))
        if event.anchor is not None:
            self._anchors[event.anchor] = node

    def _refuse_tag(self, event: Any, at: Position) -> None:
        tag = event.tag
        if tag is not None and tag != "!":
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.problems.append(problem(at, f'the tag "{shown}" is not allowed; leave it out'))

    def _alias(self, event: yaml.NodeEvent, at: Position) -> Node:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise _Stop(at, f'the alias "*{event.anchor}" was never defined with "&{event.anchor}"')
        if any(open_node.node is node for open_node in self._stack):
            raise _Stop(at, f'"*{event.anchor}" contains itself')
        size, depth = self._measure(node)
        self._count(size, at)
        self._check_depth(len(self._stack) + depth, at)
        return node

    def _count(self, nodes: int, at: Position) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _Stop(at, f"the file has more than {MAX_NODES} values, aliases counted; this is not a scenario")

    def _check_depth(self, depth: int, at: Position) -> None:
        if depth > MAX_DEPTH:
            raise _Stop(at, f"more than {MAX_DEPTH} lists or maps inside each other; this is not a scenario")

    def _measure(self, node: Node) -> tuple[int, int]:
        """How many nodes and levels an alias to `node` adds; remembered, since aliases of aliases may be many."""
        known = self._measures.get(id(node))
        if known is None:
            if isinstance(node, Scalar):
                parts = []
            elif isinstance(node, Sequence):
                parts = [self._measure(item) for item in node.items]
            else:
                parts = [self._measure(value) for _, value in node.entries]
            size = 1 + 2 * len(parts) + sum(size for size, _ in parts)
            known = size, 1 + max((depth for _, depth in parts), default=0)
            self._measures[id(node)] = known
        return known

    def _place(self, node: Node) -> None:
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        if isinstance(parent.node, Sequence):
            parent.node.items.append(node)
        elif parent.key is None:
            parent.key = self._key(node, parent)
        else:
            if parent.key.text not in parent.keys:
                parent.keys[parent.key.text] = parent.key.at
                parent.node.entries.append((parent.key, node))
            parent.key = None

    def _key(self, node: Node, parent: _Open) -> Scalar:
        if not isinstance(node, Scalar):
            raise _Stop(node.at, "a key must be plain text, not a list or map; put it in quotes if it is text")
        if node.text == "<<" and node.plain:
            raise _Stop(node.at, '"<<" (merge) is not part of YAML 1.2; write the keys out')
        first = parent.keys.get(node.text)
        if first is not None:
            text = f'the key "{node.text}" stands here twice, first in line {first.line}; keep one'
            self.problems.append(problem(node.at, text))
        return node

    def _close(self) -> None:
        self._stack.pop()
