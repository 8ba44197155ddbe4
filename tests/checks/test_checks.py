"""Expectations against traces written by hand: each kind holds, breaks, and cannot pass on nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from simnet.checks.check import Evidence, check
from simnet.checks.verdict import Verdict
from simnet.reasons import DROP_LOSS, LEARNED, TTL_EXPIRED
from simnet.scenario.expectation_values import (
    Always,
    Cell,
    Count,
    Ends,
    Expectation,
    FramePattern,
    Frames,
    Gaps,
    Hop,
    Never,
    Output,
    Place,
    Sockets,
    States,
    Table,
)
from simnet.trace.events import (
    Event,
    FrameArrived,
    FrameDiscarded,
    FrameDropped,
    FrameSent,
    ProgramOutput,
    StateChanged,
    TableChanged,
)
from simnet.trace.network import DeviceEntry, Kind, NetworkMap, PortEntry
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import UDP, Ipv4
from simnet.wire.udp import Udp

CLIENT, ROUTER = 0x0200_0000_0001, 0x0200_0000_0002
AT_CLIENT = Place(port="client:eth0", text="client:eth0")


def datagram(port: int, id: int = 1, parent: int = 0, ttl: int = 64, src: int = CLIENT) -> Frame:
    return Frame(ROUTER, src, ETHERTYPE_IPV4, Ipv4(1, 2, UDP, Udp(9, port, b"x"), ttl), id, parent)


def sent(time: int, port: int) -> FrameSent:
    return FrameSent(time, "client:eth0", datagram(port), time)


def judge(expected: Expectation, events: Sequence[Event], end: int = 0) -> Verdict:
    port = PortEntry("client:eth0", "02:00:00:00:00:01", ("10.0.0.1/24",))
    network = NetworkMap((DeviceEntry("client", Kind.HOST, (port,)),))
    return check(expected, Evidence(events, network, end))


def udp(port: int, direction: str = "") -> FramePattern:
    return FramePattern(text=f"UDP {port}", matching=f"udp.dstport == {port}", direction=direction)


ANYTHING = FramePattern(text="...", any_number=True)


@pytest.mark.parametrize(
    ("patterns", "why"),
    [
        ((udp(1), udp(2), udp(3)), ""),
        ((udp(1), ANYTHING), ""),
        ((ANYTHING, udp(3)), ""),
        ((udp(1), ANYTHING, udp(2), udp(3)), ""),
        ((udp(1, "->"), udp(2, "->"), udp(3)), ""),
        ((udp(1), udp(3)), "frame 2 is"),
        ((udp(1), udp(2), udp(3), udp(4)), "nothing more came; expected UDP 4"),
        ((udp(1), udp(2)), "expected no more frames"),
        ((udp(1, "<-"), ANYTHING), "frame 1 is"),
    ],
)
def test_frame_lists(patterns: tuple[FramePattern, ...], why: str) -> None:
    verdict = judge(Frames(frames=patterns, seen=AT_CLIENT), [sent(0, 1), sent(5, 2), sent(9, 3)])
    assert verdict.ok == (not why)
    assert why in verdict.why


def test_frame_list_on_nothing_fails() -> None:
    assert not judge(Frames(frames=(ANYTHING,), seen=AT_CLIENT), []).ok


def test_never_always_and_count() -> None:
    events = [sent(0, 1), sent(5, 2)]
    assert judge(Never(matching="udp.dstport == 3"), events).ok
    assert "frame 2" in judge(Never(matching="udp.dstport == 2"), events).why
    assert not judge(Never(matching="udp.dstport == 3"), []).ok
    assert judge(Always(condition="ip.ttl == 64"), events).ok
    assert "frame 2" in judge(Always(condition="udp.dstport == 1"), events).why
    assert not judge(Always(condition="ip.ttl == 64", matching="tcp"), events).ok
    assert judge(Count(of="seen", minimum=2, maximum=2), events).ok
    assert "at most 1" in judge(Count(of="seen", minimum=0, maximum=1), events).why
    assert "at least 3" in judge(Count(of="seen", minimum=3, maximum=None), events).why


def test_counts_of_what_became_of_frames() -> None:
    frame = datagram(1)
    events = [
        FrameArrived(1, "server:eth0", frame),
        FrameDropped(2, "client:eth0", frame, DROP_LOSS),
        FrameDiscarded(3, "server:eth0", frame, TTL_EXPIRED),
    ]
    for of, host, reason in (("delivered", "server", 0), ("dropped", "", DROP_LOSS), ("discarded", "server", 0)):
        assert judge(Count(of=of, minimum=1, maximum=1, host=host, reason=reason), events).ok
    assert not judge(Count(of="delivered", minimum=1, maximum=1, host="client"), events).ok
    assert not judge(Count(of="dropped", minimum=1, maximum=1, reason=TTL_EXPIRED), events).ok


def test_gaps() -> None:
    events = [sent(0, 1), sent(1_000_000_000, 1), sent(3_050_000_000, 1)]
    assert judge(Gaps(gaps=(1_000_000_000, 2_000_000_000)), events).ok
    assert "gap 2" in judge(Gaps(gaps=(1_000_000_000, 2_000_000_000), within=0.01), events).why
    assert "2 gaps, expected 1" in judge(Gaps(gaps=(1_000_000_000,)), events).why
    assert not judge(Gaps(gaps=(1_000_000_000,)), []).ok


def test_hop() -> None:
    before = datagram(1, id=7)
    after = datagram(1, id=8, parent=7, ttl=63, src=ROUTER)
    events = [FrameArrived(1, "r1:lan", before), FrameSent(2, "r1:wan", after, 2)]
    good = Hop(device="r1", rewritten=("eth.src",), kept=("ip.dst", "udp.dstport"), changed=(("ip.ttl", -1),))
    assert judge(good, events).ok
    assert "still 02:00:00:00:00:02" in judge(Hop(device="r1", rewritten=("eth.dst",)), events).why
    assert "expected it kept" in judge(Hop(device="r1", kept=("ip.ttl",)), events).why
    assert "expected -2" in judge(Hop(device="r1", changed=(("ip.ttl", -2),)), events).why
    assert "forwarded no frame" in judge(Hop(device="r2", kept=("ip.dst",)), events).why


def state(time: int, old: str, new: str, connection: str = "10.0.0.1:4 > 10.0.0.2:80") -> StateChanged:
    return StateChanged(time, "client", connection, old, new, 0)


def test_states_follow_one_connection_and_a_reused_name_is_another() -> None:
    events = [
        state(1, "CLOSED", "SYN-SENT"),
        state(2, "SYN-SENT", "CLOSED"),
        state(3, "CLOSED", "SYN-SENT"),
        state(4, "SYN-SENT", "ESTABLISHED"),
    ]
    assert judge(States(host="client", states=("CLOSED", "SYN-SENT", "CLOSED")), events).ok
    assert judge(States(host="client", nth=2, states=("CLOSED", "SYN-SENT", "ESTABLISHED")), events).ok
    assert "state 3 is CLOSED" in judge(States(host="client", states=("CLOSED", "SYN-SENT", "LISTEN")), events).why
    assert "has 0 such" in judge(States(host="client", port=81, states=("CLOSED",)), events).why
    assert judge(States(host="client", port=80, states=("CLOSED", "SYN-SENT", "CLOSED")), events).ok


def test_sockets_at_a_moment() -> None:
    events = [state(1, "CLOSED", "SYN-SENT"), state(5, "SYN-SENT", "ESTABLISHED")]
    assert judge(Sockets(host="client", counts=(("SYN-SENT", 1),), time=4), events).ok
    assert judge(Sockets(host="client", counts=(("ESTABLISHED", 1), ("SYN-SENT", 0))), events).ok
    assert "has 1 in ESTABLISHED" in judge(Sockets(host="client", counts=(("ESTABLISHED", 2),)), events).why


def test_tables_are_rebuilt_and_names_stand_for_addresses() -> None:
    events: list[Event] = [
        TableChanged(1, "s1", "mac", "02:00:00:00:00:01", None, "p1", LEARNED, 0),
        FrameArrived(2, "s1:p1", datagram(1)),
        TableChanged(2, "s1", "mac", "02:00:00:00:00:09", None, "p2", LEARNED, 0),
        FrameArrived(3, "s1:p1", datagram(1)),
        TableChanged(4, "s1", "mac", "02:00:00:00:00:09", "p2", None, LEARNED, 0),
    ]
    client = (Cell("mac", "client"), Cell("port", "p1"))
    other = (Cell("mac", "02:00:00:00:00:09"),)
    assert judge(Table(table="mac", device="s1", rows=(client,)), events).ok
    assert judge(Table(table="mac", device="s1", rows=(client, other), nth=1), events).ok
    assert judge(Table(table="mac", device="s1", rows=(other, client), time=3), events).ok
    assert "also a row" in judge(Table(table="mac", device="s1", rows=(client,), time=3), events).why
    assert "no row" in judge(Table(table="mac", device="s1", rows=(client, other)), events).why
    assert "fewer than 3" in judge(Table(table="mac", device="s1", rows=(client,), nth=3), events).why


def test_output_and_end() -> None:
    events = [ProgramOutput(1, "client", "main", "hello "), ProgramOutput(2, "client", "main", "world\n")]
    assert judge(Output(host="client", words="hello world"), events).ok
    assert judge(Output(host="client", words="o w", match="contains"), events).ok
    assert judge(Output(host="client", words="^hel+o", match="matches"), events).ok
    assert "printed 'hello world" in judge(Output(host="client", words="bye"), events).why
    assert "printed nothing" in judge(Output(host="client", words="bye", program="other"), events).why
    assert judge(Ends(earliest=5, latest=9), [], end=7).ok
    assert not judge(Ends(latest=6), [], end=7).ok
    assert not judge(Ends(earliest=8), [], end=7).ok
