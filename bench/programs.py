"""Programs of the benchmarks: callbacks on a host's socket table, as cheap as a program can be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from simnet.engine.scheduler import KEY_BITS
from simnet.topology.network import Network


class Program(ABC):
    """Woken by its sockets, a program comes back at the same instant, after what woke it is over."""

    def __init__(self, network: Network, host: str) -> None:
        self.scheduler = network.scheduler
        self.sockets = network.host(host).stack.sockets
        self.key = network.next_ordinal() << KEY_BITS
        self.is_woken = False

    def wake(self) -> None:
        if not self.is_woken:
            self.is_woken = True
            self.key += 1
            self.scheduler.at(self.scheduler.now, self.key, self.act, None)

    def act(self, _: Any) -> None:
        self.is_woken = False
        self.go_on(self.scheduler.now)

    @abstractmethod
    def go_on(self, now: int) -> None:
        """Do what has become possible."""
