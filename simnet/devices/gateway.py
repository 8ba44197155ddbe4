"""A gateway: a router that hides the addresses inside behind the one of its outside port (RFC 3022)."""

from __future__ import annotations

from typing import Final

from simnet.devices.observer import Observer
from simnet.devices.router import Router
from simnet.engine.scheduler import Scheduler
from simnet.stack.host_stack import HostStack
from simnet.stack.nat import Nat


class Gateway(Router):
    """A router with source NAT on its interface `outside`, whose public address is `address`."""

    __slots__ = ("nat",)

    def __init__(
        self,
        *,
        name: str,
        ordinal: int,
        stack: HostStack,
        scheduler: Scheduler,
        observer: Observer | None,
        outside: str,
        address: int,
    ) -> None:
        super().__init__(name=name, ordinal=ordinal, stack=stack, scheduler=scheduler, observer=observer)
        self.nat: Final = Nat(stack, interface=outside, address=address)
        stack.add_hook(self.nat)

    def forward(self, *, protocol: int, port: int, to: int, to_port: int) -> None:
        """Let the outside reach `to`:`to_port` by this port of the public address."""
        self.nat.forward(protocol=protocol, port=port, to=to, to_port=to_port)
