"""Compact arrangements for large networks: trees as blocks with buses, chains as folded rows, anything on shelves."""

from __future__ import annotations

import math
from typing import Any, Final

from msgspec import Struct

from simnet.views.drawing import Box
from simnet.views.layout import Point, Positions

_BUS: Final = 8.0
"""Between a row's upper edge and the bus above it."""


class Block(Struct):
    """A device at (0, 0) and all that hangs on it: where each stands, the room all take, and the bus lines."""

    name: str
    room: Box
    places: Positions
    buses: list[tuple[Point, Point]]


def block(graph: Any, name: str, outside: set[str], rooms: dict[str, Box], shape: float, gap: float) -> Block:
    """`name` over the rows of its children, about `shape` times as wide as high; `outside` does not hang on it."""
    below = [other for other in graph.neighbors(name) if other not in outside]
    children = [block(graph, child, {*outside, name}, rooms, shape, gap) for child in below]
    leaves = [child for child in children if not child.places]
    branches = [child for child in children if child.places]
    tries = [
        _hung(name, rooms[name], [*_rows(leaves, leaf_rows), *_rows(branches, branch_rows)], gap)
        for leaf_rows in _row_counts(leaves)
        for branch_rows in _row_counts(branches)
    ]
    return min(tries, key=lambda made: _badness(made.room, shape))


def _badness(room: Box, shape: float) -> float:
    """The area, more if it is not of the wanted shape."""
    return room.width * room.height * (1 + 0.25 * abs(math.log(room.width / room.height / shape)))


def _row_counts(children: list[Block]) -> list[int]:
    """In how many rows it is worth to try them."""
    most = min(len(children), 12)
    return list(range(1, most + 1)) or [0]


def _rows(children: list[Block], count: int) -> list[list[Block]]:
    """The children in rows of about the same number."""
    if not children:
        return []
    size = math.ceil(len(children) / count)
    return [children[index : index + size] for index in range(0, len(children), size)]


def _hung(name: str, own: Box, rows: list[list[Block]], gap: float) -> Block:
    made = Block(name, own, {}, [])
    top = own.bottom + gap
    for number, row in enumerate(rows):
        bus = top + 1
        made.buses.append(((0.0, 0.0), (0.0, bus)))
        top = _hang_row(made, row, bus, gap, splits=number < len(rows) - 1)
    return made


def _hang_row(made: Block, row: list[Block], bus: float, gap: float, *, splits: bool) -> float:
    """Puts a row under its bus, with a way through its middle for the trunk if more rows follow; its lower edge."""
    widths = [child.room.width + gap for child in row]
    total = sum(widths)
    x, bottom, anchors = -total / 2, bus, [0.0]
    if splits:
        # The trunk runs between two children: the gap nearest to the middle comes to lie under it.
        edges = [sum(widths[:index]) for index in range(1, len(widths))] or [total]
        x = -min(edges, key=lambda edge: abs(edge - total / 2))
    for child, width in zip(row, widths, strict=True):
        anchor = x + gap / 2 - child.room.left
        y = bus + _BUS - child.room.top
        made.places[child.name] = (anchor, y)
        made.places |= {name: (anchor + dx, y + dy) for name, (dx, dy) in child.places.items()}
        made.buses.append(((anchor, bus), (anchor, y)))
        made.buses += [((anchor + ax, y + ay), (anchor + bx, y + by)) for (ax, ay), (bx, by) in child.buses]
        anchors.append(anchor)
        room = made.room
        bottom = max(bottom, y + child.room.bottom)
        made.room = Box(
            min(room.left, x + gap / 2), room.top, max(room.right, x + width - gap / 2), max(room.bottom, bottom)
        )
        x += width
    made.buses.append(((min(anchors), bus), (max(anchors), bus)))
    return bottom + gap


def is_chain(graph: Any) -> bool:
    """Is it one line or one ring of devices?"""
    import networkx

    return max((degree for _, degree in graph.degree()), default=0) <= 2 and networkx.is_connected(graph)


def folded(graph: Any, column: float, row: float, page: float) -> Positions:
    """A chain in rows, every other from right to left; a ring comes back along the left edge.

    `page`: how much wider than high the picture should be.
    """
    import networkx

    ends = [name for name in graph if graph.degree(name) < 2]
    order = list(networkx.dfs_preorder_nodes(graph, ends[0] if ends else next(iter(graph))))
    rows = max(1, round(math.sqrt(len(order) * column / (row * page))))
    if ends:
        return _snake(order, rows, column, row)
    rows = max(2, rows + rows % 2)
    there, back = order[: len(order) - rows], order[len(order) - rows :]
    positions = {name: (x + column, y) for name, (x, y) in _snake(there, rows, column, row).items()}
    positions |= {name: (0.0, (rows - 1 - index) * row) for index, name in enumerate(back)}
    return {name: positions[name] for name in graph}


def _snake(order: list[str], rows: int, column: float, row: float) -> Positions:
    """In each row as many as in the others, or one less; the last may be shorter."""
    size = math.ceil(len(order) / rows)
    spare = size * rows - len(order)
    positions: Positions = {}
    start = 0
    for number in range(rows):
        count = size - 1 if number >= rows - spare else size
        for index, name in enumerate(order[start : start + count]):
            place = index if number % 2 == 0 else size - 1 - index - (size - count)
            positions[name] = (place * column, number * row)
        start += count
    return positions


def shelved(order: list[str], rooms: dict[str, Box], width: float, gap: float) -> Positions:
    """Boxes in rows like books on shelves, every other row from right to left so that neighbors stay near."""
    rows: list[list[str]] = [[]]
    used = 0.0
    for name in order:
        need = rooms[name].width + gap
        if rows[-1] and used + need > width:
            rows.append([])
            used = 0.0
        rows[-1].append(name)
        used += need
    positions: Positions = {}
    top = 0.0
    for number, row in enumerate(rows):
        x = 0.0
        for name in row:
            box = rooms[name]
            left = x if number % 2 == 0 else width - x - box.width - gap
            positions[name] = (left + gap / 2 - box.left, top - box.top)
            x += box.width + gap
        top += max(rooms[name].height for name in row) + gap
    return positions
