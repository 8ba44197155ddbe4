"""Captures of one run that differ in origin: file format, link type, where they begin, where they were cut."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.errors import TraceError
from simnet.trace.compare import Comparison, compare
from simnet.trace.compare_row import Finding
from simnet.trace.events import FrameArrived, FrameSent
from simnet.trace.files import open_trace
from simnet.units import SECOND
from simnet.wire import ethernet
from tests.trace.comparing import run_of

ETHERNET, RAW_IP, LINUX_COOKED = 1, 101, 113
EPOCH = 1_700_000_000 * SECOND
HANDSHAKE = 4
"""Frames of the client before its first own ACK: ARP, its answer, SYN, SYN+ACK."""

Seen = FrameSent | FrameArrived


def seen_by_the_client() -> list[Seen]:
    events = run_of("handshake").at_port("client:eth0")
    return [event for event in events if isinstance(event, (FrameSent, FrameArrived))]


def pcap(events: list[Seen], link_type: int = ETHERNET, order: str = "<", kept: int = 65_535) -> bytes:
    """A capture as other programs write it, in microseconds or, of the other byte order, in nanoseconds."""
    magic, tick = (0xA1B2C3D4, 1000) if order == "<" else (0xA1B23C4D, 1)
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, kept, link_type)]
    for event in events:
        data = _LINKS[link_type](ethernet.pack(event.frame))
        time = EPOCH + event.time
        parts.append(
            struct.pack(order + "IIII", time // SECOND, time % SECOND // tick, min(len(data), kept), len(data))
        )
        parts.append(data[:kept])
    return b"".join(parts)


def _cooked(data: bytes) -> bytes:
    return struct.pack(">HHH8s", 0, 1, 6, data[6:12]) + data[12:]


_LINKS: dict[int, Callable[[bytes], bytes]] = {
    ETHERNET: lambda data: data,
    RAW_IP: lambda data: data[14:],
    LINUX_COOKED: _cooked,
}


@pytest.fixture
def compared(tmp_path: Path) -> Callable[[bytes, bytes], Comparison]:
    def act(a: bytes, b: bytes) -> Comparison:
        (tmp_path / "a.pcap").write_bytes(a)
        (tmp_path / "b.pcap").write_bytes(b)
        return compare(open_trace(tmp_path / "a.pcap"), open_trace(tmp_path / "b.pcap"))

    return act


Compared = Callable[[bytes, bytes], Comparison]


def test_byte_order_and_ticks_do_not_matter(compared: Compared) -> None:
    events = seen_by_the_client()
    assert compared(pcap(events), pcap(events, order=">")).is_equal


@pytest.mark.parametrize(("link_type", "name"), [(RAW_IP, "raw IP"), (LINUX_COOKED, "Linux cooked")])
def test_headers_that_one_capture_lacks_are_not_compared(compared: Compared, link_type: int, name: str) -> None:
    events = [event for event in seen_by_the_client() if event.frame.ethertype == 0x0800]
    comparison = compared(pcap(events), pcap(events, link_type))
    assert comparison.is_equal and comparison.count(Finding.EQUAL) == len(events)
    assert len(comparison.remarks) == 1 and f"b: captured without Ethernet headers ({name})" in comparison.remarks[0]


def test_a_capture_that_begins_later_has_the_same_numbers_and_stations(compared: Compared) -> None:
    events = seen_by_the_client()
    whole, later = pcap(events), pcap(events[HANDSHAKE:])
    for a, b, alone in ((whole, later, Finding.ONLY_A), (later, whole, Finding.ONLY_B)):
        comparison = compared(a, b)
        assert comparison.count(Finding.EQUAL) == len(events) - HANDSHAKE
        assert comparison.count(alone) == HANDSHAKE and comparison.count(Finding.DIFFERENT) == 0


def test_a_file_that_was_cut_is_compared_as_far_as_it_goes(compared: Compared) -> None:
    events = seen_by_the_client()
    comparison = compared(pcap(events), pcap(events)[:-20])
    assert comparison.count(Finding.EQUAL) == len(events) - 1 and comparison.count(Finding.ONLY_A) == 1
    assert "the file ends inside a packet" in str(comparison.damage)


def test_of_two_that_hold_nothing_the_damage_is_said(compared: Compared) -> None:
    with pytest.raises(TraceError, match="the file ends inside"):
        compared(pcap([]), pcap(seen_by_the_client())[:30])


def test_packets_kept_in_part_are_said_to_be(compared: Compared) -> None:
    events = seen_by_the_client()
    comparison = compared(pcap(events), pcap(events, kept=60))
    assert any("b: captured only in part" in remark for remark in comparison.remarks)
