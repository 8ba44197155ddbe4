"""Paints the plan of a sequence diagram."""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.views import metrics
from simnet.views.clock import rough
from simnet.views.drawing import (
    Anchor,
    Box,
    Circle,
    Dash,
    Drawing,
    Group,
    Path,
    Pen,
    Rectangle,
    Role,
    Shape,
    Text,
    Weight,
    arrow_head,
    cross,
    line,
    moved,
)
from simnet.views.hops import Fate, ends_ill, stays
from simnet.views.labels import RESENT, role_of
from simnet.views.ladder_parts import (
    HEAD_HEIGHT,
    LOOP_WIDTH,
    NAME_SIZE,
    SYMBOL_SIZE,
    TEXT_SIZE,
    Lane,
    Plan,
    Segment,
)
from simnet.views.symbols import symbol
from simnet.wire.summary import summary

_HEAD: Final = 7.0
_LEGEND_PITCH: Final = 14.0
_FOOT: Final = 8.0
_SIGN: Final = 24.0
_BETWEEN: Final = 16.0
"""What a sign of the legend takes, and the gap between two entries."""
_TCP_ROLES: Final = (Role.OPEN, Role.DATA, Role.ACK, Role.CLOSE)

Entry = tuple[str, list[Shape]]
"""A line of the legend: its words, and the sign before them if there is one."""


def paint(made: Plan, title: str, rest: str) -> Drawing:
    """The drawing of `made`."""
    bottom = made.height - 10
    shapes: list[Shape] = []
    for lane in made.lanes:
        shapes += _lane(lane, bottom, made)
    shapes += _strips(made, bottom)
    shapes += [shape for y, duration in made.cuts for shape in _cut(y, duration, made)]
    shapes += [shape for segment in made.segments for shape in _arrow(segment, made)]
    shapes += made.texts
    unit = Text(made.times_end, HEAD_HEIGHT - 14, made.clock.unit, TEXT_SIZE, Role.SOFT, Anchor.END)
    height = made.height
    if made.left_out:
        words = f"… {made.left_out:,} more arrows: {rest}"
        shapes.append(Text(made.width / 2, height + 6, words, TEXT_SIZE, Role.SOFT, Anchor.MIDDLE))
        height += _LEGEND_PITCH
    for entries in _legend_lines(made):
        shapes += _legend_line(entries, made.width / 2, height + 6)
        height += _LEGEND_PITCH
    return Drawing(made.width, height + _FOOT, title, _description(made), (*shapes, unit))


def foot_height(made: Plan) -> float:
    """What stands below the last arrow: how many were left out, the legend."""
    return _LEGEND_PITCH * (bool(made.left_out) + len(_legend_lines(made))) + _FOOT


def _lane(lane: Lane, bottom: float, made: Plan) -> list[Shape]:
    shapes: list[Shape] = []
    middle = 12 + SYMBOL_SIZE / 2
    if lane.kind is not None:
        shapes += symbol(lane.kind, lane.x, middle, SYMBOL_SIZE)
    y = 12 + SYMBOL_SIZE + NAME_SIZE + 1
    shapes.append(Text(lane.x, y, lane.name, NAME_SIZE, Role.INK, Anchor.MIDDLE, Weight.BOLD))
    top = y + 4
    if lane.address:
        shapes.append(Text(lane.x, y + 11, lane.address, TEXT_SIZE, Role.SOFT, Anchor.MIDDLE))
        top += 11
    group = Group(tuple(shapes), f"device:{lane.name}", lane.name)
    pen = Pen(Role.FAINT, 1.2)
    pieces: list[Shape] = []
    for y, _ in sorted(made.cuts):
        pieces.append(line(lane.x, top, lane.x, y - 3.5, pen))
        pieces += [line(lane.x - 4, y + 1.5 + dy, lane.x + 4, y - 1.5 + dy, pen) for dy in (-3.5, 3.5)]
        top = y + 3.5
    return [*pieces, line(lane.x, top, lane.x, bottom, pen), group]


def _cut(y: float, duration: int, made: Plan) -> list[Shape]:
    return [Text(made.times_end, y + 3, f"+{rough(duration)}", TEXT_SIZE, Role.SOFT, Anchor.END)]


def _strips(made: Plan, bottom: float) -> list[Shape]:
    """A band beside the lane of each host, in pieces, one for each state of its connection."""
    shapes: list[Shape] = []
    for lane in made.lanes:
        marks = [mark for mark in made.marks if mark.moment.device == lane.name]
        side = -1 if lane is made.lanes[0] else 1
        if lane.name not in made.with_strip:
            shapes += [Circle(lane.x, mark.y, 2.6, None, Role.STATE) for mark in marks]
            continue
        ends = [mark.y for mark in marks[1:]] + [bottom]
        for mark, end in zip(marks, ends, strict=True):
            if mark.moment.state == "CLOSED":
                shapes.append(line(lane.x, mark.y, lane.x + side * 7, mark.y, Pen(Role.STATE, 1.2)))
                continue
            left, right = sorted((lane.x + side * 1.5, lane.x + side * 6.5))
            box = Box(left, mark.y + 0.6, right, max(end - 0.6, mark.y + 1.2))
            title = f"{mark.moment.device}: {mark.moment.state}"
            shapes.append(Group((Rectangle(box, 1.5, Pen(Role.STATE, 0.7), Role.STATE_FILL),), "", title))
    return shapes


def _arrow(segment: Segment, made: Plan) -> list[Shape]:
    hop = segment.hop
    role = Role.LOST if hop.fate is Fate.LOST else role_of(hop.frame)
    run = made.rows[segment.row].run
    first = run.hops[0] if run is not None else hop
    again = first.frame.reason in RESENT or first.is_copy
    pen = Pen(role, 1.3, Dash.DASHED if again else Dash.SOLID)
    if stays(hop):
        return [Group(_loop(segment, pen), f"frame:{hop.frame.id}", _story(segment))]
    dx, dy = segment.x2 - segment.x1, segment.y2 - segment.y1
    length = max(abs(dx), 1.0)
    shapes: list[Shape] = []
    passed = {other.source for other in run.hops[1:]} - {run.hops[0].source} if run is not None else set()
    back = 0.0 if hop.fate is Fate.LOST or hop.target in passed else _HEAD * 0.6 / length
    shapes.append(line(segment.x1, segment.y1, segment.x2 - dx * back, segment.y2 - dy * back, pen))
    if hop.fate is Fate.LOST:
        shapes.append(cross(segment.x2, segment.y2, 3.6, Pen(Role.LOST, 1.8)))
    elif hop.target in passed:
        shapes.append(Circle(segment.x2, segment.y2, 2.2, None, role))
    else:
        shapes.append(arrow_head(segment.x2, segment.y2, dx, dy, _HEAD, role))
        if ends_ill(hop):
            shapes.append(cross(segment.x2, segment.y2, 3.6, Pen(Role.LOST, 1.8)))
    return [Group(tuple(shapes), f"frame:{hop.frame.id}", _story(segment))]


def _loop(segment: Segment, pen: Pen) -> tuple[Shape, ...]:
    """A frame to oneself leaves the lane and comes back."""
    x, y1, y2 = segment.x1, segment.y1, segment.y2
    out = x + LOOP_WIDTH * 1.3
    curve = Path("MC", ((x, y1), (out, y1), (out, y2), (x + _HEAD * 0.6, y2)), pen)
    return curve, arrow_head(x, y2, -1, 0, _HEAD, pen.role)


def _story(segment: Segment) -> str:
    hop = segment.hop
    parts = [f"{hop.source} → {hop.target or '?'}: {summary(hop.frame)}", f"{hop.frame.length} bytes"]
    why = reasons.text(hop.frame.reason)
    if why:
        clause = reasons.source(hop.frame.reason)
        parts.append(f"{why} ({clause})" if clause else why)
    if ends_ill(hop):
        parts.append(ends_ill(hop))
    return ", ".join(parts)


def _signs(made: Plan) -> list[Entry]:
    """What the signs mean, only those in use."""
    hops = [segment.hop for segment in made.segments]
    entries: list[Entry] = []
    if any(hop.frame.reason in RESENT or hop.is_copy for hop in hops):
        entries.append(("sent again", [line(0, -3, 18, -3, Pen(Role.INK, 1.3, Dash.DASHED))]))
    if any(ends_ill(hop) for hop in hops):
        entries.append(("ends here", [cross(9, -3, 3.6, Pen(Role.LOST, 1.8))]))
    if any(row.run is not None and len(row.run.hops) > 1 for row in made.rows):
        sign: list[Shape] = [line(0, -3, 18, -3, Pen(Role.INK, 1.3)), Circle(9, -3, 2.2, None, Role.INK)]
        entries.append(("passed on", sign))
    if made.cuts:
        pen = Pen(Role.SOFT, 1.2)
        entries.append(("time cut out", [line(5, -4.5 + dy, 13, -7.5 + dy, pen) for dy in (0.0, 6.0)]))
    if any(text.role in _TCP_ROLES and " seq " in text.text for text in made.texts):
        entries.append(("seq and ack count from 0", []))
    return entries


def _legend_lines(made: Plan) -> list[list[Entry]]:
    """The legend in as many lines as it needs."""
    lines: list[list[Entry]] = []
    left = 0.0
    for entry in _signs(made):
        width = _entry_width(entry)
        if not lines or width > left:
            lines.append([])
            left = made.width - 2 * _BETWEEN
        lines[-1].append(entry)
        left -= width + _BETWEEN
    return lines


def _legend_line(entries: list[Entry], middle: float, y: float) -> list[Shape]:
    shapes: list[Shape] = []
    x = middle - (sum(map(_entry_width, entries)) + _BETWEEN * (len(entries) - 1)) / 2
    for entry in entries:
        words, sign = entry
        shapes += [moved(shape, x, y) for shape in sign]
        shapes.append(Text(x + _SIGN * bool(sign), y, words, TEXT_SIZE, Role.SOFT))
        x += _entry_width(entry) + _BETWEEN
    return shapes


def _entry_width(entry: Entry) -> float:
    words, sign = entry
    return _SIGN * bool(sign) + metrics.width(words, TEXT_SIZE)


def _description(made: Plan) -> str:
    """The ladder in words, for those who cannot see it."""
    lines = [f"A sequence diagram of {', '.join(lane.name for lane in made.lanes)}; time runs down."]
    for row in made.rows:
        if row.run is not None:
            first, last = row.run.hops[0], row.run.hops[-1]
            ill = f", {ends_ill(last)}" if ends_ill(last) else ""
            time = f"{made.clock.text(row.time)} {made.clock.unit}"
            lines.append(f"{time}: {first.source} to {last.target or '?'}: {summary(first.frame)}{ill}.")
    return "\n".join(lines)
