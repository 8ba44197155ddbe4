"""Keeps things apart: pushes boxes off one another, and finds places for labels where nothing else is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from simnet.views.drawing import Box, polygons_overlap
from simnet.views.layout import Point, Positions

_PUSHES: Final = 150


def box_at(point: Point, offsets: Box) -> Box:
    """The box whose sides lie `offsets` away from `point`."""
    x, y = point
    return Box(x + offsets.left, y + offsets.top, x + offsets.right, y + offsets.bottom)


def pushed_apart(positions: Positions, offsets: dict[str, Box], gap: float) -> Positions:
    """The positions moved as little as need be until no two boxes are nearer than `gap`."""
    names = list(positions)
    xs = [positions[name][0] for name in names]
    ys = [positions[name][1] for name in names]
    boxes = [offsets[name].grown(gap / 2) for name in names]
    for _ in range(_PUSHES):
        if not _push_once(xs, ys, boxes):
            break
    return {name: (xs[index], ys[index]) for index, name in enumerate(names)}


def _push_once(xs: list[float], ys: list[float], boxes: list[Box]) -> bool:
    """Moves every overlapping pair apart along the shorter way; were there any?"""
    moved = False
    order = sorted(range(len(xs)), key=lambda index: (xs[index] + boxes[index].left, index))
    widest = max(box.width for box in boxes)
    for place, i in enumerate(order):
        a = boxes[i]
        for j in order[place + 1 :]:
            b = boxes[j]
            if xs[j] + b.left > xs[i] + a.right + widest:
                break
            over_x = min(xs[i] + a.right - xs[j] - b.left, xs[j] + b.right - xs[i] - a.left)
            over_y = min(ys[i] + a.bottom - ys[j] - b.top, ys[j] + b.bottom - ys[i] - a.top)
            if over_x <= 1e-6 or over_y <= 1e-6:
                continue
            moved = True
            if over_x < over_y:
                step = math.copysign(over_x / 2 + 0.05, xs[j] - xs[i] or j - i)
                xs[i] -= step
                xs[j] += step
            else:
                step = math.copysign(over_y / 2 + 0.05, ys[j] - ys[i] or j - i)
                ys[i] -= step
                ys[j] += step
    return moved


class Line(Struct, frozen=True):
    """A straight link; labels avoid lying on it."""

    a: Point
    b: Point


class Board:
    """What is taken: boxes of devices and labels, and lines that labels should not lie on."""

    def __init__(self, boxes: Iterable[Box], lines: Iterable[Line]) -> None:
        self._boxes = list(boxes)
        self._lines = list(lines)
        self.failures = 0

    def take(self, candidates: Iterable[Box]) -> tuple[Box, bool] | None:
        """The first candidate that is free of everything, else the first that only lies on lines; is it clear?"""
        second: Box | None = None
        for box in candidates:
            if any(box.overlaps(other) for other in self._boxes):
                continue
            if not any(_crosses(line, box) for line in self._lines):
                self._boxes.append(box)
                return box, True
            second = second or box
        if second is None:
            self.failures += 1
            return None
        self._boxes.append(second)
        return second, False

    def is_free(self, box: Box) -> bool:
        """Does `box` overlap no box?"""
        return not any(box.overlaps(other) for other in self._boxes)

    def add(self, box: Box) -> None:
        """Takes `box` without asking."""
        self._boxes.append(box)


def _crosses(line: Line, box: Box) -> bool:
    (ax, ay), (bx, by) = line.a, line.b
    if max(ax, bx) < box.left or min(ax, bx) > box.right or max(ay, by) < box.top or min(ay, by) > box.bottom:
        return False
    corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    return polygons_overlap(corners, (line.a, line.b))


def crosses_any(box: Box, lines: Iterable[Line]) -> int:
    """How many of `lines` run through `box`."""
    return sum(_crosses(line, box) for line in lines)


def beside_line(start: Point, toward: Point, width: float, height: float, clear: float) -> Iterator[Box]:
    """Places for a label of this size beside the line from `start`, nearest first, `clear` of what is at its start."""
    dx, dy = toward[0] - start[0], toward[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    along = width / 2 * abs(ux) + height / 2 * abs(uy)
    aside = width / 2 * abs(uy) + height / 2 * abs(ux) + 2.0
    for step in range(8):
        reach = clear + along + 2.5 + step * 6.0
        if step and reach + along > length * 0.62:
            return
        for side in (-1.0, 1.0):
            # Of both sides the upper one first, so that labels stand on their lines.
            turn = side if ux >= 0 else -side
            x = start[0] + ux * reach - uy * aside * turn
            y = start[1] + uy * reach + ux * aside * turn
            yield Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def on_middle(a: Point, b: Point, width: float, height: float) -> Iterator[Box]:
    """Places for a label at the middle of the line from `a` to `b`."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    aside = width / 2 * abs(uy) + height / 2 * abs(ux) + 2.0
    for share in (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68):
        for side in (-1.0, 1.0):
            turn = side if ux >= 0 else -side
            x = a[0] + dx * share - uy * aside * turn
            y = a[1] + dy * share + ux * aside * turn
            yield Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def exit_distance(offsets: Box, ux: float, uy: float) -> float:
    """How far from its point the box ends in direction (ux, uy)."""
    reach_x = (offsets.right if ux > 0 else -offsets.left) / abs(ux) if abs(ux) > 1e-9 else math.inf
    reach_y = (offsets.bottom if uy > 0 else -offsets.top) / abs(uy) if abs(uy) > 1e-9 else math.inf
    return min(reach_x, reach_y)


def hull(points: Iterable[Point]) -> tuple[Point, ...]:
    """The convex hull, by Andrew's monotone chain."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return tuple(ordered)
    chains: list[list[Point]] = []
    for sequence in (ordered, ordered[::-1]):
        chain: list[Point] = []
        for point in sequence:
            while len(chain) >= 2 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        chains.append(chain[:-1])
    return tuple(chains[0] + chains[1])


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
