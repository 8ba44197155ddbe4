"""Where devices stand: the core of a network by stress majorization, the trees that hang on it as fans.

Gansner, Koren, North: Graph Drawing by Stress Majorization (2004), with weights d^-2.  Deterministic: nothing is
drawn by lot, and all orders are the scenario's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final

from simnet.trace.network import NetworkMap
from simnet.views.hops import device_of

Point = tuple[float, float]
Positions = dict[str, Point]
Length = Callable[[str, str], float]
"""How long the link between two devices should be."""

_STEPS: Final = 800_000
"""Work of the majorization, in pairs of nodes."""
_APART: Final = 60.0
_STILL: Final = 0.25
"""Points; what moves less in one step has found its place."""


def graph_of(network: NetworkMap) -> Any:
    """The network as a networkx graph in the scenario's order."""
    import networkx

    graph: Any = networkx.Graph()
    graph.add_nodes_from(device.name for device in network.devices)
    for link in network.links:
        a, b = device_of(link.a), device_of(link.b)
        if a != b and a in graph and b in graph:
            graph.add_edge(a, b)
    return graph


def place(graph: Any, length: Length) -> Positions:
    """A position for each node; components stand side by side, each lies on its long side."""
    import networkx

    placed: Positions = {}
    right = 0.0
    components = [sorted(nodes, key=list(graph).index) for nodes in networkx.connected_components(graph)]
    for nodes in components:
        found = _component(graph.subgraph(nodes), nodes, length)
        positions = _lain_down({name: found[name] for name in nodes})
        left = min(x for x, _ in positions.values())
        middle = sum(y for _, y in positions.values()) / len(positions)
        for name, (x, y) in positions.items():
            placed[name] = (x - left + right, y - middle)
        right = max(x for x, _ in placed.values()) + 2 * _APART
    return {name: placed[name] for name in graph}


def complete(graph: Any, given: Positions, length: Length) -> Positions:
    """The author's positions, and near them those the author left open."""
    positions = dict(given)
    _hang(graph, list(graph), positions, length)
    right = max(x for x, _ in positions.values()) + 2 * _APART
    rest = place(graph.subgraph([name for name in graph if name not in positions]), length)
    left = min((x for x, _ in rest.values()), default=0.0)
    positions |= {name: (x - left + right, y) for name, (x, y) in rest.items()}
    return {name: positions[name] for name in graph}


def roots(graph: Any) -> dict[str, None]:
    """On what trees hang: the devices of each core, or the center of a tree."""
    import networkx

    found: dict[str, None] = {}
    core = networkx.k_core(graph, 2)
    for nodes in networkx.connected_components(graph):
        inner = [name for name in graph if name in nodes and name in core]
        found |= dict.fromkeys(inner or [_center(graph.subgraph(nodes), [name for name in graph if name in nodes])])
    return found


def _center(tree: Any, nodes: list[str]) -> str:
    """Of two centers the one with more neighbors, of equals the one declared first."""
    import networkx

    center = set(networkx.center(tree))
    return max((name for name in nodes if name in center), key=tree.degree)


def _component(graph: Any, nodes: list[str], length: Length) -> Positions:
    import networkx

    core = networkx.k_core(graph, 2) if graph.number_of_edges() >= len(nodes) else None
    if core is not None and len(core) > 0:
        names = [name for name in nodes if name in core]
        positions = _stress(core, names, length)
    else:
        root = _center(graph, nodes)
        positions = {root: (0.0, 0.0)}
    _hang(graph, nodes, positions, length)
    return positions


def _stress(core: Any, names: list[str], length: Length) -> Positions:
    """Distances on paper as near as possible to the distances in the network."""
    import networkx

    distances = dict(networkx.all_pairs_dijkstra_path_length(core, weight=lambda a, b, _: length(a, b)))
    wanted = [[float(distances[a][b]) for b in names] for a in names]
    count = len(names)
    positions = _on_circle(core, names, wanted)
    for _ in range(max(12, min(300, _STEPS // (count * count)))):
        before = positions
        positions = [_pulled(index, before, wanted[index]) for index in range(count)]
        if all(math.dist(old, new) < _STILL for old, new in zip(before, positions, strict=True)):
            break
    return dict(zip(names, positions, strict=True))


def _on_circle(core: Any, names: list[str], wanted: list[list[float]]) -> list[Point]:
    """A start without crossings for a ring: the nodes of a depth-first walk around a circle."""
    import networkx

    order = list(networkx.dfs_preorder_nodes(core, names[0]))
    order += [name for name in names if name not in set(order)]
    radius = max(max(row) for row in wanted) / 2
    turn = 2 * math.pi / len(order)
    angle = {name: index * turn - math.pi / 2 - turn / 2 for index, name in enumerate(order)}
    return [(radius * math.cos(angle[name]), radius * math.sin(angle[name])) for name in names]


def _pulled(index: int, positions: list[Point], wanted: list[float]) -> Point:
    """Where the others would like node `index`: the weighted mean of the places at the wanted distances."""
    x, y = positions[index]
    total = sum_x = sum_y = 0.0
    for other, (other_x, other_y) in enumerate(positions):
        if other == index:
            continue
        distance = wanted[other]
        weight = 1.0 / (distance * distance)
        dx, dy = x - other_x, y - other_y
        reach = distance / (math.hypot(dx, dy) or 1e-9)
        sum_x += weight * (other_x + dx * reach)
        sum_y += weight * (other_y + dy * reach)
        total += weight
    return sum_x / total, sum_y / total


def _hang(graph: Any, nodes: list[str], positions: Positions, length: Length) -> None:
    """Places what hangs on placed nodes as fans in their free angles, the inner ones first."""
    weights = _subtree_weights(graph, nodes, positions)
    waiting = [name for name in nodes if name in positions]
    center = _mean(positions.values())
    while waiting:
        name = waiting.pop(0)
        children = [other for other in graph.neighbors(name) if other not in positions]
        if not children:
            continue
        taken = [positions[other] for other in graph.neighbors(name) if other in positions]
        start, room = _free_angle(positions[name], taken, center)
        total = sum(weights[child] for child in children)
        # A fan wider than needed looks scattered; one child alone goes straight on.
        spread = room if not taken else min(room, 0.62 * len(children) * (1 + 0.06 * total))
        for child, angle in _fan(children, weights, start + (room - spread) / 2, spread, total):
            distance = max(length(name, child), _crowd_radius(children, spread, length, name))
            x, y = positions[name]
            positions[child] = (x + distance * math.cos(angle), y + distance * math.sin(angle))
            waiting.append(child)


def _fan(
    children: list[str], weights: dict[str, float], angle: float, spread: float, total: float
) -> Iterable[tuple[str, float]]:
    result = []
    for child in children:
        share = spread * weights[child] / total
        result.append((child, angle + share / 2))
        angle += share
    return result


def _crowd_radius(children: list[str], spread: float, length: Length, name: str) -> float:
    """Far enough out that the fan's children have room side by side."""
    typical = sum(length(name, child) for child in children) / len(children)
    return 0.55 * typical * len(children) / spread if spread else 0.0


def _subtree_weights(graph: Any, nodes: list[str], placed: Positions) -> dict[str, float]:
    """How much room each hanging node needs: the square root softens large subtrees."""
    sizes = dict.fromkeys(nodes, 1.0)
    order: list[tuple[str, str]] = []
    seen = set(placed)
    waiting = [name for name in nodes if name in placed]
    while waiting:
        name = waiting.pop(0)
        for child in graph.neighbors(name):
            if child not in seen:
                seen.add(child)
                order.append((name, child))
                waiting.append(child)
    for parent, child in reversed(order):
        sizes[parent] += sizes[child]
    return {name: math.sqrt(size) for name, size in sizes.items()}


def _free_angle(here: Point, taken: list[Point], center: Point) -> tuple[float, float]:
    """Where the largest free angle begins and how wide it is; away from the `center` among equals."""
    if not taken:
        return -math.pi, 2 * math.pi
    angles = sorted(math.atan2(y - here[1], x - here[0]) for x, y in taken)
    outward = math.atan2(here[1] - center[1], here[0] - center[0])
    best: tuple[float, float, float] | None = None
    for angle, following in zip(angles, [*angles[1:], angles[0] + 2 * math.pi], strict=True):
        room = following - angle
        off = abs(math.remainder(angle + room / 2 - outward, 2 * math.pi))
        if best is None or (round(room, 6), -round(off, 6)) > (round(best[1], 6), -round(best[2], 6)):
            best = (angle, room, off)
    assert best is not None
    # A margin keeps the fan off the links that bound it.
    margin = min(0.35, best[1] / 6)
    return best[0] + margin, best[1] - 2 * margin


def _mean(points: Iterable[Point]) -> Point:
    listed = list(points)
    return sum(x for x, _ in listed) / len(listed), sum(y for _, y in listed) / len(listed)


def _lain_down(positions: Positions) -> Positions:
    """Turned so that the longest extent runs from left to right, the first node on the left half."""
    center_x, center_y = _mean(positions.values())
    moved = {name: (x - center_x, y - center_y) for name, (x, y) in positions.items()}
    xx = sum(x * x for x, _ in moved.values())
    yy = sum(y * y for _, y in moved.values())
    xy = sum(x * y for x, y in moved.values())
    is_round = math.hypot(xx - yy, 2 * xy) < 0.08 * (xx + yy)
    turn = 0.0 if is_round else -0.5 * math.atan2(2 * xy, xx - yy)
    cos, sin = math.cos(turn), math.sin(turn)
    turned = {name: (x * cos - y * sin, x * sin + y * cos) for name, (x, y) in moved.items()}
    if next(iter(turned.values()))[0] > 1e-6:
        turned = {name: (-x, -y) for name, (x, y) in turned.items()}
    return turned
