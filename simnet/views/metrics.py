"""How wide a text is: the advance widths of DejaVu Sans, measured from the font files matplotlib brings along.

The SVG names DejaVu Sans first, then fonts that run as wide (Verdana) or narrower (Arial), so that a width
computed here is what a reader sees, or an upper bound of it.  Does not model: kerning (it only narrows).
"""

from __future__ import annotations

from typing import Final

FONT_STACK: Final = ("DejaVu Sans", "Verdana", "Bitstream Vera Sans", "Arial", "sans-serif")
ASCENT: Final = 0.76
"""How far capitals, digits and ascenders rise over the baseline, in ems."""
DESCENT: Final = 0.24
"""How far descenders hang below it."""

_FIRST: Final = 32
_OTHER: Final = 1000
_OTHER_BOLD: Final = 1200
# fmt: off
_REGULAR: Final = (
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637, 637,
    637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775, 752, 295, 295, 656,
    558, 863, 749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686, 611, 686, 391, 337, 391, 838, 500, 500, 613,
    635, 550, 635, 616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818,
    592, 592, 525, 637, 337, 637, 838,
)
_BOLD: Final = (
    349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696, 696,
    696, 696, 696, 696, 400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373, 373, 775,
    638, 996, 837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771, 725, 726, 458, 366, 458, 838, 500, 500, 675,
    716, 593, 716, 679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596, 479, 712, 652, 924,
    646, 652, 583, 712, 366, 712, 838,
)
# fmt: on
_SYMBOLS: Final = {
    "·": 380,
    "×": 838,
    "µ": 736,
    "–": 500,
    "—": 1000,
    "…": 1000,
    "→": 838,
    "←": 838,
    "↑": 838,
    "↓": 838,
    "↔": 838,
    "−": 838,
    "≤": 838,
    "≥": 838,
    "✗": 838,
    "✓": 838,
    "▶": 770,
    "◀": 770,
    "●": 873,
    "○": 873,
    "↻": 838,
}


def width(text: str, size: float) -> float:
    """How wide `text` is when set in `size` points."""
    return size / 1000 * sum(_advance(char, _REGULAR, _OTHER) for char in text)


def bold_width(text: str, size: float) -> float:
    """How wide `text` is when set bold in `size` points."""
    return size / 1000 * sum(_advance(char, _BOLD, _OTHER_BOLD) for char in text)


def _advance(char: str, table: tuple[int, ...], other: int) -> int:
    index = ord(char) - _FIRST
    if 0 <= index < len(table):
        return table[index]
    return _SYMBOLS.get(char, other)


def shortened(text: str, size: float, room: float) -> str:
    """`text`, or as much of it as fits into `room` with an ellipsis at its end."""
    if width(text, size) <= room:
        return text
    while text and width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"
