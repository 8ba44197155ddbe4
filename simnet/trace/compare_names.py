"""Names for what one viewpoint sees and systems choose as they like: MAC addresses, ephemeral ports, pings.

Names are given in order of appearance, so that those of two runs agree.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from simnet.trace.compare_rules import MAC, PING, PORT
from simnet.wire.addresses import BROADCAST_MAC, NO_MAC, is_group_mac, mac_text

EPHEMERAL: Final = 32_768
"""Where the kernel's own choice of ports begins (net.ipv4.ip_local_port_range)."""
UNPRIVILEGED: Final = 1024
"""Where those of a gateway's translation begin."""

Value = int | str


class Names:
    """Of one viewpoint.  `stations`: the port that owns each MAC address, empty if that is not known."""

    __slots__ = ("_stations", "_strict", "_macs", "_ports", "_pings", "_counts")

    def __init__(self, stations: dict[int, str], strict: frozenset[str]) -> None:
        self._stations = stations
        self._strict = strict
        self._macs: dict[int, str] = {}
        self._ports: dict[tuple[int, int, int], str] = {}
        self._pings: dict[tuple[int, int], str] = {}
        self._counts: dict[object, int] = defaultdict(int)

    def mac(self, mac: int) -> Value:
        """Whose address it is."""
        if mac == BROADCAST_MAC:
            return "broadcast"
        if mac == NO_MAC or is_group_mac(mac) or MAC in self._strict:
            return mac_text(mac)
        name = self._macs.get(mac)
        if name is None:
            name = self._macs[mac] = self._station(mac)
        return name

    def _station(self, mac: int) -> str:
        if self._stations:
            return self._stations.get(mac, mac_text(mac))
        return f"station {self._next('station')}"

    def chosen(self, protocol: int, address: int, port: int, is_asking: bool) -> Value:
        """`port` of `address`, which asks or is asked; a number if a program must have wanted just this one."""
        key = (protocol, address, port)
        name = self._ports.get(key)
        if name is not None:
            return name
        if port < (UNPRIVILEGED if is_asking else EPHEMERAL):
            return port
        name = self._ports[key] = f"chosen {self._next((protocol, address))}"
        return name

    def shown_port(self, name: Value, port: int) -> Value:
        """What is compared: the name, or the number where that is wanted."""
        return port if PORT in self._strict else name

    def ping(self, address: int, identifier: int) -> Value:
        """The pings that `address` sends with this identifier."""
        if PING in self._strict:
            return identifier
        key = (address, identifier)
        name = self._pings.get(key)
        if name is None:
            name = self._pings[key] = f"ping {self._next(address)}"
        return name

    def _next(self, kind: object) -> int:
        self._counts[kind] += 1
        return self._counts[kind]
