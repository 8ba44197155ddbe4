"""The routing table: the longest prefix wins (RFC 1812 5.2.4.3), then the smaller metric, then the older entry.

Does not model: several tables, policy rules, multipath.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from simnet.stack.interfaces import Interface
from simnet.wire.addresses import Prefix, ip_text


class RouteKind(Enum):
    """What a route does with a packet."""

    UNICAST = "unicast"
    UNREACHABLE = "unreachable"
    PROHIBIT = "prohibit"


class Route:
    """One row.  `gateway` is the next hop's address, 0 when the destination itself is on the link."""

    __slots__ = ("prefix", "interface", "gateway", "metric", "kind")

    def __init__(self, prefix: Prefix, interface: Interface, gateway: int, metric: int, kind: RouteKind) -> None:
        self.prefix: Final = prefix
        self.interface: Final = interface
        self.gateway: Final = gateway
        self.metric: Final = metric
        self.kind: Final = kind

    def __str__(self) -> str:
        if self.kind is not RouteKind.UNICAST:
            return str(self.kind.value)
        via = f"via {ip_text(self.gateway)} " if self.gateway else ""
        return f"{via}dev {self.interface.name}"


class Routes:
    """All routes of one host, the best for any destination first in `rows`."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: list[Route] = []

    def add(
        self,
        prefix: Prefix,
        interface: Interface,
        gateway: int = 0,
        metric: int = 0,
        kind: RouteKind = RouteKind.UNICAST,
    ) -> Route:
        """Add a route after those that are as good."""
        route = Route(prefix, interface, gateway, metric, kind)
        place = len(self.rows)
        for index, row in enumerate(self.rows):
            if (-prefix.length, metric) < (-row.prefix.length, row.metric):
                place = index
                break
        self.rows.insert(place, route)
        return route

    def remove(self, route: Route) -> None:
        """Remove a row that `add` returned."""
        self.rows.remove(route)

    def lookup(self, address: int) -> Route | None:
        """The route that packets to `address` take."""
        for row in self.rows:
            if row.prefix.contains(address):
                return row
        return None
