"""Ports: who may bind which, and which one a program gets that does not care (Linux inet_csk_get_port and its like).

Out of `ip_local_port_range` connect() takes ports as even as the first, bind(0) the others, and each the rest when
those are used up; of an odd number of ports the last is never taken.  Connects to one destination take increasing ports
with small random steps, and share ports with connects to others.  A port belongs to sockets, to connections and to
what remains of them; `Ports` has the rules of TCP for sharing it, `DatagramPorts` those of UDP.
Does not model: SO_REUSEPORT between different users, ip_local_reserved_ports.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet.stack.host import StackHost
from simnet.stack.linux_errno import EADDRINUSE, EADDRNOTAVAIL, SocketError
from simnet.wire.addresses import ANY

_NOWHERE: Final = -1


class Binding:
    """One owner of a port, as long as it has a `bucket`.

    `is_locked`: a program chose the port; `is_connect_bound`: connect() did.
    """

    __slots__ = ("address", "port", "reuse", "reuseport", "is_listening", "is_locked", "is_connect_bound", "bucket")

    def __init__(self, address: int, reuse: bool, reuseport: bool) -> None:
        self.address = address
        self.port = 0
        self.reuse = reuse
        self.reuseport = reuseport
        self.is_listening = False
        self.is_locked = False
        self.is_connect_bound = False
        self.bucket: Bucket | None = None

    def successor(self, address: int, reuse: bool, reuseport: bool) -> Binding:
        """Another owner of the port: a connection that a listener made, or what remains of one."""
        other = Binding(address, reuse, reuseport)
        if self.bucket is not None:
            self.bucket.join(other)
        return other

    def release(self) -> None:
        """Give the port back; harmless when that was done before."""
        bucket, self.bucket = self.bucket, None
        if bucket is not None:
            bucket.leave(self)


class Bucket:
    """A port and its owners (Linux inet_bind_bucket).

    `fast_address`: where sockets with SO_REUSEPORT may join without a look at the owners (ANY: everywhere).
    """

    __slots__ = ("port", "owners", "fast_address", "_all")

    def __init__(self, port: int, all_buckets: dict[int, Bucket]) -> None:
        self.port: Final = port
        self.owners: dict[Binding, None] = {}
        self.fast_address = _NOWHERE
        self._all: Final = all_buckets
        all_buckets[port] = self

    def join(self, binding: Binding) -> None:
        """`binding` is one more owner."""
        binding.port = self.port
        binding.bucket = self
        self.owners[binding] = None

    def leave(self, binding: Binding) -> None:
        """`binding` owns the port no more."""
        self.owners.pop(binding, None)
        if not self.owners:
            self._all.pop(self.port, None)

    def overlapping(self, new: Binding) -> list[Binding]:
        """The other owners at an address of `new`."""
        address = new.address
        others = [each for each in self.owners if each is not new]
        return [each for each in others if each.address == address or ANY in (each.address, address)]

    def is_shared_by_connects(self) -> bool:
        """Did connect() choose this port for all its owners?  Then it may for others, with other destinations."""
        return all(each.is_connect_bound for each in self.owners)

    def note(self, new: Binding) -> None:
        """`new` comes, or begins to listen (Linux inet_csk_update_fastreuse)."""
        if not new.reuseport:
            self.fast_address = _NOWHERE
        elif not self.is_match(new):
            self.fast_address = new.address

    def is_match(self, new: Binding) -> bool:
        """May `new` join by SO_REUSEPORT without a look at the owners (Linux sk_reuseport_match)?"""
        return new.reuseport and self.fast_address in (ANY, new.address)


class Ports:
    """The ports of TCP of one host.

    Sockets share a port if each has SO_REUSEADDR and none listens, or each SO_REUSEPORT, or their addresses differ.
    """

    __slots__ = ("_host", "_buckets", "_offsets")

    def __init__(self, host: StackHost) -> None:
        self._host: Final = host
        self._buckets: dict[int, Bucket] = {}
        self._offsets: dict[tuple[int, int], int] = {}

    def bind(self, address: int, port: int, reuse: bool, reuseport: bool) -> Binding:
        """Claim `port` (0: any free one, odd if possible); raises EADDRINUSE."""
        binding = Binding(address, reuse, reuseport)
        if port == 0:
            port = self._any_free(binding)
        else:
            binding.is_locked = True
            bucket = self._buckets.get(port)
            if bucket is not None and self._refuses(bucket, binding):
                raise SocketError(EADDRINUSE)
        return self._enter(port, binding)

    def claim(self, address: int, port: int, reuse: bool, reuseport: bool) -> Binding:
        """Record the choice of `ephemeral`."""
        binding = Binding(address, reuse, reuseport)
        binding.is_connect_bound = True
        return self._enter(port, binding)

    def listen(self, binding: Binding) -> None:
        """The owner is to listen; raises EADDRINUSE where that conflicts with others."""
        bucket = binding.bucket
        if bucket is None:
            return
        binding.is_listening = True
        if self._refuses(bucket, binding):
            binding.is_listening = False
            raise SocketError(EADDRINUSE)
        bucket.note(binding)

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
                bucket = self._buckets.get(port)
                if (bucket is None or bucket.is_shared_by_connects()) and not is_taken(port):
                    self._offsets[dst, dst_port] = index
                    return port
        raise SocketError(EADDRNOTAVAIL)

    def _enter(self, port: int, binding: Binding) -> Binding:
        bucket = self._buckets.get(port)
        if bucket is None:
            bucket = Bucket(port, self._buckets)
        if not binding.is_connect_bound:
            bucket.note(binding)
        bucket.join(binding)
        return binding

    def _any_free(self, binding: Binding) -> int:
        """With SO_REUSEADDR from the lower half of the range first (Linux inet_csk_find_open_port)."""
        low, span = self._pairs()
        half = span // 2 if binding.reuse and span > 1 else 0
        for first, count in ((0, half), (half, span - half)):
            offset = self._host.random(count) if count else 0
            for parity in (1, 0):
                for step in range(count):
                    port = low + parity + 2 * (first + (offset + step) % count)
                    bucket = self._buckets.get(port)
                    if bucket is None or not bucket.overlapping(binding):
                        return port
        raise SocketError(EADDRINUSE)

    def _pairs(self) -> tuple[int, int]:
        """The first port to choose from, and how many pairs of ports there are (Linux __inet_hash_connect)."""
        low, high = self._host.profile.ip_local_port_range
        return low, max((high + 1 - low) // 2, 1)

    def _refuses(self, bucket: Bucket, new: Binding) -> bool:
        """Linux inet_csk_bind_conflict, and the short cut before it.

        The one for SO_REUSEADDR, fastreuse, is never taken in Linux 6.18: a bucket is not empty when it is asked.
        """
        if bucket.is_match(new):
            return False
        for other in bucket.overlapping(new):
            if new.reuse and other.reuse and not other.is_listening:
                continue
            if not (new.reuseport and other.reuseport):
                return True
        return False


class DatagramPorts(Ports):
    """The ports of UDP of one host, for sockets that all have SO_REUSEADDR, or SO_REUSEPORT (udp_lib_get_port)."""

    __slots__ = ()

    def _refuses(self, bucket: Bucket, new: Binding) -> bool:
        """Linux udp_lib_lport_inuse: the youngest owner that does not share by SO_REUSEADDR decides."""
        for other in reversed(bucket.overlapping(new)):
            if not (new.reuse and other.reuse):
                return not (new.reuseport and other.reuseport)
        return False
