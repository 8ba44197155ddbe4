"""What happens beside the frames: state changes at a device, cut links, fired faults, notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from simnet.trace.events import Event, FaultFired, LinkChanged, Note, StateChanged
from simnet.views.hops import Fate, Hop


class StateMoment(Struct, frozen=True):
    """A TCP connection of `device` entered `state`; `text` also names the connection if the device has several.

    `connection` is empty for a listener, which has no peer.
    """

    time: int
    order: int
    device: str
    connection: str
    state: str
    text: str


class Remark(Struct, frozen=True):
    """Something for the whole network to know."""

    time: int
    order: int
    text: str


def states(events: Iterable[Event]) -> list[StateMoment]:
    """All state changes, in order."""
    changes = [(order, event) for order, event in enumerate(events) if isinstance(event, StateChanged)]
    connections: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for _, event in changes:
        if _port_of(event.connection):
            connections[event.device][event.connection] = None
    moments = []
    for order, event in changes:
        connection = event.connection if _port_of(event.connection) else ""
        several = len(connections[event.device]) > 1 and event.connection in connections[event.device]
        text = f"{event.new} :{_port_of(event.connection)}" if several else event.new
        moments.append(StateMoment(event.time, order, event.device, connection, event.new, text))
    return moments


def _port_of(connection: str) -> str:
    """The ephemeral port of "a:40000 > b:80", which tells a server's connections apart; empty for a listener."""
    ports = [end.rpartition(":")[2] for end in connection.split(" > ")]
    numbers = [int(port) for port in ports if port.isdigit()]
    return str(max(numbers)) if len(numbers) == 2 else ""


def remarks(events: Iterable[Event]) -> list[Remark]:
    """Links that changed, faults that fired, notes."""
    found = []
    for order, event in enumerate(events):
        if isinstance(event, LinkChanged):
            found.append(Remark(event.time, order, f"link {event.link}: {event.change}"))
        elif isinstance(event, FaultFired):
            found.append(Remark(event.time, order, f"fault: {event.fault}"))
        elif isinstance(event, Note):
            where = f"{event.device}: " if event.device else ""
            found.append(Remark(event.time, order, where + event.text))
    return found


class Touches:
    """Finds for a state change the arrow that brought it about or that it brought about.

    Each end of an arrow takes one state at most: an arrival comes before the change, a departure goes with it.
    """

    def __init__(self, hops: Iterable[Hop]) -> None:
        self._arrivals: defaultdict[tuple[str, int], list[Hop]] = defaultdict(list)
        self._departures: defaultdict[tuple[str, int], list[Hop]] = defaultdict(list)
        for hop in hops:
            self._departures[hop.source, hop.sent].append(hop)
            if hop.fate is Fate.ARRIVED:
                self._arrivals[hop.target, hop.ended].append(hop)

    def arrival(self, moment: StateMoment) -> Hop | None:
        """The arrow that ended where and when the state changed, and just before."""
        waiting = self._arrivals.get((moment.device, moment.time), [])
        before = [hop for hop in waiting if hop.end_order < moment.order]
        if not before:
            return None
        waiting.remove(before[-1])
        return before[-1]

    def departure(self, moment: StateMoment) -> Hop | None:
        """The arrow that began where and when the state changed."""
        waiting = self._departures.get((moment.device, moment.time), [])
        return waiting.pop(0) if waiting else None
