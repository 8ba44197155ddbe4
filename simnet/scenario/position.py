"""Where something stands in a scenario file."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Position(Struct, frozen=True):
    """A place in a file; lines and columns count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


NOWHERE: Final = Position("<nowhere>")
