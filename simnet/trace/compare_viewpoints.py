"""From where two traces are compared: port by port where both know the ports, else each as one capture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from msgspec import Struct

from simnet.errors import SimnetError, TraceError
from simnet.trace.capture import ONLY_IN_PART, WITHOUT_ETHERNET
from simnet.trace.compare_connections import initial_numbers
from simnet.trace.compare_names import Names
from simnet.trace.compare_reading import FrameReader
from simnet.trace.compare_sighting import ARRIVED, SENT, UNKNOWN, Sighting
from simnet.trace.events import Event, FrameArrived, FrameSent, Note
from simnet.trace.labels import Inference
from simnet.trace.network import NetworkMap
from simnet.trace.trace import Trace
from simnet.wire.addresses import NO_MAC, AddressError, is_group_mac, mac_text, parse_mac
from simnet.wire.frame import Frame

_PORTS_NAMED: Final = 12
_WHOLE: Final = "whole capture"


class Seen(Struct, frozen=True):
    """A frame event, its place in the trace, and the number that `simnet show` gives its frame."""

    order: int
    number: int
    event: FrameSent | FrameArrived


class Side:
    """All that one trace saw, as far as it can be read.

    `remarks`: what it does not hold, in sentences.  `has_headers`: were Ethernet headers captured?  `damage`: why the
    trace ends early, if it does.
    """

    def __init__(self, trace: Trace, keep: Callable[[Frame], bool]) -> None:
        self.trace: Final = trace
        self.remarks: Final[list[str]] = []
        self.damage: TraceError | None = None
        self.seen: Final = list(_numbered(self._readable(), keep))
        self.has_headers: Final = not any(WITHOUT_ETHERNET in remark for remark in self.remarks)
        self.ports: Final = list(dict.fromkeys(each.event.port for each in self.seen))
        self.tells_ways: Final = any(isinstance(each.event, FrameArrived) for each in self.seen)
        mapped = [port.name for device in trace.network.devices for port in device.ports]
        self.known: Final = list(dict.fromkeys([*self.ports, *mapped]))

    def _readable(self) -> Iterator[Event]:
        """The events up to the first damage; notes of the capture itself are remembered."""
        try:
            for event in self.trace:
                if isinstance(event, Note) and event.text.startswith((WITHOUT_ETHERNET, ONLY_IN_PART)):
                    self.remarks.append(f"{self.trace.name}: {event.text}")
                yield event
        except TraceError as error:
            self.damage = error

    @property
    def is_one_capture(self) -> bool:
        return len(self.known) == 1

    def whole(self) -> list[Seen]:
        """Every frame once: where it was first sent."""
        if self.is_one_capture:
            return self.seen
        return [each for each in self.seen if isinstance(each.event, FrameSent) and not each.event.frame.parent]

    def at(self, port: str) -> list[Seen]:
        """What `port` saw; all of a trace that is one capture, whatever its interface is called."""
        if self.is_one_capture:
            return self.seen
        if port not in self.known and not port.endswith(":lo"):
            raise SimnetError(f"{self.trace.name}: expected a port of the trace, {self._nearest(port)}")
        return [each for each in self.seen if each.event.port == port]

    def _nearest(self, port: str) -> str:
        near = get_close_matches(port, self.known, 1)
        if near:
            return f'found "{port}"; did you mean "{near[0]}"?'
        some = ", ".join(self.known[:_PORTS_NAMED]) + (", …" if len(self.known) > _PORTS_NAMED else "")
        return f'found "{port}"; the ports are {some}'


class Views(Struct, frozen=True):
    """The frames of both sides by place, and where they were looked at from, in words."""

    a: dict[str, list[Seen]]
    b: dict[str, list[Seen]]
    words: str
    tells_ways: bool


def views(a: Side, b: Side, at: Sequence[str]) -> Views:
    """The viewpoints of a comparison; `at` names those wanted, if any."""
    tells_ways = a.tells_ways and b.tells_ways
    if at:
        places = {port: (a.at(port), b.at(port)) for port in at}
        words = ", ".join(at)
    elif set(a.known) & set(b.known) or a.is_one_capture and b.is_one_capture:
        places, words = _shared_ports(a, b)
    else:
        return Views({_WHOLE: a.whole()}, {_WHOLE: b.whole()}, "each frame once, where it was first seen", False)
    here = {port: pair[0] for port, pair in places.items()}
    return Views(here, {port: pair[1] for port, pair in places.items()}, words, tells_ways)


def _shared_ports(a: Side, b: Side) -> tuple[dict[str, tuple[list[Seen], list[Seen]]], str]:
    """Every port of both, or the only one that a side has."""
    for side in (a, b):
        if side.is_one_capture:
            port = side.known[0]
            return {port: (a.at(port), b.at(port))}, port
    split = _by_port(a), _by_port(b)
    ports = list(dict.fromkeys([*split[0], *split[1]]))
    places = {port: (split[0].get(port, []), split[1].get(port, [])) for port in ports}
    return places, f"{len(ports)} ports"


def _by_port(side: Side) -> dict[str, list[Seen]]:
    split: dict[str, list[Seen]] = defaultdict(list)
    for each in side.seen:
        split[each.event.port].append(each)
    return split


def _numbered(trace: Iterable[Event], keep: Callable[[Frame], bool]) -> Iterable[Seen]:
    """The frame events with numbers: an arrival has that of its sending where it was seen sent."""
    number = 0
    under_way: dict[int, list[int]] = {}
    for order, event in enumerate(trace):
        if not isinstance(event, (FrameSent, FrameArrived)):
            continue
        numbers = under_way.get(event.frame.id)
        if isinstance(event, FrameArrived) and numbers:
            found = numbers.pop(0)
        else:
            number += 1
            found = number
            if isinstance(event, FrameSent) and event.frame.id:
                under_way.setdefault(event.frame.id, []).append(number)
        if keep(event.frame):
            yield Seen(order, found, event)


def sightings(
    places: dict[str, list[Seen]],
    others: dict[str, list[Seen]],
    stations: dict[int, str],
    strict: frozenset[str],
    *,
    tells_ways: bool,
    has_headers: bool,
) -> dict[str, list[Sighting]]:
    """The frames at each place, with their fields; `others`: what the other trace saw there."""
    start = start_of(places)
    found: dict[str, list[Sighting]] = {}
    for place, seen in places.items():
        starts = initial_numbers(each.event.frame for each in others.get(place, ()))
        known = stations or _shared_stations(seen, others.get(place, ()))
        reader = FrameReader(Names(known, strict), strict, starts=starts, has_headers=has_headers)
        inference = Inference()
        found[place] = []
        for each in seen:
            way = (ARRIVED if isinstance(each.event, FrameArrived) else SENT) if tells_ways else UNKNOWN
            sighting = Sighting(each.number, each.order, each.event.time - start, place, way, each.event.frame)
            reader.read(sighting)
            sighting.label = inference.label(each.event)
            found[place].append(sighting)
    return found


def _shared_stations(seen: Sequence[Seen], others: Sequence[Seen]) -> dict[int, str]:
    """The MAC addresses, if both traces show the same, or one of them no others: then they are the same stations."""
    here, there = _macs(seen), _macs(others)
    return {mac: mac_text(mac) for mac in here | there} if here <= there or there <= here else {}


def _macs(seen: Sequence[Seen]) -> set[int]:
    macs = {mac for each in seen for mac in (each.event.frame.src, each.event.frame.dst)}
    return {mac for mac in macs if mac != NO_MAC and not is_group_mac(mac)}


def start_of(places: dict[str, list[Seen]]) -> int:
    """When the first frame was seen: times are counted from there."""
    return min((seen[0].event.time for seen in places.values() if seen), default=0)


def stations_of(network: NetworkMap) -> dict[int, str]:
    """The port behind each MAC address that a map knows."""
    stations: dict[int, str] = {}
    for device in network.devices:
        for port in device.ports:
            try:
                if port.mac:
                    stations[parse_mac(port.mac)] = port.name
            except AddressError:
                continue  # a map read from a file may say anything
    return stations
