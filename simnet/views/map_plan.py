"""The plan of a topology diagram: where devices, links and words stand so that nothing overlaps."""

from __future__ import annotations

import math
from collections import defaultdict

from msgspec import Struct

from simnet.trace.network import LinkEntry, NetworkMap
from simnet.views import blocks, metrics
from simnet.views.arranging import Arranger
from simnet.views.drawing import Anchor, Box, Role, Text, polygons_overlap
from simnet.views.hops import device_of
from simnet.views.layout import Point
from simnet.views.map_devices import DETAIL_SIZE, LINE_HEIGHT, Device, port_words, properties, words_boxes
from simnet.views.map_style import Detail, Style
from simnet.views.placing import Board, Line, beside_line, box_at, crosses_any, exit_distance, hull, on_middle
from simnet.views.segments import Subnet, subnets
from simnet.views.symbols import symbol_box


class Cable(Struct, frozen=True):
    """A link as drawn, from `a` to `b`."""

    link: LinkEntry
    a: Point
    b: Point

    @property
    def ends(self) -> tuple[str, str]:
        """The devices it joins."""
        return device_of(self.link.a), device_of(self.link.b)


class Ground(Struct, frozen=True):
    """A subnet's tinted ground."""

    subnet: Subnet
    corners: tuple[Point, ...]


class MapPlan(Struct):
    """Everything with its place.  `failures`: labels without one."""

    style: Style
    devices: dict[str, Device]
    cables: list[Cable]
    buses: list[tuple[Point, Point]]
    grounds: list[Ground]
    labels: list[Text]
    lines: list[Line]
    failures: int

    @property
    def excess_tangle(self) -> int:
        """How often links cross one another or run through a device, beyond what many loops make unavoidable."""
        loops = len(self.cables) - len({name for cable in self.cables for name in cable.ends})
        return max(0, _tangle(self) - max(0, loops + 1) // 2)


class Planner:
    """Plans the diagram of one network in one style."""

    def __init__(self, network: NetworkMap, style: Style) -> None:
        self._network = network
        self._style = style
        self._arranger = Arranger(network, style)

    def plan(self, scale: float) -> MapPlan:
        """One way to draw the network."""
        devices, made = self._arranger.arrange(scale)
        hidden = {name for block in made for name in block.places}
        cables = _cables(self._network, devices, hidden)
        buses = [bus for block in made for bus in _moved_buses(block, devices[block.name])]
        lines = [Line(cable.a, cable.b) for cable in cables] + [Line(a, b) for a, b in buses]
        plan = MapPlan(self._style, devices, cables, buses, [], [], lines, 0)
        _write_labels(plan, self._network)
        return plan


def _cables(network: NetworkMap, devices: dict[str, Device], hidden: set[str]) -> list[Cable]:
    """Straight lines; several between the same two devices run side by side."""
    groups: defaultdict[tuple[str, str], list[LinkEntry]] = defaultdict(list)
    for link in network.links:
        a, b = device_of(link.a), device_of(link.b)
        if a in devices and b in devices and a not in hidden and b not in hidden and a != b:
            groups[min(a, b), max(a, b)].append(link)
    cables = []
    for links in groups.values():
        for index, link in enumerate(links):
            near, far = devices[device_of(link.a)], devices[device_of(link.b)]
            dx, dy = far.x - near.x, far.y - near.y
            length = math.hypot(dx, dy) or 1.0
            apart = (index - (len(links) - 1) / 2) * 9.0
            if device_of(links[0].a) != device_of(link.a):
                apart = -apart
            nx, ny = -dy / length * apart, dx / length * apart
            cables.append(Cable(link, (near.x + nx, near.y + ny), (far.x + nx, far.y + ny)))
    return cables


def _moved_buses(block: blocks.Block, device: Device) -> list[tuple[Point, Point]]:
    x, y = device.x, device.y
    return [((x + a[0], y + a[1]), (x + b[0], y + b[1])) for a, b in block.buses]


def _write_labels(made: MapPlan, network: NetworkMap) -> None:
    boxes = []
    for device in made.devices.values():
        here = (device.x, device.y)
        boxes.append(box_at(here, symbol_box(device.entry.kind, 0, 0, made.style.symbol)).grown(1))
        boxes += [box_at(here, box) for _, _, box in words_boxes(device, made.style)]
    board = Board(boxes, made.lines)
    if Detail.PORTS in made.style.details:
        _write_ends(made, board)
    if Detail.LINKS in made.style.details:
        for cable in made.cables:
            words = properties(cable.link)
            if words:
                width, height = metrics.width(words, DETAIL_SIZE), DETAIL_SIZE * LINE_HEIGHT
                _take(made, board, words, list(on_middle(*_visible(cable, made), width, height)), Role.SOFT)
    if Detail.SUBNETS in made.style.details:
        _tint(made, board, network)
    made.failures = board.failures


def _write_ends(made: MapPlan, board: Board) -> None:
    for place in (1, 0):  # addresses first: they are longer
        for cable in made.cables:
            for port, start, toward in ((cable.link.a, cable.a, cable.b), (cable.link.b, cable.b, cable.a)):
                device = made.devices[device_of(port)]
                words = port_words(device.entry, port)
                for word in words[1:] if place else words[:1]:
                    width, height = metrics.width(word, DETAIL_SIZE), DETAIL_SIZE * LINE_HEIGHT
                    dx, dy = toward[0] - start[0], toward[1] - start[1]
                    length = math.hypot(dx, dy) or 1.0
                    own = symbol_box(device.entry.kind, 0, 0, made.style.symbol)
                    clear = exit_distance(own, dx / length, dy / length)
                    candidates = list(beside_line(start, toward, width, height, clear))
                    _take(made, board, word, candidates, Role.INK if place else Role.SOFT)


def _visible(cable: Cable, made: MapPlan) -> tuple[Point, Point]:
    """The part of a cable between its devices' rooms."""
    (ax, ay), (bx, by) = cable.a, cable.b
    length = math.hypot(bx - ax, by - ay) or 1.0
    ux, uy = (bx - ax) / length, (by - ay) / length
    a = exit_distance(made.devices[device_of(cable.link.a)].room, ux, uy)
    b = exit_distance(made.devices[device_of(cable.link.b)].room, -ux, -uy)
    if a + b > length * 0.9:
        return cable.a, cable.b
    return (ax + ux * a, ay + uy * a), (bx - ux * b, by - uy * b)


def _take(made: MapPlan, board: Board, words: str, candidates: list[Box], role: Role) -> None:
    # A little more than the letters need, so that neighbors do not read as one word.
    found = board.take([Box(box.left - 1.5, box.top, box.right + 1.5, box.bottom) for box in candidates])
    if found is None:
        return
    box, is_clear = found
    baseline = box.top + DETAIL_SIZE * (LINE_HEIGHT - metrics.DESCENT)
    halo = None if is_clear else Role.PAPER
    made.labels.append(Text((box.left + box.right) / 2, baseline, words, DETAIL_SIZE, role, Anchor.MIDDLE, halo=halo))


def _tint(made: MapPlan, board: Board, network: NetworkMap) -> None:
    """A ground under each subnet with a host or switch, where it covers no stranger."""
    for subnet in subnets(network):
        if not subnet.inside or not subnet.prefix:
            continue
        corners = hull(_ground_points(made, subnet))
        if len(corners) < 3 or _covers_others(corners, made, subnet):
            continue
        made.grounds.append(Ground(subnet, corners))
    for ground in made.grounds:
        xs, ys = [x for x, _ in ground.corners], [y for _, y in ground.corners]
        box = Box(min(xs), min(ys), max(xs), max(ys))
        width, height = metrics.width(ground.subnet.prefix, DETAIL_SIZE), DETAIL_SIZE * LINE_HEIGHT
        failures = board.failures
        _take(made, board, ground.subnet.prefix, _around(box, width, height), Role.SOFT)
        board.failures = failures  # the addresses tell the prefix too


def _around(box: Box, width: float, height: float) -> list[Box]:
    """Places for a label at the edges of a ground."""
    middle = (box.left + box.right) / 2
    found = []
    for y in (box.top - height - 8, box.bottom + 8, box.top - 2, box.bottom - height + 2):
        for x in (middle - width / 2, box.left, box.right - width):
            found.append(Box(x, y, x + width, y + height))
    return found


def _ground_points(made: MapPlan, subnet: Subnet) -> list[Point]:
    points: list[Point] = []
    for name in subnet.inside:
        device = made.devices[name]
        box = box_at((device.x, device.y), device.room).grown(2)
        points += [(box.left, box.top), (box.right, box.top), (box.left, box.bottom), (box.right, box.bottom)]
    for cable in made.cables:
        a, b = device_of(cable.link.a), device_of(cable.link.b)
        for inner, outer, start, end in ((a, b, cable.a, cable.b), (b, a, cable.b, cable.a)):
            if inner in subnet.inside and outer in subnet.borders:
                points.append((start[0] + 0.6 * (end[0] - start[0]), start[1] + 0.6 * (end[1] - start[1])))
    return points


def _tangle(made: MapPlan) -> int:
    """How often links cross one another or run through a device."""
    count = 0
    for index, cable in enumerate(made.cables):
        for other in made.cables[index + 1 :]:
            if not set(cable.ends) & set(other.ends):
                count += polygons_overlap((cable.a, cable.b), (other.a, other.b))
    for device in made.devices.values():
        box = box_at((device.x, device.y), symbol_box(device.entry.kind, 0, 0, made.style.symbol))
        strangers = [Line(cable.a, cable.b) for cable in made.cables if device.entry.name not in cable.ends]
        count += crosses_any(box, strangers)
    return count


def _covers_others(corners: tuple[Point, ...], made: MapPlan, subnet: Subnet) -> bool:
    for name, device in made.devices.items():
        if name in subnet.inside:
            continue
        box = box_at((device.x, device.y), device.room)
        outline = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
        if polygons_overlap(corners, outline):
            return True
    return any(polygons_overlap(corners, other.corners) for other in made.grounds)
