"""A host's interfaces: Ethernet ports, the loopback `lo`, and tun (packets without Ethernet)."""

from __future__ import annotations

from enum import Enum
from typing import Callable, Final

from simnet.wire.addresses import Prefix
from simnet.wire.frame import Frame


class Kind(Enum):
    """What an interface joins the host to."""

    ETHERNET = "ethernet"
    LOOPBACK = "loopback"
    TUN = "tun"


class FrameIds:
    """Numbers the frames of one device: `ordinal << 40 | counter`."""

    __slots__ = ("last",)

    def __init__(self, ordinal: int) -> None:
        self.last = ordinal << 40

    def next(self) -> int:
        """A new id."""
        self.last += 1
        return self.last


class Interface:
    """One interface of a host.

    `port`: its name in traces, "host:eth0".  `mtu`: the largest IP packet in bytes.  `transmit(frame)`: given by
    whoever carries its frames; until then frames go into `outbox`.
    """

    __slots__ = ("name", "port", "mac", "mtu", "kind", "transmit", "addresses", "outbox")

    def __init__(self, name: str, port: str, mac: int, mtu: int, kind: Kind) -> None:
        self.name: Final = name
        self.port: Final = port
        self.mac = mac
        self.mtu = mtu
        self.kind: Final = kind
        self.addresses: list[tuple[int, Prefix]] = []
        self.outbox: list[Frame] = []
        self.transmit: Callable[[Frame], None] = self.outbox.append

    def address_towards(self, address: int) -> int:
        """Its own address in the network of `address`, else its first; -1 if it has none."""
        for own, prefix in self.addresses:
            if prefix.contains(address):
                return own
        return self.addresses[0][0] if self.addresses else -1
