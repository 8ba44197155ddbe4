"""The kernel's own tables, looked up at the moments a scenario asks for: MACs learned, ARP, TCP sockets.

Does not model: changes between these moments; the kernel does not tell all of them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from simnet.scenario.expectation_values import Expectation, Sockets, Table
from simnet.scenario.values import Scenario
from simnet.units import MICROSECOND
from simnet.wire.addresses import ip_text
from simnet.worlds.child import Channel
from simnet.worlds.namespaces import Namespace
from simnet.worlds.netlink import Netlink

_EARLIER: Final = 10 * MICROSECOND
"""What is told for a moment is told just before it, so that it counts."""

_NEVER: Final = 1 << 62
SOCKETS: Final = "sockets"
"""The table of TCP connections and their states."""

_STATES: Final = {
    "01": "ESTABLISHED", "02": "SYN-SENT", "03": "SYN-RECEIVED", "04": "FIN-WAIT-1", "05": "FIN-WAIT-2",
    "06": "TIME-WAIT", "08": "CLOSE-WAIT", "09": "LAST-ACK", "0B": "CLOSING", "0C": "SYN-RECEIVED",
}  # fmt: skip
"""The states in /proc/net/tcp, but for LISTEN and CLOSED."""


def can_look_up(expectation: Expectation) -> bool:
    """Is this an expectation about a table, or sockets, at a set time or at the end?"""
    if isinstance(expectation, Sockets):
        return all(state in _STATES.values() for state, _ in expectation.counts)
    return isinstance(expectation, Table) and expectation.table in _LOOKS and not expectation.nth


def _sockets(_: Netlink) -> dict[str, str]:
    """The state of each connection of this thread's namespace, "10.0.0.1:40000 > 10.0.0.2:80"."""
    found = {}
    for line in Path("/proc/thread-self/net/tcp").read_text().splitlines()[1:]:
        local, remote, state = line.split()[1:4]
        if state in _STATES:
            found[f"{_place(local)} > {_place(remote)}"] = _STATES[state]
    return found


def _place(text: str) -> str:
    """0100000A:0050 is 10.0.0.1:80 where the lowest byte comes first."""
    address, port = text.split(":")
    return f"{ip_text(int.from_bytes(bytes.fromhex(address), sys.byteorder))}:{int(port, 16)}"


_LOOKS: Final[dict[str, Callable[[Netlink], dict[str, str]]]] = {
    "mac": Netlink.learned_macs,
    "arp": Netlink.neighbors,
    SOCKETS: _sockets,
}


class Tables:
    """Tables of the devices in `spaces` that `scenario` has expectations about.

    `ports`: the scenario's names of a device's ports, by (device, what the kernel calls it).
    """

    def __init__(
        self, scenario: Scenario, spaces: Mapping[str, Namespace], ports: Mapping[tuple[str, str], str]
    ) -> None:
        self._spaces: Final = spaces
        self._ports: Final = ports
        self._wanted: Final = [
            (each.host, SOCKETS, each.time) if isinstance(each, Sockets) else (each.device, each.table, each.time)
            for each in scenario.expect
            if isinstance(each, Sockets | Table) and can_look_up(each)
        ]
        self._moments: Final = sorted({each for _, _, each in self._wanted if each is not None})

    def next_due(self) -> int:
        """When to look next."""
        return self._moments[0] if self._moments else _NEVER

    def look_at_end(self, channel: Channel) -> None:
        """Tell what is in the tables that are wanted at the end, or at a moment that did not come."""
        self._look(channel, time.time_ns(), {None, *self._moments})

    def look_if_due(self, channel: Channel, now: int, epoch: int) -> None:
        """Tell what is in the tables wanted now, if any, as of the moment that was asked for.

        `epoch`: time 0 in ns since 1970.
        """
        if self.next_due() <= now:
            moment = self._moments.pop(0)
            self._look(channel, epoch + moment - _EARLIER, {moment})

    def _look(self, channel: Channel, stamp: int, moments: set[int | None]) -> None:
        for device, table in dict.fromkeys((each[0], each[1]) for each in self._wanted if each[2] in moments):
            with self._spaces[device].netlink() as netlink:
                rows = {key: self._named(device, text) for key, text in _LOOKS[table](netlink).items()}
            channel.post("table", stamp, device, table, rows)

    def _named(self, device: str, text: str) -> str:
        """A row with the scenario's name of the port in it: "p1", "dev eth0 lladdr …"; a state stays."""
        words = text.split(" ")
        at = words.index("dev") + 1 if "dev" in words else 0
        words[at] = self._ports.get((device, words[at]), words[at])
        return " ".join(words)
