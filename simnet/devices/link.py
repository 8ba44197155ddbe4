"""A cable between two ports: two directions that are cut, mended and moved together.

Does not model: that Linux may hear of a carrier up to a second late, if it heard of another one just before.
"""

from __future__ import annotations

from random import Random
from typing import Callable, Final

from simnet.devices.direction import Direction
from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.devices.properties import Properties
from simnet.engine.scheduler import Scheduler
from simnet.errors import SimnetError

Stream = Callable[[str], Random]


class Link:
    """The cable called `name`, "client:eth0 -- s1:p1", between ports `a` and `b`.

    `there` carries frames from `a` to `b`, with the ordinal given, `back` from `b` to `a`, with the next one.
    """

    __slots__ = ("name", "a", "b", "there", "back", "is_cut", "_observer", "_scheduler")

    def __init__(
        self,
        *,
        name: str,
        ordinal: int,
        a: Port,
        b: Port,
        there: Properties,
        back: Properties,
        scheduler: Scheduler,
        stream: Stream,
        observer: Observer | None,
    ) -> None:
        self.name: Final = name
        self._scheduler: Final = scheduler
        self._observer: Final = observer
        self.is_cut: bool = False
        self.a: Port = a
        self.b: Port = b
        self.there: Final = Direction(
            ordinal=ordinal, properties=there, scheduler=scheduler, stream=_part("there", stream),
            near=a, far=b, observer=observer,
        )  # fmt: skip
        self.back: Final = Direction(
            ordinal=ordinal + 1, properties=back, scheduler=scheduler, stream=_part("back", stream),
            near=b, far=a, observer=observer,
        )  # fmt: skip
        self._plug(a, self.there)
        self._plug(b, self.back)

    def cut(self) -> bool:
        """Lose what is under way and carry nothing any more; False if it was cut already."""
        if self.is_cut:
            return False
        self.is_cut = True
        self._report("cut")
        self._interrupt()
        self.a.change_carrier(False)
        self.b.change_carrier(False)
        return True

    def mend(self) -> bool:
        """Carry frames again; False if it was not cut."""
        if not self.is_cut:
            return False
        self.is_cut = False
        self._report("mended")
        self._join()
        return True

    def move(self, old: Port, new: Port) -> None:
        """Pull the end out of `old` and plug it into `new`; what is under way is lost."""
        if new.is_plugged:
            raise SimnetError(f"{new.name} already has a cable; move the end of {self.name} to a free port")
        self._report(f"moved from {old.name} to {new.name}")
        self._interrupt()
        old.unplug()
        if old is self.a:
            self.a = new
            self._plug(new, self.there)
        else:
            self.b = new
            self._plug(new, self.back)
        self.a.change_carrier(False)
        self.b.change_carrier(False)
        if not self.is_cut:
            self._join()

    def change(self, port: Port, properties: Properties) -> bool:
        """What `port` sends from now on meets `properties`; False if these are the ones it had."""
        direction = self.sender(port)
        differences = properties.differences(direction.properties)
        if not differences:
            return False
        direction.change(properties)
        self._report(f"{port.name} sends with {', '.join(differences)}")
        return True

    def sender(self, port: Port) -> Direction:
        """The direction that carries what `port`, one of its two ends, sends."""
        return self.there if port is self.a else self.back

    def _plug(self, port: Port, direction: Direction) -> None:
        port.plug(direction.send)
        port.change_carrier(not self.is_cut)

    def _join(self) -> None:
        self.there.join(self.a, self.b)
        self.back.join(self.b, self.a)
        self.a.change_carrier(True)
        self.b.change_carrier(True)

    def _interrupt(self) -> None:
        self.there.interrupt()
        self.back.interrupt()

    def _report(self, change: str) -> None:
        if self._observer is not None:
            self._observer.link_changed(self._scheduler.now, self.name, change)


def _part(way: str, stream: Stream) -> Stream:
    return lambda purpose: stream(f"{way}/{purpose}")
