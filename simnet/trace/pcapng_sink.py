"""Writes pcapng: nanoseconds, one interface per port, and on every packet a comment that says why.

https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcapng/.  The file holds each port's own view: what it sent is
outbound, what arrived is inbound, and a frame keeps its id (epb_packetid) from port to port.  Everything written
is a function of the trace alone, so equal traces make equal files.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from simnet import reasons
from simnet.trace.capture import DISCARDED, DROPPED, FAULT, INBOUND, OUTBOUND, QUEUED, why
from simnet.trace.events import Event, FaultFired, FrameArrived, FrameDiscarded, FrameDropped, FrameSent, Note
from simnet.trace.heading import Heading
from simnet.trace.link_types import ETHERNET
from simnet.trace.network import NetworkMap, PortEntry
from simnet.trace.pcapng_blocks import (
    APPLICATION,
    BYTE_ORDER,
    COMMENT,
    INTERFACE,
    INTERFACE_IPV4,
    INTERFACE_MAC,
    INTERFACE_NAME,
    INTERFACE_RESOLUTION,
    INTERFACE_SPEED,
    NAME_IPV4,
    NAME_IPV6,
    NAMES,
    NANOSECONDS,
    PACKET,
    PACKET_FLAGS,
    PACKET_ID,
    SECTION,
    SECTION_APPLICATION,
    STATISTICS,
    STATISTICS_DROPPED,
)
from simnet.units import format_time
from simnet.wire import ethernet
from simnet.wire.addresses import IPV6, AddressError, is_ipv6, parse_interface, parse_mac
from simnet.wire.frame import Frame

_LONGEST_OPTION: Final = 60_000
_U64: Final = 0xFFFF_FFFF_FFFF_FFFF
_PADDING: Final = (b"", b"\0\0\0", b"\0\0", b"\0")
_PACKET_HEAD: Final = struct.Struct("<IIIIIII")
_PACKET_TAIL: Final = struct.Struct("<HHIHHQII")
"""The two options that every packet has, the end of its options, and the block's size again."""
_PACKET_SIZE: Final = _PACKET_HEAD.size + _PACKET_TAIL.size
_SIZE: Final = struct.Struct("<I")


class PcapngSink:
    """Writes frames sent and arrived to `stream` as packets.

    The last packet stays open until the next one, for what happens to it at once (dropped, discarded, a fault)
    becomes a comment on it.  A frame that is lost later, in flight on a link that is cut, is only counted: the
    statistics at the end tell of every drop.
    """

    def __init__(self, stream: BinaryIO, heading: Heading) -> None:
        self._write = stream.write
        self._flush = stream.flush
        self._epoch = heading.epoch_ns
        self._ports = {port.name: port for device in heading.network.devices for port in device.ports}
        self._speeds = {end: link.rate for link in heading.network.links for end in (link.a, link.b)}
        self._interfaces: dict[str, int] = {}
        self._drops: dict[str, dict[int, int]] = {}
        self._whys: dict[int, bytes] = {reasons.NONE: b""}
        self._frame: Frame | None = None
        self._port = ""
        self._time = 0
        self._direction = 0
        self._remarks = b""
        self._write(_section(heading))
        self._write(_names(heading.network))

    def put(self, event: Event) -> None:
        if isinstance(event, FrameSent):
            self._open_packet(event, OUTBOUND)
            if event.departs > event.time:
                self._remarks = _comment(QUEUED + format_time(event.departs - event.time))
        elif isinstance(event, FrameArrived):
            self._open_packet(event, INBOUND)
        elif isinstance(event, FrameDropped):
            drops = self._drops.setdefault(event.port, {})
            drops[event.reason] = drops.get(event.reason, 0) + 1
            self._remark(event.frame, DROPPED + why(event.reason))
        elif isinstance(event, FrameDiscarded):
            self._remark(event.frame, DISCARDED + why(event.reason))
        elif isinstance(event, FaultFired):
            self._remark(event.frame, FAULT + event.fault)
        elif isinstance(event, Note) and event.device == self._port and event.time == self._time:
            self._remarks += _comment(event.text)

    def close(self, end_ns: int) -> None:
        self._write_packet()
        self._frame = None
        for port, drops in self._drops.items():
            self._write(_statistics(self._interface(port), self._epoch + end_ns, drops))
        self._flush()

    def _open_packet(self, event: FrameSent | FrameArrived, direction: int) -> None:
        self._write_packet()
        self._frame = event.frame
        self._port = event.port
        self._time = event.time
        self._direction = direction
        self._remarks = b""

    def _remark(self, frame: Frame, text: str) -> None:
        if self._frame is not None and self._frame.id == frame.id:
            self._remarks += _comment(text)

    def _write_packet(self) -> None:
        frame = self._frame
        if frame is None:
            return
        time = max(0, min(self._epoch + self._time, _U64))
        data = ethernet.pack(frame)
        size = len(data)
        body = data + _PADDING[size & 3] + self._why(frame.reason) + self._remarks
        total = _PACKET_SIZE + len(body)
        number = self._interface(self._port)
        head = _PACKET_HEAD.pack(PACKET, total, number, time >> 32, time & 0xFFFF_FFFF, size, size)
        tail = _PACKET_TAIL.pack(PACKET_FLAGS, 4, self._direction, PACKET_ID, 8, frame.id & _U64, 0, total)
        self._write(head + body + tail)

    def _why(self, reason: int) -> bytes:
        found = self._whys.get(reason)
        if found is None:
            found = self._whys[reason] = _comment(why(reason))
        return found

    def _interface(self, port: str) -> int:
        """The number of `port`'s interface, which is described in the file when it is first used."""
        number = self._interfaces.get(port)
        if number is None:
            number = self._interfaces[port] = len(self._interfaces)
            self._write(_interface(self._ports.get(port, PortEntry(port)), self._speeds.get(port, 0)))
        return number


def _block(kind: int, body: bytes) -> bytes:
    size = _SIZE.pack(12 + len(body))
    return _SIZE.pack(kind) + size + body + size


def _option(code: int, value: bytes) -> bytes:
    value = value[:_LONGEST_OPTION]
    return struct.pack("<HH", code, len(value)) + value + _PADDING[len(value) & 3]


def _comment(text: str) -> bytes:
    return _option(COMMENT, text.encode("utf-8", "replace"))


def _options(*options: bytes) -> bytes:
    return b"".join(options) + _option(0, b"")


def _section(heading: Heading) -> bytes:
    told = [heading.name] if heading.name else []
    if heading.seed is not None:
        told.append(f"seed {heading.seed}")
    comment = _comment(", ".join(told)) if told else b""
    body = struct.pack("<IHHq", BYTE_ORDER, 1, 0, -1)
    return _block(SECTION, body + _options(_option(SECTION_APPLICATION, APPLICATION), comment))


def _interface(port: PortEntry, rate: int) -> bytes:
    options = [_option(INTERFACE_NAME, port.name.encode("utf-8", "replace"))]
    for text in port.addresses:
        options.append(_interface_address(text))
    options.append(_mac(port.mac))
    if 0 < rate <= _U64:
        options.append(_option(INTERFACE_SPEED, struct.pack("<Q", rate)))
    options.append(_option(INTERFACE_RESOLUTION, NANOSECONDS))
    return _block(INTERFACE, struct.pack("<HHI", ETHERNET, 0, 0) + _options(*options))


def _mac(text: str) -> bytes:
    try:
        return _option(INTERFACE_MAC, parse_mac(text).to_bytes(6, "big"))
    except AddressError:
        return b""  # ports of switches and hubs have none


def _interface_address(text: str) -> bytes:
    try:
        address, prefix = parse_interface(text)
    except AddressError:
        return b""
    if is_ipv6(address):
        return b""
    mask = prefix.network ^ prefix.broadcast ^ 0xFFFF_FFFF
    return _option(INTERFACE_IPV4, address.to_bytes(4, "big") + mask.to_bytes(4, "big"))


def _names(network: NetworkMap) -> bytes:
    """A block that gives every address the name of its device; nothing when there is none."""
    records = [
        _name(text, device.name) for device in network.devices for port in device.ports for text in port.addresses
    ]
    if not any(records):
        return b""
    return _block(NAMES, _options(*records))


def _name(text: str, name: str) -> bytes:
    """A record has the form of an option."""
    try:
        address, _ = parse_interface(text)
    except AddressError:
        return b""
    label = name.encode("utf-8", "replace") + b"\0"
    if is_ipv6(address):
        return _option(NAME_IPV6, (address ^ IPV6).to_bytes(16, "big") + label)
    return _option(NAME_IPV4, address.to_bytes(4, "big") + label)


def _statistics(interface: int, end: int, drops: dict[int, int]) -> bytes:
    total = sum(drops.values())
    causes = ", ".join(f"{count} {why(reason)}" for reason, count in sorted(drops.items()))
    body = struct.pack("<III", interface, end >> 32 & 0xFFFF_FFFF, end & 0xFFFF_FFFF)
    dropped = _option(STATISTICS_DROPPED, struct.pack("<Q", total))
    return _block(STATISTICS, body + _options(_comment(f"{DROPPED}{causes}"), dropped))
