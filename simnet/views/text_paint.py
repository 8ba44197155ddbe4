"""Painting a ladder's rows into the cells of a terminal."""

from __future__ import annotations

from simnet.views.arrows import Run
from simnet.views.clock import Clock
from simnet.views.drawing import Role
from simnet.views.hops import Fate, ends_ill, stays
from simnet.views.labels import RESENT
from simnet.views.terminal import Line, Terminal, cells, shortened
from simnet.views.text_grid import (
    ARROW_ENDS,
    LONGEST_NAME,
    WIDEST,
    Grid,
    end_column,
    label_room,
)
from simnet.views.text_rows import Row, Shown, hop_role, legend


def painted(grid: Grid, shown: Shown, clock: Clock, terminal: Terminal) -> str:
    """The rows on their lanes, under the names of the devices, with the legend."""
    lines = _heading(grid, clock, terminal)
    for row in shown.rows:
        if row is None:
            line = _empty(grid, terminal)
            line.put(0, f"{shown.left_out(terminal)}  ", Role.SOFT)
            lines.append(line)
        else:
            lines += _paint_row(row, grid, clock, terminal)
    return "".join(line.render(terminal.colors) + "\n" for line in lines) + legend(shown, clock, terminal, grid.detail)


def _heading(grid: Grid, clock: Clock, terminal: Terminal) -> list[Line]:
    width = grid.width + LONGEST_NAME
    names, addresses = Line(width), Line(width)
    names.put(clock.width - len(clock.unit), clock.unit, Role.SOFT)
    for name, x in grid.lanes.items():
        text = shortened(name, LONGEST_NAME, terminal.glyphs)
        names.put(max(0, x - cells(text) // 2), text, Role.INK)
        address = grid.addresses.get(name, "")
        addresses.put(max(0, x - len(address) // 2), address, Role.SOFT)
    known = any(name in grid.addresses for name in grid.lanes)
    return [names, addresses, _empty(grid, terminal)] if known else [names, _empty(grid, terminal)]


def _empty(grid: Grid, terminal: Terminal) -> Line:
    line = Line(max(grid.width, min(terminal.width, WIDEST)))
    for x in grid.lanes.values():
        line.put(x, terminal.glyphs.lane, Role.FAINT)
    return line


def _paint_row(row: Row, grid: Grid, clock: Clock, terminal: Terminal) -> list[Line]:
    line = _empty(grid, terminal)
    lines = [line]
    time = clock.text(row.time)
    line.put(clock.width - len(time), time, Role.SOFT)
    if row.run is not None and row.label is not None and stays(row.run.hops[0]):
        x, role = grid.lanes[row.run.hops[0].source], hop_role(row.run.hops[0])
        line.put(x, terminal.glyphs.from_left, role)
        line.put(x + 1, f" lo: {row.label.text(1)} ", role)
    elif row.run is not None and row.label is not None:
        _paint_arrows(line, row.run, grid, terminal)
        _paint_label(line, row, grid, terminal)
        lines += _paint_fates(line, row.run, grid, terminal)
    if row.remark:
        x = clock.width + 2
        line.put(x, shortened(row.remark, terminal.width - x, terminal.glyphs) + " ", Role.STATE)
    for moment in (moment for moment in row.states if moment.device in grid.lanes):
        if not _beside(line, grid.lanes[moment.device], moment.text, Role.STATE, grid, terminal):
            extra = _empty(grid, terminal)
            _beside(extra, grid.lanes[moment.device], moment.text, Role.STATE, grid, terminal)
            lines.append(extra)
    return lines


def _beside(line: Line, x: int, text: str, role: Role, grid: Grid, terminal: Terminal) -> bool:
    """Writes `text` next to lane `x` if there is room: outside of the outermost lanes, else right, else left."""
    width = cells(text)
    right, left = (x + 2, x + 2 + width), (x - 1 - width, x - 1)
    columns = list(grid.lanes.values())
    for start, end in (left, right) if x == columns[0] else (right, left):
        if start >= 0 and line.is_free(start, end, terminal.glyphs.lane) and _in_margin(start, grid):
            line.put(start, text, role)
            return True
    return False


def _in_margin(start: int, grid: Grid) -> bool:
    """Is the cell right of the time column?"""
    return start >= 0 and grid.width > start


def _paint_arrows(line: Line, run: Run, grid: Grid, terminal: Terminal) -> None:
    glyphs = terminal.glyphs
    first = run.hops[0]
    body = glyphs.dashed if first.frame.reason in RESENT or first.is_copy else glyphs.line
    for hop in run.hops:
        role = hop_role(hop)
        start, end = grid.lanes[hop.source], end_column(hop, grid)
        step = 1 if end > start else -1
        for x in range(start + step, end, step):
            if line.is_free(x, x + 1, " "):
                line.put(x, body, role)
    passed = {hop.source for hop in run.hops[1:]} - {run.hops[0].source}
    for hop in run.hops:
        start, end = grid.lanes[hop.source], end_column(hop, grid)
        rightward = end > start
        if hop.source in passed:
            line.put(start, glyphs.through, hop_role(hop))
        else:
            line.put(start, glyphs.from_left if rightward else glyphs.from_right, hop_role(hop))
        if hop.fate is Fate.LOST:
            line.put(end, glyphs.lost, Role.LOST)
        elif hop.target not in passed:
            line.put(end - 1 if rightward else end + 1, glyphs.right if rightward else glyphs.left, hop_role(hop))


def _paint_label(line: Line, row: Row, grid: Grid, terminal: Terminal) -> None:
    assert row.run is not None and row.label is not None
    start, room = label_room(row, grid)
    fitting = [text for text in map(row.label.text, range(grid.detail, -1, -1)) if cells(text) <= room]
    text = fitting[0] if fitting else shortened(row.label.brief, room, terminal.glyphs)
    if text:
        line.put(start + 1 + (room + ARROW_ENDS - cells(text) - 2) // 2, f" {text} ", hop_role(row.run.hops[0]))


def _paint_fates(line: Line, run: Run, grid: Grid, terminal: Terminal) -> list[Line]:
    """The reasons why frames were lost or discarded, on the line if there is room, else on a line of their own."""
    extra = []
    for hop in run.hops:
        words = ends_ill(hop)
        if not words:
            continue
        x = end_column(hop, grid)
        text = words if hop.fate is Fate.LOST else f"{terminal.glyphs.lost} {words}"
        if not _beside(line, x, text, Role.LOST, grid, terminal):
            below = _empty(grid, terminal)
            if not _beside(below, x, text, Role.LOST, grid, terminal):
                width = min(terminal.width, WIDEST)
                below.put(max(0, min(x + 2, width - cells(text))), text, Role.LOST)
            extra.append(below)
    return extra
