"""What the acknowledgments of a recording tell of the reader's calls."""

from __future__ import annotations

from typing import Any

from tests.golden.captures import Fields
from tests.golden.holds import Holds


def frame(time: int, **tcp: Any) -> Fields:
    """A segment at B's interface, `time` us after the beginning."""
    way = "in" if tcp.get("len") else "out"
    usual = {"dport": 5000, "flags": "A", "len": 0, "opts": []}
    return {"if": "B:eth0", "dir": way, "t": time / 1e6, "tcp": usual | tcp}


def data(time: int, number: int) -> Fields:
    return frame(time, seq=1 + 1000 * number, len=1000)


def acknowledgment(time: int, ack: int) -> Fields:
    return frame(time, ack=ack)


def holds(*frames: Fields) -> Holds:
    return Holds("B", "server", frames)


def test_a_call_lasts_until_what_it_held_up_is_acknowledged() -> None:
    some = holds(data(100, 0), data(101, 1), data(102, 2), acknowledgment(140, 3001))
    assert some.call(90_000, 15_000) == 47_000, "from 90 us to 137"
    assert some.wake(60_000, 8_000) == 39_500, "just before the first that it held up"


def test_a_call_has_ended_when_a_segment_finds_the_socket_free() -> None:
    some = holds(data(100, 0), acknowledgment(103, 1001))
    assert some.call(95_000, 15_000) == 4_500
    assert some.call(50_000, 15_000) == 15_000
    assert some.wake(95_000, 8_000) == 8_000


def test_what_an_acknowledgment_leaves_out_came_after_the_call() -> None:
    some = holds(data(100, 0), data(101, 1), data(102, 2), data(130, 3), acknowledgment(140, 3001))
    assert some.call(90_000, 15_000) == 40_000


def test_a_reader_copies_until_its_window_update() -> None:
    some = holds(data(100, 0), acknowledgment(103, 1001), acknowledgment(150, 1001), data(200, 1))
    assert some.copy(120_000) == 29_500
