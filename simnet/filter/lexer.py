"""Text of a filter expression -> tokens with their columns."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from simnet.errors import FilterError


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    TEXT = "text"
    COMPARE = "comparison"
    AND = "and"
    OR = "or"
    NOT = "not"
    IN = "in"
    OPEN = "("
    CLOSE = ")"
    OPEN_SET = "{"
    CLOSE_SET = "}"
    COMMA = ","
    END = "end"


class Token(NamedTuple):
    """`value`: the word, the text without its quotes, or the operator in its one spelling; `column` from 1."""

    kind: Kind
    value: str
    column: int


MAX_LENGTH: Final = 10_000

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<symbol>&&|\|\||==|!=|<=|>=|[<>!(){},=&|~])
    | (?P<word>[\w.:/-]+)
    | (?P<wrong>\S)
    )""",
    re.VERBOSE,
)
_SYMBOLS: Final = {
    "&&": Kind.AND, "||": Kind.OR, "!": Kind.NOT, "(": Kind.OPEN, ")": Kind.CLOSE, "{": Kind.OPEN_SET,
    "}": Kind.CLOSE_SET, ",": Kind.COMMA, "==": Kind.COMPARE, "!=": Kind.COMPARE, "<": Kind.COMPARE,
    "<=": Kind.COMPARE, ">": Kind.COMPARE, ">=": Kind.COMPARE,
}  # fmt: skip
_WORDS: Final = {
    "and": (Kind.AND, "&&"), "or": (Kind.OR, "||"), "not": (Kind.NOT, "!"), "in": (Kind.IN, "in"),
    "eq": (Kind.COMPARE, "=="), "ne": (Kind.COMPARE, "!="), "lt": (Kind.COMPARE, "<"), "le": (Kind.COMPARE, "<="),
    "gt": (Kind.COMPARE, ">"), "ge": (Kind.COMPARE, ">="), "contains": (Kind.COMPARE, "contains"),
    "matches": (Kind.COMPARE, "matches"),
}  # fmt: skip
_SLIPS: Final = {
    "=": 'one "=" is not an operator; write "=="',
    "&": 'one "&" is not an operator; write "&&"',
    "|": 'one "|" is not an operator; write "||"',
    "~": '"~" is not an operator; write "matches"',
}
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def tokens(text: str) -> list[Token]:
    """All tokens of `text`, closed by one of kind END; raises `FilterError`."""
    if len(text) > MAX_LENGTH:
        raise FilterError(f"the filter has {len(text)} characters; at most {MAX_LENGTH} are read", 1)
    found: list[Token] = []
    end = len(text.rstrip())
    position = 0
    while position < end:
        match = _TOKEN.match(text, position)
        assert match is not None and match.lastgroup is not None  # the last alternative takes anything
        found.append(_token(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup) + 1))
        position = match.end()
    found.append(Token(Kind.END, "", end + 1))
    return found


def _token(group: str, value: str, column: int) -> Token:
    if group == "text":
        return Token(Kind.TEXT, _unescape(value[1:-1]), column)
    if group == "word":
        kind, value = _WORDS.get(value.lower(), (Kind.WORD, value))
        return Token(kind, value, column)
    if group == "symbol" and value in _SYMBOLS:
        return Token(_SYMBOLS[value], value, column)
    if value in "\"'":
        raise FilterError(f"the text that begins with {value} never ends; close it with {value}", column)
    raise FilterError(_SLIPS.get(value, f'"{value}" has no meaning in a filter'), column)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group(1)), text, flags=re.DOTALL)
