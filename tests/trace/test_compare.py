"""Comparing traces: what is equal, what is not, from where, and by which rules."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from simnet.errors import SimnetError
from simnet.filter import compile as filter_of
from simnet.scenario.load import loads
from simnet.trace.compare import Comparison, compare
from simnet.trace.compare_row import Finding
from simnet.trace.compare_rules import NORMALIZATIONS, read_strict
from simnet.trace.events import FrameSent
from simnet.trace.files import open_trace, save
from simnet.trace.heading import Heading
from simnet.trace.trace import Trace
from simnet.units import SECOND, ms, us
from simnet.wire import ethernet
from simnet.wire.checksum import checksum
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import UDP, Ipv4
from simnet.wire.udp import Udp
from simnet.worlds.simulated import run
from tests.trace.comparing import SCENARIOS, changed, right_tcp_checksum, run_of, without

NAMES = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
LOSS_FREE = [name for name in NAMES if name != "lossy-transfer"]
EVERYTHING = frozenset(NORMALIZATIONS)


def found(comparison: Comparison) -> tuple[int, int, int, int]:
    """Equal, different, only in A, only in B."""
    equal, different, only_a, only_b = (comparison.count(finding) for finding in Finding)
    return equal, different, only_a, only_b


def is_frame(number: int) -> Callable[[FrameSent], bool]:
    """Is it the frame with this number, counted from 1?"""
    left = [number]

    def test(_: FrameSent) -> bool:
        left[0] -= 1
        return left[0] == 0

    return test


def right_ip_checksum(data: bytearray) -> None:
    data[24:26] = b"\0\0"
    data[24:26] = checksum(bytes(data[14:34])).to_bytes(2, "big")


def set_bytes(at: int, value: bytes) -> Callable[[bytearray], None]:
    """Overwrite a field of the IP header."""

    def change(data: bytearray) -> None:
        data[at : at + len(value)] = value
        right_ip_checksum(data)

    return change


@pytest.mark.parametrize("name", NAMES)
def test_a_run_equals_itself_to_the_last_bit(name: str) -> None:
    trace = run_of(name)
    again = Trace(list(trace), trace.heading, trace.end_ns)
    comparison = compare(trace, again, strict=EVERYTHING)
    assert comparison.is_equal and comparison.first is None
    assert comparison.count(Finding.EQUAL) == len(comparison.rows) > 0 and not comparison.normalized


@pytest.mark.parametrize("name", LOSS_FREE)
def test_runs_without_loss_are_equal_whatever_the_seed(name: str) -> None:
    comparison = compare(run_of(name), run_of(name, 99))
    assert comparison.is_equal, comparison.first


@pytest.mark.parametrize("rule", ["isn", "timestamps", "ip-id"])
def test_what_another_seed_changes_shows_when_it_is_not_normalized(rule: str) -> None:
    comparison = compare(run_of("handshake"), run_of("handshake", 99), strict=frozenset({rule}))
    assert not comparison.is_equal
    assert comparison.first is not None and comparison.first.seen.number == 5  # the SYN: ARP has none of these
    assert rule not in comparison.normalized


def test_other_luck_with_losses_is_a_difference() -> None:
    equal, different, only_a, only_b = found(compare(run_of("lossy-transfer"), run_of("lossy-transfer", 99)))
    assert equal and different and (only_a or only_b)


@pytest.mark.parametrize("suffix", [".pcapng", ".jsonl"])
@pytest.mark.parametrize("name", ["handshake", "gateway-nat", "hub"])
def test_a_run_equals_its_own_file(name: str, suffix: str, tmp_path: Path) -> None:
    trace = run_of(name)
    save(trace, tmp_path / f"run{suffix}")
    assert found(compare(trace, open_trace(tmp_path / f"run{suffix}")))[1:] == (0, 0, 0)


def one_capture(trace: Trace, port: str) -> Trace:
    """What tcpdump would have written at `port`: no directions, no ids, an interface of another name."""
    events = [FrameSent(5000 + e.time, "eth7", ethernet.parse(ethernet.pack(e.frame)), 0) for e in trace.at_port(port)]
    return Trace(events, Heading("eth7"))


def test_a_capture_of_one_port_is_compared_there() -> None:
    trace = run_of("handshake")
    capture = one_capture(trace, "server:eth0")
    comparison = compare(trace, capture, at=["server:eth0"])
    assert comparison.is_equal and comparison.where == "server:eth0"
    assert comparison.count(Finding.EQUAL) == len(list(trace.at_port("server:eth0")))


def test_two_captures_of_one_port_each_need_no_names() -> None:
    trace = run_of("handshake")
    assert compare(one_capture(trace, "server:eth0"), one_capture(trace, "server:eth0")).is_equal
    assert not compare(one_capture(trace, "server:eth0"), one_capture(trace, "client:eth0")).is_equal


def test_a_capture_that_shares_no_port_is_compared_with_each_frame_once() -> None:
    trace = run_of("close")
    comparison = compare(trace, one_capture(trace, "client:eth0"))
    assert comparison.is_equal and comparison.count(Finding.EQUAL) == sum(1 for _ in trace.frames())


def test_an_unknown_port_is_named_with_one_like_it() -> None:
    trace = run_of("handshake")
    with pytest.raises(SimnetError, match='found "clent:eth0"; did you mean "client:eth0"'):
        compare(trace, trace, at=["clent:eth0"])


def test_nothing_to_compare_is_no_equality() -> None:
    trace = run_of("handshake")
    with pytest.raises(SimnetError, match="nothing to compare"):
        compare(trace, trace, keep=filter_of("udp").matches)


def test_an_unknown_rule_is_named_with_one_like_it() -> None:
    assert read_strict(["isn", "mac"]) == {"isn", "mac"}
    with pytest.raises(SimnetError, match='no normalization "timestamp"; did you mean "timestamps"'):
        read_strict(["timestamp"])
    with pytest.raises(SimnetError, match="the names are isn, port"):
        read_strict(["qqq"])


def test_a_missing_frame_is_missing_and_nothing_else() -> None:
    trace = run_of("handshake")
    frames = [event for event in trace if type(event).__name__ in ("FrameSent", "FrameArrived")]
    for number, event in enumerate(frames):
        comparison = compare(trace, without(trace, number))
        assert found(comparison) == (len(frames) - 1, 0, 1, 0)
        assert comparison.first is not None and comparison.first.seen.frame is event.frame
        assert comparison.first.seen.place == event.port
        back = compare(without(trace, number), trace)
        assert found(back) == (len(frames) - 1, 0, 0, 1)
        assert back.first is not None and back.first.seen.frame is event.frame


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("eth.dst", lambda data: data.__setitem__(slice(0, 6), b"\xff" * 6)),
        ("ip.tos", set_bytes(15, b"\x02")),
        ("ip.id", set_bytes(18, b"\0\0")),
        ("ip.flags.mf", set_bytes(20, b"\x60")),
        ("ip.ttl", set_bytes(22, b"\x07")),
        ("ip.checksum", lambda data: data.__setitem__(24, data[24] ^ 0xFF)),
        ("tcp.checksum", lambda data: data.__setitem__(-1, data[-1] ^ 0xFF)),
        ("eth.trailer", lambda data: data.extend(b"fcs!")),
    ],
)
def test_one_field_of_one_frame_is_found(field: str, change: Callable[[bytearray], None]) -> None:
    trace = run_of("handshake")
    hello = next(n for n, e in enumerate(trace.frames(), 1) if b"hello" in ethernet.pack(e.frame))
    wrong = changed(trace, is_frame(hello), change)
    comparison = compare(trace, wrong)
    first = comparison.first
    assert first is not None and first.finding is Finding.DIFFERENT and first.seen.number == hello
    assert field in [each.name for each in first.differences]
    assert comparison.count(Finding.DIFFERENT) == 2  # as it was sent, and as it arrived
    assert compare(wrong, trace).count(Finding.DIFFERENT) == 2


def test_padding_of_short_frames_is_no_difference() -> None:
    trace = run_of("arp")
    padded = changed(trace, is_frame(1), lambda data: data.extend(bytes(60 - len(data))))
    assert compare(trace, padded).is_equal
    assert not compare(trace, padded, strict=frozenset({"padding"})).is_equal


def test_times_are_compared_only_when_asked_for() -> None:
    prompt = Trace(list(run_of("handshake").frames()), run_of("handshake").heading)
    late = Trace([FrameSent(7 + 3 * e.time, e.port, e.frame, e.departs) for e in prompt], prompt.heading)
    assert compare(prompt, late).is_equal
    timed = compare(prompt, late, strict=frozenset({"time"})).first
    assert timed is not None and timed.seen.number == 2
    assert [each.name for each in timed.differences] == ["time"]
    assert (timed.differences[0].a, timed.differences[0].b) == (timed.seen.time, 3 * timed.seen.time)


@pytest.mark.parametrize(("ticks", "is_right"), [(0, True), (15, True), (25, False), (-25, False), (1 << 31, False)])
def test_clocks_must_go_with_the_time(ticks: int, is_right: bool) -> None:
    trace = run_of("handshake")
    last = sum(1 for _ in trace.frames())

    def advance(data: bytearray) -> None:
        value = int.from_bytes(data[58:62], "big") + ticks
        data[58:62] = (value % (1 << 32)).to_bytes(4, "big")
        right_tcp_checksum(data)

    comparison = compare(trace, changed(trace, is_frame(last), advance))
    names = {each.name for row in comparison.rows for each in row.differences}
    assert names == (set() if is_right else {"tcp.options.timestamp.tsval"})


def test_frames_that_change_places_are_out_of_order_unless_it_was_a_race() -> None:
    trace = run_of("handshake")
    events = [e for e in trace.at_port("client:eth0") if isinstance(e, FrameSent)]
    close, far = list(events), list(events)
    close[1], close[0] = events[0], events[1]
    apart = events[3].time - events[0].time
    assert apart > 500_000 > events[1].time - events[0].time
    far.insert(0, far.pop(3))
    for order, is_race in ((close, True), (far, False)):
        times = sorted(e.time for e in events)
        other = Trace([FrameSent(t, e.port, e.frame, t) for t, e in zip(times, order, strict=True)], trace.heading)
        comparison = compare(Trace(events, trace.heading), other, at=["client:eth0"])
        told = {each.name for row in comparison.rows for each in row.differences}
        assert ("order" in told) is not is_race


GREETING = """
name: greeting
hosts: {anna: 10.0.0.1/24, ben: 10.0.0.2/24}
links: [anna -- ben]
programs:
  ben: [listen: 80, accept, receive: 5, close]
  anna: [connect: ben:80, send: hello, receive: end, close]
expect: [{output: hello, host: ben}]
"""


def test_a_frame_of_b_alone_comes_before_what_it_brings_about() -> None:
    """A second passes in B before its SYN is sent again; in A everything is over by then."""
    with_loss = GREETING + "faults: [{drop: tcp.flags.syn && tcp.flags.ack, nth: 1}]\n"
    comparison = compare(run(loads(GREETING)).trace, run(loads(with_loss)).trace)
    assert comparison.first is not None
    assert comparison.first.finding is Finding.ONLY_B
    assert comparison.first.seen.time > SECOND
    numbers = [row.b.order for row in comparison.rows if row.b is not None]
    assert numbers == sorted(numbers)


def test_the_first_fragment_of_a_datagram_is_read_as_far_as_it_goes() -> None:
    """Its port may be chosen anew, which changes the checksum of the whole, but not its length or data."""
    text = """
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}
links: [a -- b]
programs: {b: [open udp: 7000, receive from], a: [open udp: PORT, send to: {to: "b:7000", bytes: 2000}]}
expect: [{count: 2, matching: udp || ip.frag_offset > 0 || ip.flags.mf}]
"""
    traces = [run(loads(text.replace("PORT", port))).trace for port in ("40000", "40001", "900")]
    assert compare(traces[0], traces[1]).is_equal
    first = compare(traces[0], traces[2]).first
    assert first is not None and [each.name for each in first.differences] == ["udp.srcport"]
    first = compare(traces[0], changed(traces[0], is_frame(3), set_last_byte)).first
    assert first is not None and [each.name for each in first.differences] == ["data"]


def set_last_byte(data: bytearray) -> None:
    data[-1] ^= 1


def at_one_place(frames: list[tuple[int, FrameSent]]) -> Trace:
    """These frames, at these times (in microseconds), as if anna had seen them."""
    events = [FrameSent(us(time), "anna:eth0", event.frame, us(time)) for time, event in frames]
    return Trace(events, run(loads(GREETING)).trace.heading)


@pytest.mark.parametrize(
    ("times_a", "times_b", "is_race"),
    [
        ((0, 0), (9000, 0), True),  # at one instant in A: nobody made them come in this order
        ((0, 9000), (400, 0), True),
        ((0, 9000), (9000, 0), False),  # each trace has them clearly apart
    ],
)
def test_conversations_of_programs_change_places_if_either_trace_has_them_close(
    times_a: tuple[int, int], times_b: tuple[int, int], is_race: bool
) -> None:
    first, second = (
        next(run(loads(GREETING.replace("10.0.0.1/24", address))).trace.matching("tcp").frames())
        for address in ("10.0.0.1/24", "10.0.0.3/24")
    )
    a = at_one_place([(times_a[0], first), (times_a[1], second)])
    b = at_one_place([(times_b[1], second), (times_b[0], first)])
    assert compare(a, b).is_equal is is_race


def test_within_a_conversation_and_after_arp_only_a_race_in_both_traces_counts() -> None:
    """Another conversation between them does not hide it."""
    arp, _, syn, answer = islice(run(loads(GREETING)).trace.frames(), 4)
    stranger = next(run(loads(GREETING.replace("10.0.0.1/24", "10.0.0.3/24"))).trace.matching("tcp").frames())
    for first, second in ((arp, syn), (syn, answer)):
        a = at_one_place([(0, first), (1, stranger), (2, second)])
        b = at_one_place([(0, second), (9000, first), (9001, stranger)])
        comparison = compare(a, b)
        assert [row.seen.frame for row in comparison.rows if row.differences] == [second.frame]
        assert comparison.first is not None
        assert [each.name for each in comparison.first.differences] == ["order"]


def datagrams(identifications: list[int]) -> Trace:
    """One flow, whose datagrams have these IP identifications."""
    frames = [
        Frame(2, 1, ETHERTYPE_IPV4, Ipv4(1, 2, UDP, Udp(9, 7, b"x"), identification=number), place)
        for place, number in enumerate(identifications, 1)
    ]
    return Trace([FrameSent(ms(each.id), "wire", each, ms(each.id)) for each in frames], Heading("wire"))


@pytest.mark.parametrize(
    ("a", "b", "is_equal"),
    [
        ([1, 2, 3], [65535, 0, 1], True),  # it counts, and passes zero
        ([1, 2, 3], [65531, 65534, 0], True),
        ([1, 2, 3], [7, 0, 8], False),  # nobody counted this one
        ([1, 2, 3], [0, 1, 2], False),
        ([1, 2, 3], [65535, 0, 0], False),
    ],
)
def test_an_ip_id_that_counts_may_pass_zero(a: list[int], b: list[int], is_equal: bool) -> None:
    assert compare(datagrams(a), datagrams(b)).is_equal is is_equal
