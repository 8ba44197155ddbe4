"""Ethernet framing: types, lengths, tags, trailers, runts."""

from __future__ import annotations

import pytest

from simnet.wire import ethernet
from simnet.wire.frame import ETHERTYPE_IPV4, ETHERTYPE_VLAN, NO_TAG, RUNT, Frame
from simnet.wire.ipv4 import Ipv4
from simnet.wire.llc import Llc
from simnet.wire.payload import Payload, Raw
from tests.wire.corpus import FRAMES, MAC_A, MAC_B


def test_bytes_after_the_packet_are_a_trailer() -> None:
    padded = ethernet.pack(FRAMES["udp"]) + bytes(13)
    frame = ethernet.parse(padded)
    assert frame.trailer == bytes(13)
    assert frame.payload == FRAMES["udp"].payload
    assert frame.length == len(padded)


def test_a_tag_lies_between_addresses_and_type() -> None:
    plain, tagged = FRAMES["udp"], FRAMES["tagged"]
    data = ethernet.pack(tagged)
    assert data[12:18].hex() == "810060050800"
    assert ethernet.parse(data).tag == 0x6005
    assert tagged.length == plain.length + 4 - len("hello") + len("tag")


def test_a_second_tag_stays_raw() -> None:
    frame = ethernet.parse(bytes(12) + bytes.fromhex("81000005810000060800") + b"inner")
    assert (frame.tag, frame.ethertype) == (5, ETHERTYPE_VLAN)
    assert frame.payload == Raw(bytes.fromhex("00060800") + b"inner")


def test_a_cut_tag_stays_raw() -> None:
    frame = ethernet.parse(bytes(12) + bytes.fromhex("8100000508"))
    assert (frame.tag, frame.ethertype, frame.payload) == (NO_TAG, ETHERTYPE_VLAN, Raw(b"\x00\x05\x08"))


def test_a_small_type_is_a_length() -> None:
    frame = ethernet.parse(bytes(12) + bytes.fromhex("0005424203aabb0000"))
    assert frame.payload == Llc(0x42, 0x42, 3, b"\xaa\xbb")
    assert frame.trailer == b"\0\0"


def test_lengths_end_at_1500() -> None:
    longest = ethernet.parse(bytes(12) + (1500).to_bytes(2, "big") + b"\x42\x42\x03".ljust(1501, b"x"))
    assert isinstance(longest.payload, Llc)
    assert longest.trailer == b"x"
    assert isinstance(ethernet.parse(bytes(12) + (1501).to_bytes(2, "big") + b"\x42\x42\x03".ljust(1501)).payload, Raw)


@pytest.mark.parametrize("head", ["0006", "0002", "05dd"], ids=["longer than the frame", "no LLC header", "neither"])
def test_a_length_that_cannot_be_stays_raw(head: str) -> None:
    assert isinstance(ethernet.parse(bytes(12) + bytes.fromhex(head + "4242030000")).payload, Raw)


def test_numbered_llc_stays_raw() -> None:
    assert isinstance(ethernet.parse(bytes(12) + bytes.fromhex("00054242000000")).payload, Raw)


def test_less_than_a_header_is_a_runt() -> None:
    frame = ethernet.parse(b"thirteen byte")
    assert (frame.ethertype, frame.payload, frame.length) == (RUNT, Raw(b"thirteen byte"), 13)


def test_a_packet_that_is_not_right_keeps_its_trailer_inside() -> None:
    data = bytearray(ethernet.pack(FRAMES["udp"]) + bytes(5))
    data[24] ^= 1
    assert ethernet.parse(bytes(data)).payload == Raw(bytes(data[14:]))


def test_a_foreign_payload_is_refused() -> None:
    with pytest.raises(TypeError, match="a frame carries Ipv4, Arp, Llc or Raw, not Payload"):
        ethernet.pack(Frame(MAC_B, MAC_A, ETHERTYPE_IPV4, Payload(0)))
    with pytest.raises(TypeError, match="an IPv4 packet carries Tcp, Udp, Icmp or Raw, not Payload"):
        ethernet.pack(Frame(MAC_B, MAC_A, ETHERTYPE_IPV4, Ipv4(1, 2, 6, Payload(0))))
