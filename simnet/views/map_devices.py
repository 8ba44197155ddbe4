"""Devices of a topology diagram: their symbols, the words around them, and the room both take."""

from __future__ import annotations

from collections import defaultdict
from enum import Enum
from typing import Final

from msgspec import Struct

from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap
from simnet.units import MICROSECOND, format_rate, format_time
from simnet.views import metrics
from simnet.views.drawing import Box
from simnet.views.hops import device_of
from simnet.views.map_style import Detail, Style
from simnet.views.placing import Line, box_at, crosses_any
from simnet.views.segments import full_name
from simnet.views.symbols import symbol_box

DETAIL_SIZE: Final = 8.0
LINE_HEIGHT: Final = 1.18
"""Distance of baselines, in ems."""
_DEFAULT_RATE: Final = 1_000_000_000
_DEFAULT_DELAY: Final = MICROSECOND
_LONGEST_NAME: Final = 16
_NEAR: Final = 150.0


class Side(Enum):
    """Where a device's name stands."""

    BELOW = "below"
    ABOVE = "above"
    RIGHT = "right"
    LEFT = "left"


class Device(Struct):
    """A device with its words: the first is its name; `side` says where they stand, `room` is what all of it takes."""

    entry: DeviceEntry
    words: list[str]
    side: Side
    room: Box
    x: float = 0.0
    y: float = 0.0


def words_boxes(device: Device, style: Style) -> list[tuple[str, float, Box]]:
    """Each of the device's words with its size and its box, relative to the device."""
    own = symbol_box(device.entry.kind, 0, 0, style.symbol)
    sizes = [style.name_size] + [DETAIL_SIZE] * (len(device.words) - 1)
    widths = [metrics.bold_width(device.words[0], sizes[0])]
    widths += [metrics.width(word, DETAIL_SIZE) for word in device.words[1:]]
    height = sum(size * LINE_HEIGHT for size in sizes)
    top = {
        Side.BELOW: own.bottom + 2,
        Side.ABOVE: own.top - 2 - height,
        Side.RIGHT: -height / 2,
        Side.LEFT: -height / 2,
    }[device.side]
    found = []
    for word, size, width in zip(device.words, sizes, widths, strict=True):
        left = {Side.RIGHT: own.right + 4, Side.LEFT: own.left - 4 - width}.get(device.side, -width / 2)
        found.append((word, size, Box(left, top, left + width, top + size * LINE_HEIGHT)))
        top += size * LINE_HEIGHT
    return found


def device_for(entry: DeviceEntry, style: Style) -> Device:
    """A device with the words that `style` grants it, not yet placed."""
    name = entry.name if len(entry.name) <= _LONGEST_NAME else entry.name[: _LONGEST_NAME - 1] + "…"
    words = [name]
    known = addresses_at_name(entry)
    if Detail.ADDRESSES in style.details and len(known) <= 2:
        words += known
    device = Device(entry, words, Side.BELOW, Box(0, 0, 0, 0))
    make_room(device, style)
    return device


def addresses_at_name(entry: DeviceEntry) -> list[str]:
    """A host with one port has its addresses under its name, others at their ports."""
    ports = [port for port in entry.ports if not port.name.endswith("lo")]
    return list(ports[0].addresses) if entry.kind is Kind.HOST and len(ports) == 1 else []


def make_room(device: Device, style: Style) -> None:
    """Computes anew what room the device takes."""
    room = symbol_box(device.entry.kind, 0, 0, style.symbol)
    for _, _, box in words_boxes(device, style):
        room = room.joined(box)
    device.room = room


def end_width(device: Device, port: str) -> float:
    """How wide the words at this end of a link run."""
    return max((metrics.width(word, DETAIL_SIZE) for word in port_words(device.entry, port)), default=0.0)


def port_words(entry: DeviceEntry, port: str) -> list[str]:
    """What stands at the end of a link: the port's name, and its addresses unless they stand under the name."""
    words = [port.rpartition(":")[2]]
    if not addresses_at_name(entry):
        for known in entry.ports:
            if full_name(entry.name, known.name) == port:
                words += known.addresses
    return words


def properties(link: LinkEntry) -> str:
    """What is not as usual on this link: "100mbps, 5ms"."""
    parts = []
    if link.rate != _DEFAULT_RATE:
        parts.append(format_rate(link.rate))
    if link.delay != _DEFAULT_DELAY:
        parts.append(format_time(link.delay))
    if link.loss:
        parts.append(f"{link.loss * 100:g}% loss")
    return ", ".join(parts)


def _is_near(a: Device, b: Device) -> bool:
    return abs(a.x - b.x) < _NEAR and abs(a.y - b.y) < _NEAR


def choose_sides(network: NetworkMap, devices: dict[str, Device], style: Style) -> None:
    """Names stand below their device, or where the fewest links and devices are in their way."""
    around: defaultdict[str, list[Line]] = defaultdict(list)
    for link in network.links:
        near, far = devices.get(device_of(link.a)), devices.get(device_of(link.b))
        if near is not None and far is not None:
            for end in (near, far):
                around[end.entry.name].append(Line((near.x, near.y), (far.x, far.y)))
    for name, device in devices.items():
        here = (device.x, device.y)
        others = [other for other in devices.values() if other is not device and _is_near(device, other)]
        symbols = [box_at((other.x, other.y), symbol_box(other.entry.kind, 0, 0, style.symbol)) for other in others]
        counts = {}
        for side in Side:
            device.side = side
            boxes = [box_at(here, box) for _, _, box in words_boxes(device, style)]
            counts[side] = sum(crosses_any(box, around[name]) for box in boxes)
            counts[side] += 3 * sum(box.grown(1).overlaps(there) for box in boxes for there in symbols)
        device.side = min(Side, key=lambda side: counts[side])
        make_room(device, style)
