"""For any bytes, however broken: parse, pack, dissect and summary do their work, and no bit is lost."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.wire import captured, ethernet, ipv4
from simnet.wire.dissect import dissect
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import Ipv4
from simnet.wire.payload import Raw
from simnet.wire.summary import summary
from tests.wire.corpus import FRAMES, random_frame

PACKED = {name: ethernet.pack(frame) for name, frame in FRAMES.items()}
MUTATIONS_PER_FRAME = 400

quickly = settings(derandomize=True, deadline=None, max_examples=150)


def take_apart(data: bytes) -> None:
    """Everything the package can do with bytes, and what must hold of each."""
    frame = ethernet.parse(data)
    assert ethernet.pack(frame) == data
    assert frame.length == len(data)
    assert ethernet.parse(data) == frame
    assert hash(ethernet.parse(data)) == hash(frame)
    assert repr(frame)
    assert summary(frame)
    assert "\n" not in summary(frame)
    at = 0
    for layer in dissect(data):
        assert layer.offset == at
        at += layer.length
        end = layer.offset * 8
        for field in layer.fields:
            assert end == field.offset, f"{layer.name}: gap or overlap before {field.name}"
            end += field.width
        assert end <= at * 8
    assert at == len(data)
    assert len(captured.finish_checksum(data)) == len(data)
    assert len(captured.restore_cut(data, len(data) + 10)) == len(data) + 10


def mutated(data: bytes, random: Random) -> bytes:
    """`data` with a few bytes changed, mostly to the values that break length fields, and perhaps cut or prolonged."""
    broken = bytearray(data)
    for _ in range(random.randrange(1, 5)):
        broken[random.randrange(len(broken))] = random.choice(
            (0, 1, 4, 5, 0x0F, 0x45, 0x7F, 0xFF, random.getrandbits(8))
        )
    if random.randrange(3) == 0:
        del broken[random.randrange(len(broken)) :]
    if random.randrange(8) == 0:
        broken += random.randbytes(random.randrange(1, 30))
    return bytes(broken)


@given(st.binary(max_size=200))
@quickly
def test_bytes_without_any_sense(data: bytes) -> None:
    take_apart(data)


@given(st.sampled_from(sorted(PACKED)), st.binary(max_size=80))
@quickly
def test_an_ethernet_header_and_then_anything(name: str, data: bytes) -> None:
    take_apart(PACKED[name][:14] + data)


@given(st.binary(max_size=60), st.binary(max_size=40), st.sampled_from((1, 6, 17)))
@quickly
def test_a_right_ipv4_header_and_then_anything(data: bytes, options: bytes, protocol: int) -> None:
    """The header checksum stops most mutations from ever reaching the transport's parsers; this one is right."""
    packet = Ipv4(1, 2, protocol, Raw(data), options=options[: len(options) // 4 * 4])
    take_apart(PACKED["udp"][:14] + ipv4.pack(packet))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PACKED))
def test_mutations_of_valid_frames(name: str) -> None:
    random = Random(name)  # a text seeds alike in every process
    for _ in range(MUTATIONS_PER_FRAME):
        take_apart(mutated(PACKED[name], random))


def test_enough_mutations_are_made() -> None:
    assert MUTATIONS_PER_FRAME * len(PACKED) >= 10_000


def test_every_cut_of_every_frame() -> None:
    for data in PACKED.values():
        for size in range(min(len(data), 120)):
            take_apart(data[:size])


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_a_valid_frame_is_read_as_the_value_it_was_made_from(name: str) -> None:
    assert ethernet.parse(PACKED[name]) == FRAMES[name]
    take_apart(PACKED[name])


def test_random_values_survive_packing_and_parsing() -> None:
    random = Random(1)
    for _ in range(1500):
        frame = random_frame(random)
        again = ethernet.parse(ethernet.pack(frame))
        assert again == frame
        assert repr(again) == repr(frame)


def test_deep_nests_end() -> None:
    """A frame of nothing but VLAN tags; ICMP errors that quote ICMP errors."""
    take_apart(bytes(12) + b"\x81\x00\x00\x01" * 4000)
    quote = b""
    for _ in range(300):
        quote = ipv4.pack(Ipv4(1, 2, ipv4.ICMP, Icmp(3, 3, 0, quote)))
    take_apart(PACKED["udp"][:14] + quote)
