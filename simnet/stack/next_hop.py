"""Where packets to one destination go: looked up once, then cached until routes change."""

from __future__ import annotations

from typing import Final

from simnet.stack.interfaces import Interface
from simnet.stack.neighbor import Neighbor


class NextHop:
    """Out of `interface`, to `neighbor`, at most `mtu` bytes at once.

    `source`: the address that this host's own packets carry.  `is_broadcast`: they go to everybody on a network.
    `is_locked`: packets may be cut on the way (`PathMtu`).
    """

    __slots__ = ("interface", "neighbor", "mtu", "source", "is_broadcast", "is_locked")

    def __init__(
        self, interface: Interface, neighbor: Neighbor, mtu: int, source: int, is_broadcast: bool
    ) -> None:
        self.interface: Final = interface
        self.neighbor: Final = neighbor
        self.mtu = mtu
        self.source: Final = source
        self.is_broadcast: Final = is_broadcast
        self.is_locked = False
