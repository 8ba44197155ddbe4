"""Hooks: what may look at every IPv4 packet of a host and change it, as netfilter does on Linux.

Order for a packet that is forwarded: prerouting, route, TTL, postrouting, cutting to the MTU.  One that arrives for
this host passes prerouting only, one that this host makes passes output and postrouting.
"""

from __future__ import annotations

from typing import Protocol

from simnet.wire.ipv4 import Ipv4


class PacketHook(Protocol):
    """A station on the way of every packet, such as `simnet.stack.nat.Nat`.

    All functions get whole packets: a host with hooks reassembles fragments before prerouting, and cuts packets
    after postrouting.  They answer the packet itself when they have nothing to do, a changed copy (frames that
    carry one have the reason TRANSLATED), or None to swallow it; the stack then reports it discarded, and the
    reason is `refusal`.  `interface` is a name such as "eth0", `cause` the id of the frame or call behind it.
    """

    refusal: int

    def prerouting(self, packet: Ipv4, interface: str, cause: int, now: int) -> Ipv4 | None:
        """`packet` arrived at `interface`; its destination may be changed before it is routed."""

    def output(self, packet: Ipv4, now: int) -> Ipv4:
        """This host has made `packet`; another destination sends it another way."""

    def postrouting(self, packet: Ipv4, interface: str, cause: int, now: int) -> Ipv4 | None:
        """`packet` is about to leave through `interface`; its source may be changed."""
