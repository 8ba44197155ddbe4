"""Which captured frame is which: what arrives is what was sent, and what a device forwards has a parent.

The kernel numbers no frames.  On a cable frames are told apart by their bytes, in order; a switch sends the very bytes
it received; a router's packet is known by what no router changes (and no address translation either).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from simnet import reasons
from simnet.devices.relay import relayed
from simnet.trace.network import Kind
from simnet.wire.frame import Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp

_REMEMBERED: Final = 20_000
"""Frames under way, and frames that arrived at one device, at most; older ones are forgotten."""

_FORWARDS_BYTES: Final = (Kind.SWITCH, Kind.HUB)
_FORWARDS_PACKETS: Final = (Kind.ROUTER, Kind.GATEWAY)


class _Received:
    """A frame that a device received and may forward: where, and by which ports it has left already."""

    __slots__ = ("frame", "port", "left_by")

    def __init__(self, frame: Frame, port: str) -> None:
        self.frame = frame
        self.port = port
        self.left_by: set[str] = set()


class Lineage:
    """Gives frames their `id` and `parent`.

    `kinds`: of each device.  `cables`: the port at the other end, both ways; `moved` changes it.
    """

    def __init__(self, kinds: dict[str, Kind], cables: dict[str, str]) -> None:
        self._kinds: Final = kinds
        self._cables: Final = dict(cables)
        self._count = 0
        self._flying: Final[OrderedDict[int, tuple[str, bytes, Frame]]] = OrderedDict()
        self._by_bytes: Final[dict[bytes, list[int]]] = {}
        self._received: Final[dict[str, OrderedDict[object, list[_Received]]]] = {}

    def sent(self, port: str, frame: Frame, data: bytes) -> None:
        """`port` sent `frame`, whose bytes are `data`."""
        frame.id = self._next_id()
        frame.parent = self._parent(port, frame, data)
        self._take_off(port, frame, data)

    def arrived(self, port: str, frame: Frame, data: bytes) -> Frame:
        """The frame that arrived at `port`: as it was sent, or with its id if it was changed on the way."""
        number = self._find(self._cables.get(port, ""), data)
        if number:
            frame = self._land(number)
        else:
            frame.id = self._find_changed(self._cables.get(port, ""), frame.length) or self._next_id()
        self._remember(port, frame, data)
        return frame

    def dropped(self, port: str, data: bytes) -> Frame | None:
        """The frame with these bytes that `port` sent will not arrive."""
        number = self._find(port, data)
        return self._land(number) if number else None

    def duplicated(self, port: str, data: bytes) -> Frame | None:
        """The copy that was made of the frame with these bytes that `port` sent."""
        number = self._find(port, data)
        if not number:
            return None
        copy = relayed(self._flying[number][2], self._next_id(), reasons.DUPLICATED)
        self._take_off(port, copy, data)
        return copy

    def seen(self, data: bytes) -> Frame | None:
        """The frame under way with these bytes."""
        numbers = self._by_bytes.get(data)
        return self._flying[numbers[0]][2] if numbers else None

    def moved(self, old: str, new: str) -> None:
        """The cable that was plugged into `old` is now in `new`."""
        far = self._cables.pop(old, "")
        if far:
            self._cables[far] = new
            self._cables[new] = far

    def _next_id(self) -> int:
        self._count += 1
        return self._count

    # --- on the cable

    def _take_off(self, port: str, frame: Frame, data: bytes) -> None:
        self._flying[frame.id] = (port, data, frame)
        self._by_bytes.setdefault(data, []).append(frame.id)
        if len(self._flying) > _REMEMBERED:
            self._land(next(iter(self._flying)))

    def _land(self, number: int) -> Frame:
        _, data, frame = self._flying.pop(number)
        others = self._by_bytes[data]
        others.remove(number)
        if not others:
            del self._by_bytes[data]
        return frame

    def _find(self, sender: str, data: bytes) -> int:
        """The first frame under way with these bytes that `sender` sent; 0 if there is none."""
        for number in self._by_bytes.get(data, ()):
            if self._flying[number][0] == sender:
                return number
        return 0

    def _find_changed(self, sender: str, length: int) -> int:
        """The first frame under way from `sender` of this length: the one that was corrupted on the way."""
        for number, (port, _, frame) in self._flying.items():
            if port == sender and frame.length == length:
                self._land(number)
                return number
        return 0

    # --- in the device

    def _remember(self, port: str, frame: Frame, data: bytes) -> None:
        device = port.partition(":")[0]
        kind = self._kinds.get(device)
        key = data if kind in _FORWARDS_BYTES else _packet_key(frame, 1) if kind in _FORWARDS_PACKETS else None
        if key is None:
            return
        received = self._received.setdefault(device, OrderedDict())
        received.setdefault(key, []).append(_Received(frame, port))
        if len(received) > _REMEMBERED:
            received.popitem(last=False)

    def _parent(self, port: str, frame: Frame, data: bytes) -> int:
        """The id of the received frame that `frame` is a forwarded copy of; 0 for the device's own."""
        device = port.partition(":")[0]
        received = self._received.get(device)
        if received is None:
            return 0
        key = data if self._kinds.get(device) in _FORWARDS_BYTES else _packet_key(frame, 0)
        for candidate in received.get(key, ()):
            if candidate.port != port and port not in candidate.left_by:
                candidate.left_by.add(port)
                return candidate.frame.id
        return 0


def _packet_key(frame: Frame, hops: int) -> object:
    """What stays of a packet that is routed and translated; None for what is not routed.  Its TTL falls by `hops`."""
    packet = frame.payload
    if not isinstance(packet, Ipv4):
        return None
    return packet.protocol, packet.identification, packet.ttl - hops, packet.fragment, packet.length, _message(packet)


def _message(packet: Ipv4) -> object:
    message = packet.payload
    if isinstance(message, Tcp):
        return message.seq, message.ack, message.flags, message.data
    if isinstance(message, Udp):
        return message.data
    if isinstance(message, Icmp):
        return message.type, message.code, message.rest & 0xFFFF
    return None
