"""Computers that say what they are told to and remember what they hear, around a hub or a switch."""

from __future__ import annotations

from simnet.devices.conservation import violations
from simnet.devices.hub import Hub
from simnet.devices.link import Link
from simnet.devices.port import Port
from simnet.devices.properties import Properties
from simnet.devices.switch import Switch
from simnet.engine.randomness import stream
from simnet.engine.scheduler import Scheduler
from simnet.wire.addresses import BROADCAST_MAC
from simnet.wire.frame import Frame
from simnet.wire.payload import Raw
from tests.devices.watching import Watcher

A, B, C = 0x0200_0000_0001, 0x0200_0000_0003, 0x0200_0000_0005
"""The MACs of golden captures 18 and 18b."""


class Star:
    """Stations A, B, C … at the ports p1, p2, p3 … of one device in the middle."""

    def __init__(self, macs: tuple[int, ...] = (A, B, C)) -> None:
        self.scheduler = Scheduler()
        self.watcher = Watcher()
        self.middle: Hub | Switch
        self.stations: dict[int, Port] = {}
        self.links: dict[int, Link] = {}
        self._macs = macs
        self._frames = 0

    def around(self, middle: Hub | Switch) -> None:
        self.middle = middle
        for number, mac in enumerate(self._macs, start=1):
            station = Port(
                name=f"{chr(64 + number)}:eth0", mac=mac, scheduler=self.scheduler, observer=self.watcher,
                receive=lambda port, frame, now: None,
            )  # fmt: skip
            port = middle.add_port(f"p{number}")
            self.stations[mac] = station
            self.links[mac] = Link(
                name=f"{station.name} -- {port.name}", ordinal=100 + 2 * number, a=station, b=port,
                there=Properties(), back=Properties(), scheduler=self.scheduler,
                stream=lambda purpose: stream(1, purpose), observer=self.watcher,
            )  # fmt: skip

    def say(self, src: int, dst: int = BROADCAST_MAC, *, at: int | None = None, by: int | None = None) -> Frame:
        """A frame from `src` to `dst`, put on the wire by station `by`; handled to its end unless `at` is given."""
        self._frames += 1
        frame = Frame(dst, src, 0x88B5, Raw(bytes(46)), self._frames)
        send = self.stations[src if by is None else by].transmit
        self.scheduler.at(self.scheduler.now if at is None else at, self._frames, send, frame)
        if at is None:
            self.run()
        return frame

    def run(self) -> None:
        """Handle everything; no frame may be lost from sight."""
        self.scheduler.run()
        directions = [way for link in self.links.values() for way in (link.there, link.back)]
        assert violations(directions, [], self.scheduler) == []

    def heard(self, frame: Frame) -> list[str]:
        """The stations that a frame or its copies reached."""
        arrived = [event[2] for event in self.watcher.of("arrived") if event[3].parent == frame.id]
        return sorted(port[0] for port in arrived if port.endswith(":eth0"))

    def sent_by_middle(self, frame: Frame) -> list[tuple[str, int]]:
        """Ports and reasons, in order."""
        return [
            (event[2].partition(":")[2], event[3].reason)
            for event in self.watcher.of("sent")
            if event[3].parent == frame.id
        ]

    def tables(self) -> list[tuple[object, ...]]:
        """Changes of tables: (MAC's last digit, old, new, reason)."""
        return [(event[4][-1], *event[5:]) for event in self.watcher.of("table")]
