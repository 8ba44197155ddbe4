"""Paints a `Drawing` as PNG or PDF with matplotlib: the same bytes every time, no dates inside.

matplotlib brings DejaVu Sans along, so the picture looks the same on every machine.
Does not model: scripts that DejaVu Sans lacks (Chinese, for example); the SVG shows them in the reader's fonts.
"""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any, Final

from simnet.views.drawing import Anchor, Circle, Drawing, Path, Pen, Rectangle, Role, Text, flat
from simnet.views.theme import LIGHT, Theme

_POINTS_PER_INCH: Final = 72
_HALO_WIDTH: Final = 3.0
_ALIGNMENT: Final = {Anchor.START: "left", Anchor.MIDDLE: "center", Anchor.END: "right"}
_LARGEST_SIDE: Final = 16_000
_SETTINGS: Final[Any] = {
    "font.family": ["DejaVu Sans"],
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "text.usetex": False,
    "text.antialiased": True,
    "path.simplify": False,
    "path.snap": False,
}


def png(drawing: Drawing, theme: Theme = LIGHT, dots_per_inch: int = 144) -> bytes:
    """The picture as PNG."""
    side = max(drawing.width, drawing.height) / _POINTS_PER_INCH
    dots_per_inch = max(1, min(dots_per_inch, int(_LARGEST_SIDE / side)))
    return _save(drawing, theme, {"format": "png", "dpi": dots_per_inch, "metadata": {"Software": None}})


def pdf(drawing: Drawing, theme: Theme = LIGHT) -> bytes:
    """The picture as PDF, one page of the picture's size."""
    metadata = {"Title": drawing.title, "Creator": None, "Producer": None, "CreationDate": None}
    return _save(drawing, theme, {"format": "pdf", "metadata": metadata})


def _save(drawing: Drawing, theme: Theme, options: dict[str, Any]) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure

    output = io.BytesIO()
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        size = (drawing.width / _POINTS_PER_INCH, drawing.height / _POINTS_PER_INCH)
        figure = Figure(figsize=size, facecolor=theme[Role.PAPER])
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, drawing.width)
        axes.set_ylim(drawing.height, 0)
        for order, shape in enumerate(flat(drawing.shapes)):
            _paint(axes, shape, theme, order)
        figure.savefig(output, **options)
    return output.getvalue()


def _paint(axes: Any, shape: Path | Circle | Rectangle | Text, theme: Theme, order: int) -> None:
    if isinstance(shape, Text):
        _paint_text(axes, shape, theme, order)
        return
    from matplotlib import patches
    from matplotlib.path import Path as Outline

    style = _style(shape.pen, shape.fill, theme) | {"zorder": order}
    if isinstance(shape, Circle):
        axes.add_patch(patches.Circle((shape.x, shape.y), shape.radius, **style))
    elif isinstance(shape, Rectangle):
        box = shape.box
        corners = f"round,pad=0,rounding_size={shape.radius}" if shape.radius else "square,pad=0"
        corner = (box.left, box.top)
        axes.add_patch(patches.FancyBboxPatch(corner, box.width, box.height, boxstyle=corners, **style))
    else:
        axes.add_patch(patches.PathPatch(_outline(shape, Outline), **style))


def _outline(path: Path, outline: Any) -> Any:
    codes: list[int] = []
    points: list[tuple[float, float]] = []
    given = iter(path.points)
    for curve in path.curves:
        if curve == "Z":
            codes.append(outline.CLOSEPOLY)
            points.append((0.0, 0.0))
            continue
        code, count = {"M": (outline.MOVETO, 1), "L": (outline.LINETO, 1), "C": (outline.CURVE4, 3)}[curve]
        codes += [code] * count
        points += [next(given) for _ in range(count)]
    return outline(points, codes)


def _style(pen: Pen | None, fill: Role | None, theme: Theme) -> dict[str, Any]:
    style: dict[str, Any] = {"facecolor": theme[fill] if fill is not None else "none"}
    if pen is None:
        return style | {"edgecolor": "none", "linewidth": 0}
    style |= {"edgecolor": theme[pen.role], "linewidth": pen.width, "capstyle": "round", "joinstyle": "round"}
    if pen.dash.value:
        # matplotlib counts dashes in line widths, Drawing counts them in points.
        style["linestyle"] = (0, tuple(part / pen.width for part in pen.dash.value))
    return style


def _paint_text(axes: Any, text: Text, theme: Theme, order: int) -> None:
    from matplotlib import patheffects

    painted = axes.text(
        text.x,
        text.y,
        text.text,
        fontsize=text.size,
        color=theme[text.role],
        ha=_ALIGNMENT[text.anchor],
        va="baseline",
        weight=text.weight.value,
        rotation=-text.angle,
        rotation_mode="anchor",
        zorder=order,
        parse_math=False,
    )
    if text.halo is not None:
        rim = patheffects.withStroke(linewidth=_HALO_WIDTH, foreground=theme[text.halo])
        painted.set_path_effects([rim])
