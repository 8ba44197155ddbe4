"""Faults and the timeline, and problems in them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from simnet.scenario.load import loads
from simnet.scenario.position import NOWHERE
from simnet.scenario.values import Change, Cut, Direction, Fault, Mend, Move, Say, SetSysctl, TimelineEntry
from simnet.units import SECOND
from tests.scenario.reading import TWO_HOSTS, problems

IN_FAULTS = TWO_HOSTS + "faults:\n  - "
IN_TIMELINE = TWO_HOSTS + "timeline:\n  - "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IN_FAULTS + "drop", '4:5: a fault is a map with one of drop, delay, duplicate, corrupt; found "drop"'),
        (IN_FAULTS + "{dropp: tcp}", '4:6: a fault cannot "dropp"; did you mean "drop"?'),
        (IN_FAULTS + "{nth: 1}", "4:5: a fault needs one of drop, delay, duplicate, corrupt"),
        (
            IN_FAULTS + "{drop: tcp, delay: tcp}",
            '4:5: a fault does one thing; "drop" and "delay" are two: write them apart',
        ),
        (IN_FAULTS + "{drop: tcp.prt == 80}", '4:12: drop: unknown field "tcp.prt"; did you mean "tcp.port"?'),
        (IN_FAULTS + "{delay: tcp}", '4:5: delay needs "by"; write for example by: 100ms'),
        (IN_FAULTS + "{drop: tcp, nth: 0}", "4:22: nth must be a number, 1 or more; found 0"),
        (IN_FAULTS + "{drop: tcp, link: b -- c}", '4:28: no device is called "c"'),
        (
            IN_FAULTS + "{drop: tcp, link: a}",
            '4:23: link "a" is not a link; write two devices with -- between, client -- s1',
        ),
        (
            "hosts: [a, b]\nlinks: [a -- b, a -- b]\nfaults: [{drop: tcp, link: a -- b}]",
            "3:28: several links join a and b; write a:eth0 -- b:eth0 or a:eth1 -- b:eth1",
        ),
        (
            "hosts: [a, b, c]\nlinks: [a -- b]\nfaults: [{drop: tcp, link: a -- c}]",
            "3:28: no link joins a and c; a has a:eth0 -- b:eth0",
        ),
        (IN_TIMELINE + "{cut: a -- b}", '4:5: cut needs "at"; write for example at: 2s'),
        (IN_TIMELINE + "{at: 2s, cut: a -> b}", "4:14: cut takes the whole link; write a:eth0 -- b:eth0"),
        (IN_TIMELINE + "{at: 2s, mend: a -- b}", "4:14: this link is not cut at that time"),
        (IN_TIMELINE + "{at: 2s, cut: a -- b}\n  - {at: 3s, cut: a -- b}", "5:14: this link is cut already"),
        (
            IN_TIMELINE + "{at: 2s, move: a, to: b:eth0}",
            "4:23: port b:eth0 already has a cable in line 2; a port takes one",
        ),
        (IN_TIMELINE + "{at: 2s, move: a, to: c}", '4:23: no device is called "c"'),
        (
            IN_TIMELINE + "{at: 2s, move: a, to: a:eth1}",
            "4:23: this would join a to itself; name a port of another device",
        ),
        (
            IN_TIMELINE + "{at: 2s, change: a -- b, to: {delay: 1us}}",
            "4:14: this changes nothing: the link has these properties already",
        ),
        (IN_TIMELINE + "{at: 2s, sysctl: {tcp_sack: 0}}", '4:5: sysctl needs "host"; write for example host: client'),
        (
            TWO_HOSTS + "until: 1s\ntimeline:\n  - {at: 2s, cut: a -- b}",
            "5:6: this never happens: the run ends before, see until",
        ),
        (IN_TIMELINE + "{at: 2s, ctu: a -- b}", '4:14: a timeline entry cannot "ctu"; did you mean "cut"?'),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected


def _fault(text: str) -> Fault:
    (fault,) = loads(f"{TWO_HOSTS}faults: [{text}]\n").faults
    return replace(fault, text="", at=NOWHERE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{drop: tcp}", Fault(action="drop", matching="tcp")),
        ("{drop: tcp, nth: 2}", Fault(action="drop", matching="tcp", nth=(2,))),
        ("{drop: tcp, nth: [3, 1, 3]}", Fault(action="drop", matching="tcp", nth=(1, 3))),
        ("{drop: tcp, link: a -- b}", Fault(action="drop", matching="tcp", senders=("a:eth0", "b:eth0"))),
        ("{drop: tcp, link: b -- a}", Fault(action="drop", matching="tcp", senders=("b:eth0", "a:eth0"))),
        ("{drop: tcp, link: a -> b}", Fault(action="drop", matching="tcp", senders=("a:eth0",))),
        ("{drop: tcp, link: a <- b}", Fault(action="drop", matching="tcp", senders=("b:eth0",))),
        ("{delay: udp, by: 100ms}", Fault(action="delay", matching="udp", by=100_000_000)),
        ("{duplicate: udp, copies: 3}", Fault(action="duplicate", matching="udp", copies=3)),
        ("{corrupt: udp}", Fault(action="corrupt", matching="udp")),
        ("{corrupt: udp, byte: 40}", Fault(action="corrupt", matching="udp", byte=40)),
    ],
)
def test_fault_becomes_its_value(text: str, expected: Fault) -> None:
    assert _fault(text) == expected


def _timeline(*entries: str) -> list[TimelineEntry]:
    text = "hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}\nswitches: [s]\nlinks: [a -- s, b -- s]\ntimeline: [%s]\n"
    return [replace(entry, text="", at=NOWHERE) for entry in loads(text % ", ".join(entries)).timeline]


def test_timeline_is_sorted_by_time() -> None:
    assert _timeline("{at: 2s, mend: a -- s}", "{at: 1s, cut: s -- a}") == [
        Cut(time=SECOND, a="s:p1", b="a:eth0"),
        Mend(time=2 * SECOND, a="a:eth0", b="s:p1"),
    ]


def test_a_cable_moves_and_may_move_back() -> None:
    assert _timeline("{at: 1s, move: a, to: s:p4}", "{at: 2s, move: a:eth0, to: s:p1}") == [
        Move(time=SECOND, port="a:eth0", old="s:p1", new="s:p4"),
        Move(time=2 * SECOND, port="a:eth0", old="s:p4", new="s:p1"),
    ]


def test_a_cable_moves_to_a_new_port() -> None:
    assert _timeline("{at: 1s, move: a, to: s}") == [Move(time=SECOND, port="a:eth0", old="s:p1", new="s:p3")]


def test_a_link_is_called_by_its_new_ports_after_a_move() -> None:
    assert _timeline("{at: 1s, move: a, to: s:p4}", "{at: 2s, cut: a -- s:p4}")[1] == Cut(
        time=2 * SECOND, a="a:eth0", b="s:p4"
    )


def test_changes_add_up() -> None:
    slow, lossy = Direction(delay=SECOND), Direction(delay=SECOND, loss=0.5)
    assert _timeline("{at: 1s, change: a -- s, to: {delay: 1s}}", "{at: 2s, change: a -> s, to: {loss: 50%}}") == [
        Change(time=SECOND, sender="a:eth0", direction=slow),
        Change(time=SECOND, sender="s:p1", direction=slow),
        Change(time=2 * SECOND, sender="a:eth0", direction=lossy),
    ]


def test_a_change_may_name_the_direction_inside() -> None:
    assert _timeline("{at: 1s, change: a -- s, to: {<-: {loss: 50%}}}") == [
        Change(time=SECOND, sender="s:p1", direction=Direction(loss=0.5))
    ]


def test_tunables_and_remarks() -> None:
    assert _timeline("{at: 1s, sysctl: {tcp_sack: 0}, host: a}", "{at: 2s, note: look here}") == [
        SetSysctl(time=SECOND, device="a", sysctl={"tcp_sack": 0}),
        Say(time=2 * SECOND, words="look here"),
    ]
