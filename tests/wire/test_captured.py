"""Frames of captures are made whole, and only those that need it."""

from __future__ import annotations

import pytest

from simnet.wire import ethernet
from simnet.wire.captured import finish_checksum, restore_cut, with_plain_zero
from simnet.wire.ipv4 import ICMP, UDP, Ipv4
from simnet.wire.payload import Raw
from simnet.wire.tcp import Tcp
from tests.wire.corpus import FRAMES, ip_frame
from tests.wire.linux_frames import FROM_LINUX

WITH_CHECKSUM = ["udp", "udp large", "tagged", "syn", "push", "push odd", "sack", "foreign options", "router alert"]


def left_to_the_card(name: str) -> bytes:
    """The frame as Linux hands it to a network card that computes checksums: the pseudo-header's sum in the field."""
    frame = FRAMES[name]
    packet = frame.payload
    assert isinstance(packet, Ipv4)
    pseudo_header = (packet.src + packet.dst + packet.protocol + packet.payload.length) % 0xFFFF
    at = frame.length - packet.payload.length + (6 if packet.protocol == UDP else 16)
    data = ethernet.pack(frame)
    return data[:at] + pseudo_header.to_bytes(2, "big") + data[at + 2 :]


@pytest.mark.parametrize("name", WITH_CHECKSUM)
def test_an_unfinished_checksum_is_finished(name: str) -> None:
    assert left_to_the_card(name) != ethernet.pack(FRAMES[name])
    assert finish_checksum(left_to_the_card(name)) == ethernet.pack(FRAMES[name])


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_finished_frames_are_left_alone(name: str) -> None:
    data = ethernet.pack(FRAMES[name])
    assert finish_checksum(data) is data
    assert with_plain_zero(data) is data
    assert restore_cut(data, len(data)) is data


def test_a_wrong_checksum_stays_wrong() -> None:
    data = bytearray(FROM_LINUX["PSH+ACK 5"])
    data[-1] ^= 1
    assert finish_checksum(bytes(data)) == bytes(data)


@pytest.mark.parametrize(("name", "header"), [("udp large", 42), ("push odd", 54), ("echo request", 42)])
def test_of_a_cut_frame_all_but_the_data_is_restored(name: str, header: int) -> None:
    whole = ethernet.pack(FRAMES[name])
    for size in (header, header + 1, len(whole) - 1):
        restored = restore_cut(whole[:size], len(whole))
        frame = ethernet.parse(restored)
        assert frame.length == len(whole)
        assert isinstance(frame.payload, Ipv4) and not isinstance(frame.payload.payload, Raw)
        differing = [at for at, (a, b) in enumerate(zip(whole[:size], restored, strict=False)) if a != b]
        assert len(differing) <= 2, "only the checksum"
        assert not any(restored[size:])


def test_a_frame_cut_within_its_headers_gets_zeros() -> None:
    assert restore_cut(b"\1\2\3", 5) == b"\1\2\3\0\0"
    data = ethernet.pack(FRAMES["udp"])[:20]
    assert restore_cut(data, 47) == data.ljust(47, b"\0")


def test_a_cut_fragment_is_not_summed() -> None:
    data = ethernet.pack(FRAMES["first fragment"])
    assert restore_cut(data[:40], len(data)) == data[:40].ljust(len(data), b"\0")


def test_short_transports_are_left_alone() -> None:
    for protocol in (1, 6, 17):
        data = ethernet.pack(ip_frame(Raw(b"\0"), protocol))
        assert finish_checksum(data) is data
    assert ICMP == 1


ZERO = bytes.fromhex(
    "020000000001020000000002080045000034b2ad4000400674140a0000020a0000011388c9967715357e74668df280100050ffff0000"
    "0101080a9113c562b001cfe7"
)
"""An acknowledgment of Linux 6.18, whose checksum is the other zero of one's complement."""


def test_the_other_zero_of_a_checksum_is_the_plain_one() -> None:
    assert ethernet.parse(ZERO).payload.payload == Raw(ZERO[34:])  # type: ignore[attr-defined]
    read = with_plain_zero(ZERO)
    assert read == ZERO[:50] + b"\0\0" + ZERO[52:]
    packet = ethernet.parse(read).payload
    assert isinstance(packet, Ipv4) and isinstance(packet.payload, Tcp) and packet.payload.window == 0x50
    tagged = ZERO[:12] + b"\x81\x00\x00\x07" + ZERO[12:]
    assert with_plain_zero(tagged) == tagged[:54] + b"\0\0" + tagged[56:]


def test_a_wrong_checksum_of_all_ones_stays() -> None:
    wrong = ZERO[:-1] + b"!"
    assert with_plain_zero(wrong) is wrong
    assert with_plain_zero(b"\xff" * 14) == b"\xff" * 14
