"""Ten thousand damaged captures: each gives events or one TraceError, never anything else."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from simnet.errors import TraceError
from simnet.trace.events import FrameArrived, FrameSent
from simnet.trace.files import open_trace
from simnet.trace.flows import flows
from simnet.trace.labels import Inference
from simnet.wire import ethernet
from tests.trace.samples import pcapng_bytes, sample, write
from tests.trace.test_pcapng import Writer

MUTANTS: int = 3_400
LENGTHS = (0, 1, 3, 0x7F, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


def pcap_bytes() -> bytes:
    data = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    for event in sample().frames():
        packed = ethernet.pack(event.frame)
        data += struct.pack(">IIII", 1_700_000_000, event.time // 1000 % 10**6, len(packed), len(packed)) + packed
    return data


def foreign_pcapng_bytes() -> bytes:
    w = Writer(">")
    data = w.section(w.option(4, b"somebody")) + w.interface(w.option(2, b"eth0") + w.option(9, b"\x06"), 113)
    for number in range(6):
        data += w.packet(10**15 + number, options=w.option(1, b"a comment") + w.option(0, b""))
    return data + w.block(5, bytes(12)) + w.block(3, w.pack("I", 8) + bytes(8))


def mutant(data: bytes, chance: Random) -> bytes:
    """`data` after one to four accidents: bits flipped, lengths forged, pieces lost, doubled or moved, the end cut."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed)) if changed else 0
        kind = chance.randrange(6)
        if kind == 0 and changed:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            at &= ~3
            changed[at : at + 4] = struct.pack(chance.choice("<>") + "I", chance.choice(LENGTHS))
        elif kind == 2:
            del changed[at : at + chance.randint(1, 40)]
        elif kind == 3:
            changed[at:at] = changed[at : at + chance.randint(1, 40)]
        elif kind == 4:
            changed[at : at + 8] = chance.randbytes(8)
        else:
            del changed[at:]
    return bytes(changed)


@pytest.mark.slow
@pytest.mark.parametrize("make", [pcap_bytes, foreign_pcapng_bytes, lambda: pcapng_bytes(sample())])
def test_mutants_end_in_events_or_a_trace_error(tmp_path: Path, make: Callable[[], bytes]) -> None:
    whole = make()
    chance = Random(2)
    read = refused = 0
    for _ in range(MUTANTS):
        path = write(tmp_path, "mutant.cap", mutant(whole, chance))
        try:
            trace = open_trace(path)
            inference = Inference()
            for event in trace:
                if isinstance(event, (FrameSent, FrameArrived)):
                    inference.label(event)
                    ethernet.pack(event.frame)
            read += 1
            for flow in flows(trace):
                flow.stream(0)
        except TraceError as error:
            assert str(error).startswith(str(path))
            assert "; " in str(error) and "\n" not in str(error)
            refused += 1
    assert read > MUTANTS // 20 and refused > MUTANTS // 20
    assert read + refused == MUTANTS
