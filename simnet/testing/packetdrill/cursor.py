"""Walks over the tokens of a script: what both the packet grammar and the event grammar need."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from simnet.testing.packetdrill.lexer import Kind, Token
from simnet.testing.packetdrill.problems import InvalidScript
from simnet.units import SECOND


class Cursor:
    """The next token is `now`."""

    __slots__ = ("_tokens", "_at")

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens: Final = tokens
        self._at = 0

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at]

    def after(self, count: int) -> Token:
        """The token `count` behind the next one."""
        return self._tokens[min(self._at + count, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The next token, consumed; the end stays."""
        token = self.now
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def is_kind(self, kind: Kind) -> bool:
        """Is the next token of this kind?"""
        return self.now.kind is kind

    def is_mark(self, text: str) -> bool:
        """Is the next token this character?"""
        return self.now.kind is Kind.MARK and self.now.text == text

    def is_word(self, text: str) -> bool:
        """Is the next token this word?"""
        return self.now.kind is Kind.WORD and self.now.text == text

    def skip_mark(self, text: str) -> bool:
        """Consume the character if it comes next."""
        if self.is_mark(text):
            self._at += 1
            return True
        return False

    def skip_word(self, text: str) -> bool:
        """Consume the word if it comes next."""
        if self.is_word(text):
            self._at += 1
            return True
        return False

    def need_mark(self, text: str) -> None:
        """Consume the character or complain."""
        if not self.skip_mark(text):
            raise self.unexpected(f'"{text}"')

    def integer(self) -> int:
        """Consume a number."""
        if not self.is_kind(Kind.INTEGER):
            raise self.unexpected("a number")
        return int(self.take().text)

    def word(self) -> str:
        """Consume a word."""
        if not self.is_kind(Kind.WORD):
            raise self.unexpected("a word")
        return self.take().text

    def is_number(self) -> bool:
        """Is the next token an integer or a decimal fraction?"""
        return self.now.kind in (Kind.INTEGER, Kind.FLOAT)

    def seconds(self) -> int:
        """Consume a number of seconds; ns."""
        if not self.is_number():
            raise self.unexpected("a time in seconds")
        return int(Decimal(self.take().text) * SECOND)

    def unexpected(self, wanted: str) -> InvalidScript:
        """What to raise when something else comes."""
        return InvalidScript(f"expected {wanted}, found {self.now}", self.now.line)
