"""Hops: each crossing of a link by a frame, put together from the events that tell of its two ends.

A trace that knows its network gives hops between devices; a capture of unknown origin sees each frame once and gives
hops between addresses.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, Protocol

from msgspec import Struct

from simnet import reasons
from simnet.trace.events import Event, FrameArrived, FrameDiscarded, FrameDropped, FrameDuplicated, FrameSent
from simnet.trace.network import NetworkMap
from simnet.wire.addresses import BROADCAST_MAC, ip_text, mac_text
from simnet.wire.arp import Arp
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import Ipv4

FrameEvent = FrameSent | FrameArrived | FrameDropped | FrameDuplicated | FrameDiscarded


class Observed(Protocol):
    """What a view needs of a trace."""

    @property
    def network(self) -> NetworkMap:
        """The devices and links; empty when unknown."""

    def __iter__(self) -> Iterator[Event]:
        """What happened, in order of time."""


class Lanes(Enum):
    """What gets a lane."""

    AUTO = "auto"
    """Every device if the room allows, else end points."""
    HOPS = "hops"
    ENDS = "ends"


class Fate(Enum):
    """What became of a frame on a link."""

    ARRIVED = "arrived"
    LOST = "lost"
    UNSEEN = "unseen"
    """Still on its way when the trace ended, or the trace does not tell."""


class Hop(Struct, eq=False):
    """`frame` went from device `source` to device `target` (empty when unknown).

    `sent`: handed to the port; `departs`: its first bit leaves; `ended`: when it arrived or was lost.  `lost`: the
    reason if it was; `discarded`: why the target took it no further, if it did not.  `order`: the place of its
    beginning among the trace's events, `end_order` that of its end.  `parent`: id of the frame this one is a forwarded
    copy of, found by its arrival where the trace does not tell.
    """

    frame: Frame
    source: str
    target: str
    sent: int
    departs: int
    ended: int
    fate: Fate = Fate.UNSEEN
    lost: int = reasons.NONE
    discarded: int = reasons.NONE
    order: int = 0
    end_order: int = 0
    parent: int = 0

    @property
    def is_copy(self) -> bool:
        """Did the link make this frame by doubling another?"""
        return self.frame.reason == reasons.DUPLICATED


_PASSED_ON: Final = frozenset(
    (reasons.FORWARDED, reasons.FLOODED, reasons.SWITCHED, reasons.REPEATED, reasons.TRANSLATED)
)
UNHEARD: Final = (reasons.NOT_FOR_THIS_MAC, reasons.SAME_PORT)
"""Reasons of discarding that are daily business: every host on a hub ignores the frames of others."""


def stays(hop: Hop) -> bool:
    """Did the device speak to itself?"""
    return hop.source == hop.target


def ends_ill(hop: Hop) -> str:
    """Why the frame's way ended before it should; empty if it did not."""
    if hop.fate is Fate.LOST:
        return reasons.text(hop.lost)
    if hop.discarded != reasons.NONE and hop.discarded not in UNHEARD:
        return reasons.text(hop.discarded)
    return ""


def device_of(port: str) -> str:
    """The device in "client:eth0"."""
    return port.rpartition(":")[0] or port


def everything(_frame: Frame) -> bool:
    """The filter that lets all frames pass."""
    return True


def collect(trace: Observed, network: NetworkMap, keep: Callable[[Frame], bool] = everything) -> list[Hop]:
    """All hops of frames that `keep` lets pass, in the order in which they began."""
    joiner = _Joiner(network)
    for order, event in enumerate(trace):
        if isinstance(event, FrameEvent) and keep(event.frame):
            joiner.take(event, order)
    return joiner.hops


class _Joiner:
    """Finds for each end of a hop the beginning it belongs to."""

    def __init__(self, network: NetworkMap) -> None:
        self.hops: list[Hop] = []
        self._peers = {end: other for link in network.links for end, other in ((link.a, link.b), (link.b, link.a))}
        self._devices = {device.name for device in network.devices}
        self._under_way: defaultdict[tuple[int, str], deque[Hop]] = defaultdict(deque)
        self._open: defaultdict[int, list[tuple[str, Hop]]] = defaultdict(list)
        self._arrived: dict[tuple[int, str], Hop] = {}
        self._latest: dict[tuple[str, int], int] = {}
        self._names = _address_names(network)

    def take(self, event: FrameEvent, order: int) -> None:
        """Opens a hop, or ends one; `order` is the event's place in the trace."""
        if isinstance(event, FrameSent):
            self._begin(event, event.departs, order)
        elif isinstance(event, FrameDuplicated):
            self._begin(event, event.time, order)
        elif isinstance(event, FrameDropped):
            hop = self._ended(event.frame, event.port)
            if hop is not None:
                hop.ended, hop.fate, hop.lost, hop.end_order = event.time, Fate.LOST, event.reason, order
        elif isinstance(event, FrameArrived):
            self._arrive(event, order)
        else:
            arrived = self._arrived.get((event.frame.id, event.port))
            if arrived is not None:
                arrived.discarded = event.reason

    def _begin(self, event: FrameSent | FrameDuplicated, departs: int, order: int) -> None:
        source, target = device_of(event.port), device_of(self._peers.get(event.port, ""))
        if source not in self._devices:
            source, target = self._addressed(event.frame)
        parent = event.frame.parent
        if not parent and event.frame.reason in _PASSED_ON:
            parent = self._latest.get((source, event.time), 0)
        hop = Hop(event.frame, source, target, event.time, departs, departs, order=order, end_order=order)
        hop.parent = parent
        self.hops.append(hop)
        self._under_way[event.frame.id, event.port].append(hop)
        self._open[event.frame.id].append((event.port, hop))

    def _arrive(self, event: FrameArrived, order: int) -> None:
        target = device_of(event.port)
        hop = self._ended(event.frame, self._peers.get(event.port, "")) or self._strayed(event.frame, target)
        if hop is None:
            source = device_of(self._peers.get(event.port, ""))
            if target not in self._devices or not source:
                source, target = self._addressed(event.frame)
            hop = Hop(event.frame, source, target, event.time, event.time, event.time, order=order)
            self.hops.append(hop)
        elif target in self._devices:
            hop.target = target
        hop.ended, hop.fate, hop.end_order = event.time, Fate.ARRIVED, order
        self._arrived[event.frame.id, event.port] = hop
        self._latest[target, event.time] = event.frame.id

    def _ended(self, frame: Frame, port: str) -> Hop | None:
        waiting = self._under_way.get((frame.id, port))
        if not waiting:
            return None
        hop = waiting[0]
        self._end(frame.id, port, hop)
        return hop

    def _strayed(self, frame: Frame, target: str) -> Hop | None:
        """The hop that ended here although the map shows no such link: the cable was moved."""
        for port, hop in self._open.get(frame.id, []) if frame.id else []:
            if hop.target in ("", target):
                self._end(frame.id, port, hop)
                return hop
        return None

    def _end(self, id: int, port: str, hop: Hop) -> None:
        """`hop`, which frame `id` began at `port`, is under way no more."""
        self._under_way[id, port].remove(hop)
        self._open[id].remove((port, hop))
        if not self._under_way[id, port]:
            del self._under_way[id, port]
        if not self._open[id]:
            del self._open[id]

    def _addressed(self, frame: Frame) -> tuple[str, str]:
        source, target = ends_of(frame)
        return self._names.get(source, source), self._names.get(target, target)


def ends_of(frame: Frame) -> tuple[str, str]:
    """Who speaks to whom, as addresses: of IP where there is one, else of Ethernet."""
    payload = frame.payload
    if isinstance(payload, Ipv4):
        return ip_text(payload.src), ip_text(payload.dst)
    if isinstance(payload, Arp):
        target = "everyone" if frame.dst == BROADCAST_MAC else ip_text(payload.target_ip)
        return ip_text(payload.sender_ip), target
    if frame.ethertype < 0:
        return "?", "?"
    return mac_text(frame.src), "everyone" if frame.dst == BROADCAST_MAC else mac_text(frame.dst)


def _address_names(network: NetworkMap) -> dict[str, str]:
    names: dict[str, str] = {}
    for device in network.devices:
        for port in device.ports:
            names |= {address.partition("/")[0]: device.name for address in port.addresses}
    return names
