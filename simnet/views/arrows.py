"""Arrows: hops that follow one another without a pause, drawn as one, and the lanes that they run between."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from simnet.trace.network import Kind, NetworkMap
from simnet.views.hops import Fate, Hop, device_of


def lane_order(network: NetworkMap, hops: Iterable[Hop]) -> list[str]:
    """The devices that `hops` touch, so ordered that neighbors stand side by side where possible.

    A walk through the network from its first host, short branches first.
    """
    used = dict.fromkeys(name for hop in hops for name in (hop.source, hop.target) if name)
    neighbors: dict[str, list[str]] = {device.name: [] for device in network.devices}
    for link in network.links:
        a, b = device_of(link.a), device_of(link.b)
        if a in neighbors and b in neighbors:
            neighbors[a].append(b)
            neighbors[b].append(a)
    kinds = {device.name: device.kind for device in network.devices}
    starts = sorted(kinds, key=lambda name: (kinds[name] is not Kind.HOST, len(neighbors[name]) > 1))
    order: dict[str, None] = {}
    for start in starts:
        _walk(start, neighbors, order)
    order |= dict.fromkeys(used)
    return [name for name in order if name in used]


def _walk(start: str, neighbors: dict[str, list[str]], order: dict[str, None]) -> None:
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in order:
            continue
        order[name] = None
        # Last in, first out: leaves go on top of the stack, the first declared uppermost.
        waiting += sorted(neighbors[name], key=lambda other: len(neighbors[other]))[::-1]


class Run(Struct):
    """Hops drawn as one arrow: each begins where and when another ended, so nothing happened in between."""

    hops: list[Hop]

    @property
    def start(self) -> int:
        """When the first hop began."""
        return self.hops[0].sent


def runs(hops: list[Hop], lanes: dict[str, int]) -> list[Run]:
    """`hops` joined to arrows; `lanes` gives each device its place from left to right.

    Copies that a device floods at one instant join the arrow too, where their lines do not cover one another.
    """
    result: list[Run] = []
    recent: dict[tuple[int, str, int], Run] = {}
    for hop in hops:
        run = None if hop.is_copy or hop.target not in lanes else _run_before(hop, recent)
        if run is not None and _fits(run, hop, lanes):
            run.hops.append(hop)
        else:
            run = Run([hop])
            result.append(run)
        recent.setdefault((hop.frame.id, hop.source, hop.sent), run)
        if hop.fate is Fate.ARRIVED:
            recent[hop.frame.id, hop.target, hop.ended] = run
    return result


def _run_before(hop: Hop, recent: dict[tuple[int, str, int], Run]) -> Run | None:
    if hop.frame.id == 0:  # a frame without identity, as in a foreign capture
        return None
    same = recent.get((hop.frame.id, hop.source, hop.sent))
    return same or recent.get((hop.parent, hop.source, hop.sent))


def _fits(run: Run, hop: Hop, lanes: dict[str, int]) -> bool:
    """May `hop` share a line with `run`?  Only flooded copies may cover one another, on their way the same way."""
    low, high = sorted((lanes[hop.source], lanes[hop.target]))
    for other in run.hops:
        if other.target not in lanes:
            return False
        a, b = sorted((lanes[other.source], lanes[other.target]))
        rightward = lanes[other.source] < lanes[other.target]
        together = other.source == hop.source and rightward is (lanes[hop.source] < lanes[hop.target])
        if a < high and low < b and not together:
            return False
    return True


def used_lanes(lanes: list[str], drawn: list[Run]) -> list[str]:
    """Those of `lanes` that an arrow touches."""
    used = {name for run in drawn for hop in run.hops for name in (hop.source, hop.target)}
    return [name for name in lanes if name in used]


def span(run: Run, places: dict[str, int]) -> tuple[int, int]:
    """The gaps the first way of `run` crosses, from the lane where it begins on in one direction."""
    start = places[run.hops[0].source]
    here = start
    for hop in run.hops:
        if hop.target in places and places[hop.source] == here and (places[hop.target] - here) * (here - start) >= 0:
            here = places[hop.target]
    low, high = sorted((start, here))
    if low == high:  # back to where it began, or lost on a link whose other end is unknown
        low, high = (start - 1, start) if 0 < start == len(places) - 1 else (start, start + 1)
    return low, high
