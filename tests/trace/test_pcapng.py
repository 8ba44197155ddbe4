"""pcapng as others write it: byte orders, sections, old blocks, odd clocks, and damage."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from simnet.errors import TraceError
from simnet.trace.events import Event, FrameSent, Note
from simnet.trace.files import open_trace
from simnet.units import SECOND
from simnet.wire import ethernet
from simnet.wire.ipv4 import UDP
from simnet.wire.udp import Udp
from tests.trace.samples import ip_frame, write

PACKET = ethernet.pack(ip_frame(True, UDP, Udp(5000, 7, b"hello"), 1))
NOW = 1_700_000_000


class Writer:
    """Writes blocks in either byte order, sound or not."""

    def __init__(self, order: str) -> None:
        self.order = order

    def pack(self, form: str, *values: int) -> bytes:
        return struct.pack(self.order + form, *values)

    def block(self, kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = self.pack("I", 12 + len(body))
        return self.pack("I", kind) + size + body + size

    def option(self, code: int, value: bytes) -> bytes:
        return self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)

    def section(self, options: bytes = b"", major: int = 1) -> bytes:
        return self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, major, 0, -1) + options)

    def interface(self, options: bytes = b"", link_type: int = 1, snap_length: int = 0) -> bytes:
        return self.block(1, self.pack("HHI", link_type, 0, snap_length) + options)

    def packet(self, ticks: int, interface: int = 0, options: bytes = b"", data: bytes = PACKET) -> bytes:
        head = self.pack("IIIII", interface, ticks >> 32, ticks & 0xFFFF_FFFF, len(data), len(data))
        return self.block(6, head + data + bytes(-len(data) % 4) + options)


LITTLE = Writer("<")


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders(tmp_path: Path, order: str) -> None:
    w = Writer(order)
    name = w.option(2, b"eth7") + w.option(0, b"")
    data = w.section() + w.interface(name) + w.packet(NOW * 10**6) + w.packet(NOW * 10**6 + 5)
    first, second = open_trace(write(tmp_path, "x.pcapng", data))
    assert isinstance(first, FrameSent) and isinstance(second, FrameSent)
    assert (first.time, second.time, first.port) == (0, 5000, "eth7")
    assert ethernet.pack(first.frame) == PACKET


def test_sections_number_their_interfaces_anew(tmp_path: Path) -> None:
    big = Writer(">")
    data = (
        LITTLE.section() + LITTLE.interface(LITTLE.option(2, b"a")) + LITTLE.packet(1)
        + big.section() + big.interface(big.option(2, b"b")) + big.packet(2)
    )  # fmt: skip
    assert [event.port for event in open_trace(write(tmp_path, "x.pcapng", data)).frames()] == ["a", "b"]


def test_interfaces_without_names_are_numbered(tmp_path: Path) -> None:
    data = LITTLE.section() + LITTLE.interface() * 2 + LITTLE.packet(1) + LITTLE.packet(2, interface=1)
    assert [event.port for event in open_trace(write(tmp_path, "dump.pcapng", data)).frames()] == ["dump:0", "dump:1"]


@pytest.mark.parametrize(
    ("resolution", "ticks", "expected"),
    [(9, 5, 5), (6, 5, 5000), (0, 2, 2 * SECOND), (12, 5000, 5), (0x80, 3, 3 * SECOND), (0x8A, 1024, SECOND)],
)
def test_clock_resolutions(tmp_path: Path, resolution: int, ticks: int, expected: int) -> None:
    data = LITTLE.section() + LITTLE.interface(LITTLE.option(9, bytes([resolution]))) + LITTLE.packet(ticks)
    assert next(open_trace(write(tmp_path, "x.pcapng", data)).frames()).time == expected


def test_clock_shift(tmp_path: Path) -> None:
    data = LITTLE.section() + LITTLE.interface(LITTLE.option(14, struct.pack("<q", 7))) + LITTLE.packet(1)
    assert next(open_trace(write(tmp_path, "x.pcapng", data)).frames()).time == 7 * SECOND + 1000


def test_old_and_simple_packets(tmp_path: Path) -> None:
    padded = PACKET + bytes(-len(PACKET) % 4)
    old = LITTLE.block(2, LITTLE.pack("HHIIII", 0, 0, 0, 9, len(PACKET), len(PACKET)) + padded)
    simple = LITTLE.block(3, LITTLE.pack("I", len(PACKET)) + padded)
    path = write(tmp_path, "x.pcapng", LITTLE.section() + LITTLE.interface() + old + simple)
    events = list(open_trace(path).frames())
    assert [event.time for event in events] == [9000, 0]
    assert all(ethernet.pack(event.frame) == PACKET for event in events)


def test_comments_of_people_become_notes(tmp_path: Path) -> None:
    comments = LITTLE.option(1, "why? 你好".encode()) + LITTLE.option(1, b"second")
    data = LITTLE.section() + LITTLE.interface() + LITTLE.packet(1, options=comments)
    sent, *notes = open_trace(write(tmp_path, "x.pcapng", data))
    assert isinstance(sent, FrameSent)
    assert [note.text for note in notes if isinstance(note, Note)] == ["why? 你好", "second"]


def test_inbound_packets_of_others_count_as_sent(tmp_path: Path) -> None:
    """A capture sees each frame once; else half a conversation would not be among `frames()`."""
    inbound = LITTLE.option(2, struct.pack("<I", 1))
    data = LITTLE.section() + LITTLE.interface() + LITTLE.packet(1, options=inbound)
    assert len(list(open_trace(write(tmp_path, "x.pcapng", data)).frames())) == 1


def test_unknown_blocks_are_passed_over(tmp_path: Path) -> None:
    unknown = LITTLE.block(0x0BAD, bytes(100_000)) + LITTLE.block(5, bytes(12))
    data = LITTLE.section() + unknown + LITTLE.interface() + unknown + LITTLE.packet(1)
    assert len(list(open_trace(write(tmp_path, "x.pcapng", data)))) == 1


def test_broken_options_do_not_cost_the_packet(tmp_path: Path) -> None:
    data = LITTLE.section() + LITTLE.interface() + LITTLE.packet(1, options=struct.pack("<HH", 1, 60_000))
    assert len(list(open_trace(write(tmp_path, "x.pcapng", data)))) == 1


def test_a_forged_queue_time_is_ignored(tmp_path: Path) -> None:
    ours = LITTLE.option(4, b"simnet")
    data = (
        LITTLE.section(ours) + LITTLE.interface()
        + LITTLE.packet(1, options=LITTLE.option(1, b"queued: forever") + LITTLE.option(1, b"dropped: nobody knows"))
    )  # fmt: skip
    sent, dropped = open_trace(write(tmp_path, "x.pcapng", data))
    assert isinstance(sent, FrameSent) and sent.departs == sent.time
    assert type(dropped).__name__ == "FrameDropped"


START = LITTLE.section() + LITTLE.interface() + LITTLE.packet(1)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"\x06\0\0", "the file ends inside a block header: expected 8 bytes, found 3"),
        (struct.pack("<II", 6, 2**32 - 4), "a block of 4294967292 bytes, expected a multiple of 4"),
        (struct.pack("<II", 6, 8), "a block of 8 bytes"),
        (struct.pack("<II", 0x0BAD, 13), "a block of 13 bytes"),
        (LITTLE.packet(2)[:-4] + b"\1\0\0\0", "a block that begins with length"),
        (LITTLE.packet(2, interface=5), "a packet of interface 5, but 1 were described"),
        (LITTLE.block(6, bytes(8)), "a packet block of 8 bytes"),
        (LITTLE.block(1, bytes(4)), "an interface of 4 bytes"),
        (LITTLE.block(6, struct.pack("<IIIII", 0, 0, 0, 999, 999) + PACKET), "a packet of 999 bytes where"),
        (b"\x0a\x0d\x0d\x0a" + bytes(24), "a section without a byte-order mark"),
        (LITTLE.section(major=2), "a section of pcapng version 2"),
        (struct.pack("<III", 0x0A0D0D0A, 16, 0x1A2B3C4D) + bytes(4), "a section header of 16 bytes"),
    ],
)
def test_everything_before_the_damage_is_delivered(tmp_path: Path, damage: bytes, message: str) -> None:
    path = write(tmp_path, "cut.pcapng", START + damage)
    found: list[Event] = []
    with pytest.raises(TraceError, match=rf"cut\.pcapng: offset {len(START)}: {message}"):
        found.extend(open_trace(path))
    assert len(found) == 1
    assert open_trace(path).end_ns == 1000


def test_a_packet_cut_short_is_told_where_its_bytes_end(tmp_path: Path) -> None:
    path = write(tmp_path, "cut.pcapng", START + LITTLE.packet(2)[:-9])
    found: list[Event] = []
    with pytest.raises(TraceError, match=rf"offset {len(START) + 8}: the file ends inside a block: expected 72 bytes"):
        found.extend(open_trace(path))
    assert len(found) == 1
