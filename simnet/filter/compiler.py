"""The tree of a filter expression -> one function from frame to bool, built of closures.

A comparison with a field that the frame does not have is false.  For a field that a frame has twice (tcp.port),
"!=" means that neither is equal; every other operator means that one of them fits.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, Final

from simnet.errors import FilterError
from simnet.filter import literals
from simnet.filter.fields import ALIASES, FIELDS, Field, FieldKind, Read, Value
from simnet.filter.lexer import Token
from simnet.filter.near_miss import did_you_mean
from simnet.filter.parser import All, Condition, Not, Tree, parse
from simnet.wire.frame import Frame

Matches = Callable[[Frame], bool]

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Filter:
    """A compiled expression; `matches(frame)` is its whole purpose, `text` what was written."""

    __slots__ = ("text", "matches")

    def __init__(self, text: str, matches: Matches) -> None:
        self.text = text
        self.matches = matches

    def __repr__(self) -> str:
        return f"Filter({self.text!r})"


def compile(text: str) -> Filter:
    """The filter that the expression `text` means; raises `FilterError`.  Empty text matches every frame."""
    if not text.strip():
        return Filter(text, lambda frame: True)
    return Filter(text, _function(parse(text)))


def field(frame: Frame, name: str) -> Value | None:
    """The value of the field called `name` in `frame`, None if it has none; raises `FilterError` if unknown.

    Of a field that a frame has twice, the source's.
    """
    return find_field(name, 1).reads[0](frame)


def find_field(name: str, column: int) -> Field:
    """The field called `name`; raises `FilterError` at `column`."""
    found = FIELDS.get(name) or ALIASES.get(name) or FIELDS.get(name.lower()) or ALIASES.get(name.lower())
    if found is None:
        raise FilterError(f'unknown field "{name}"{did_you_mean(name, (*FIELDS, *ALIASES))}', column)
    return found


def _function(tree: Tree) -> Matches:
    if isinstance(tree, Condition):
        return _condition(tree)
    if isinstance(tree, Not):
        part = _function(tree.part)
        return lambda frame: not part(frame)
    parts = [_function(part) for part in tree.parts]
    if len(parts) == 2:
        first, second = parts
        if isinstance(tree, All):
            return lambda frame: first(frame) and second(frame)
        return lambda frame: first(frame) or second(frame)
    return _all(parts) if isinstance(tree, All) else _any(parts)


def _all(parts: list[Matches]) -> Matches:
    def every(frame: Frame) -> bool:
        for part in parts:
            if not part(frame):
                return False
        return True

    return every


def _any(parts: list[Matches]) -> Matches:
    def some(frame: Frame) -> bool:
        for part in parts:
            if part(frame):
                return True
        return False

    return some


def _condition(condition: Condition) -> Matches:
    found = find_field(condition.field.value, condition.field.column)
    if not condition.operator:
        return _bare(found)
    if found.kind is FieldKind.PROTOCOL:
        raise FilterError(f'"{found.name}" stands alone: it has no value to compare', condition.field.column)
    if condition.operator in ("contains", "matches"):
        return _search(found, condition)
    accepts = _acceptor(found, condition)
    if condition.operator == "!=" and len(found.reads) > 1:
        return _none_equal(found.reads, accepts)
    parts = [_applied(read, accepts) for read in found.reads]
    return parts[0] if len(parts) == 1 else _any(parts)


def _bare(found: Field) -> Matches:
    """A flag alone asks whether it is set, any other field whether the frame has it."""
    parts: list[Matches]
    if found.kind is FieldKind.FLAG:
        parts = [_truth(read) for read in found.reads]
    else:
        parts = [_presence(read) for read in found.reads]
    return parts[0]  # of a field that a frame has twice, both are there or none


def _truth(read: Read) -> Matches:
    return lambda frame: read(frame) == 1


def _presence(read: Read) -> Matches:
    return lambda frame: read(frame) is not None


def _applied(read: Read, accepts: Callable[[Value], bool]) -> Matches:
    def applied(frame: Frame) -> bool:
        value = read(frame)
        return value is not None and accepts(value)

    return applied


def _none_equal(reads: tuple[Read, ...], differs: Callable[[Value], bool]) -> Matches:
    def none_equal(frame: Frame) -> bool:
        for read in reads:
            value = read(frame)
            if value is None or not differs(value):
                return False
        return True

    return none_equal


def _acceptor(found: Field, condition: Condition) -> Callable[[Value], bool]:
    """The question put to a field's value."""
    ranges = [literals.span(found, token) for token in condition.values]
    if condition.operator in ("in", "==", "!="):
        accepts = _membership(ranges)
        return accepts if condition.operator != "!=" else lambda value: not accepts(value)
    low, high = ranges[0]
    if low != high or found.kind in (FieldKind.FLAG, FieldKind.BYTES):
        token = condition.values[0]
        raise FilterError(f'"{condition.operator}" needs one number or address, found "{token.value}"', token.column)
    order = _ORDER[condition.operator]
    return lambda value: order(value, low)


def _membership(ranges: list[tuple[Value, Value]]) -> Callable[[Value], bool]:
    if len(ranges) == 1:
        low, high = ranges[0]
        if low == high:
            return lambda value: value == low
        return lambda value: low <= value <= high  # type: ignore[operator]  # both of the field's one type
    singles = frozenset(low for low, high in ranges if low == high)
    spans = [(low, high) for low, high in ranges if low != high]
    if not spans:
        return lambda value: value in singles
    return lambda value: value in singles or any(low <= value <= high for low, high in spans)  # type: ignore[operator]


def _search(found: Field, condition: Condition) -> Matches:
    token = condition.values[0]
    if found.kind is not FieldKind.BYTES:
        text = f'"{condition.operator}" searches bytes such as data; {found.name} is {_a(found)}'
        raise FilterError(text, token.column)
    read = found.reads[0]
    if condition.operator == "contains":
        part = literals.data(token)
        return _applied(read, lambda value: part in value)  # type: ignore[operator]  # a field of kind BYTES
    pattern = _pattern(token)
    return _applied(read, lambda value: pattern.search(value) is not None)  # type: ignore[arg-type]


def _pattern(token: Token) -> re.Pattern[bytes]:
    try:
        return re.compile(token.value.encode())
    except (re.error, OverflowError, RecursionError) as error:
        raise FilterError(f'"{token.value}" is not a regular expression: {error}', token.column) from None


def _a(found: Field) -> str:
    return f"an {found.kind.value}" if found.kind is FieldKind.IP else f"a {found.kind.value}"
