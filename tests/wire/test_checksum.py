"""The checksum is the one of RFC 1071, word by word."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.wire.addresses import parse_ip
from simnet.wire.checksum import checksum, checksum_of_sum, pseudo_header_sum, word_sum


def by_words(data: bytes) -> int:
    """As RFC 1071 4.1 writes it."""
    total = 0
    for at in range(0, len(data) - 1, 2):
        total += data[at] << 8 | data[at + 1]
    if len(data) % 2:
        total += data[-1] << 8
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@given(st.binary(max_size=100) | st.lists(st.sampled_from((0, 0xFF)), max_size=12).map(bytes))
@settings(derandomize=True, max_examples=300)
def test_it_is_the_sum_of_words(data: bytes) -> None:
    assert checksum(data) == by_words(data)


def test_the_two_zeros() -> None:
    """A sum of all-zero bytes is 0, of anything else that comes to zero 0xFFFF."""
    assert checksum(b"") == checksum(bytes(20)) == 0xFFFF
    assert checksum(b"\xff\xff") == checksum(b"\xff\xfe\x00\x01") == 0


def test_the_example_of_rfc_1071() -> None:
    assert checksum_of_sum(word_sum(bytes.fromhex("0001f203f4f5f6f7"))) == ~0xDDF2 & 0xFFFF


def test_the_pseudo_header_of_either_family() -> None:
    src, dst = parse_ip("10.0.0.1"), parse_ip("10.0.0.2")
    written = bytes.fromhex("0a000001 0a000002 00 11 000d")
    assert checksum_of_sum(pseudo_header_sum(src, dst, 17, 13)) == by_words(written)
    src, dst = parse_ip("fe80::1"), parse_ip("2001:db8::2")
    written = bytes.fromhex("fe800000000000000000000000000001 20010db8000000000000000000000002 0000000d 000000 11")
    assert checksum_of_sum(pseudo_header_sum(src, dst, 17, 13)) == by_words(written)
