"""Tokens of a filter expression -> a tree.

    any        = all { "||" all }
    all        = not { "&&" not }
    not        = "!" not | "(" any ")" | condition
    condition  = field [ operator value | "in" values ]
    values     = value | "{" value { "," value } "}"          value may be a network a/n or a range a..b
"""

from __future__ import annotations

from typing import Final, NamedTuple

from simnet.errors import FilterError
from simnet.filter.lexer import Kind, Token, tokens

MAX_DEPTH: Final = 50


class Condition(NamedTuple):
    """`field`, alone (`operator` "") or compared with `values` (several only after "in")."""

    field: Token
    operator: str
    values: tuple[Token, ...]


class Not(NamedTuple):
    """The opposite of `part`."""

    part: Tree


class All(NamedTuple):
    """Every one of `parts`."""

    parts: tuple[Tree, ...]


class Any(NamedTuple):
    """At least one of `parts`."""

    parts: tuple[Tree, ...]


Tree = Condition | Not | All | Any


def parse(text: str) -> Tree:
    """The tree of the expression `text`; raises `FilterError`."""
    parser = _Parser(tokens(text))
    if parser.next_is(Kind.END):
        raise FilterError("the filter is empty; write for example tcp.port == 80", 1)
    tree = parser.any()
    rest = parser.take()
    if rest.kind is not Kind.END:
        raise FilterError(_stray(rest), rest.column)
    return tree


def _stray(token: Token) -> str:
    if token.kind is Kind.CLOSE:
        return 'this ")" closes nothing'
    if token.kind is Kind.COMMA:
        return 'a comma stands only between the values of a set; join tests with "&&" or "||"'
    return f'"{token.value}" does not belong here; join tests with "&&" or "||"'


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._position = 0
        self._depth = 0

    def next_is(self, kind: Kind) -> bool:
        return self._tokens[self._position].kind is kind

    def take(self) -> Token:
        token = self._tokens[self._position]
        if token.kind is not Kind.END:
            self._position += 1
        return token

    def any(self) -> Tree:
        parts = [self._all()]
        while self.next_is(Kind.OR):
            self.take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self) -> Tree:
        parts = [self._not()]
        while self.next_is(Kind.AND):
            self.take()
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _not(self) -> Tree:
        token = self._tokens[self._position]
        if token.kind not in (Kind.NOT, Kind.OPEN):
            return self._condition()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterError(f"more than {MAX_DEPTH} nested parentheses or negations", token.column)
        self.take()
        if token.kind is Kind.NOT:
            tree: Tree = Not(self._not())
        else:
            tree = self.any()
            if not self.next_is(Kind.CLOSE):
                raise FilterError('this "(" is never closed; add ")"', token.column)
            self.take()
        self._depth -= 1
        return tree

    def _condition(self) -> Condition:
        field = self.take()
        if field.kind is not Kind.WORD:
            found = f'found "{field.value}"' if field.value else "the filter ends"
            raise FilterError(f"expected a field such as tcp.port, {found}", field.column)
        if self.next_is(Kind.COMPARE):
            operator = self.take().value
            return Condition(field, operator, (self._value(operator),))
        if self.next_is(Kind.IN):
            self.take()
            return Condition(field, "in", self._values())
        return Condition(field, "", ())

    def _value(self, after: str) -> Token:
        value = self.take()
        if value.kind not in (Kind.WORD, Kind.TEXT):
            found = f'found "{value.value}"' if value.value else "the filter ends"
            raise FilterError(f'expected a value after "{after}", {found}', value.column)
        return value

    def _values(self) -> tuple[Token, ...]:
        if not self.next_is(Kind.OPEN_SET):
            return (self._value("in"),)
        opened = self.take()
        values = [self._value("{")]
        while not self.next_is(Kind.CLOSE_SET):
            if self.next_is(Kind.END):
                raise FilterError('this "{" is never closed; add "}"', opened.column)
            if self.next_is(Kind.COMMA):
                self.take()
            values.append(self._value(","))
        self.take()
        return tuple(values)
