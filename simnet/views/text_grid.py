"""Where things stand in a terminal's ladder: the columns of its lanes, the room that labels have between them."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from simnet.trace.network import NetworkMap
from simnet.views.arrows import span
from simnet.views.clock import Clock
from simnet.views.hops import Fate, Hop
from simnet.views.labels import FULL_DETAIL
from simnet.views.spacing import Wish, evened, gap_widths
from simnet.views.terminal import Terminal, cells, shortened
from simnet.views.text_rows import Page, Row

WIDEST: Final = 132
ARROW_ENDS: Final = 4
"""Cells of a gap that a label leaves to its arrow: a start, a head, blanks around the label."""
_LONGEST_LABEL: Final = 44
LONGEST_NAME: Final = 16
_NARROWEST_GAP: Final = 4
COMFORTABLE_GAP: Final = 20
_CUT_LABELS: Final = 10
"""The percentage of labels that may be cut short before another kind of page is tried."""


class Grid(Struct):
    """Where things stand: columns of the lanes and the width of everything; addresses to show under names."""

    lanes: dict[str, int]
    width: int
    detail: int
    addresses: dict[str, str]


def grid_of(
    network: NetworkMap,
    page: Page,
    shown: list[Row | None],
    clock: Clock,
    terminal: Terminal,
    margins: tuple[int, int],
) -> Grid:
    """As many words in the labels as fit beside each other; the lanes as far apart as that needs."""
    names = [shortened(name, LONGEST_NAME, terminal.glyphs) for name in page.lanes]
    addresses = network.host_addresses()
    heads = [max(cells(name), len(addresses.get(lane, ""))) for lane, name in zip(page.lanes, names, strict=True)]
    left, right = max(margins[0], heads[0] // 2), max(margins[1], heads[-1] // 2)
    first = clock.width + 2 + left
    room = min(terminal.width, WIDEST) - first - right - len(names)
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
    return Grid(dict(zip(page.lanes, columns, strict=True)), columns[-1] + 1 + right, detail, addresses)


def is_readable(grid: Grid, shown: list[Row | None], terminal: Terminal) -> bool:
    """Do the lanes fit into the terminal, with most labels uncut?"""
    if grid.width > terminal.width:
        return False
    labeled = [(row, row.label) for row in shown if row is not None and row.run is not None and row.label is not None]
    cut = sum(cells(label.brief) > label_room(row, grid)[1] for row, label in labeled)
    return cut * 100 <= len(labeled) * _CUT_LABELS


def margins_of(page: Page, shown: list[Row | None]) -> tuple[int, int]:
    """Columns left of the first lane and right of the last for the states there."""
    left = right = 0
    moments = [moment for row in shown if row is not None for moment in row.states]
    for moment in moments:
        if moment.device == page.lanes[0]:
            left = max(left, cells(moment.text) + 1)
        if moment.device == page.lanes[-1]:
            right = max(right, cells(moment.text) + 1)
    return left, right


def margins_below(page: Page, shown: list[Row | None], clock: Clock) -> tuple[int, int]:
    """The same for states in lines of their own, below their arrows: there the column of times is free for them."""
    left, _ = margins_of(page, shown)
    return max(0, left - clock.width - 2), 0


def _gaps(page: Page, shown: list[Row | None], heads: list[int], detail: int) -> list[float]:
    """How wide each gap between lanes must be for labels of this `detail`; each label needs one gap of its arrow."""
    places = {name: place for place, name in enumerate(page.lanes)}
    wishes = []
    for row in shown:
        if row is not None and row.run is not None and row.label is not None:
            low, high = span(row.run, places)
            # A remark is worth more than numbers: where there is one, they may be left out.
            length = cells(row.label.text(min(detail, 2) if row.label.remark else detail))
            if high < len(places):
                wishes.append(Wish(low, high, min(_LONGEST_LABEL, length) + ARROW_ENDS))
    least = [max(_NARROWEST_GAP, (a + b) // 2 + 1) for a, b in zip(heads, heads[1:], strict=False)]
    return gap_widths(least, wishes)


def _fitted(gaps: list[float], room: int) -> list[int]:
    """The gaps cut down until they fit into `room`, or the smaller ones widened until they fill it in part."""
    cut = [int(gap) for gap in gaps]
    while sum(cut) > room and max(cut, default=0) > _NARROWEST_GAP:
        widest = max(range(len(cut)), key=lambda index: (cut[index], index))
        cut[widest] -= 1
    return [int(gap) for gap in evened(list(map(float, cut)), room, COMFORTABLE_GAP)]


def end_column(hop: Hop, grid: Grid) -> int:
    """Where the arrow of `hop` ends: at a lane, or in mid-air if the frame was lost."""
    start = grid.lanes[hop.source]
    target = grid.lanes.get(hop.target)
    if target is None or target == start:
        columns = sorted(grid.lanes.values())
        others = [x for x in columns if x > start] or [x for x in reversed(columns) if x < start]
        target = others[0] if others else start + COMFORTABLE_GAP
    if hop.fate is Fate.LOST:
        return target - 3 if target > start else target + 3
    return target


def label_room(row: Row, grid: Grid) -> tuple[int, int]:
    """The lane or arrow end left of the label, and how many cells the label may fill."""
    assert row.run is not None
    places = {name: place for place, name in enumerate(grid.lanes)}
    columns = list(grid.lanes.values())
    low, high = span(row.run, places)
    if high >= len(columns):
        return columns[-1], COMFORTABLE_GAP - ARROW_ENDS
    widest = max(range(low, high), key=lambda gap: (columns[gap + 1] - columns[gap], -gap))
    start, end = columns[widest], columns[widest + 1]
    stop = end_column(row.run.hops[0], grid)
    if start < stop < end:
        start, end = (start, stop) if grid.lanes[row.run.hops[0].source] < stop else (stop, end)
    return start, end - start - 1 - ARROW_ENDS
