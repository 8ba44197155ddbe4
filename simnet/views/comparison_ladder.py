"""A comparison as a `Drawing`: two ladders side by side, one row per frame, the rows that differ on a tinted ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from simnet.trace.compare import Comparison
from simnet.trace.compare_row import Finding, Row
from simnet.trace.compare_sighting import Sighting
from simnet.trace.network import NetworkMap
from simnet.views import metrics
from simnet.views.comparison_rows import ALL, folded
from simnet.views.comparison_words import (
    Ends,
    both_words,
    milliseconds,
    named,
    place_words,
    sentence,
    verdict,
)
from simnet.views.drawing import (
    Anchor,
    Box,
    Drawing,
    Group,
    Pen,
    Rectangle,
    Role,
    Shape,
    Text,
    Weight,
    arrow_head,
    line,
)
from simnet.views.labels import FULL_DETAIL, Label, Labeler, role_of
from simnet.wire.summary import summary

__all__ = ["ALL", "DEFAULT_ROWS", "draw"]

DEFAULT_ROWS: Final = 60
_SIZE: Final = 8.0
_TITLE: Final = 12.0
_ROW: Final = 18.0
_LINE: Final = 11.0
_MARGIN: Final = 16.0
_GUTTER: Final = 40.0
_CLOCK: Final = 48.0
_NARROWEST: Final = 190.0
_HEAD: Final = 6.0
_LOOP: Final = 24.0


def draw(
    comparison: Comparison,
    *,
    names: tuple[str, str],
    networks: tuple[NetworkMap, NetworkMap] = (NetworkMap(), NetworkMap()),
    rows: int = DEFAULT_ROWS,
    rest: str = "--full draws them",
) -> Drawing:
    """The picture of at most `rows` rows (0: all): each frame where it was first sent, and all that differ."""
    ends = Ends(networks[0]), Ends(networks[1])
    shown = folded(list(_drawn(comparison.rows)), rows)
    panels = _panels(shown, ends)
    shapes = list(_heading(comparison, names, panels))
    grounds: list[Shape] = []
    top = bottom = panels[0].top
    for row in shown:
        start = bottom
        part, bottom = _row(row, panels, bottom)
        shapes += part
        if isinstance(row, Row) and row.finding is not Finding.EQUAL:
            ground = Box(panels[0].left - 6, start + 1, panels[1].right + 6, bottom - 1)
            grounds.append(Rectangle(ground, 3, None, Role.TINT_5))
    lanes = [line(x, top - 4, x, bottom, Pen(Role.FAINT, 1.2)) for panel in panels for x in panel.lanes.values()]
    left_out = sum(row for row in shown if isinstance(row, int))
    if left_out:
        bottom += _ROW
        shapes.append(Text(_MARGIN, bottom, f"{left_out:,} rows left out: {rest}", _SIZE, Role.SOFT))
    height = bottom + _MARGIN
    title = f"{names[0]} and {names[1]}"
    width = panels[1].right + _MARGIN
    return Drawing(width, height, title, _description(comparison, ends), (*grounds, *lanes, *shapes))


class _Panel(Struct):
    """The ladder of one side: its lanes by name, its edges, what it knows of names, its words."""

    left: float
    right: float
    top: float
    lanes: dict[str, float]
    ends: Ends
    labels: dict[int, Label]


def _drawn(rows: Sequence[Row]) -> Iterator[Row]:
    """Each equal frame once, where it is first seen, whatever forwards it; and all rows that differ."""
    origins: dict[int, int] = {}
    known: set[int] = set()
    for row in rows:
        frame = row.seen.frame
        origin = origins.setdefault(frame.id, origins.get(frame.parent, frame.parent or frame.id))
        if row.finding is not Finding.EQUAL or not origin or origin not in known:
            yield row
        known.add(origin)


def _panels(shown: Sequence[Row | int], ends: tuple[Ends, Ends]) -> tuple[_Panel, _Panel]:
    rows = [row for row in shown if isinstance(row, Row)]
    names: dict[str, None] = {}
    labels: tuple[dict[int, Label], dict[int, Label]] = {}, {}
    labelers = Labeler(), Labeler()
    for row in rows:
        for one, known, found, labeler in zip((row.a, row.b), ends, labels, labelers, strict=True):
            if one is not None:
                names |= dict.fromkeys(known.of(one))
                found[id(one)] = named(labeler.label(one.frame), one)
    widest = max((metrics.width(label.text(2), _SIZE) for found in labels for label in found.values()), default=0.0)
    gap = max(_NARROWEST / max(1, len(names) - 1), widest + 16 if len(names) == 2 else widest * 0.8)
    width = _CLOCK + max(_NARROWEST, gap * max(1, len(names) - 1)) + 36
    top = _MARGIN + 74
    a, b = (
        _Panel(
            left,
            left + width,
            top,
            {name: left + _CLOCK + 18 + place * gap for place, name in enumerate(names)},
            known,
            found,
        )
        for left, known, found in zip((_MARGIN, _MARGIN + width + _GUTTER), ends, labels, strict=True)
    )
    return a, b


def _heading(comparison: Comparison, names: tuple[str, str], panels: tuple[_Panel, _Panel]) -> Iterator[Shape]:
    role = Role.OPEN if comparison.is_equal else Role.LOST
    yield Text(_MARGIN, _MARGIN + 8, verdict(comparison), _TITLE, role, weight=Weight.BOLD)
    words = f"seen at {comparison.where}; normalized: {', '.join(comparison.normalized)}"
    yield Text(_MARGIN, _MARGIN + 22, words, _SIZE, Role.SOFT)
    for letter, name, panel in zip("AB", names, panels, strict=True):
        yield Text(panel.left, panel.top - 34, f"{letter}: {name}", _SIZE + 2, Role.INK, weight=Weight.BOLD)
        for lane, x in panel.lanes.items():
            yield Text(x, panel.top - 10, lane, _SIZE, Role.INK, Anchor.MIDDLE, Weight.BOLD)


def _row(row: Row | int, panels: tuple[_Panel, _Panel], top: float) -> tuple[list[Shape], float]:
    """The shapes of a row that begins at `top`, and where the next one begins."""
    if isinstance(row, int):
        middle = (panels[0].left + panels[1].right) / 2
        return [Text(middle, top + 12, f"… {row:,} rows", _SIZE, Role.SOFT, Anchor.MIDDLE, halo=Role.PAPER)], top + _ROW
    told = [(each.name, *both_words(each)) for each in row.differences]
    bottom = top + _ROW + _LINE * len(told)
    shapes: list[Shape] = []
    for one, panel in zip((row.a, row.b), panels, strict=True):
        shapes += _missing(row.seen, panel, top) if one is None else _arrow(one, panel, top, row.finding)
    for number, (name, *values) in enumerate(told):
        y = top + _ROW + _LINE * (number + 1) - 5
        for value, panel in zip(values, panels, strict=True):
            words = f"{row.seen.place}  {name} {value}"
            text = metrics.shortened(words, _SIZE, panel.right - panel.left - _CLOCK - 24)
            shapes.append(Text(panel.left + _CLOCK + 24, y, text, _SIZE, Role.LOST))
    return shapes, bottom


def _missing(counterpart: Sighting, panel: _Panel, top: float) -> list[Shape]:
    middle = (panel.left + _CLOCK + panel.right) / 2
    words = f"missing at {place_words(counterpart)}"
    return [Text(middle, top + 13, words, _SIZE, Role.LOST, Anchor.MIDDLE, halo=Role.TINT_5)]


def _arrow(sighting: Sighting, panel: _Panel, top: float, finding: Finding) -> list[Shape]:
    source, target = panel.ends.of(sighting)
    x1, x2 = panel.lanes[source], panel.lanes[target]
    y = top + _ROW - 4
    role = role_of(sighting.frame)
    pen = Pen(role, 1.3)
    reach = x2 if x2 != x1 else x1 + _LOOP
    way = 1.0 if reach > x1 else -1.0
    shapes: list[Shape] = [line(x1, y, reach - way * _HEAD * 0.6, y, pen), arrow_head(reach, y, way, 0, _HEAD, role)]
    ground = Role.PAPER if finding is Finding.EQUAL else Role.TINT_5
    text = _fitting(panel.labels[id(sighting)], max(abs(reach - x1) - 10, _NARROWEST / 2))
    shapes.append(Text((x1 + reach) / 2, y - 4.5, text, _SIZE, role, Anchor.MIDDLE, halo=ground))
    clock = milliseconds(sighting.time)
    shapes.append(Text(panel.left + _CLOCK - 6, y, clock, _SIZE - 1, Role.SOFT, Anchor.END))
    story = f"frame {sighting.number} at {sighting.place}, {clock} ms: {source} → {target}: {summary(sighting.frame)}"
    return [Group(tuple(shapes), f"frame:{sighting.number}", story)]


def _fitting(label: Label, room: float) -> str:
    """As many words as there is room for."""
    for detail in range(FULL_DETAIL, 0, -1):
        if metrics.width(label.text(detail), _SIZE) <= room:
            return label.text(detail)
    return metrics.shortened(label.text(0), _SIZE, room)


def _description(comparison: Comparison, ends: tuple[Ends, Ends]) -> str:
    """The picture in words."""
    told = [sentence(row, ends) for row in comparison.rows if row.finding is not Finding.EQUAL]
    return "\n".join([f"Two sequence diagrams side by side; {verdict(comparison)}.", *told[:DEFAULT_ROWS]])
