"""The hub, against golden capture 18b (a Linux bridge that does not learn)."""

from __future__ import annotations

from simnet import reasons
from simnet.devices.hub import Hub
from tests.devices.stations import A, B, C, Star


def star() -> Star:
    built = Star()
    built.around(Hub(name="h1", ordinal=9, scheduler=built.scheduler, observer=built.watcher))
    return built


def test_everybody_but_the_sender_hears_every_frame() -> None:
    net = star()
    assert net.heard(net.say(A)) == ["B", "C"]
    assert net.heard(net.say(B, A)) == ["A", "C"]
    assert net.heard(net.say(A, B)) == ["B", "C"]


def test_ports_are_visited_newest_first() -> None:
    """18b, frames 3 and 5, then 9 and 11: p3 before p2, p3 before p1."""
    net = star()
    assert net.sent_by_middle(net.say(A)) == [("p3", reasons.REPEATED), ("p2", reasons.REPEATED)]
    assert net.sent_by_middle(net.say(B, A)) == [("p3", reasons.REPEATED), ("p1", reasons.REPEATED)]


def test_a_repeated_frame_keeps_its_value_and_gets_its_own_name() -> None:
    net = star()
    frame = net.say(A)
    copies = [event[3] for event in net.watcher.of("arrived") if event[3].parent == frame.id]
    assert [copy == frame for copy in copies] == [True, True]
    assert all(copy.payload is frame.payload for copy in copies)
    assert {copy.id for copy in copies} == {(9 << 40) + 1, (9 << 40) + 2}
    assert {copy.cause for copy in copies} == {frame.id}


def test_a_dead_port_is_left_out() -> None:
    net = star()
    net.links[C].cut()
    assert net.sent_by_middle(net.say(A)) == [("p2", reasons.REPEATED)]
