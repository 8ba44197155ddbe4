"""A learning switch (IEEE 802.1D clause 7; the ways of a Linux bridge where the standard leaves a choice).

Does not model: VLANs (tags pass untouched), spanning tree, the time a real switch takes to decide.
"""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.devices.relay import relayed
from simnet.engine.scheduler import KEY_BITS, Scheduler
from simnet.engine.timer import Timer
from simnet.units import SECOND
from simnet.wire.addresses import is_group_mac, mac_text
from simnet.wire.frame import Frame

_SWEEP_PAUSE: Final = 1 * SECOND
TABLE: Final = "mac"


class Station:
    """A MAC address that was seen at `port`, at `seen` for the last time."""

    __slots__ = ("port", "seen")

    def __init__(self, port: Port, seen: int) -> None:
        self.port = port
        self.seen = seen


class Switch:
    """Learns at which port a MAC address lives, and forwards frames for it there only.

    `ageing`: how long a station is remembered after its last frame, in ns.  `stations`: the table, by MAC.
    """

    __slots__ = ("name", "ports", "stations", "ageing", "_scheduler", "_observer", "_made", "_ageing_timer")

    def __init__(
        self,
        *,
        name: str,
        ordinal: int,
        scheduler: Scheduler,
        observer: Observer | None,
        ageing: int = 300 * SECOND,
    ) -> None:
        self.name: Final = name
        self.ports: Final[list[Port]] = []
        self.stations: Final[dict[int, Station]] = {}
        self.ageing: Final = ageing
        self._scheduler: Final = scheduler
        self._observer: Final = observer
        self._made: int = ordinal << KEY_BITS
        self._ageing_timer: Final = Timer(scheduler, ordinal, self._sweep)

    def add_port(self, name: str) -> Port:
        """A new port, called "device:name"."""
        port = Port(
            name=f"{self.name}:{name}", mac=0, scheduler=self._scheduler, observer=self._observer,
            receive=self.receive,
        )  # fmt: skip
        port.on_carrier = self._carrier_changed
        self.ports.append(port)
        return port

    def receive(self, port: Port, frame: Frame, now: int) -> None:
        """`frame` came in at `port`."""
        station = self.stations.get(frame.src)
        if station is not None and station.port is port:
            station.seen = now
        else:
            self._learn(frame, port, now)
        station = self.stations.get(frame.dst)
        if station is None or now - station.seen >= self.ageing:
            self._flood(frame, port)
        elif station.port is not port:
            if frame.is_shared:
                self._made += 1
                frame = relayed(frame, self._made, reasons.SWITCHED)
            station.port.transmit(frame)  # the frame itself, where nobody watches
        elif self._observer is not None:
            self._observer.frame_discarded(now, port.name, frame, reasons.SAME_PORT)

    def _flood(self, frame: Frame, port: Port) -> None:
        """To every other port, the newest first as Linux does (its list of ports grows at the head)."""
        for out in reversed(self.ports):
            if out is not port and out.has_carrier:
                self._made += 1
                out.transmit(relayed(frame, self._made, reasons.FLOODED))

    def _learn(self, frame: Frame, port: Port, now: int) -> None:
        mac = frame.src
        if is_group_mac(mac) or mac == 0:
            return  # no station has such an address
        known = self.stations.get(mac)
        self.stations[mac] = Station(port, now)
        if known is None:
            self._report(now, mac, None, port, reasons.LEARNED, frame.id)
        else:
            self._report(now, mac, known.port, port, reasons.MOVED, frame.id)
        if self._ageing_timer.due > now + self.ageing:
            self._ageing_timer.set(now + self.ageing)

    def _sweep(self, now: int) -> None:
        """Forget stations that have been silent, and come back when the next may be."""
        for mac, station in list(self.stations.items()):
            if now - station.seen >= self.ageing:
                self._forget(mac, now, reasons.AGED)
        if self.stations:
            oldest = min(station.seen for station in self.stations.values())
            self._ageing_timer.set(max(oldest + self.ageing, now + _SWEEP_PAUSE))

    def _carrier_changed(self, port: Port) -> None:
        """Stations behind a dead port may turn up elsewhere: forget them at once."""
        if not port.has_carrier:
            for mac, station in list(self.stations.items()):
                if station.port is port:
                    self._forget(mac, self._scheduler.now, reasons.LINK_DOWN)

    def _forget(self, mac: int, now: int, reason: int) -> None:
        self._report(now, mac, self.stations.pop(mac).port, None, reason, 0)

    def _report(self, now: int, mac: int, old: Port | None, new: Port | None, reason: int, cause: int) -> None:
        if self._observer is not None:
            self._observer.table_changed(
                now, self.name, TABLE, mac_text(mac), self._row(old), self._row(new), reason, cause
            )

    def _row(self, port: Port | None) -> str | None:
        """A row's text is the port's own name, "p1"."""
        return None if port is None else port.name[len(self.name) + 1 :]
