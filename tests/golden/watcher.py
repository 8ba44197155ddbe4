"""Listens at interfaces as the capturing sockets did: every frame with its time, its bytes and its way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from msgspec import Struct

from simnet.wire import ethernet
from simnet.wire.frame import Frame


class Seen(Struct, frozen=True):
    """A frame at an interface: `way` is "in" or "out"."""

    time: int
    interface: str
    way: str
    frame: Frame

    def data(self) -> bytes:
        """Its bytes."""
        return ethernet.pack(self.frame)


class Watcher:
    """An observer of devices that keeps the frames at `interfaces`.

    On `lo` every frame passes twice; the recordings keep the receiving side, and so does this.  `arrivals`: when frames
    came in at each node.  `has_seen`: the frame about to be sent has been seen already.
    """

    def __init__(self, interfaces: Collection[str]) -> None:
        self.seen: list[Seen] = []
        self.arrivals: dict[str, list[int]] = defaultdict(list)
        self.has_seen = False
        self._interfaces = set(interfaces)

    def pause(self, interface: str) -> None:
        """Do not listen at `interface`."""
        self._interfaces.discard(interface)

    def resume(self, interface: str) -> None:
        """Listen at `interface` again."""
        self._interfaces.add(interface)

    def frame_sent(self, now: int, port: str, frame: Frame, departs: int) -> None:
        if port in self._interfaces and not self.has_seen and not port.endswith(":lo"):
            self.seen.append(Seen(now, port, "out", frame))

    def frame_arrived(self, now: int, port: str, frame: Frame) -> None:
        self.arrivals[port.split(":")[0]].append(now)
        if port in self._interfaces:
            self.seen.append(Seen(now, port, "in", frame))

    def frame_dropped(self, now: int, port: str, frame: Frame, reason: int) -> None:
        """Not seen by who listens at an interface."""

    def frame_duplicated(self, now: int, port: str, frame: Frame) -> None:
        """Not seen by who listens at an interface."""

    def frame_discarded(self, now: int, port: str, frame: Frame, reason: int) -> None:
        """Not seen by who listens at an interface."""

    def table_changed(
        self, now: int, device: str, table: str, key: str, old: str | None, new: str | None, reason: int, cause: int
    ) -> None:
        """Inside a host."""

    def state_changed(self, now: int, device: str, connection: str, old: str, new: str, cause: int) -> None:
        """Inside a host."""

    def tcp_sampled(self, now: int, device: str, connection: str, sample: dict[str, int]) -> None:
        """Inside a host."""

    def socket_call(self, now: int, device: str, program: str, id: int, call: str, arguments: str, result: str) -> None:
        """Inside a host."""

    def program_output(self, now: int, device: str, program: str, text: str) -> None:
        """Inside a host."""

    def fault_fired(self, now: int, fault: str, frame: Frame) -> None:
        """Recordings have a wire instead."""

    def link_changed(self, now: int, link: str, change: str) -> None:
        """Links of recordings do not change."""

    def note(self, now: int, device: str, text: str) -> None:
        """Inside a host."""
