"""What a socket may ask of its host before it acts."""

from __future__ import annotations

from typing import Protocol

from simnet.stack.next_hop import NextHop
from simnet.stack.profile import Profile


class HostQueries(Protocol):
    """The host around a socket; `HostStack` fits it by shape."""

    name: str
    profile: Profile

    def next_hop(self, dst: int) -> NextHop | None:
        """Where packets to `dst` go now; None if no route leads there."""

    def no_route_errno(self, dst: int) -> int:
        """What a program is told when `next_hop` is None."""

    def source_address(self, dst: int) -> int:
        """The local address that packets to `dst` leave from; -1 if there is no route."""

    def is_local(self, address: int) -> bool:
        """Is `address` one of this host's own?"""

    def is_broadcast(self, address: int) -> bool:
        """Is `address` a broadcast address of one of this host's networks?"""
