"""Classic pcap: four magics, snap lengths, offload, damage."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from simnet.errors import TraceError
from simnet.trace.events import Event, FrameSent, Note
from simnet.trace.files import open_trace
from simnet.units import SECOND
from simnet.wire import ethernet
from simnet.wire.ipv4 import TCP, UDP, Ipv4
from simnet.wire.tcp import ACK, Tcp
from simnet.wire.udp import Udp
from tests.trace.samples import ip_frame, segment, write

NOW = 1_700_000_000
PACKET = ethernet.pack(ip_frame(True, UDP, Udp(5000, 7, b"hello"), 1))


def pcap(
    records: list[tuple[int, int, bytes, int]], link_type: int = 1, order: str = "<", magic: int = 0xA1B2C3D4
) -> bytes:
    """A capture of records (second, fraction, data, length on the wire)."""
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link_type)
    return head + b"".join(
        struct.pack(order + "IIII", second, fraction, len(data), length) + data
        for second, fraction, data, length in records
    )


def one(data: bytes, link_type: int = 1) -> bytes:
    return pcap([(NOW, 0, data, len(data))], link_type)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_both_byte_orders_and_resolutions(tmp_path: Path, order: str, magic: int, unit: int) -> None:
    data = pcap([(NOW, 10, PACKET, len(PACKET)), (NOW + 1, 999_999, PACKET, len(PACKET))], 1, order, magic)
    trace = open_trace(write(tmp_path, "A-eth0.pcap", data))
    first, second = trace.frames()
    assert trace.heading.epoch_ns == NOW * SECOND + 10 * unit
    assert (first.time, second.time) == (0, SECOND + 999_989 * unit)
    assert first.port == "A-eth0"
    assert trace.end_ns == second.time
    assert ethernet.pack(first.frame) == PACKET
    assert (first.frame.id, second.frame.id) == (1, 2)


def test_clocks_that_begin_near_1970_count_from_their_start(tmp_path: Path) -> None:
    trace = open_trace(write(tmp_path, "sim.pcap", pcap([(3, 0, PACKET, len(PACKET))])))
    assert trace.heading.epoch_ns == 0
    assert next(trace.frames()).time == 3 * SECOND


def test_a_header_alone_is_an_empty_trace(tmp_path: Path) -> None:
    trace = open_trace(write(tmp_path, "empty.pcap", pcap([])))
    assert list(trace) == []
    assert trace.end_ns == 0


def ip_bytes() -> bytes:
    return PACKET[14:]


@pytest.mark.parametrize(
    ("link_type", "data"),
    [
        (101, ip_bytes()),
        (228, ip_bytes()),
        (12, ip_bytes()),
        (0, struct.pack("<I", 2) + ip_bytes()),
        (0, struct.pack(">I", 2) + ip_bytes()),
        (108, struct.pack(">I", 2) + ip_bytes()),
        (113, struct.pack(">HHH8sH", 0, 1, 6, b"\x02\0\0\0\0\x01", 0x0800) + ip_bytes()),
        (276, struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, b"\x02\0\0\0\0\x01") + ip_bytes()),
    ],
)
def test_link_types_without_ethernet_get_a_header(tmp_path: Path, link_type: int, data: bytes) -> None:
    note, sent = open_trace(write(tmp_path, "cooked.pcap", one(data, link_type)))
    assert isinstance(note, Note) and "captured without Ethernet headers" in note.text
    assert isinstance(sent, FrameSent) and isinstance(sent.frame.payload, Ipv4)
    assert isinstance(sent.frame.payload.payload, Udp)
    assert sent.frame.src == (0x0200_0000_0001 if link_type in (113, 276) else 0)


def test_raw_ipv6_is_recognized(tmp_path: Path) -> None:
    _, sent = open_trace(write(tmp_path, "six.pcap", one(b"\x60" + bytes(39), 229)))
    assert isinstance(sent, FrameSent) and sent.frame.ethertype == 0x86DD


@pytest.mark.parametrize(("link_type", "kind"), [(105, "802.11"), (127, "radiotap"), (189, "USB"), (4242, "unknown")])
def test_other_link_types_say_what_they_are(tmp_path: Path, link_type: int, kind: str) -> None:
    path = write(tmp_path, "air.pcap", one(PACKET, link_type))
    with pytest.raises(TraceError, match=rf"air\.pcap: offset 24: .* link type {link_type} \(.*{kind}.*Wireshark"):
        list(open_trace(path))


def test_checksums_left_to_the_card_are_filled_in(tmp_path: Path) -> None:
    frame = ip_frame(True, TCP, segment(True, 1, 1, ACK, b"hello"), 1)
    data = bytearray(ethernet.pack(frame))
    length = len(data) - 34
    total = sum(struct.unpack(">4H", data[26:34])) + 6 + length
    data[50:52] = ((total & 0xFFFF) + (total >> 16)).to_bytes(2, "big")
    note, sent, _ = open_trace(write(tmp_path, "lo.pcap", one(bytes(data)) + one(bytes(data))[24:]))
    assert isinstance(note, Note) and "checksums" in note.text
    assert isinstance(sent, FrameSent) and sent.frame == frame


def test_a_wrong_checksum_stays_wrong(tmp_path: Path) -> None:
    data = bytearray(ethernet.pack(ip_frame(True, TCP, segment(True, 1, 1, ACK, b"hello"), 1)))
    data[50] ^= 1
    (sent,) = open_trace(write(tmp_path, "bad.pcap", one(bytes(data))))
    assert isinstance(sent, FrameSent) and ethernet.pack(sent.frame) == bytes(data)


def test_packets_cut_by_a_snap_length_keep_their_headers(tmp_path: Path) -> None:
    frame = ip_frame(True, TCP, segment(True, 7, 1, ACK, b"x" * 1000), 1)
    whole = ethernet.pack(frame)
    note, sent = open_trace(write(tmp_path, "snap.pcap", pcap([(NOW, 0, whole[:96], len(whole))])))
    assert isinstance(note, Note) and "only in part" in note.text
    assert isinstance(sent, FrameSent) and isinstance(sent.frame.payload, Ipv4)
    cut = sent.frame.payload.payload
    assert isinstance(cut, Tcp) and (cut.seq, len(cut.data)) == (7, 1000)
    assert sent.frame.length == frame.length


def test_frame_check_sequences_are_taken_off(tmp_path: Path) -> None:
    data = PACKET + b"\xde\xad\xbe\xef"
    (sent,) = open_trace(write(tmp_path, "fcs.pcap", one(data, 1 | 0x0400_0000 | 2 << 28)))
    assert isinstance(sent, FrameSent) and ethernet.pack(sent.frame) == PACKET


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"\0" * 7, r"the file ends inside a packet header: expected 16 bytes, found 7"),
        (struct.pack("<4I", NOW, 0, 100, 100) + b"short", "the file ends inside a packet: expected 100 bytes, found 5"),
        (struct.pack("<IIII", NOW, 0, 2**31, 60), r"a packet of 2147483648 bytes, expected at most 262144"),
    ],
)
def test_everything_before_the_damage_is_delivered(tmp_path: Path, damage: bytes, message: str) -> None:
    path = write(tmp_path, "cut.pcap", one(PACKET) + damage)
    found: list[Event] = []
    with pytest.raises(TraceError, match=rf"cut\.pcap: offset \d+: {message}; .*everything before is intact"):
        found.extend(open_trace(path))
    assert len(found) == 1
    assert open_trace(path).end_ns == 0


def test_a_file_header_cut_short(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="the file ends inside the file header: expected 24 bytes, found 9"):
        list(open_trace(write(tmp_path, "head.pcap", pcap([])[:9])))
