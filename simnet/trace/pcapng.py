"""Reads pcapng as anyone writes it: several sections, either byte order, any clock resolution.

https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcapng/.  Blocks and options it does not know are passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from simnet.trace.capture import LONGEST_PACKET, Interface, Packet
from simnet.trace.pcapng_blocks import (
    APPLICATION,
    BYTE_ORDER,
    COMMENT,
    INTERFACE,
    INTERFACE_FRAME_CHECK,
    INTERFACE_NAME,
    INTERFACE_RESOLUTION,
    INTERFACE_SHIFT,
    OLD_PACKET,
    PACKET,
    PACKET_FLAGS,
    PACKET_ID,
    SECTION_APPLICATION,
    SECTION_MAGIC,
    SIMPLE_PACKET,
)
from simnet.trace.source import Reader
from simnet.units import SECOND

_LONGEST_BLOCK: Final = 1 << 24
_DAMAGED: Final = "the file is damaged here; everything before is intact"
_DIRECTION: Final = 3

Options = list[tuple[int, bytes]]


class _Section:
    """What later blocks need to know; interfaces are numbered anew in each section."""

    def __init__(self, order: str, options: Options) -> None:
        self.order = order
        self.is_ours = any(code == SECTION_APPLICATION and value == APPLICATION for code, value in options)
        self.interfaces: list[Interface] = []
        self.snap_lengths: list[int] = []


def packets(reader: Reader, name: str) -> Iterator[Packet]:
    """Every packet in order; interfaces without a name are called `name:0`, `name:1` …"""
    section = _Section("<", [])
    while True:
        offset = reader.offset
        head = reader.take_or_end(8, "a block header")
        if not head:
            return
        if head[:4] == SECTION_MAGIC:
            section = _read_section(reader, head, offset)
            continue
        kind, size = struct.unpack(section.order + "II", head)
        if kind not in (INTERFACE, PACKET, SIMPLE_PACKET, OLD_PACKET):
            _check_size(reader, size, offset)
            reader.skip(size - 12, "a block")
            _check_tail(reader, section.order, reader.take(4, "a block"), size, offset)
            continue
        body = _read_body(reader, section.order, size, offset)
        if kind == INTERFACE:
            _add_interface(reader, section, body, name, offset)
        else:
            yield _PACKET_READERS[kind](reader, section, body, offset)


def _read_section(reader: Reader, head: bytes, offset: int) -> _Section:
    magic = reader.take(4, "a section header")
    for order in ("<", ">"):
        if struct.unpack(order + "I", magic)[0] == BYTE_ORDER:
            break
    else:
        raise reader.damage("a section without a byte-order mark", _DAMAGED, offset)
    (size,) = struct.unpack(order + "I", head[4:])
    if size < 28:
        raise reader.damage(f"a section header of {size} bytes, expected at least 28", _DAMAGED, offset)
    body = _read_body(reader, order, size - 4, offset, size)
    (major,) = struct.unpack_from(order + "H", body)
    if major != 1:
        raise reader.damage(
            f"a section of pcapng version {major}, expected 1", "convert it with: editcap -F pcapng", offset
        )
    return _Section(order, _options(body, 12, order))


def _read_body(reader: Reader, order: str, size: int, offset: int, stated: int = 0) -> bytes:
    """The rest of a block of `size` bytes, whose head of 8 was read, without its tail."""
    _check_size(reader, size, offset)
    body = reader.take(size - 8, "a block")
    _check_tail(reader, order, body[-4:], stated or size, offset)
    return body[:-4]


def _check_size(reader: Reader, size: int, offset: int) -> None:
    if size < 12 or size % 4 or size > _LONGEST_BLOCK:
        raise reader.damage(
            f"a block of {size} bytes, expected a multiple of 4 from 12 to {_LONGEST_BLOCK}", _DAMAGED, offset
        )


def _check_tail(reader: Reader, order: str, tail: bytes, size: int, offset: int) -> None:
    (repeated,) = struct.unpack(order + "I", tail)
    if repeated != size:
        raise reader.damage(f"a block that begins with length {size} and ends with {repeated}", _DAMAGED, offset)


def _options(data: bytes, start: int, order: str) -> Options:
    """The options from `start` on; damaged ones end the list, as the packet they describe is still good."""
    options: Options = []
    while start + 4 <= len(data):
        code, size = struct.unpack_from(order + "HH", data, start)
        end = start + 4 + size
        if code == 0 or end > len(data):
            break
        options.append((code, data[start + 4 : end]))
        start = end + -size % 4
    return options


def _add_interface(reader: Reader, section: _Section, body: bytes, name: str, offset: int) -> None:
    if len(body) < 8:
        raise reader.damage(f"an interface of {len(body)} bytes, expected at least 8", _DAMAGED, offset)
    link_type, _, snap_length = struct.unpack_from(section.order + "HHI", body)
    interface = Interface(f"{name}:{len(section.interfaces)}", link_type, 1000, 1, is_ours=section.is_ours)
    for code, value in _options(body, 8, section.order):
        if code == INTERFACE_NAME and value:
            interface.name = _text(value)
        elif code == INTERFACE_RESOLUTION and value:
            interface.factor, interface.divisor = _resolution(value[0])
        elif code == INTERFACE_SHIFT and len(value) == 8:
            interface.shift = int(struct.unpack(section.order + "q", value)[0]) * SECOND
        elif code == INTERFACE_FRAME_CHECK and value:
            interface.frame_check_length = value[0]
    section.interfaces.append(interface)
    section.snap_lengths.append(snap_length)


def _resolution(value: int) -> tuple[int, int]:
    """Nanoseconds per tick as (factor, divisor): 10**-value s, or 2**-value s with the high bit set."""
    if value & 0x80:
        return SECOND, 1 << (value & 0x7F)
    return (10 ** (9 - value), 1) if value <= 9 else (1, 10 ** (value - 9))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").rstrip("\0")


def _read_packet(reader: Reader, section: _Section, body: bytes, offset: int) -> Packet:
    _check_packet_size(reader, len(body), 20, offset)
    number, high, low, kept, length = struct.unpack_from(section.order + "IIIII", body)
    return _packet(reader, section, body, (number, high << 32 | low, kept, length), offset)


def _read_old_packet(reader: Reader, section: _Section, body: bytes, offset: int) -> Packet:
    _check_packet_size(reader, len(body), 20, offset)
    number, _, high, low, kept, length = struct.unpack_from(section.order + "HHIIII", body)
    return _packet(reader, section, body, (number, high << 32 | low, kept, length), offset)


def _read_simple_packet(reader: Reader, section: _Section, body: bytes, offset: int) -> Packet:
    """A packet without a time, of the first interface."""
    _check_packet_size(reader, len(body), 4, offset)
    interface = _interface(reader, section, 0, offset)
    (length,) = struct.unpack_from(section.order + "I", body)
    kept = min(length, section.snap_lengths[0] or length, len(body) - 4, LONGEST_PACKET)
    return Packet(interface.shift, interface, body[4 : 4 + kept], length, offset)


_PACKET_READERS: Final = {PACKET: _read_packet, SIMPLE_PACKET: _read_simple_packet, OLD_PACKET: _read_old_packet}


def _packet(reader: Reader, section: _Section, body: bytes, head: tuple[int, int, int, int], offset: int) -> Packet:
    number, ticks, kept, length = head
    interface = _interface(reader, section, number, offset)
    if kept > len(body) - 20 or kept > LONGEST_PACKET:
        room = min(len(body) - 20, LONGEST_PACKET)
        raise reader.damage(f"a packet of {kept} bytes where {room} fit", _DAMAGED, offset)
    direction = identity = 0
    comments: list[str] = []
    for code, value in _options(body, 20 + kept + -kept % 4, section.order):
        if code == COMMENT:
            comments.append(_text(value))
        elif code == PACKET_FLAGS and len(value) == 4:
            direction = struct.unpack(section.order + "I", value)[0] & _DIRECTION
        elif code == PACKET_ID and len(value) == 8:
            identity = struct.unpack(section.order + "Q", value)[0]
    time = ticks * interface.factor // interface.divisor + interface.shift
    data = body[20 : 20 + kept]
    if interface.frame_check_length and kept == length:
        data = data[: max(0, kept - interface.frame_check_length)]
        length = len(data)
    return Packet(time, interface, data, length, offset, direction, identity, tuple(comments))


def _check_packet_size(reader: Reader, size: int, least: int, offset: int) -> None:
    if size < least:
        raise reader.damage(f"a packet block of {size} bytes, expected at least {least}", _DAMAGED, offset)


def _interface(reader: Reader, section: _Section, number: int, offset: int) -> Interface:
    if number >= len(section.interfaces):
        raise reader.damage(
            f"a packet of interface {number}, but {len(section.interfaces)} were described", _DAMAGED, offset
        )
    return section.interfaces[number]
