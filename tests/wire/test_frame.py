"""Frames and payloads are equal when they say the same on the wire."""

from __future__ import annotations

import pytest

from simnet.wire import ethernet
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import Ipv4
from simnet.wire.payload import Raw
from simnet.wire.tcp_options import TcpOptions
from simnet.wire.udp import Udp
from tests.wire.corpus import FRAMES


def test_identity_does_not_count() -> None:
    original = FRAMES["udp"]
    copy = Frame(original.dst, original.src, original.ethertype, original.payload, id=7, parent=6, reason=5, cause=4)
    assert copy == original
    assert hash(copy) == hash(original)


def test_no_two_frames_of_the_corpus_are_equal() -> None:
    frames = list(FRAMES.values())
    assert len(set(frames)) == len(frames)
    packed = {ethernet.pack(frame) for frame in frames}
    assert len(packed) == len(frames)


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_equal_means_equal_bytes(name: str) -> None:
    """Each byte of a frame counts: none can change without making it unequal."""
    data = ethernet.pack(FRAMES[name])
    for at in range(min(len(data), 100)):
        other = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
        assert ethernet.parse(other) != FRAMES[name]


def test_kinds_are_not_mixed() -> None:
    assert Raw(b"") != Udp(0, 0, b"")
    assert FRAMES["udp"] != FRAMES["udp"].payload
    assert TcpOptions() != ()


def test_packing_changes_nothing() -> None:
    fresh, packed = Udp(1, 2, b"x"), Udp(1, 2, b"x")
    ethernet.pack(Frame(2, 1, 0x800, Ipv4(1, 2, 17, packed)))
    assert packed.packed is not None
    assert fresh == packed and hash(fresh) == hash(packed)


def test_options_are_equal_by_their_bytes() -> None:
    assert TcpOptions(mss=1460) == TcpOptions(raw=bytes.fromhex("020405b4"))
    assert TcpOptions(mss=1460) != TcpOptions(mss=1461)
    assert hash(TcpOptions(mss=1460)) == hash(TcpOptions(raw=bytes.fromhex("020405b4")))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runt", "Frame(runt, Raw(b'short'))"),
        (
            "arp request",
            "Frame(02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, type 0x0806, "
            "Arp(operation 1, 02:00:00:00:00:01 10.0.0.1 > 00:00:00:00:00:00 10.0.0.2))",
        ),
        (
            "push",
            "Frame(02:00:00:00:00:01 > 02:00:00:00:00:02, type 0x0800, Ipv4(10.0.0.1 > 10.0.0.2, protocol 6, ttl 64, "
            "id 77, fragment 0x4000, Tcp(40001 > 40002, PSH+ACK, seq 4294967280, ack 99, window 502, "
            "TcpOptions(timestamps 1001 2002), b'hello')))",
        ),
    ],
)
def test_they_can_be_read(name: str, text: str) -> None:
    assert repr(FRAMES[name]) == text
