"""The ladder in a terminal: one lane per device, time running down, each frame an arrow with its name on it.

Hops that follow one another without a pause are one arrow through the lanes.  A network too wide for the terminal
is shown by its end points, a still wider one as a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from simnet.trace.network import Kind, NetworkMap
from simnet.views.clock import Clock
from simnet.views.drawing import Role
from simnet.views.hops import (
    Fate,
    Hop,
    Lanes,
    Observed,
    Run,
    collect,
    end_to_end,
    ends_ill,
    everything,
    lane_order,
    runs,
    span,
    stays,
    used_lanes,
)
from simnet.views.inference import network_of
from simnet.views.labels import FULL_DETAIL, RESENT, Label, Labeler, role_of
from simnet.views.moments import Remark, StateMoment, Touches, remarks, states
from simnet.views.spacing import Wish, evened, gap_widths
from simnet.views.terminal import PLAIN, Line, Terminal, cells, shortened
from simnet.wire.frame import Frame

DEFAULT_ROWS: Final = 60
_WIDEST: Final = 132
_LONGEST_LABEL: Final = 44
_LONGEST_NAME: Final = 16
_NARROWEST_GAP: Final = 4
_ARROW_ENDS: Final = 4
"""Cells of a gap that a label leaves to its arrow: a start, a head, blanks around the label."""
_COMFORTABLE_GAP: Final = 20
_CUT_LABELS: Final = 10
"""The percentage of labels that may be cut short before another kind of page is tried."""


def draw(
    trace: Observed,
    *,
    terminal: Terminal = PLAIN,
    lanes: Lanes = Lanes.AUTO,
    rows: int = DEFAULT_ROWS,
    keep: Callable[[Frame], bool] = everything,
    rest: str = "--rows all shows them",
) -> str:
    """The ladder as text that ends with a newline.

    At most `rows` arrows and remarks are shown (0: all), the first two thirds and the last; `rest` tells the reader
    how to see the others.  `keep` chooses frames: `simnet.filter.compile("tcp").matches`.
    """
    events = list(trace)
    network = network_of(trace)
    hops = collect(trace, network, keep)
    if not hops:
        return "no frames\n"
    beside = _Beside(states(events), remarks(events))
    for page in _pages(network, hops, lanes):
        body = _rows(page, beside)
        shown = _limited(body, rows)
        clock = Clock([row.time for row in shown if row is not None])
        if not page.lanes:
            break
        page.lanes = used_lanes(page.lanes, [row.run for row in shown if row is not None and row.run is not None])
        for margins in (_margins(page, shown), (0, 0)):
            grid = _grid(network, page, shown, clock, terminal, margins)
            if lanes is not Lanes.AUTO or _is_readable(grid, shown, terminal):
                return _ladder(grid, _Shown(shown, len(body), rest), clock, terminal)
    return _list(_Shown(shown, len(body), rest), clock, terminal)


class _Row(Struct):
    """One line to be: an arrow, or a remark, or states on their own."""

    time: int
    order: int
    run: Run | None = None
    label: Label | None = None
    states: list[StateMoment] = []
    remark: str = ""


class _Beside(Struct):
    """What happens beside the frames."""

    states: list[StateMoment]
    remarks: list[Remark]


class _Page(Struct):
    """What gets lanes, and the arrows between them; without lanes it is a list."""

    lanes: list[str]
    hops: list[Hop]


class _Shown(Struct):
    """The rows that are shown of `total`; None stands where some were left out.  `rest` tells how to see them."""

    rows: list[_Row | None]
    total: int
    rest: str

    def left_out(self, terminal: Terminal) -> str:
        """The line that says so."""
        return f"{terminal.glyphs.more} {self.total - len(self.rows) + 1:,} rows left out: {self.rest}"


def _pages(network: NetworkMap, hops: list[Hop], lanes: Lanes) -> Iterator[_Page]:
    """The pages that might do, best first."""
    if lanes is not Lanes.ENDS:
        yield _Page(lane_order(network, hops), hops)
    journeys = end_to_end(network, hops) or hops  # those of a host with itself have no two ends
    if lanes is not Lanes.HOPS:
        yield _Page(lane_order(network, journeys), journeys)
    yield _Page([], journeys)


def _is_readable(grid: _Grid, shown: list[_Row | None], terminal: Terminal) -> bool:
    """Do the lanes fit into the terminal, with most labels uncut?"""
    if grid.width > terminal.width:
        return False
    labeled = [(row, row.label) for row in shown if row is not None and row.run is not None and row.label is not None]
    cut = sum(cells(label.brief) > _label_room(row, grid)[1] for row, label in labeled)
    return cut * 100 <= len(labeled) * _CUT_LABELS


def _rows(page: _Page, beside: _Beside) -> list[_Row]:
    places = {name: place for place, name in enumerate(page.lanes)}
    labeler = Labeler()
    rows: list[_Row] = []
    rows_of: dict[int, _Row] = {}
    for run in runs(page.hops, places) if places else [Run([hop]) for hop in page.hops]:
        arrow = _Row(run.start, run.hops[0].order, run, labeler.label(run.hops[0].frame, run.start), [])
        rows.append(arrow)
        rows_of |= {id(hop): arrow for hop in run.hops}
    touches = Touches(page.hops)
    for moment in beside.states:
        if places and moment.device not in places:
            continue
        hop = touches.arrival(moment) or touches.departure(moment)
        row = rows_of.get(id(hop)) if hop is not None else None
        if row is None:
            row = _Row(moment.time, moment.order, states=[])
            rows.append(row)
        row.states.append(moment)
    rows += [_Row(remark.time, remark.order, remark=remark.text, states=[]) for remark in beside.remarks]
    return sorted(rows, key=lambda row: (row.time, row.order))


def _limited(body: list[_Row], rows: int) -> list[_Row | None]:
    """At most `rows` of `body`; None stands where some were left out."""
    if rows <= 0 or len(body) <= rows:
        return list(body)
    tail = rows // 3
    return [*body[: rows - tail], None, *body[len(body) - tail :]]


def _list(shown: _Shown, clock: Clock, terminal: Terminal) -> str:
    runs_shown = [row.run for row in shown.rows if row is not None and row.run is not None]
    source_width = min(_LONGEST_NAME, max((cells(run.hops[0].source) for run in runs_shown), default=0))
    target_width = min(_LONGEST_NAME, max((cells(run.hops[-1].target) for run in runs_shown), default=0))
    lines = []
    for row in shown.rows:
        line = Line(terminal.width)
        lines.append(line)
        if row is None:
            line.put(0, shown.left_out(terminal), Role.SOFT)
            continue
        time = clock.text(row.time)
        line.put(clock.width - len(time), time, Role.SOFT)
        x = clock.width + 2
        if row.run is None or row.label is None:
            text = row.remark or ", ".join(f"{moment.device} {moment.text}" for moment in row.states)
            line.put(x, shortened(text, terminal.width - x, terminal.glyphs), Role.STATE)
        else:
            _list_arrow(line, x, row, source_width, target_width, terminal)
    return "".join(line.render(terminal.colors) + "\n" for line in lines) + _legend(shown, clock, terminal, FULL_DETAIL)


def _list_arrow(line: Line, x: int, row: _Row, source_width: int, target_width: int, terminal: Terminal) -> None:
    assert row.run is not None and row.label is not None
    hop, glyphs = row.run.hops[0], terminal.glyphs
    line.put(x, shortened(hop.source, source_width, glyphs), Role.INK)
    x += source_width + 1
    line.put(x, glyphs.to, Role.SOFT)
    x += cells(glyphs.to) + 1
    line.put(x, shortened(hop.target or "?", target_width, glyphs), Role.INK)
    x += target_width + 2
    text = row.label.text(FULL_DETAIL)
    if ends_ill(hop):
        text += f"  {glyphs.lost} {ends_ill(hop)}"
    text += "".join(f"  [{moment.device} {moment.text}]" for moment in row.states)
    line.put(x, shortened(text, terminal.width - x, glyphs), _hop_role(hop))


def _hop_role(hop: Hop) -> Role:
    return Role.LOST if hop.fate is Fate.LOST else role_of(hop.frame)


class _Grid(Struct):
    """Where things stand: columns of the lanes and the width of everything; addresses to show under names."""

    lanes: dict[str, int]
    width: int
    detail: int
    addresses: dict[str, str]


def _ladder(grid: _Grid, shown: _Shown, clock: Clock, terminal: Terminal) -> str:
    lines = _heading(grid, clock, terminal)
    for row in shown.rows:
        if row is None:
            line = _empty(grid, terminal)
            line.put(0, f"{shown.left_out(terminal)}  ", Role.SOFT)
            lines.append(line)
        else:
            lines += _paint_row(row, grid, clock, terminal)
    return "".join(line.render(terminal.colors) + "\n" for line in lines) + _legend(shown, clock, terminal, grid.detail)


def _grid(
    network: NetworkMap,
    page: _Page,
    shown: list[_Row | None],
    clock: Clock,
    terminal: Terminal,
    margins: tuple[int, int],
) -> _Grid:
    names = [shortened(name, _LONGEST_NAME, terminal.glyphs) for name in page.lanes]
    addresses = _addresses(network)
    heads = [max(cells(name), len(addresses.get(lane, ""))) for lane, name in zip(page.lanes, names, strict=True)]
    left, right = max(margins[0], heads[0] // 2), max(margins[1], heads[-1] // 2)
    first = clock.width + 2 + left
    room = min(terminal.width, _WIDEST) - first - right - len(names)
    for detail in range(FULL_DETAIL, -1, -1):
        gaps = _gaps(page, shown, heads, detail)
        if sum(gaps) <= room:
            break
    else:
        addresses = {}
        gaps = _gaps(page, shown, [cells(name) for name in names], 0)
    columns = [first]
    for gap in _fitted(gaps, room):
        columns.append(columns[-1] + gap + 1)
    return _Grid(dict(zip(page.lanes, columns, strict=True)), columns[-1] + 1 + right, detail, addresses)


def _addresses(network: NetworkMap) -> dict[str, str]:
    """The addresses of hosts that have just one."""
    found = {}
    for device in network.devices:
        known = [address.partition("/")[0] for port in device.ports for address in port.addresses]
        if device.kind is Kind.HOST and len(known) == 1:
            found[device.name] = known[0]
    return found


def _margins(page: _Page, shown: list[_Row | None]) -> tuple[int, int]:
    """Columns left of the first lane and right of the last for the states there."""
    left = right = 0
    moments = [moment for row in shown if row is not None for moment in row.states]
    for moment in moments:
        if moment.device == page.lanes[0]:
            left = max(left, cells(moment.text) + 1)
        if moment.device == page.lanes[-1]:
            right = max(right, cells(moment.text) + 1)
    return left, right


def _gaps(page: _Page, shown: list[_Row | None], heads: list[int], detail: int) -> list[float]:
    """How wide each gap between lanes must be for labels of this `detail`; each label needs one gap of its arrow."""
    places = {name: place for place, name in enumerate(page.lanes)}
    wishes = []
    for row in shown:
        if row is not None and row.run is not None and row.label is not None:
            low, high = span(row.run, places)
            # A remark is worth more than numbers: where there is one, they may be left out.
            length = cells(row.label.text(min(detail, 2) if row.label.remark else detail))
            if high < len(places):
                wishes.append(Wish(low, high, min(_LONGEST_LABEL, length) + _ARROW_ENDS))
    least = [max(_NARROWEST_GAP, (a + b) // 2 + 1) for a, b in zip(heads, heads[1:], strict=False)]
    return gap_widths(least, wishes)


def _fitted(gaps: list[float], room: int) -> list[int]:
    """The gaps cut down until they fit into `room`, or the smaller ones widened until they fill it in part."""
    cut = [int(gap) for gap in gaps]
    while sum(cut) > room and max(cut, default=0) > _NARROWEST_GAP:
        widest = max(range(len(cut)), key=lambda index: (cut[index], index))
        cut[widest] -= 1
    return [int(gap) for gap in evened(list(map(float, cut)), room, _COMFORTABLE_GAP)]


def _heading(grid: _Grid, clock: Clock, terminal: Terminal) -> list[Line]:
    width = grid.width + _LONGEST_NAME
    names, addresses = Line(width), Line(width)
    names.put(clock.width - len(clock.unit), clock.unit, Role.SOFT)
    for name, x in grid.lanes.items():
        text = shortened(name, _LONGEST_NAME, terminal.glyphs)
        names.put(max(0, x - cells(text) // 2), text, Role.INK)
        address = grid.addresses.get(name, "")
        addresses.put(max(0, x - len(address) // 2), address, Role.SOFT)
    known = any(name in grid.addresses for name in grid.lanes)
    return [names, addresses, _empty(grid, terminal)] if known else [names, _empty(grid, terminal)]


def _empty(grid: _Grid, terminal: Terminal) -> Line:
    line = Line(max(grid.width, min(terminal.width, _WIDEST)))
    for x in grid.lanes.values():
        line.put(x, terminal.glyphs.lane, Role.FAINT)
    return line


def _paint_row(row: _Row, grid: _Grid, clock: Clock, terminal: Terminal) -> list[Line]:
    line = _empty(grid, terminal)
    lines = [line]
    time = clock.text(row.time)
    line.put(clock.width - len(time), time, Role.SOFT)
    if row.run is not None and row.label is not None and stays(row.run.hops[0]):
        x, role = grid.lanes[row.run.hops[0].source], _hop_role(row.run.hops[0])
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


def _beside(line: Line, x: int, text: str, role: Role, grid: _Grid, terminal: Terminal) -> bool:
    """Writes `text` next to lane `x` if there is room: outside of the outermost lanes, else right, else left."""
    width = cells(text)
    right, left = (x + 2, x + 2 + width), (x - 1 - width, x - 1)
    columns = list(grid.lanes.values())
    for start, end in (left, right) if x == columns[0] else (right, left):
        if start >= 0 and line.is_free(start, end, terminal.glyphs.lane) and _in_margin(start, grid):
            line.put(start, text, role)
            return True
    return False


def _in_margin(start: int, grid: _Grid) -> bool:
    """Is the cell right of the time column?"""
    return start >= 0 and grid.width > start


def _paint_arrows(line: Line, run: Run, grid: _Grid, terminal: Terminal) -> None:
    glyphs = terminal.glyphs
    first = run.hops[0]
    body = glyphs.dashed if first.frame.reason in RESENT or first.is_copy else glyphs.line
    for hop in run.hops:
        role = _hop_role(hop)
        start, end = grid.lanes[hop.source], _end_column(hop, grid)
        step = 1 if end > start else -1
        for x in range(start + step, end, step):
            if line.is_free(x, x + 1, " "):
                line.put(x, body, role)
    passed = {hop.source for hop in run.hops[1:]} - {run.hops[0].source}
    for hop in run.hops:
        start, end = grid.lanes[hop.source], _end_column(hop, grid)
        rightward = end > start
        if hop.source in passed:
            line.put(start, glyphs.through, _hop_role(hop))
        else:
            line.put(start, glyphs.from_left if rightward else glyphs.from_right, _hop_role(hop))
        if hop.fate is Fate.LOST:
            line.put(end, glyphs.lost, Role.LOST)
        elif hop.target not in passed:
            line.put(end - 1 if rightward else end + 1, glyphs.right if rightward else glyphs.left, _hop_role(hop))


def _end_column(hop: Hop, grid: _Grid) -> int:
    """Where the arrow of `hop` ends: at a lane, or in mid-air if the frame was lost."""
    start = grid.lanes[hop.source]
    target = grid.lanes.get(hop.target)
    if target is None or target == start:
        columns = sorted(grid.lanes.values())
        others = [x for x in columns if x > start] or [x for x in reversed(columns) if x < start]
        target = others[0] if others else start + _COMFORTABLE_GAP
    if hop.fate is Fate.LOST:
        return target - 3 if target > start else target + 3
    return target


def _paint_label(line: Line, row: _Row, grid: _Grid, terminal: Terminal) -> None:
    assert row.run is not None and row.label is not None
    start, room = _label_room(row, grid)
    fitting = [text for text in map(row.label.text, range(grid.detail, -1, -1)) if cells(text) <= room]
    text = fitting[0] if fitting else shortened(row.label.brief, room, terminal.glyphs)
    if text:
        line.put(start + 1 + (room + _ARROW_ENDS - cells(text) - 2) // 2, f" {text} ", _hop_role(row.run.hops[0]))


def _label_room(row: _Row, grid: _Grid) -> tuple[int, int]:
    """The lane or arrow end left of the label, and how many cells the label may fill."""
    assert row.run is not None
    places = {name: place for place, name in enumerate(grid.lanes)}
    columns = list(grid.lanes.values())
    low, high = span(row.run, places)
    if high >= len(columns):
        return columns[-1], _COMFORTABLE_GAP - _ARROW_ENDS
    widest = max(range(low, high), key=lambda gap: (columns[gap + 1] - columns[gap], -gap))
    start, end = columns[widest], columns[widest + 1]
    stop = _end_column(row.run.hops[0], grid)
    if start < stop < end:
        start, end = (start, stop) if grid.lanes[row.run.hops[0].source] < stop else (stop, end)
    return start, end - start - 1 - _ARROW_ENDS


def _paint_fates(line: Line, run: Run, grid: _Grid, terminal: Terminal) -> list[Line]:
    """The reasons why frames were lost or discarded, on the line if there is room, else on a line of their own."""
    extra = []
    for hop in run.hops:
        words = ends_ill(hop)
        if not words:
            continue
        x = _end_column(hop, grid)
        text = words if hop.fate is Fate.LOST else f"{terminal.glyphs.lost} {words}"
        if not _beside(line, x, text, Role.LOST, grid, terminal):
            below = _empty(grid, terminal)
            if not _beside(below, x, text, Role.LOST, grid, terminal):
                width = min(terminal.width, _WIDEST)
                below.put(max(0, min(x + 2, width - cells(text))), text, Role.LOST)
            extra.append(below)
    return extra


def _legend(shown: _Shown, clock: Clock, terminal: Terminal, detail: int) -> str:
    """One line that explains what was drawn, and only that."""
    glyphs = terminal.glyphs
    drawn = [row.run for row in shown.rows if row is not None and row.run is not None]
    hops = [hop for run in drawn for hop in run.hops]
    parts = [f"time in {clock.unit}"]
    if any(len(run.hops) > 1 for run in drawn):
        parts.append(f"{glyphs.through} passes on")
    if any(ends_ill(hop) for hop in hops):
        parts.append(f"{glyphs.lost} ends here")
    if any(hop.frame.reason in RESENT or hop.is_copy for hop in hops):
        parts.append(f"{glyphs.dashed} sent again")
    tcp_roles = (Role.OPEN, Role.DATA, Role.ACK, Role.CLOSE)
    if detail == FULL_DETAIL and any(role_of(hop.frame) in tcp_roles for hop in hops):
        parts.append("seq and ack count from 0")
    text = parts[0]
    for part in parts[1:]:
        longer = f"{text} {glyphs.dot} {part}"
        text = longer if cells(longer) <= terminal.width else text
    line = Line(terminal.width)
    line.put(0, text, Role.SOFT)
    return "\n" + line.render(terminal.colors) + "\n"
