"""An observer that remembers, and cables between ports that only listen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simnet.devices.fault import Fault
from simnet.devices.link import Link
from simnet.devices.port import Port
from simnet.devices.properties import Properties
from simnet.engine.randomness import stream
from simnet.engine.scheduler import Scheduler
from simnet.wire.frame import Frame
from simnet.wire.payload import Raw


class Watcher:
    """Remembers everything reported, as tuples that begin with the kind and the time."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def of(self, *kinds: str) -> list[tuple[Any, ...]]:
        return [event for event in self.seen if event[0] in kinds]

    def frame_sent(self, now: int, port: str, frame: Frame, departs: int) -> None:
        self.seen.append(("sent", now, port, frame, departs))

    def frame_arrived(self, now: int, port: str, frame: Frame) -> None:
        self.seen.append(("arrived", now, port, frame))

    def frame_dropped(self, now: int, port: str, frame: Frame, reason: int) -> None:
        self.seen.append(("dropped", now, port, frame, reason))

    def frame_duplicated(self, now: int, port: str, frame: Frame) -> None:
        self.seen.append(("duplicated", now, port, frame))

    def frame_discarded(self, now: int, port: str, frame: Frame, reason: int) -> None:
        self.seen.append(("discarded", now, port, frame, reason))

    def table_changed(
        self, now: int, device: str, table: str, key: str, old: str | None, new: str | None, reason: int, cause: int
    ) -> None:
        self.seen.append(("table", now, device, table, key, old, new, reason))

    def state_changed(self, now: int, device: str, connection: str, old: str, new: str, cause: int) -> None:
        self.seen.append(("state", now, device, connection, old, new))

    def tcp_sampled(self, now: int, device: str, connection: str, sample: dict[str, int]) -> None:
        pass

    def socket_call(self, now: int, device: str, program: str, id: int, call: str, arguments: str, result: str) -> None:
        self.seen.append(("call", now, device, call, result))

    def program_output(self, now: int, device: str, program: str, text: str) -> None:
        self.seen.append(("output", now, device, text))

    def fault_fired(self, now: int, fault: str, frame: Frame) -> None:
        self.seen.append(("fault", now, fault, frame))

    def link_changed(self, now: int, link: str, change: str) -> None:
        self.seen.append(("link", now, link, change))

    def note(self, now: int, device: str, text: str) -> None:
        self.seen.append(("note", now, device, text))


class Cable:
    """A link between the ports a:eth0 and b:eth0; what arrives is kept with the time of its arrival."""

    def __init__(self, there: Properties, *, seed: int = 1, back: Properties | None = None) -> None:
        self.scheduler = Scheduler()
        self.watcher = Watcher()
        self.arrived: list[tuple[int, Frame]] = []
        self.sent: list[Frame] = []
        self._orders = 0
        self.a = self.port("a:eth0")
        self.b = self.port("b:eth0")
        self.link = Link(
            name="a:eth0 -- b:eth0", ordinal=100, a=self.a, b=self.b, there=there,
            back=back or Properties(), scheduler=self.scheduler,
            stream=lambda purpose: stream(seed, f"link a -- b/{purpose}"), observer=self.watcher,
        )  # fmt: skip

    def port(self, name: str) -> Port:
        return Port(name=name, mac=0, scheduler=self.scheduler, observer=self.watcher, receive=self._receive)

    def _receive(self, port: Port, frame: Frame, now: int) -> None:
        self.arrived.append((now, frame))

    def at(self, time: int, act: Callable[[Any], object], argument: Any = None) -> None:
        """Do something at `time`."""
        self._orders += 1
        self.scheduler.at(time, self._orders, lambda argument: (act(argument), None)[1], argument)

    def send(self, *times: int, length: int = 1000) -> None:
        """Frames of `length` bytes leave port a at these times."""
        for time in times:
            frame = Frame(2, 1, 0x88B5, Raw(len(self.sent).to_bytes(4, "big") + bytes(length - 18)), len(self.sent) + 1)
            self.sent.append(frame)
            self.at(time, lambda frame: self.a.transmit(frame), frame)

    def fault(self, fault: Fault) -> None:
        self.link.there.add_fault(fault)

    def run(self) -> None:
        self.scheduler.run()
        self.check_balance()

    def check_balance(self) -> None:
        """Conservation, by the counters, by the schedule and by what was reported."""
        way = self.link.there
        flying = self.scheduler.pending_events().get(way.ordinal, 0)
        assert way.sent + way.duplicated == way.arrived + way.dropped + flying
        counted = {kind: len(self.watcher.of(kind)) for kind in ("sent", "duplicated", "arrived", "dropped")}
        assert counted["sent"] + counted["duplicated"] == counted["arrived"] + counted["dropped"] + flying

    def order(self) -> list[int]:
        """The ids of the frames that arrived, a copy's being its original's."""
        return [frame.parent or frame.id for _, frame in self.arrived]
