"""Fragments that come twice, overlap or contradict: what is put together (Linux 6.18 was given the same ones)."""

from __future__ import annotations

import pytest

from simnet.stack.fragments import Reassembly
from simnet.stack.profile import linux
from simnet.units import SECOND
from simnet.wire.ipv4 import MORE_FRAGMENTS, UDP, Ipv4
from simnet.wire.payload import Raw
from tests.stack.lan import Lab

DATA = bytes(range(256)) * 11 + bytes(200)  # 3016 bytes: no UDP, which does not matter here
SIZE = len(DATA)
A, B = 0x0A000001, 0x0A000002


def fragment(start: int, end: int, ident: int = 1) -> Ipv4:
    """From `start` to `end`; the last reaches the end."""
    flag = MORE_FRAGMENTS if end < SIZE else 0
    return Ipv4(A, B, UDP, Raw(DATA[start:end]), 64, ident, 0, start // 8 | flag)


def put_together(cuts: list[tuple[int, int]]) -> bool:
    reassembly = Reassembly(Lab().host("b"), lambda first, frame_id, now: None)
    found = [reassembly.add(fragment(*cut), 1, 0) for cut in cuts]
    return any(whole is not None for whole in found)


@pytest.mark.parametrize(
    ("cuts", "is_whole"),
    [
        ([(0, 1480), (1480, 2960), (2960, SIZE)], True),
        ([(2960, SIZE), (0, 1480), (1480, 2960)], True),
        ([(0, 1480), (0, 1480), (1480, 2960), (1480, 2960), (2960, SIZE)], True),
        ([(0, 1480), (0, 1472), (1480, 2960), (2960, SIZE)], True),
        ([(0, 1480), (8, 1400), (1480, 2960), (2960, SIZE)], True),
        ([(2960, SIZE), (2960, SIZE), (0, 2960)], True),
        ([(0, 1480), (1472, 2960), (2960, SIZE)], False),
        ([(0, 1480), (1480, 2960), (2952, SIZE)], False),
        ([(1480, 2960), (0, 1488), (2960, SIZE)], False),
        ([(0, 1480), (0, 2960), (2960, SIZE)], False),
        ([(0, 1477), (1480, 2960), (2960, SIZE)], False),
        ([(0, 0), (0, 1480), (1480, 2960), (2960, SIZE)], True),
    ],
    ids=[
        "in-order", "last-first", "twice", "shorter-again", "inside", "end-twice", "overlaps-before", "end-overlaps",
        "overlaps-after", "longer-again", "odd-length", "empty",
    ],
)  # fmt: skip
def test_what_is_put_together(cuts: list[tuple[int, int]], is_whole: bool) -> None:
    assert put_together(cuts) is is_whole


def test_no_other_packet_is_begun_while_fragments_fill_the_memory() -> None:
    lab = Lab()
    profile = linux()
    profile.ipfrag_high_thresh = 3000
    reassembly = Reassembly(lab.host("b", profile), lambda first, frame_id, now: None)
    for ident in (1, 2, 3):
        reassembly.add(fragment(0, 1480, ident), 1, 0)
    for ident in (1, 2, 3):
        found = [reassembly.add(fragment(*cut, ident), 1, 0) for cut in ((1480, 2960), (2960, SIZE))]
        assert (found[1] is not None) is (ident != 3)


def test_the_memory_of_what_never_came_is_free_again() -> None:
    lab = Lab()
    profile = linux()
    profile.ipfrag_high_thresh = 3000
    reassembly = Reassembly(lab.host("b", profile), lambda first, frame_id, now: None)
    for ident in (1, 2):
        reassembly.add(fragment(0, 1480, ident), 1, 0)
    lab.run(31 * SECOND)
    cuts = ((0, 1480), (1480, 2960), (2960, SIZE))
    found = [reassembly.add(fragment(*cut, 3), 1, lab.now) for cut in cuts]
    assert found[-1] is not None
