"""Cuts a packetdrill script into tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from simnet.testing.packetdrill.problems import InvalidScript


class Kind(Enum):
    """What a token is."""

    OPTION = "option"
    CODE = "code"
    COMMAND = "command"
    STRING = "string"
    ELLIPSIS = "ellipsis"
    ADDRESS = "address"
    FLOAT = "float"
    INTEGER = "integer"
    WORD = "word"
    MARK = "mark"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` without quotes; `line` counts from 1."""

    kind: Kind
    text: str
    line: int

    def __str__(self) -> str:
        return "the end of the script" if self.kind is Kind.END else f'"{self.text}"'


_TOKEN: Final = re.compile(
    r"""
      (?P<skip>    \s+ | //[^\n]* | /\*.*?\*/ )
    | (?P<option>  --[A-Za-z_]\w*(?:=(?:"[^"]*"|[^\s"])*)? )
    | (?P<code>    %\{.*?\}% )
    | (?P<command> `(?:\\.|[^`\\])*` )
    | (?P<string>  "(?:\\.|[^"\\])*" )
    | (?P<ellipsis>\.\.\. )
    | (?P<address> \d{1,3}(?:\.\d{1,3}){3} )
    | (?P<float>   -?\d*\.\d+ )
    | (?P<hex>     -?0[xX][0-9a-fA-F]+ )
    | (?P<word>    \d*[A-Za-z_]\w* )
    | (?P<integer> -?\d+ )
    | (?P<mark>    . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_NUMBER: Final = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|\d+)")


def tokens(text: str, symbols: Mapping[str, str]) -> list[Token]:
    """All tokens of `text`; a word that `symbols` or a `--define` in the script names is replaced by its value."""
    known = dict(symbols)
    found: list[Token] = []
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        raw = match.group()
        if kind != "skip":
            token = _token(kind or "", raw, line)
            if token.kind is Kind.OPTION and token.text.startswith("--define="):
                name, _, value = token.text.removeprefix("--define=").partition("=")
                known[name] = value
            elif token.kind is Kind.WORD and token.text in known:
                token = _symbol(known[token.text], line)
            found.append(token)
        line += raw.count("\n")
    found.append(Token(Kind.END, "", line))
    return found


def _token(kind: str, raw: str, line: int) -> Token:
    if kind == "hex":
        return Token(Kind.INTEGER, str(int(raw, 16)), line)
    if kind == "code":
        return Token(Kind.CODE, raw[2:-2], line)
    if kind == "command":
        return Token(Kind.COMMAND, raw[1:-1], line)
    if kind == "string":
        return Token(Kind.STRING, _ESCAPED.sub(_unescaped, raw[1:-1]), line)
    if kind == "mark" and raw in '`"':
        raise InvalidScript(f"{raw} is opened and never closed", line)
    return Token(Kind(kind), raw, line)


def _unescaped(match: re.Match[str]) -> str:
    """`\\xf7` is a byte, `\\"` the character."""
    return chr(int(match[1], 16)) if match[1] else match[2]


def _symbol(value: str, line: int) -> Token:
    """What stands for a defined word: a number, a string, a command, or another word."""
    if _NUMBER.fullmatch(value):
        return Token(Kind.INTEGER, str(int(value, 0)), line)
    if value[:1] == value[-1:] == '"' and len(value) > 1:
        return Token(Kind.STRING, value[1:-1], line)
    if value[:1] == value[-1:] == "`" and len(value) > 1:
        return Token(Kind.COMMAND, value[1:-1], line)
    return Token(Kind.WORD, value, line)
