"""`Drawing`: a picture as shapes with coordinates, which the SVG writer, matplotlib and the player paint alike.

The unit is the point (1/72 inch), x runs right, y runs down.  Colors are roles: a theme gives them values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

from msgspec import Struct, structs

from simnet.views import metrics

A4_LONG: Final = 842.0
A4_SHORT: Final = 595.0
A4_MARGIN: Final = 28.0
"""About 10 mm."""


class Role(Enum):
    """What a color means.  Names ending in `_FILL` are surfaces, `TINT_n` grounds of subnets."""

    PAPER = "paper"
    INK = "ink"
    SOFT = "soft"
    FAINT = "faint"
    HOST = "host"
    HOST_FILL = "host-fill"
    SWITCH = "switch"
    SWITCH_FILL = "switch-fill"
    HUB = "hub"
    HUB_FILL = "hub-fill"
    ROUTER = "router"
    ROUTER_FILL = "router-fill"
    GATEWAY = "gateway"
    GATEWAY_FILL = "gateway-fill"
    OPEN = "open"
    DATA = "data"
    ACK = "ack"
    CLOSE = "close"
    LOST = "lost"
    ARP = "arp"
    ICMP = "icmp"
    UDP = "udp"
    OTHER = "other"
    STATE = "state"
    STATE_FILL = "state-fill"
    TINT_1 = "tint-1"
    TINT_2 = "tint-2"
    TINT_3 = "tint-3"
    TINT_4 = "tint-4"
    TINT_5 = "tint-5"
    TINT_6 = "tint-6"


TINTS: Final = (Role.TINT_1, Role.TINT_2, Role.TINT_3, Role.TINT_4, Role.TINT_5, Role.TINT_6)


class Anchor(Enum):
    """Which end of a text stands at its x."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


class Weight(Enum):
    """How heavy letters are."""

    REGULAR = "normal"
    BOLD = "bold"


class Dash(Enum):
    """How a line is broken: lengths of dashes and gaps."""

    SOLID = None  # Python 3.11.2, that of Debian 12, loses an empty tuple here
    DASHED = (5.0, 3.0)
    DOTTED = (1.0, 2.5)


class Box(Struct, frozen=True):
    """An upright rectangle; touching boxes do not overlap."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Its width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Its height."""
        return self.bottom - self.top

    def overlaps(self, other: Box) -> bool:
        """Do the two share an area?"""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def grown(self, by: float) -> Box:
        """The box with a margin of `by` on each side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def joined(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


class Pen(Struct, frozen=True):
    """How a line is drawn."""

    role: Role = Role.INK
    width: float = 1.0
    dash: Dash = Dash.SOLID


class Path(Struct, frozen=True):
    """A line through `points`, or a surface when `fill` is given.

    `curves` tells how to read the points: "M" moves, "L" draws a line (one point each), "C" a Bézier curve (three
    points), "Z" closes (none).
    """

    curves: str
    points: tuple[tuple[float, float], ...]
    pen: Pen | None = None
    fill: Role | None = None


class Circle(Struct, frozen=True):
    """A circle around (x, y)."""

    x: float
    y: float
    radius: float
    pen: Pen | None = None
    fill: Role | None = None


class Rectangle(Struct, frozen=True):
    """A rectangle with corners rounded by `radius`."""

    box: Box
    radius: float = 0.0
    pen: Pen | None = None
    fill: Role | None = None


class Text(Struct, frozen=True):
    """A line of text whose baseline passes (x, y), turned by `angle` degrees clockwise about that point.

    `halo` paints a rim of that color around the letters, so that lines do not cross them out.
    """

    x: float
    y: float
    text: str
    size: float
    role: Role = Role.INK
    anchor: Anchor = Anchor.START
    weight: Weight = Weight.REGULAR
    angle: float = 0.0
    halo: Role | None = None

    @property
    def width(self) -> float:
        """How wide the letters run."""
        measure = metrics.width if self.weight is Weight.REGULAR else metrics.bold_width
        return measure(self.text, self.size)

    def corners(self) -> tuple[tuple[float, float], ...]:
        """The four corners of the rectangle around the letters."""
        width = self.width
        left = {Anchor.START: 0.0, Anchor.MIDDLE: -width / 2, Anchor.END: -width}[self.anchor]
        top, bottom = -metrics.ASCENT * self.size, metrics.DESCENT * self.size
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return tuple(
            (self.x + x * cos - y * sin, self.y + x * sin + y * cos)
            for x, y in ((left, top), (left + width, top), (left + width, bottom), (left, bottom))
        )


class Group(Struct, frozen=True):
    """Shapes that belong together; `name` is for programs ("device:client"), `title` is shown on hovering."""

    shapes: tuple[Shape, ...]
    name: str = ""
    title: str = ""


Shape = Path | Circle | Rectangle | Text | Group


class Drawing(Struct, frozen=True):
    """A picture of `width` by `height` points; `title` and `description` tell it to those who cannot see it."""

    width: float
    height: float
    title: str
    description: str
    shapes: tuple[Shape, ...]

    def a4_scale(self) -> float:
        """By how much the picture must shrink to fit an A4 page, either way round; at most 1."""
        long, short = A4_LONG - 2 * A4_MARGIN, A4_SHORT - 2 * A4_MARGIN
        upright = min(short / self.width, long / self.height)
        across = min(long / self.width, short / self.height)
        return min(1.0, max(upright, across))


def flat(shapes: Iterable[Shape]) -> Iterator[Path | Circle | Rectangle | Text]:
    """All shapes, those in groups included, in order of painting."""
    for shape in shapes:
        if isinstance(shape, Group):
            yield from flat(shape.shapes)
        else:
            yield shape


def box_of(shape: Shape) -> Box:
    """The upright rectangle around `shape` (of a curve: around its control points), pens not counted."""
    if isinstance(shape, Rectangle):
        return shape.box
    if isinstance(shape, Circle):
        r = shape.radius
        return Box(shape.x - r, shape.y - r, shape.x + r, shape.y + r)
    if isinstance(shape, Group):
        return box_around(shape.shapes)
    points = shape.corners() if isinstance(shape, Text) else shape.points
    return Box(
        min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points)
    )


def box_around(shapes: Iterable[Shape]) -> Box:
    """The smallest box around all `shapes`, of which there is at least one."""
    boxes = iter([box_of(shape) for shape in shapes])
    total = next(boxes)
    for box in boxes:
        total = total.joined(box)
    return total


def texts_overlap(a: Text, b: Text) -> bool:
    """Do the two turned rectangles around the letters share an area?  By the separating axis theorem."""
    return polygons_overlap(a.corners(), b.corners())


def polygons_overlap(a: tuple[tuple[float, float], ...], b: tuple[tuple[float, float], ...]) -> bool:
    """Do two convex polygons share an area?"""
    return not (_separated(a, b) or _separated(b, a))


def _separated(a: tuple[tuple[float, float], ...], b: tuple[tuple[float, float], ...]) -> bool:
    for (x1, y1), (x2, y2) in zip(a, a[1:] + a[:1], strict=True):
        nx, ny = y2 - y1, x1 - x2
        mine = [x * nx + y * ny for x, y in a]
        other = [x * nx + y * ny for x, y in b]
        if max(mine) <= min(other) + 1e-9 or max(other) <= min(mine) + 1e-9:
            return True
    return False


def line(x1: float, y1: float, x2: float, y2: float, pen: Pen) -> Path:
    """A straight line."""
    return Path("ML", ((x1, y1), (x2, y2)), pen)


def polyline(points: Iterable[tuple[float, float]], pen: Pen) -> Path:
    """A line through `points`."""
    listed = tuple(points)
    return Path("M" + "L" * (len(listed) - 1), listed, pen)


def polygon(points: Iterable[tuple[float, float]], fill: Role | None = None, pen: Pen | None = None) -> Path:
    """A closed surface with straight edges."""
    listed = tuple(points)
    return Path("M" + "L" * (len(listed) - 1) + "Z", listed, pen, fill)


def arrow_head(x: float, y: float, dx: float, dy: float, size: float, role: Role) -> Path:
    """A filled head with its tip at (x, y), pointing along (dx, dy)."""
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    back_x, back_y = x - ux * size, y - uy * size
    half = size * 0.4
    return polygon(((x, y), (back_x - uy * half, back_y + ux * half), (back_x + uy * half, back_y - ux * half)), role)


def cross(x: float, y: float, size: float, pen: Pen) -> Path:
    """An x-shaped mark around (x, y)."""
    return Path("MLML", ((x - size, y - size), (x + size, y + size), (x - size, y + size), (x + size, y - size)), pen)


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """`shape` elsewhere."""
    if isinstance(shape, Path):
        return structs.replace(shape, points=tuple((x + dx, y + dy) for x, y in shape.points))
    if isinstance(shape, Rectangle):
        box = shape.box
        return structs.replace(shape, box=Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy))
    if isinstance(shape, Group):
        return structs.replace(shape, shapes=tuple(moved(part, dx, dy) for part in shape.shapes))
    return structs.replace(shape, x=shape.x + dx, y=shape.y + dy)
