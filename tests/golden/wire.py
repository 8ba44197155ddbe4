"""The wire of the recordings: a forwarder between two hosts with a fixed delay, and decisions about single frames.

What it did to which frame is in the recorded events ("wire DROP A>B frame 3: …", counted per direction from 1); it
does the same again to the frame that carries the same, for the same time, whatever came in between: in bulk data
repeated segments and new ones may change places.  The queue in front of a limited rate drops again what it dropped
then; of frames that carry what no recorded one did it drops those that find it full, by the recorder's rules: a frame
counts as queued until it arrives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.engine.scheduler import KEY_BITS, Scheduler
from simnet.wire import ethernet
from simnet.wire.frame import Frame
from tests.golden.captures import Capture, Event, nanoseconds
from tests.golden.journeys import (
    SAME_TIME,
    Journey,
    Name,
    Names,
    name_of,
    recorded_arrivals,
    recorded_journeys,
    recorded_names,
)

_DECISION = re.compile(r"wire (DROP|QUEUE DROP|DUP|CORRUPT|HOLD|DELAY) ([AB]>[AB]) frame (\d+)(?: by ([\d.e-]+)s)?")
_FORWARDING_TIME = 200_000
_USUAL_FORWARDING_TIME = 35_000
_FRAME_TIME = 6_000
"""How long the forwarder is busy with one frame: the median of all recordings, 4 to 10 us."""

_ORDINAL = 1 << 17
"""Apart from devices, their `lo`, and links."""


class Decision(Struct, frozen=True):
    """What happens to one frame; `time` is how long it is delayed or held."""

    action: str
    time: int = 0


class Decisions(Struct, frozen=True):
    """By direction ("A>B") and name of the frame.  `holds`: direction, first frame and duration of a stall.

    `passed`: frames that no full queue dropped.  `journeys`: when frames left and arrived, where both ends were
    recorded and nothing was decided about them.  `arrivals`: when frames arrived, where nothing was decided about any.
    """

    frames: Mapping[tuple[str, Name], Decision]
    passed: frozenset[tuple[str, Name]]
    holds: Mapping[str, tuple[Name, int]]
    journeys: Mapping[tuple[str, Name], Journey]
    arrivals: Mapping[tuple[str, Name], int]
    least: int
    """How long every frame is under way at least."""


def recorded_decisions(capture: Capture) -> Decisions:
    """What the wire did in `capture`."""
    names = {way: recorded_names(capture, way) for way in ("A>B", "B>A")}
    frames: dict[tuple[str, Name], Decision] = {}
    holds: dict[str, tuple[Name, int]] = {}
    for event in capture.events:
        found = _DECISION.match(event.call)
        if found is None:
            continue
        action, way, number, delay = found[1], found[2], int(found[3]), float(found[4] or 0)
        name = names[way][number - 1]
        if action == "HOLD":
            holds.setdefault(way, (name, _stall(capture, event, way, number)))
        else:
            frames[way, name] = Decision(action, nanoseconds(delay))
    journeys: dict[tuple[str, Name], Journey] = {}
    arrivals: dict[tuple[str, Name], int] = {}
    for way in ("A>B", "B>A"):
        if not capture.wire["rate_bit_s"]:
            measured = zip(names[way], recorded_journeys(capture, way), strict=True)
            journeys |= {(way, name): times for name, times in measured if times and (way, name) not in frames}
        if not any(place[0] == way for place in frames) and way not in holds:
            arrivals |= {(way, name): time for name, time in recorded_arrivals(capture, way)}
    passed = {(way, name) for way in names for name in names[way]} - {
        place for place, decision in frames.items() if decision.action == "QUEUE DROP"
    }
    least = nanoseconds(capture.wire["one_way_delay_s"])
    return Decisions(frames, frozenset(passed), holds, journeys, arrivals, least)


def _stall(capture: Capture, event: Event, way: str, number: int) -> int:
    """How long the stall lasted that began with frame `number`, to the 10 ms the scripts are written in."""
    far = f"{way[-1]}:eth0"
    arrivals = [frame["t"] for frame in capture.frames if frame["if"] == far and frame["dir"] == "in"]
    released = nanoseconds(arrivals[number - 1]) - nanoseconds(capture.wire["one_way_delay_s"])
    return round((released - event.end) / 1e7) * 10_000_000


def _measured_delay(capture: Capture) -> int:
    """The delay as it was: what was asked for, and what the forwarder took, by the first frame from A to B."""
    asked = nanoseconds(capture.wire["one_way_delay_s"])
    sent = [frame for frame in capture.frames if (frame["if"], frame["dir"]) == ("A:eth0", "out")]
    arrived = [frame for frame in capture.frames if (frame["if"], frame["dir"]) == ("B:eth0", "in")]
    if sent and arrived and sent[0].get("ip") == arrived[0].get("ip"):
        took = nanoseconds(arrived[0]["t"] - sent[0]["t"])
        if asked <= took < asked + _FORWARDING_TIME:
            return took
    return asked + _USUAL_FORWARDING_TIME


class Wire:
    """Carries frames between the ports of A and B, both directions alike."""

    def __init__(
        self,
        capture: Capture,
        decisions: Decisions,
        a: Port,
        b: Port,
        scheduler: Scheduler,
        observer: Observer,
        origin: int,
    ) -> None:
        settings = capture.wire
        delay = _measured_delay(capture)
        rate = settings["rate_bit_s"]
        queue = settings["queue_frames"]
        ways = [("A>B", "W:w0", "W:w1", b), ("B>A", "W:w1", "W:w0", a)]
        self.ways = [
            Way(name, number, near, far, port, delay, rate, queue, decisions, scheduler, observer, origin)
            for number, (name, near, far, port) in enumerate(ways)
        ]
        for port, way, other in zip((a, b), self.ways, self.ways[::-1], strict=True):
            way.other = other
            port.plug(way.send)
            port.change_carrier(True)
            way.from_port = port.name


class Way:
    """One direction of the wire.  `near`, `far`: its interfaces; `heard`: the frames that came in.

    `is_lost(frame)` takes the place of the recorded decisions where it is given.  `isns`: where each port's numbers
    begin; `other`: the direction back.
    """

    def __init__(
        self,
        name: str,
        number: int,
        near: str,
        far: str,
        port: Port,
        delay: int,
        rate: float | None,
        queue: int | None,
        decisions: Decisions,
        scheduler: Scheduler,
        observer: Observer,
        origin: int,
    ) -> None:
        self.from_port = ""
        self.heard: list[Frame] = []
        self.is_lost: Callable[[Frame], bool] | None = None
        self.isns: dict[int, int] = {}
        self.other = self
        self._names = Names()
        self._name_of_way = name
        self._near = near
        self._far = far
        self._port = port
        self._delay = delay
        self._rate = rate
        self._queue = queue
        self._decisions = decisions
        self._scheduler = scheduler
        self._observer = observer
        self._origin = origin
        self._key = _ORDINAL + number << KEY_BITS
        self._free_at = 0
        self._held_until = 0
        self._last_at = 0
        self._arrivals = {each: time for (way, each), time in decisions.arrivals.items() if way == name}
        self._arrived_at = 0
        self._queued = 0

    def send(self, frame: Frame) -> None:
        """The port's call: `frame` is transmitted."""
        now = self._scheduler.now
        self._observer.frame_sent(now, self.from_port, frame, now)
        self._observer.frame_arrived(now, self._near, frame)
        self.heard.append(frame)
        for piece, leaves, delay, arrives in self._handled(frame, now):
            self._enter(piece, leaves, delay, arrives)

    def inject(self, frame: Frame) -> None:
        """A frame that nobody sent comes out of the far end."""
        self._arrive(frame)

    def _handled(self, frame: Frame, now: int) -> Iterable[tuple[Frame, int, int, int]]:
        """What is left of `frame` after the decision about it, when each piece sets out, how long it is under way.

        And when the recorded one arrived, 0 if that is not known.
        """
        name = name_of(frame, self._names, self.isns, self.other.isns)
        decision = self._decisions.frames.get((self._name_of_way, name), Decision("PASS"))
        first, duration = self._decisions.holds.get(self._name_of_way, ((), 0))
        if name == first:
            self._held_until = now + duration
        is_refused = self._is_full() and (self._name_of_way, name) not in self._decisions.passed
        if is_refused or decision.action == "QUEUE DROP":
            return []
        if decision.action == "DROP" if self.is_lost is None else self.is_lost(frame):
            return []
        if decision.action == "CORRUPT":
            data = ethernet.pack(frame)
            frame = ethernet.parse(data[:-1] + bytes([data[-1] ^ 0xFF]))
        leaves = max(now, self._held_until) + decision.time
        left, arrived = self._decisions.journeys.get((self._name_of_way, name), (0, self._delay))
        if decision.action == "DELAY":
            delay = self._delay
        else:  # it comes after the one before it, whatever was decided about that
            if left and abs(now - self._origin - left) < SAME_TIME:
                self._last_at = max(self._origin + arrived, self._last_at + 1)
            else:
                self._last_at = max(leaves + arrived - left, self._last_at + _FRAME_TIME)
            delay = self._last_at - leaves
        arrives = self._arrivals.get(name, 0)
        pieces = [(frame, leaves, delay, arrives)]
        return pieces * 2 if decision.action == "DUP" else pieces

    def _is_full(self) -> bool:
        return self._rate is not None and self._queue is not None and self._queued >= self._queue

    def _enter(self, frame: Frame, leaves: int, delay: int, arrives: int) -> None:
        """After the frames before it; how late the forwarder is shows in when the recorded one arrived."""
        if self._rate is not None:
            leaves = max(leaves, self._free_at) + int(frame.length * 8e9 / self._rate)
            self._free_at = leaves
        at = leaves + delay
        if self._arrivals:
            if 0 <= self._origin + arrives - leaves - self._decisions.least < SAME_TIME:
                at = self._origin + arrives
            self._arrived_at = at = max(at, self._arrived_at)  # none overtakes another
        self._queued += 1
        self._key += 1
        self._scheduler.at(at, self._key, self._leave, frame)

    def _leave(self, frame: Frame) -> None:
        self._queued -= 1
        self._arrive(frame)

    def _arrive(self, frame: Frame) -> None:
        now = self._scheduler.now
        self._observer.frame_sent(now, self._far, frame, now)
        self._port.arrive(frame)
