"""Gives the devices of a topology diagram their places, in the arrangement its style asks for."""

from __future__ import annotations

import math
from typing import Any, Final

from simnet.trace.network import NetworkMap
from simnet.views import blocks, layout, metrics
from simnet.views.drawing import Box
from simnet.views.hops import device_of
from simnet.views.layout import Positions
from simnet.views.map_devices import (
    DETAIL_SIZE,
    Device,
    Side,
    choose_sides,
    device_for,
    end_width,
    make_room,
    properties,
)
from simnet.views.map_style import Arrangement, Detail, Style
from simnet.views.placing import pushed_apart

_PAGE_SHAPE: Final = 1.45
"""An A4 page is about that much wider than high, its margins and a legend taken off."""
_FEW: Final = 36
"""Smaller networks have room to spare."""
_FAN: Final = 16
"""More links than that at one device crowd their labels."""


class Arranger:
    """Arranges one network in one style, at several scales."""

    def __init__(self, network: NetworkMap, style: Style) -> None:
        self._network = network
        self._style = style
        self._graph = layout.graph_of(network)
        self._lengths = self._link_lengths()
        self._fans: Positions = {}

    def arrange(self, scale: float) -> tuple[dict[str, Device], list[blocks.Block]]:
        """The devices in their places, and the blocks among them."""
        devices = self._devices()
        given = {entry.name: entry.position for entry in self._network.devices if entry.position is not None}
        if given:
            self._follow_author(devices, given, scale)
        elif self._style.arrangement is Arrangement.FANS:
            self._arrange_fans(devices, scale)
        elif self._style.arrangement is Arrangement.CHAIN:
            column = max(self._lengths.values(), default=0.0)
            row = max(device.room.height for device in devices.values()) + self._style.link * scale
            _settle(devices, blocks.folded(self._graph, column, row, _PAGE_SHAPE))
            choose_sides(self._network, devices, self._style)
        else:
            return devices, self._arrange_blocks(devices, scale)
        return devices, []

    def _devices(self) -> dict[str, Device]:
        return {entry.name: device_for(entry, self._style) for entry in self._network.devices}

    def _link_lengths(self) -> dict[tuple[str, str], float]:
        """Long enough for both devices and, lying flat, for the words at the ends."""
        devices = self._devices()
        lengths: dict[tuple[str, str], float] = {}
        for link in self._network.links:
            a, b = device_of(link.a), device_of(link.b)
            if a not in devices or b not in devices:
                continue
            words = 0.0
            if Detail.PORTS in self._style.details:
                words = end_width(devices[a], link.a) + end_width(devices[b], link.b) + 12
                words += metrics.width(properties(link), DETAIL_SIZE)
            length = (devices[a].room.width + devices[b].room.width) / 2 + max(self._style.link, words)
            length = max(length, lengths.get((a, b), 0.0))
            lengths[a, b] = lengths[b, a] = length
        return lengths

    def _length(self, a: str, b: str) -> float:
        return self._lengths[a, b]

    def _follow_author(self, devices: dict[str, Device], given: Positions, scale: float) -> None:
        spread = _author_spread(given, devices, self._style.gap) * max(1.0, scale)
        anchors = {name: (x * spread, y * spread) for name, (x, y) in given.items()}
        _settle(devices, layout.complete(self._graph, anchors, self._length))
        choose_sides(self._network, devices, self._style)

    def _arrange_fans(self, devices: dict[str, Device], scale: float) -> None:
        if not self._fans:
            self._fans = layout.place(self._graph, self._length)
        flat = _flattening(self._fans) if len(devices) > _FEW else 1.0
        positions = {name: (x * scale * flat, y * scale / flat) for name, (x, y) in self._fans.items()}
        for _ in range(2 if len(devices) <= _FEW else 1):  # the second time with the names where the first put them
            _settle(devices, positions)
            choose_sides(self._network, devices, self._style)
            rooms = {name: device.room for name, device in devices.items()}
            positions = pushed_apart(positions, rooms, self._style.gap)
        _settle(devices, positions)

    def _arrange_blocks(self, devices: dict[str, Device], shape: float) -> list[blocks.Block]:
        if self._style.arrangement is Arrangement.SHELVES:
            roots = dict.fromkeys(name for name in self._graph if self._graph.degree(name) > 1)
            roots = roots or layout.roots(self._graph)
        else:
            roots = layout.roots(self._graph)
        for name in self._graph:
            below = [other for other in self._graph.neighbors(name) if other not in roots or name not in roots]
            if len(below) > (name not in roots):
                devices[name].side = Side.RIGHT  # the trunk runs down where the name would be
                make_room(devices[name], self._style)
        rooms = {name: device.room for name, device in devices.items()}
        made = {name: blocks.block(self._graph, name, set(roots), rooms, shape, self._style.gap) for name in roots}
        taken = {name: block.room for name, block in made.items()}
        _settle(devices, _on_shelves(self._graph.subgraph(roots), taken, self._style.gap))
        for block in made.values():
            x, y = devices[block.name].x, devices[block.name].y
            _settle(devices, {name: (x + dx, y + dy) for name, (dx, dy) in block.places.items()})
        return list(made.values())


def _flattening(positions: Positions) -> float:
    """By how much to widen a picture that is not as wide as a page, and to lower it."""
    width = max(x for x, _ in positions.values()) - min(x for x, _ in positions.values())
    height = max(y for _, y in positions.values()) - min(y for _, y in positions.values())
    return min(1.25, max(1.0, math.sqrt(_PAGE_SHAPE * height / width))) if width else 1.0


def suits(network: NetworkMap, style: Style) -> bool:
    """Is `style` worth trying?"""
    count = len(network.devices)
    graph = layout.graph_of(network)
    if style.arrangement is Arrangement.CHAIN:
        return count <= style.most and blocks.is_chain(graph)
    if style.arrangement is Arrangement.BLOCKS and 2 * len(layout.roots(graph)) > count:
        return False  # little hangs on its core
    if style.arrangement is Arrangement.FANS and max((degree for _, degree in graph.degree()), default=0) > _FAN:
        return False
    if style.arrangement is Arrangement.FANS and graph.number_of_edges() >= count:
        return count <= max(style.most, style.most_with_loops)
    return count <= style.most


def _settle(devices: dict[str, Device], positions: Positions) -> None:
    for name, (x, y) in positions.items():
        devices[name].x, devices[name].y = x, y


def _author_spread(given: Positions, devices: dict[str, Device], gap: float) -> float:
    """By how much the author's positions must be multiplied so that no two devices touch."""
    spread = 1e-6
    names = list(given)
    for index, a in enumerate(names):
        for b in names[index + 1 :]:
            dx, dy = abs(given[a][0] - given[b][0]), abs(given[a][1] - given[b][1])
            need_x = (devices[a].room.width + devices[b].room.width) / 2 + gap
            need_y = devices[a].room.height + devices[b].room.height + gap
            spread = max(spread, min(need_x / dx if dx else math.inf, need_y / dy if dy else math.inf, 1e6))
    return spread if len(names) > 1 else 1.0


def _on_shelves(graph: Any, rooms: dict[str, Box], gap: float) -> Positions:
    """Shelves as wide as makes the picture fit a page."""
    import networkx

    order: dict[str, None] = {}
    for root in graph:
        if root not in order:
            order |= dict.fromkeys(networkx.dfs_preorder_nodes(graph, root))
    area = sum((box.width + gap) * (box.height + gap) for box in rooms.values())
    widest = max(box.width for box in rooms.values()) + gap
    best: tuple[float, Positions] | None = None
    for shape in (1.0, 1.2, 1.4, 1.6, 1.9):
        width = max(widest, math.sqrt(area * shape))
        positions = blocks.shelved(list(order), rooms, width, gap)
        height = max(y + rooms[name].bottom for name, (_, y) in positions.items())
        badness = max(width / _PAGE_SHAPE, height)
        if best is None or badness < best[0]:
            best = (badness, positions)
    assert best is not None
    return best[1]
