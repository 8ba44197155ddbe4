"""One neighbor: an address on a local network, its MAC if known, and how sure this host is of it."""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

from simnet.stack.alarms import NEVER, Alarm
from simnet.stack.interfaces import Interface
from simnet.wire.addresses import NO_MAC, mac_text
from simnet.wire.ipv4 import Ipv4

_LONG_AGO: Final = -1 << 62


class NeighborState(Enum):
    """Linux's names for what is known about a neighbor."""

    INCOMPLETE = "INCOMPLETE"
    REACHABLE = "REACHABLE"
    STALE = "STALE"
    DELAY = "DELAY"
    PROBE = "PROBE"
    FAILED = "FAILED"
    PERMANENT = "PERMANENT"


class Waiting:
    """A packet that waits for its next hop's MAC."""

    __slots__ = ("packet", "parent", "reason", "cause")

    def __init__(self, packet: Ipv4, parent: int, reason: int, cause: int) -> None:
        self.packet: Final = packet
        self.parent: Final = parent
        self.reason: Final = reason
        self.cause: Final = cause


class Neighbor:
    """One entry.  Frames may go to `mac` without a look at the state until `valid_until`.

    Linux's times of a neighbor, in nanoseconds: `used` last, as far as that is looked at; `confirmed` last, by an
    answer or by who makes progress through it and writes it here (the state follows when its timer fires); `updated`,
    its state or MAC.
    """

    __slots__ = (
        "address", "interface", "mac", "state", "valid_until", "has_header", "used", "confirmed", "updated", "probes",
        "waiting", "waiting_bytes", "alarm",
    )  # fmt: skip

    def __init__(self, address: int, interface: Interface, mac: int, state: NeighborState) -> None:
        self.address: Final = address
        self.interface: Final = interface
        self.mac = mac
        self.state = state
        self.valid_until = NEVER if state is NeighborState.PERMANENT else -1
        self.has_header = False  # has sent a frame: its header is cached from then on (Linux neigh_hh_init)
        self.used = _LONG_AGO
        self.confirmed = _LONG_AGO
        self.updated = _LONG_AGO
        self.probes = 0
        self.waiting: deque[Waiting] = deque()
        self.waiting_bytes = 0
        self.alarm: Alarm | None = None

    @property
    def is_valid(self) -> bool:
        """Is its MAC known (Linux NUD_VALID)?"""
        return self.state is not NeighborState.FAILED and self.state is not NeighborState.INCOMPLETE

    def __str__(self) -> str:
        known = "" if self.mac == NO_MAC else f"lladdr {mac_text(self.mac)} "
        return f"dev {self.interface.name} {known}{self.state.value}"  # as `ip neigh` prints it
