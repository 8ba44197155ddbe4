"""One direction of a link: puts frames on the wire one after the other and delivers them at the far end.

A frame of a drop-tail queue knows on entry when it will leave, so that queueing, transmission and propagation are
one event.  `send` is the flat path for the plain case, which may lose frames; one comparison turns everything else
(other impairments, a cut link, faults, a rate of uneven nanoseconds per byte, an oversized frame) away to
`_send_with_care`.

Does not model: preamble and gap between frames, the receiver's check of the frame check sequence (a corrupted
frame is delivered), new properties for frames already accepted (those keep their times).
"""

from __future__ import annotations

from heapq import heappush
from random import Random
from typing import Callable, Final

from simnet import reasons
from simnet.devices.fault import Action, Fault
from simnet.devices.impairments import Dice, Impairments, with_bit_flipped
from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.devices.properties import Properties
from simnet.devices.queue import DropTail
from simnet.devices.relay import relayed
from simnet.engine.scheduler import KEY_BITS, Scheduler
from simnet.units import SECOND
from simnet.wire.frame import NO_TAG, Frame

_NANOBITS_PER_BYTE: Final = 8 * SECOND
_HEADER: Final = 14
_TAGGED_HEADER: Final = 18
_NOTHING_IS_PLAIN: Final = -1
_COUNTER: Final = (1 << KEY_BITS) - 1


class Direction:
    """Carries frames from the port it is plugged into to `far`.

    `ordinal` places its events among others of the same time and numbers the frames it makes.  `stream(purpose)`
    gives its random streams.  `sent`, `duplicated`, `dropped`: frames so far.
    """

    __slots__ = (
        "ordinal", "properties", "_uncounted", "duplicated", "dropped", "is_whole", "_scheduler", "_observer",
        "_stream", "_streams", "_near_name", "_far_name", "_far", "_arrive", "_arrived_before", "_plain_length",
        "_free_at", "_ns_per_byte", "_delay", "_queue", "_departures", "_key", "_made", "_remainder", "_not_before",
        "_impairments", "_faults", "_loss", "_is_eventful",
    )  # fmt: skip

    def __init__(
        self,
        *,
        ordinal: int,
        properties: Properties,
        scheduler: Scheduler,
        stream: Callable[[str], Random],
        near: Port,
        far: Port,
        observer: Observer | None,
    ) -> None:
        self.ordinal: Final = ordinal
        self._scheduler: Final = scheduler
        self._observer: Final = observer
        self._stream: Final = stream
        self._streams: Final[dict[str, Random]] = {}
        self._queue: Final = DropTail(properties.queue)
        self._departures: Final = self._queue.departures
        self._faults: Final[list[Fault]] = []
        self._key: int = ordinal << KEY_BITS
        self._made: int = ordinal << KEY_BITS
        self._uncounted: int = 0  # frames sent that have no event, less events of no frame sent
        self.duplicated: int = 0
        self.dropped: int = 0
        self._free_at: int = 0  # when the last frame accepted will have left
        self._remainder: int = 0  # nanobits: how much later than `_free_at` that is exactly, times the rate
        self._not_before: int = 0  # no frame may arrive earlier, lest it overtake
        self.is_whole: bool = False
        self._arrived_before: int = 0
        self._far: Port | None = None
        self.properties = properties
        self._impairments: Impairments | None = None
        self._loss: Dice | None = None  # on the flat path
        self._is_eventful: bool = False  # somebody watches, or frames may be lost: more happens on the flat path
        self._delay: int = properties.delay
        self._ns_per_byte: int = 0
        self._plain_length: int = _NOTHING_IS_PLAIN
        self.join(near, far)

    # --- the way of a frame

    def send(self, frame: Frame) -> None:
        """Transmit `frame` as soon as those before it have left."""
        scheduler = self._scheduler
        now = scheduler.now
        length = frame.length
        if length > self._plain_length:
            self._send_with_care(frame, now)
            return
        departs = self._free_at
        if departs <= now:
            departs = now
        else:  # `DropTail.enter`, written out
            departures = self._departures
            while departures and departures[0] <= now:
                departures.popleft()
            if len(departures) >= self._queue.limit:
                self._refuse(frame, now, reasons.DROP_QUEUE)
                return
            departures.append(departs)
        leaves = departs + length * self._ns_per_byte
        self._free_at = leaves
        if self._is_eventful:
            if self._observer is not None:
                frame.is_shared = True
                self._observer.frame_sent(now, self._near_name, frame, departs)
            if self._loss is not None and self._loss.happens():
                self._uncounted += 1
                self._drop(frame, now, reasons.DROP_LOSS)
                return
        key = self._key + 1
        self._key = key
        arrives = leaves + self._delay
        if arrives < scheduler.horizon:
            heappush(scheduler.near, (arrives, key, self._arrive, frame))
        else:
            scheduler.put_far((arrives, key, self._arrive, frame))

    def _send_with_care(self, frame: Frame, now: int) -> None:
        departs = max(self._free_at, now)
        obstacle = self._obstacle(frame, departs, now)
        if obstacle:
            self._refuse(frame, now, obstacle)
            return
        self._uncounted += 1
        self._transmit(frame.length, departs)
        if self._observer is not None:
            frame.is_shared = True
            self._observer.frame_sent(now, self._near_name, frame, departs)
        self._carry(frame, now)

    def _obstacle(self, frame: Frame, departs: int, now: int) -> int:
        """Why `frame` cannot even be transmitted; 0 if it can, and has its place in the queue."""
        if not self.is_whole:
            return reasons.DROP_CUT
        header = _HEADER if frame.tag == NO_TAG else _TAGGED_HEADER
        if frame.length - header > self.properties.mtu:
            return reasons.DROP_MTU
        if departs > now and not self._queue.enter(departs, now):
            return reasons.DROP_QUEUE
        return reasons.NONE

    def _transmit(self, length: int, departs: int) -> None:
        """Occupy the wire; fractions of nanoseconds are kept, so that a busy wire carries exactly its rate."""
        nanobits = length * _NANOBITS_PER_BYTE
        if departs == self._free_at:
            nanobits += self._remainder
        duration, self._remainder = divmod(nanobits, self.properties.rate)
        self._free_at = departs + duration

    def _carry(self, frame: Frame, now: int) -> None:
        """Faults first, then chance, and what is left of `frame` travels."""
        late = 0
        copies = 0
        arriving = frame
        for fault in self._faults:
            if not fault.fires(frame):
                continue
            if self._observer is not None:
                self._observer.fault_fired(now, fault.name, frame)
            if fault.action is Action.DROP:
                self._drop(frame, now, reasons.DROP_FAULT)
                return
            if fault.action is Action.DELAY:
                late += fault.by
            elif fault.action is Action.DUPLICATE:
                copies += fault.copies
            else:
                arriving = with_bit_flipped(arriving, fault.byte, 1)
        chance = self._impairments
        if chance is not None:
            if chance.loss.happens():
                self._drop(frame, now, reasons.DROP_LOSS)
                return
            if chance.corruption.happens():
                arriving = chance.corrupt(arriving)
            if chance.reordering.happens():
                late += self.properties.reorder_by
            if chance.duplication.happens():
                copies += 1
        self._travel(arriving, late)
        for _ in range(copies):
            self._travel(self._copy(frame, now), late)

    def _travel(self, frame: Frame, late: int) -> None:
        arrives = self._free_at + self._delay
        chance = self._impairments
        if chance is not None:
            arrives += chance.lateness()
        if arrives < self._not_before:
            arrives = self._not_before
        self._not_before = arrives
        self._key += 1
        self._uncounted -= 1
        self._scheduler.at(arrives + late, self._key, self._arrive, frame)

    def _copy(self, frame: Frame, now: int) -> Frame:
        self._made += 1
        self.duplicated += 1
        copy = relayed(frame, self._made, reasons.DUPLICATED)
        if self._observer is not None:
            self._observer.frame_duplicated(now, self._near_name, copy)
        return copy

    def _refuse(self, frame: Frame, now: int, reason: int) -> None:
        self._uncounted += 1
        if self._observer is not None:
            self._observer.frame_sent(now, self._near_name, frame, now)
        self._drop(frame, now, reason)

    def _drop(self, frame: Frame, now: int, reason: int) -> None:
        self.dropped += 1
        if self._observer is not None:
            self._observer.frame_dropped(now, self._near_name, frame, reason)

    # --- its life

    @property
    def name(self) -> str:
        """client:eth0 > s1:p1."""
        return f"{self._near_name} > {self._far_name}"

    @property
    def sent(self) -> int:
        """Frames handed over; on the flat path the key of their events counts them."""
        return (self._key & _COUNTER) + self._uncounted

    @property
    def arrived(self) -> int:
        """Frames that reached the far end."""
        return self._arrived_before if self._far is None else self._arrived_before + self._far.arrived

    def waiting(self) -> int:
        """Frames that wait for the wire."""
        return self._queue.waiting(self._scheduler.now)

    def change(self, properties: Properties) -> None:
        """Frames handed over from now on meet these properties."""
        self._not_before = max(self._not_before, self._free_at + self._delay)
        self._remainder = 0
        self.properties = properties
        self._impairments = None
        self._delay = properties.delay
        self._queue.limit = properties.queue
        self._choose_path()

    def add_fault(self, fault: Fault) -> None:
        """Every frame is shown to `fault` from now on."""
        self._faults.append(fault)
        self._choose_path()

    def join(self, near: Port, far: Port) -> None:
        """Carry frames from `near` to `far` from now on."""
        self._arrived_before -= far.arrived
        self._near_name: str = near.name
        self._far_name: str = far.name
        self._far = far
        self._arrive: Callable[[Frame], None] = far.arrive
        self.is_whole = True
        self._choose_path()

    def interrupt(self) -> None:
        """Carry nothing any more; what is queued or under way is lost."""
        now = self._scheduler.now
        self._arrived_before = self.arrived
        self._far = None
        self.is_whole = False
        for frame in self._scheduler.withdraw(self.ordinal):
            self._drop(frame, now, reasons.DROP_CUT)
        self._queue.clear()
        self._free_at = now
        self._remainder = 0
        self._not_before = 0
        self._choose_path()

    def _choose_path(self) -> None:
        """Decide which frames may take the flat path: up to what length, or none."""
        chance = self._impairments
        if chance is None and not self.properties.is_perfect():
            self._impairments = chance = Impairments(self.properties, self._named_stream)
        self._loss = None if chance is None else chance.loss
        self._is_eventful = self._observer is not None or chance is not None
        self._ns_per_byte, uneven = divmod(_NANOBITS_PER_BYTE, self.properties.rate)
        can_be_flat = chance is None or chance.only_loses
        is_plain = self.is_whole and can_be_flat and not (self._faults or uneven or self._not_before)
        self._plain_length = self.properties.mtu + _HEADER if is_plain else _NOTHING_IS_PLAIN

    def _named_stream(self, purpose: str) -> Random:
        """The same stream each time, so that new properties go on drawing where the old ones stopped."""
        if purpose not in self._streams:
            self._streams[purpose] = self._stream(purpose)
        return self._streams[purpose]
