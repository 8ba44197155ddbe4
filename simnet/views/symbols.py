"""Device symbols of our own: host = monitor, switch = box with two arrows, hub = box with a ring, router = circle with
crossed arrows, gateway = router behind a wall.  They differ in shape, not in color alone."""

from __future__ import annotations

from typing import Final

from simnet.trace.network import Kind
from simnet.views.drawing import (
    Box,
    Circle,
    Path,
    Pen,
    Rectangle,
    Role,
    Shape,
    arrow_head,
    line,
    polygon,
)

_ROLES: Final = {
    Kind.HOST: (Role.HOST, Role.HOST_FILL),
    Kind.SWITCH: (Role.SWITCH, Role.SWITCH_FILL),
    Kind.HUB: (Role.HUB, Role.HUB_FILL),
    Kind.ROUTER: (Role.ROUTER, Role.ROUTER_FILL),
    Kind.GATEWAY: (Role.GATEWAY, Role.GATEWAY_FILL),
}
_WIDTHS: Final = {Kind.HOST: 1.2, Kind.SWITCH: 1.5, Kind.HUB: 1.5, Kind.ROUTER: 1.0, Kind.GATEWAY: 1.3}
_HEIGHTS: Final = {Kind.HOST: 1.0, Kind.SWITCH: 0.8, Kind.HUB: 0.8, Kind.ROUTER: 1.0, Kind.GATEWAY: 1.0}
KIND_NAMES: Final = {
    Kind.HOST: "host",
    Kind.SWITCH: "switch",
    Kind.HUB: "hub",
    Kind.ROUTER: "router",
    Kind.GATEWAY: "gateway (NAT)",
}


def symbol_box(kind: Kind, x: float, y: float, size: float) -> Box:
    """The room the symbol of `kind` takes around (x, y); `size` is the height of the tallest."""
    width, height = _WIDTHS[kind] * size, _HEIGHTS[kind] * size
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def role_of_kind(kind: Kind) -> Role:
    """The color of `kind`."""
    return _ROLES[kind][0]


def symbol(kind: Kind, x: float, y: float, size: float) -> tuple[Shape, ...]:
    """The symbol of `kind` around (x, y)."""
    role, fill = _ROLES[kind]
    pen = Pen(role, max(0.8, size / 22))
    if kind is Kind.HOST:
        return _monitor(x, y, size, pen, fill)
    if kind is Kind.ROUTER:
        return (Circle(x, y, size / 2, pen, fill), *_crossed_arrows(x, y, size, pen))
    if kind is Kind.GATEWAY:
        left = x - 0.15 * size
        return (
            Circle(left, y, size / 2, pen, fill),
            *_crossed_arrows(left - 0.06 * size, y, size * 0.86, pen),
            *_wall(x + 0.37 * size, y + 0.1 * size, size, pen),
        )
    box = Rectangle(symbol_box(kind, x, y, size), size * 0.14, pen, fill)
    return (box, *(_opposed_arrows(x, y, size, pen) if kind is Kind.SWITCH else _ring(x, y, size, pen)))


def _monitor(x: float, y: float, size: float, pen: Pen, fill: Role) -> tuple[Shape, ...]:
    top, bottom = y - 0.5 * size, y + 0.26 * size
    screen = Box(x - 0.6 * size, top, x + 0.6 * size, bottom)
    inner = screen.grown(-0.1 * size)
    foot = y + 0.5 * size - pen.width / 2
    neck = ((x - 0.1 * size, bottom), (x + 0.1 * size, bottom), (x + 0.16 * size, foot), (x - 0.16 * size, foot))
    return (
        polygon(neck, pen.role),
        Rectangle(screen, size * 0.09, pen, fill),
        Rectangle(inner, size * 0.03, None, Role.PAPER),
        line(x - 0.32 * size, foot, x + 0.32 * size, foot, pen),
    )


def _arrow(x1: float, y1: float, x2: float, y2: float, pen: Pen, head: float) -> tuple[Shape, ...]:
    shaft = 1 - 0.6 * head / max(abs(x2 - x1), abs(y2 - y1))
    end_x, end_y = x1 + (x2 - x1) * shaft, y1 + (y2 - y1) * shaft
    return line(x1, y1, end_x, end_y, pen), arrow_head(x2, y2, x2 - x1, y2 - y1, head, pen.role)


def _opposed_arrows(x: float, y: float, size: float, pen: Pen) -> tuple[Shape, ...]:
    reach, apart, head = 0.5 * size, 0.16 * size, 0.24 * size
    return (
        *_arrow(x - reach, y - apart, x + reach, y - apart, pen, head),
        *_arrow(x + reach, y + apart, x - reach, y + apart, pen, head),
    )


def _ring(x: float, y: float, size: float, pen: Pen) -> tuple[Shape, ...]:
    ring, reach, head = 0.15 * size, 0.58 * size, 0.2 * size
    return (
        *_arrow(x - ring, y, x - reach, y, pen, head),
        *_arrow(x + ring, y, x + reach, y, pen, head),
        Circle(x, y, ring, pen, Role.PAPER),
    )


def _crossed_arrows(x: float, y: float, size: float, pen: Pen) -> tuple[Shape, ...]:
    near, far, head = 0.08 * size, 0.38 * size, 0.2 * size
    return (
        *_arrow(x - far, y, x - near, y, pen, head),
        *_arrow(x + far, y, x + near, y, pen, head),
        *_arrow(x, y - near, x, y - far, pen, head),
        *_arrow(x, y + near, x, y + far, pen, head),
    )


def _wall(x: float, y: float, size: float, pen: Pen) -> tuple[Shape, ...]:
    """Four courses of bricks around (x, y)."""
    width, height, courses = 0.5 * size, 0.7 * size, 4
    left, top = x - width / 2, y - height / 2
    thin = Pen(pen.role, pen.width * 0.7)
    step = height / courses
    curves, points = "", []
    for course in range(courses):
        upper, lower = top + course * step, top + (course + 1) * step
        joints = (0.5,) if course % 2 else (0.25, 0.75)
        for joint in joints:
            curves += "ML"
            points += [(left + joint * width, upper), (left + joint * width, lower)]
        if course:
            curves += "ML"
            points += [(left, upper), (left + width, upper)]
    body = Rectangle(Box(left, top, left + width, top + height), 0, pen, Role.PAPER)
    return body, Path(curves, tuple(points), thin)
