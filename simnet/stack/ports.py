"""Ports: who may bind which, and which one a program gets that does not care.

As Linux: out of `ip_local_port_range` connect() takes ports as even as the first, bind(0) the others, and each the rest
when those are used up; of an odd number of ports the last is never taken.  Connects to one destination take increasing
ports with small random steps.  SO_REUSEADDR must be set on both sockets and neither may listen.
Does not model: SO_REUSEPORT.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet.stack.host import StackHost
from simnet.stack.linux_errno import EADDRINUSE, EADDRNOTAVAIL, SocketError
from simnet.wire.addresses import ANY


class Binding:
    """One socket's claim on a port."""

    __slots__ = ("address", "port", "may_share", "is_listening")

    def __init__(self, address: int, port: int, may_share: bool) -> None:
        self.address: Final = address
        self.port: Final = port
        self.may_share = may_share
        self.is_listening = False


class Ports:
    """The ports of one protocol of one host."""

    __slots__ = ("_host", "_bindings", "_offsets")

    def __init__(self, host: StackHost) -> None:
        self._host: Final = host
        self._bindings: dict[int, list[Binding]] = {}
        self._offsets: dict[tuple[int, int], int] = {}

    def bind(self, address: int, port: int, may_share: bool) -> Binding:
        """Claim `port` (0: any free one, odd if possible); raises EADDRINUSE."""
        if port == 0:
            port = self._any_free(address)
        elif self._conflicts(address, port, may_share):
            raise SocketError(EADDRINUSE)
        return self.claim(address, port, may_share)

    def claim(self, address: int, port: int, may_share: bool) -> Binding:
        """Record a claim without asking: for connections accepted on a listener's port."""
        binding = Binding(address, port, may_share)
        self._bindings.setdefault(port, []).append(binding)
        return binding

    def release(self, binding: Binding) -> None:
        """Give a claim back; harmless when it was given back before."""
        claims = self._bindings.get(binding.port, [])
        if binding in claims:
            claims.remove(binding)
            if not claims:
                del self._bindings[binding.port]

    def may_listen(self, binding: Binding) -> bool:
        """May the holder of `binding` listen?  Not beside another listener."""
        return not any(
            other is not binding and other.is_listening and _overlap(other.address, binding.address)
            for other in self._bindings.get(binding.port, ())
        )

    def ephemeral(self, dst: int, dst_port: int, is_taken: Callable[[int], bool]) -> int:
        """A port for a connection to `dst`:`dst_port`, even if possible; raises EADDRNOTAVAIL when all are taken.

        `is_taken(port)` says whether the very connection already exists.
        """
        low, span = self._pairs()
        first = self._offsets.get((dst, dst_port))
        offset = self._host.random(span) if first is None else first + 1 + self._host.random(4)
        for parity in (0, 1):
            for step in range(span):
                index = (offset + step) % span
                port = low + parity + 2 * index
                if port not in self._bindings and not is_taken(port):
                    self._offsets[dst, dst_port] = index
                    return port
        raise SocketError(EADDRNOTAVAIL)

    def _any_free(self, address: int) -> int:
        low, span = self._pairs()
        offset = self._host.random(span)
        for parity in (1, 0):
            for step in range(span):
                port = low + parity + 2 * ((offset + step) % span)
                if not self._conflicts(address, port, False):
                    return port
        raise SocketError(EADDRINUSE)

    def _pairs(self) -> tuple[int, int]:
        """The first port to choose from, and how many pairs of ports there are (Linux __inet_hash_connect)."""
        low, high = self._host.profile.ip_local_port_range
        return low, max((high + 1 - low) // 2, 1)

    def _conflicts(self, address: int, port: int, may_share: bool) -> bool:
        for other in self._bindings.get(port, ()):
            if not _overlap(other.address, address):
                continue
            if other.is_listening or not (may_share and other.may_share):
                return True
        return False


def _overlap(a: int, b: int) -> bool:
    return a == b or ANY in (a, b)
