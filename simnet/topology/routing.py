"""Static routes along the shortest paths, for routers and gateways whose scenario gives none.

Distance is the number of routers passed; among equals the one declared first wins.  What lies inside a gateway is
hidden: nobody outside gets a route to it.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Iterator

from simnet.scenario import values
from simnet.scenario.values import Scenario
from simnet.wire.addresses import Prefix

DEFAULT: Final = Prefix(0, 0)

Routed = values.Router | values.Gateway
RouteList = list[tuple[Prefix, int]]
"""Networks with the address of the next hop."""


def computed_routes(scenario: Scenario) -> dict[str, RouteList]:
    """The routes of each router and gateway that has none of its own, by its name."""
    attachments = _attachments(scenario)
    return {router.name: _routes_of(router.name, attachments) for router in _routers(scenario) if router.routes is None}


class Attachment:
    """An interface of a router: its network and the segment (everything joined by cables, hubs, switches) it is in."""

    __slots__ = ("router", "address", "prefix", "segment", "is_outside")

    def __init__(self, router: str, address: int, prefix: Prefix, segment: str, is_outside: bool) -> None:
        self.router: Final = router
        self.address: Final = address
        self.prefix: Final = prefix
        self.segment: Final = segment
        self.is_outside: Final = is_outside


class Attachments:
    """All attachments, by router and by segment, in order of declaration."""

    def __init__(self, found: list[Attachment]) -> None:
        self._by_router: Final[dict[str, list[Attachment]]] = {}
        self._by_segment: Final[dict[str, list[Attachment]]] = {}
        for attachment in found:
            self._by_router.setdefault(attachment.router, []).append(attachment)
            self._by_segment.setdefault(attachment.segment, []).append(attachment)

    def of(self, router: str) -> list[Attachment]:
        """The interfaces of one router."""
        return self._by_router.get(router, [])

    def neighbors(self, own: Attachment) -> Iterator[Attachment]:
        """Interfaces of other routers that `own` can use as next hops."""
        for other in self._by_segment[own.segment]:
            if other.router != own.router and own.prefix.contains(other.address):
                yield other


def _routes_of(router: str, attachments: Attachments) -> RouteList:
    """Breadth first: the nearest routers' networks come first, and each network is entered once."""
    known = {attachment.prefix for attachment in attachments.of(router)}
    routes: RouteList = []
    visited = {router}
    waiting: deque[tuple[str, int]] = deque([(router, 0)])
    while waiting:
        here, first_hop = waiting.popleft()
        for own in attachments.of(here):
            for other in attachments.neighbors(own):
                if other.router in visited or other.is_outside:
                    continue  # by its outside a gateway leads nowhere
                visited.add(other.router)
                via = first_hop or other.address
                waiting.append((other.router, via))
                for prefix in (attachment.prefix for attachment in attachments.of(other.router)):
                    if prefix not in known:
                        known.add(prefix)
                        routes.append((prefix, via))
    return routes


def _routers(scenario: Scenario) -> list[Routed]:
    return [*scenario.routers, *scenario.gateways]


def _attachments(scenario: Scenario) -> Attachments:
    segments = segments_of(scenario)
    found = []
    for router in _routers(scenario):
        for interface in router.interfaces:
            if interface.address is None or interface.prefix is None:
                continue
            port = f"{router.name}:{interface.name}"
            is_outside = isinstance(router, values.Gateway) and interface is router.interfaces[-1]
            segment = segments.get(port, port)
            found.append(Attachment(router.name, interface.address, interface.prefix, segment, is_outside))
    return Attachments(found)


def segments_of(scenario: Scenario) -> dict[str, str]:
    """For each port with a cable, the name of its segment: ports in the same one hear each other's broadcasts."""
    parent: dict[str, str] = {}

    def root(port: str) -> str:
        while parent.setdefault(port, port) != port:
            parent[port] = parent[parent[port]]
            port = parent[port]
        return port

    for link in scenario.links:
        parent[root(link.a)] = root(link.b)
    joining: list[values.Switch | values.Hub] = [*scenario.switches, *scenario.hubs]
    for device in joining:
        for port in device.ports[1:]:
            parent[root(f"{device.name}:{port}")] = root(f"{device.name}:{device.ports[0]}")
    return {port: root(port) for port in list(parent)}
