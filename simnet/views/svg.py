"""Writes a `Drawing` as SVG 1.1: by hand, the same bytes every time, nothing fetched from elsewhere."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from simnet.views import metrics
from simnet.views.drawing import Anchor, Circle, Drawing, Group, Path, Pen, Rectangle, Role, Shape, Text, Weight
from simnet.views.theme import LIGHT, Theme

_FONTS: Final = ", ".join(metrics.FONT_STACK)
_HALO_WIDTH: Final = 3.0
# XML 1.0 has no way to write control characters, not even escaped.
_UNWRITABLE: Final = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), 127, 0xFFFE, 0xFFFF) if code != 10}


def render(drawing: Drawing, theme: Theme = LIGHT) -> str:
    """The SVG document; give a theme of `var(--name)` values to let a page choose the colors."""
    width, height = number(drawing.width), number(drawing.height)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{escape(_FONTS)}">',
        f"<title>{_text(drawing.title)}</title>",
        f"<desc>{_text(drawing.description)}</desc>",
        f'<rect width="{width}" height="{height}" fill="{theme[Role.PAPER]}"/>',
    ]
    for shape in drawing.shapes:
        _write(shape, theme, lines)
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """A coordinate with at most two decimals, without a trailing zero or a negative zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _text(text: str) -> str:
    return escape(text.translate(_UNWRITABLE))


def _write(shape: Shape, theme: Theme, lines: list[str]) -> None:
    if isinstance(shape, Group):
        _write_group(shape, theme, lines)
    elif isinstance(shape, Path):
        lines.append(f'<path d="{_path_data(shape)}"{_paint(shape.pen, shape.fill, theme)}/>')
    elif isinstance(shape, Circle):
        place = f'cx="{number(shape.x)}" cy="{number(shape.y)}" r="{number(shape.radius)}"'
        lines.append(f"<circle {place}{_paint(shape.pen, shape.fill, theme)}/>")
    elif isinstance(shape, Rectangle):
        lines.append(_rectangle(shape, theme))
    else:
        lines.append(_text_element(shape, theme))


def _write_group(group: Group, theme: Theme, lines: list[str]) -> None:
    name = f" data-name={quoteattr(group.name.translate(_UNWRITABLE))}" if group.name else ""
    lines.append(f"<g{name}>")
    if group.title:
        lines.append(f"<title>{_text(group.title)}</title>")
    for shape in group.shapes:
        _write(shape, theme, lines)
    lines.append("</g>")


def _path_data(path: Path) -> str:
    points = iter(path.points)
    parts = []
    for curve in path.curves:
        count = {"M": 1, "L": 1, "C": 3, "Z": 0}[curve]
        parts.append(curve + " ".join(f"{number(x)},{number(y)}" for x, y in (next(points) for _ in range(count))))
    return "".join(parts)


def _rectangle(shape: Rectangle, theme: Theme) -> str:
    box = shape.box
    size = f'width="{number(box.width)}" height="{number(box.height)}"'
    rounding = f' rx="{number(shape.radius)}"' if shape.radius else ""
    paint = _paint(shape.pen, shape.fill, theme)
    return f'<rect x="{number(box.left)}" y="{number(box.top)}" {size}{rounding}{paint}/>'


def _paint(pen: Pen | None, fill: Role | None, theme: Theme) -> str:
    parts = [f' fill="{theme[fill] if fill is not None else "none"}"']
    if pen is not None:
        parts.append(f' stroke="{theme[pen.role]}" stroke-width="{number(pen.width)}"')
        parts.append(' stroke-linecap="round" stroke-linejoin="round"')
        if pen.dash.value:
            parts.append(f' stroke-dasharray="{" ".join(number(part) for part in pen.dash.value)}"')
    return "".join(parts)


def _text_element(text: Text, theme: Theme) -> str:
    parts = [f'<text x="{number(text.x)}" y="{number(text.y)}" font-size="{number(text.size)}"']
    parts.append(f' fill="{theme[text.role]}"')
    if text.anchor is not Anchor.START:
        parts.append(f' text-anchor="{text.anchor.value}"')
    if text.weight is not Weight.REGULAR:
        parts.append(f' font-weight="{text.weight.value}"')
    if text.halo is not None:
        stroke = f'stroke="{theme[text.halo]}" stroke-width="{number(_HALO_WIDTH)}"'
        parts.append(f' {stroke} stroke-linejoin="round" paint-order="stroke"')
    if text.angle:
        parts.append(f' transform="rotate({number(text.angle)} {number(text.x)} {number(text.y)})"')
    return "".join(parts) + f' xml:space="preserve">{_text(text.text)}</text>'
