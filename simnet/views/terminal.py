"""What a terminal can show: its width, its characters, its colors; and lines of colored characters for it."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from typing import Final, TextIO

from msgspec import Struct

from simnet.views.drawing import Role


class Glyphs(Struct, frozen=True):
    """The characters a text ladder is drawn with, each one cell wide."""

    lane: str
    line: str
    dashed: str
    right: str
    left: str
    from_left: str
    from_right: str
    through: str
    lost: str
    more: str
    dot: str
    to: str


UNICODE: Final = Glyphs("│", "─", "╌", "▶", "◀", "├", "┤", "┼", "✗", "…", "·", "→")
ASCII: Final = Glyphs("|", "-", "~", ">", "<", "+", "+", "+", "X", "~", "-", "->")

_COLORS: Final[Mapping[Role, str]] = {
    Role.INK: "1",
    Role.SOFT: "2",
    Role.FAINT: "2",
    Role.STATE: "1",
    Role.OPEN: "32",
    Role.DATA: "36",
    Role.CLOSE: "35",
    Role.LOST: "31",
    Role.ARP: "33",
    Role.ICMP: "34",
    Role.UDP: "36",
}
"""Select Graphic Rendition codes: the eight colors that every user's terminal theme defines."""

NO_COLORS: Final[Mapping[Role, str]] = {}
DEFAULT_WIDTH: Final = 80


class Terminal(Struct, frozen=True):
    """Where text goes."""

    width: int = DEFAULT_WIDTH
    glyphs: Glyphs = UNICODE
    colors: Mapping[Role, str] = NO_COLORS


PLAIN: Final = Terminal()


def terminal_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Terminal:
    """What `stream` can show; a pipe or file gets plain text 80 columns wide, or `COLUMNS`."""
    return Terminal(_width(stream, environment), _glyphs(stream), _colors(stream, environment))


def _width(stream: TextIO, environment: Mapping[str, str]) -> int:
    asked = environment.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and int(asked) > 0:
        return int(asked)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError, AttributeError):
        return DEFAULT_WIDTH


def _glyphs(stream: TextIO) -> Glyphs:
    try:
        "".join(UNICODE.__getattribute__(name) for name in UNICODE.__struct_fields__).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def _colors(stream: TextIO, environment: Mapping[str, str]) -> Mapping[Role, str]:
    """https://no-color.org: any value but the empty one turns color off."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb" or not stream.isatty():
        return NO_COLORS
    return _COLORS


class Line:
    """One line of cells; each holds a character and its color."""

    __slots__ = ("_cells", "_roles")

    def __init__(self, width: int) -> None:
        self._cells = [" "] * width
        self._roles: list[Role | None] = [None] * width

    def put(self, x: int, text: str, role: Role | None) -> None:
        """Writes `text` from cell `x` on; what lies outside the line is cut off."""
        for char in text:
            if 0 <= x < len(self._cells):
                self._cells[x] = char if char.isprintable() else "?"
                self._roles[x] = role
            x += 1
            if cells(char) == 2:
                if 0 <= x < len(self._cells):
                    self._cells[x] = ""
                x += 1

    def is_free(self, start: int, end: int, background: str) -> bool:
        """Do the cells from `start` up to `end` exist and hold only blanks or `background`?"""
        inside = 0 <= start <= end <= len(self._cells)
        return inside and all(cell in (" ", background) for cell in self._cells[start:end])

    def render(self, colors: Mapping[Role, str]) -> str:
        """The line as text without trailing blanks, with escape codes where `colors` asks for them."""
        end = len(self._cells)
        while end and self._cells[end - 1] == " ":
            end -= 1
        parts: list[str] = []
        current = ""
        for cell, role in zip(self._cells[:end], self._roles[:end], strict=True):
            code = current if cell == " " else colors.get(role, "") if role is not None else ""
            if code != current:
                parts.append(f"\x1b[0;{code}m" if code else "\x1b[0m")
                current = code
            parts.append(cell)
        if current:
            parts.append("\x1b[0m")
        return "".join(parts)


def cells(text: str) -> int:
    """How many cells `text` fills: East Asian wide characters fill two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shortened(text: str, room: int, glyphs: Glyphs) -> str:
    """`text`, or its beginning and a sign that more was there."""
    if cells(text) <= room:
        return text
    while text and cells(text) + 1 > room:
        text = text[:-1]
    return text.rstrip() + glyphs.more if room > 0 else ""
