"""The parts of TCP by themselves, against plain models (hypothesis) and against other people's numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.stack.profile import linux
from simnet.stack.tcp.congestion.cubic import cubic_root
from simnet.stack.tcp.reassembly import Reassembly
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.send_queue import Piece, SendQueue
from simnet.stack.tcp.sequence import distance, is_before, unwrap, wire
from simnet.stack.tcp.states import TRANSITIONS, Event, State
from simnet.units import MILLISECOND, SECOND

WORD = st.integers(0, 0xFFFFFFFF)
NEARBY = st.integers(-0x8000_0000, 0x7FFF_FFFF)


@given(st.integers(0, 1 << 40), NEARBY)
def test_unwrap_finds_the_number_that_was_meant(near: int, offset: int) -> None:
    assert unwrap(wire(near + offset), near) == near + offset


@given(WORD, NEARBY.filter(lambda offset: offset != -0x8000_0000))
def test_clock_order_is_that_of_the_distance(clock: int, offset: int) -> None:
    other = (clock + offset) & 0xFFFFFFFF
    assert distance(other, clock) == offset
    assert is_before(other, clock) is (offset < 0)


STREAM = bytes(range(256))
SPANS = st.lists(st.tuples(st.integers(1, 200), st.integers(1, 55)), max_size=12)


@given(SPANS)
def test_reassembly_gives_back_the_stream(spans: list[tuple[int, int]]) -> None:
    """Whatever overlaps: what is taken at the gap's end is the stream, each byte once."""
    reassembly = Reassembly(linux(), lambda size: None)
    have: set[int] = set()
    for start, length in spans:
        fresh = set(range(start, start + length)) - have
        is_kept = reassembly.insert(start, start + length, STREAM[start : start + length], False)
        assert is_kept or not fresh
        have |= fresh
        assert reassembly.bytes_held == len(have)
    got = b"\0"
    while (held := reassembly.take(len(got))) is not None:
        got += held[0]
    end = 1
    while end in have:
        end += 1
    assert got == STREAM[:end]


@given(SPANS.filter(bool))
def test_sack_blocks_cover_what_is_held_newest_first(spans: list[tuple[int, int]]) -> None:
    reassembly = Reassembly(linux(), lambda size: None)
    have: set[int] = set()
    for start, length in spans:
        reassembly.insert(start, start + length, STREAM[start : start + length], False)
        have |= set(range(start, start + length))
        reassembly.report(1)  # the D-SACK goes
        blocks = reassembly.report(4)
        assert blocks[0][0] <= start and start + length <= blocks[0][1]
        for left, right in blocks:
            assert set(range(left, right)) <= have
        assert len({left for left, _ in blocks}) == len(blocks)


@pytest.mark.rfc("2883", "4.1")
def test_duplicate_is_reported_once_and_first() -> None:
    reassembly = Reassembly(linux(), lambda size: None)
    reassembly.insert(10, 20, STREAM[10:20], False)
    reassembly.insert(12, 18, STREAM[12:18], False)
    assert reassembly.report(3) == ((12, 18), (10, 20))
    assert reassembly.report(3) == ((10, 20),)


@given(st.lists(st.binary(min_size=1, max_size=30), min_size=1), st.lists(st.integers(1, 40)))
def test_send_queue_is_a_stream(writes: list[bytes], cuts: list[int]) -> None:
    queue = SendQueue()
    for number, data in enumerate(writes):
        if number % 3 and not queue.is_empty():
            queue.extend_tail(data)
        else:
            queue.add(Piece(data))
    got = b""
    for cut in cuts:
        piece = queue.head()
        if piece is None:
            break
        queue.fill(piece, cut)
        cut = min(cut, piece.size)
        got += piece.take(cut)
        queue.took(piece, cut)
    rest = b""
    while (piece := queue.head()) is not None:
        size = piece.size
        rest += piece.take(size)
        queue.took(piece, size)
    assert got + rest == b"".join(writes)
    assert queue.size == 0


@pytest.mark.rfc("6298", "2.2")
def test_first_round_trip() -> None:
    """Capture 08 wire10ms: RTT 20.116 ms gives rttvar 10.058 ms and an RTO of 224 ms."""
    rtt = RoundTrip(linux())
    rtt.sample(20_116, 20_116, 1, 1, 0)
    assert (rtt.srtt8 >> 3, rtt.deviation4 >> 2, rtt.rto) == (20_116, 10_058, 224 * MILLISECOND)


@pytest.mark.rfc("6298", "2.3")
@given(st.lists(st.tuples(st.integers(1, 300 * MILLISECOND), st.integers(1, 100_000)), min_size=1, max_size=200))
def test_smallest_round_trip_is_of_the_last_seconds(steps: list[tuple[int, int]]) -> None:
    profile = linux()
    profile.tcp_min_rtt_wlen = 1 * SECOND
    rtt, now, seen = RoundTrip(profile), 0, []
    for wait, measured in steps:
        now += wait
        seen.append((now, measured))
        rtt.sample(measured, measured, 0, 0, now)
        window = [value for time, value in seen if time >= now - profile.tcp_min_rtt_wlen - profile.jiffy]
        assert rtt.minimum in window
        assert rtt.minimum <= measured


def test_least_timeout_is_in_whole_jiffies() -> None:
    profile = linux()
    profile.tcp_rto_min = 50 * MILLISECOND
    assert RoundTrip(profile).rto_min == 52 * MILLISECOND


@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=50))
def test_rto_stays_between_its_bounds(samples: list[int]) -> None:
    profile = linux()
    rtt = RoundTrip(profile)
    for number, sample in enumerate(samples):
        rtt.sample(sample, sample, number, number + 1, number)
        assert profile.tcp_rto_min <= rtt.rto <= profile.tcp_rto_max
        assert rtt.rto >= (rtt.srtt8 >> 3) * 1000
    for _ in range(20):
        rtt.back_off()
    assert rtt.rto == 120 * SECOND


@given(st.integers(1 << 7, 1 << 56))
def test_cubic_root_is_close(number: int) -> None:
    assert abs(cubic_root(number) - number ** (1 / 3)) <= max(1.0, number ** (1 / 3) * 0.01)


@pytest.mark.rfc("9293", "3.3.2", "figure 5")
def test_transitions_are_those_of_the_figure() -> None:
    """Every state can be reached and left; from each there is a way to CLOSED."""
    reached = {State.CLOSED}
    while True:
        more = {new for (old, _), new in TRANSITIONS.items() if old in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(State)
    assert (State.ESTABLISHED, Event.FIN_ACKED) not in TRANSITIONS
    home = {State.CLOSED}
    while len(home) < len(State):
        more = {old for (old, _), new in TRANSITIONS.items() if new in home} - home
        assert more
        home |= more
