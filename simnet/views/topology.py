"""The topology diagram as a `Drawing`: symbols, links, addresses and port names near the ends, subnets tinted.

A small network gets all words; the larger it is the denser the style, so that it fits an A4 page with letters of
7 points for up to about 200 devices.  What a style leaves out is in the titles that SVG shows on hovering.
"""

from __future__ import annotations

from typing import Final

from simnet.trace.network import DeviceEntry, Kind, NetworkMap
from simnet.units import format_rate, format_time
from simnet.views import metrics
from simnet.views.arranging import suits
from simnet.views.drawing import (
    TINTS,
    Anchor,
    Drawing,
    Group,
    Pen,
    Role,
    Shape,
    Text,
    Weight,
    box_around,
    line,
    moved,
    polygon,
)
from simnet.views.map_devices import DETAIL_SIZE, Device, words_boxes
from simnet.views.map_plan import MapPlan, Planner
from simnet.views.map_style import STYLES, Arrangement, Detail
from simnet.views.placing import box_at, crosses_any
from simnet.views.symbols import KIND_NAMES, symbol, symbol_box

SMALLEST_PRINTED: Final = 7.0
_MARGIN: Final = 14.0
_LEGEND_SYMBOL: Final = 13.0
_LEGEND_HEIGHT: Final = 26.0
_PORTS_LEFT_OUT: Final = "Ports are left out at this size; the SVG shows them on hovering."
_ADDRESSES_LEFT_OUT: Final = "Addresses and ports are left out at this size; the SVG shows them on hovering."


def draw(network: NetworkMap, *, title: str = "Network") -> Drawing:
    """The picture of `network`."""
    if not network.devices:
        words = Text(24, 40, "no devices", 11, Role.INK)
        return Drawing(200, 64, title, "A network without any devices.", (words,))
    best: tuple[tuple[float, ...], Drawing] | None = None
    for style in (style for style in STYLES if suits(network, style)):
        planner = Planner(network, style)
        for scale in style.scales:
            made = planner.plan(scale)
            drawing = _paint(made, network, title)
            badness = _badness(made, drawing)
            if best is None or badness < best[0]:
                best = (badness, drawing)
            if style.arrangement is Arrangement.FANS and not any(badness[:3]):
                return drawing
        assert best is not None
        if not any(best[0][:3]):
            break
    assert best is not None
    return best[1]


def _badness(made: MapPlan, drawing: Drawing) -> tuple[float, ...]:
    """By how much printed text is too small, how many labels found no place, how tangled it is, how much it shrinks."""
    shortage = max(0.0, SMALLEST_PRINTED - DETAIL_SIZE * drawing.a4_scale())
    scale = round(drawing.a4_scale(), 3)
    return shortage, made.failures, made.excess_tangle, -scale, drawing.width * drawing.height


def _paint(made: MapPlan, network: NetworkMap, title: str) -> Drawing:
    shapes = _shapes(made)
    room = box_around(shapes)
    width = room.width + 2 * _MARGIN
    legend = _legend(network)
    note = _note(made)
    legend_width = box_around(legend).width
    width = max([width, legend_width + 2 * _MARGIN, *(metrics.width(text, DETAIL_SIZE) + 2 * _MARGIN for text in note)])
    dx, dy = (width - room.width) / 2 - room.left, _MARGIN - room.top
    bottom = room.height + 2 * _MARGIN
    placed = [moved(shape, dx, dy) for shape in shapes]
    placed += [moved(shape, (width - legend_width) / 2, bottom + _LEGEND_HEIGHT / 2 - 4) for shape in legend]
    height = bottom + _LEGEND_HEIGHT
    for text in note:
        placed.append(Text(width / 2, height + 4, text, DETAIL_SIZE, Role.SOFT, Anchor.MIDDLE))
        height += 12
    return Drawing(width, height, title, _description(network), tuple(placed))


def _note(made: MapPlan) -> list[str]:
    """What a dense style had to leave out."""
    if Detail.PORTS in made.style.details:
        return []
    return [_PORTS_LEFT_OUT if Detail.ADDRESSES in made.style.details else _ADDRESSES_LEFT_OUT]


def _shapes(made: MapPlan) -> list[Shape]:
    shapes: list[Shape] = []
    for index, ground in enumerate(made.grounds):
        tint = TINTS[index % len(TINTS)]
        # The wide pen rounds the corners.
        surface = polygon(ground.corners, tint, Pen(tint, 14))
        shapes.append(Group((surface,), f"subnet:{ground.subnet.prefix}", f"subnet {ground.subnet.prefix}"))
    pen = Pen(Role.SOFT, 1.3)
    for cable in made.cables:
        shape = line(*cable.a, *cable.b, pen)
        link = cable.link
        title = f"{link.a} -- {link.b}, {format_rate(link.rate)}, {format_time(link.delay)}"
        shapes.append(Group((shape,), f"link:{link.a} -- {link.b}", title))
    shapes += [line(*a, *b, Pen(Role.SOFT, 1.0)) for a, b in made.buses]
    shapes += [_device(device, made) for device in made.devices.values()]
    shapes += made.labels
    return shapes


def _device(device: Device, made: MapPlan) -> Group:
    entry = device.entry
    parts: list[Shape] = list(symbol(entry.kind, device.x, device.y, made.style.symbol))
    for index, (word, size, box) in enumerate(words_boxes(device, made.style)):
        weight, role = (Weight.REGULAR, Role.SOFT) if index else (Weight.BOLD, Role.INK)
        x = device.x + (box.left + box.right) / 2
        y = device.y + box.bottom - size * (metrics.DESCENT + 0.03)
        halo = Role.PAPER if crosses_any(box_at((device.x, device.y), box), made.lines) else None
        parts.append(Text(x, y, word, size, role, Anchor.MIDDLE, weight, halo=halo))
    return Group(tuple(parts), f"device:{entry.name}", _title(entry))


def _title(entry: DeviceEntry) -> str:
    ports = [" ".join((port.name.rpartition(":")[2], *port.addresses, port.mac)).rstrip() for port in entry.ports]
    return "; ".join([f"{entry.name}, {KIND_NAMES[entry.kind]}", *ports])


def _legend(network: NetworkMap) -> list[Shape]:
    """The symbols in use and their names, in a row that begins at (0, 0)."""
    used = {device.kind for device in network.devices}
    shapes: list[Shape] = []
    x = 0.0
    for kind in Kind:
        if kind not in used:
            continue
        half = symbol_box(kind, 0, 0, _LEGEND_SYMBOL).width / 2
        shapes += symbol(kind, x + half, 0, _LEGEND_SYMBOL)
        x += 2 * half + 5
        shapes.append(Text(x, DETAIL_SIZE * 0.36, KIND_NAMES[kind], DETAIL_SIZE, Role.SOFT))
        x += metrics.width(KIND_NAMES[kind], DETAIL_SIZE) + 16
    return shapes


def _description(network: NetworkMap) -> str:
    """The network in words, for those who cannot see it."""
    devices = "\n".join(_title(device) for device in network.devices)
    links = "\n".join(f"{link.a} is linked to {link.b}" for link in network.links)
    return f"A network of {len(network.devices)} devices.\n{devices}\n{links}".rstrip()
