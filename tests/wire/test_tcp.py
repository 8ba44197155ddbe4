"""TCP: header length, flags, checksum, and the bytes kept for the next hop."""

from __future__ import annotations

from random import Random

import pytest

from simnet.wire import tcp
from simnet.wire.checksum import checksum_of_sum, pseudo_header_sum, word_sum
from simnet.wire.payload import Raw
from simnet.wire.tcp import Tcp, flags_text
from simnet.wire.tcp_options import TcpOptions
from tests.wire.corpus import TIMESTAMPS, A, B
from tests.wire.linux_frames import FROM_LINUX


def test_a_syn_as_linux_sends_it() -> None:
    options = TcpOptions(mss=1460, sack_permitted=True, ts_val=0x7E27A20F, ts_ecr=0, window_scale=10)
    data = tcp.pack(Tcp(51186, 5000, 0x10E545D3, 0, tcp.SYN, 64240, options=options), A, B)
    assert data == FROM_LINUX["SYN"][34:]


def right_checksum(data: bytes) -> bytes:
    """`data` with the checksum it should have."""
    data = data[:16] + b"\0\0" + data[18:]
    right = checksum_of_sum(pseudo_header_sum(A, B, 6, len(data)) + word_sum(data))
    return data[:16] + right.to_bytes(2, "big") + data[18:]


@pytest.mark.parametrize("header", [0, 4, 7, 15])
def test_a_header_length_that_cannot_be_stays_raw_though_its_checksum_is_right(header: int) -> None:
    data = bytearray(tcp.pack(Tcp(1, 2, 3, 4, tcp.ACK, 5, b"hello"), A, B))
    data[12] = header << 4
    assert isinstance(tcp.parse(right_checksum(bytes(data)), A, B), Raw)


def test_any_header_with_a_right_checksum_is_read_exactly() -> None:
    random = Random(4)
    read = 0
    for _ in range(500):
        data = right_checksum(random.randbytes(random.randrange(20, 90)))
        segment = tcp.parse(data, A, B)
        if isinstance(segment, Tcp):
            read += 1
            assert tcp.pack(segment, A, B) == data
            assert segment.length == len(data)
    assert read > 150


def test_the_other_zero_stays_raw() -> None:
    """0xFFFF for a checksum of 0 verifies, but would be packed as 0."""
    right = tcp.pack(Tcp(1, 2, 3, 4, tcp.ACK, 5, b"\0\0"), A, B)[16:18]
    data = tcp.pack(Tcp(1, 2, 3, 4, tcp.ACK, 5, right), A, B)
    assert data[16:18] == b"\0\0"
    assert isinstance(tcp.parse(data, A, B), Tcp)
    assert isinstance(tcp.parse(data[:16] + b"\xff\xff" + data[18:], A, B), Raw)


def test_a_segment_may_travel_under_several_addresses() -> None:
    """Packed bytes are kept, but never for other addresses."""
    segment = Tcp(1, 2, 3, 4, tcp.ACK, 5, b"odd", TIMESTAMPS)
    before = tcp.pack(segment, A, B)
    assert tcp.pack(segment, A, B) is before
    assert tcp.pack(segment, A + 1, B + 1) == tcp.pack(Tcp(1, 2, 3, 4, tcp.ACK, 5, b"odd", TIMESTAMPS), A + 1, B + 1)
    after = tcp.pack(segment, A, B + 9)
    assert after == tcp.pack(Tcp(1, 2, 3, 4, tcp.ACK, 5, b"odd", TIMESTAMPS), A, B + 9) != before
    assert tcp.parse(after, A, B + 9) == segment


def test_cut_stays_raw() -> None:
    data = tcp.pack(Tcp(1, 2, 3, 4, tcp.ACK, 5), A, B)
    assert isinstance(tcp.parse(data[:19], A, B), Raw)


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (tcp.SYN, "SYN"),
        (tcp.SYN | tcp.ACK, "SYN+ACK"),
        (tcp.PSH | tcp.ACK, "PSH+ACK"),
        (tcp.FIN | tcp.ACK, "FIN+ACK"),
        (tcp.FIN | tcp.PSH | tcp.ACK, "FIN+PSH+ACK"),
        (tcp.RST, "RST"),
        (tcp.RST | tcp.ACK, "RST+ACK"),
        (tcp.SYN | tcp.ECE | tcp.CWR, "SYN+ECE+CWR"),
        (0, "none"),
        (0x1FF, "SYN+FIN+RST+PSH+ACK+URG+ECE+CWR+AE"),
        (0xE00 | tcp.ACK, "ACK+0xe00"),
    ],
)
def test_flags_in_words(flags: int, text: str) -> None:
    assert flags_text(flags) == text
