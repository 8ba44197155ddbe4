"""What one protocol of a stack may ask of the host it runs on."""

from __future__ import annotations

from typing import Protocol

from simnet.stack.alarms import Alarms
from simnet.stack.next_hop import NextHop
from simnet.stack.observer import StackObserver
from simnet.stack.profile import Profile
from simnet.wire.ipv4 import Ipv4
from simnet.wire.payload import Payload


class StackHost(Protocol):
    """The host around a protocol; `HostStack` fits it by shape, and so does a test's stand-in."""

    name: str
    profile: Profile
    alarms: Alarms
    observer: StackObserver | None

    def random(self, n: int) -> int:
        """A number from 0 to n - 1 of this host's own stream."""

    def send_ip(
        self,
        src: int,
        dst: int,
        protocol: int,
        payload: Payload,
        identification: int,
        reason: int,
        cause: int,
        now: int,
        ttl: int = 0,
        tos: int = 0,
        fragment: int = 0x4000,
    ) -> int:
        """Send a packet; 0, or the errno when it cannot even leave (ENETUNREACH, EMSGSIZE …)."""

    def send_packet(self, packet: Ipv4, reason: int, cause: int, now: int) -> int:
        """As `send_ip`, of a packet that is made already."""

    def send_packets(self, packets: list[Ipv4], reason: int, cause: int, now: int) -> None:
        """As `send_packet`, of packets to one destination, the first as long as any; what cannot leave is lost."""

    def next_hop(self, dst: int) -> NextHop | None:
        """Where packets to `dst` go now; None if no route leads there.  Ask anew for each packet: it is cached."""

    def no_route_errno(self, dst: int) -> int:
        """What a program is told when `next_hop` is None: ENETUNREACH, EHOSTUNREACH or EACCES."""

    def send_by(self, hop: NextHop, packet: Ipv4, reason: int, cause: int, now: int) -> int:
        """Send `packet` by `hop`, the quickest way; 0 or EMSGSIZE."""

    def source_address(self, dst: int) -> int:
        """The local address that packets to `dst` leave from; -1 if there is no route."""

    def path_mtu(self, dst: int) -> int:
        """The largest packet, in bytes, that the route to `dst` is known to carry."""

    def may_be_cut(self, dst: int) -> bool:
        """Does the path to `dst` carry so little that packets may be cut on the way (`path_mtu.PathMtu`)?"""

    def is_local(self, address: int) -> bool:
        """Is `address` one of this host's own?"""

    def is_broadcast(self, address: int) -> bool:
        """Is `address` a broadcast address of one of this host's networks?"""
