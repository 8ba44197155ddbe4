"""The learning switch, against golden capture 18 (a Linux bridge) and IEEE 802.1D."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simnet import reasons
from simnet.devices.switch import Switch
from simnet.units import SECOND
from tests.devices.stations import A, B, C, Star


def star(ageing: int = 300 * SECOND) -> Star:
    built = Star()
    built.around(Switch(name="s1", ordinal=9, scheduler=built.scheduler, observer=built.watcher, ageing=ageing))
    return built


def learned(net: Star) -> dict[int, str]:
    assert isinstance(net.middle, Switch)
    return {mac: station.port.name for mac, station in net.middle.stations.items()}


def test_the_exchange_of_golden_18() -> None:
    """A broadcast is flooded, p3 before p2; the answer and all that follows go to one port only."""
    net = star()
    asked = net.say(A)
    assert net.sent_by_middle(asked) == [("p3", reasons.FLOODED), ("p2", reasons.FLOODED)]
    for src, dst, port in ((B, A, "p1"), (A, B, "p2"), (B, A, "p1")):
        assert net.sent_by_middle(net.say(src, dst)) == [(port, reasons.SWITCHED)]
    assert learned(net) == {A: "s1:p1", B: "s1:p2"}
    assert net.tables() == [("1", None, "p1", reasons.LEARNED), ("3", None, "p2", reasons.LEARNED)]


def test_an_unknown_destination_is_flooded_until_it_speaks() -> None:
    net = star()
    assert net.heard(net.say(A, B)) == ["B", "C"]
    net.say(B, C)
    assert net.heard(net.say(A, B)) == ["B"]


def test_group_addresses_are_flooded_and_never_learned() -> None:
    net = star()
    multicast = 0x0100_5E00_0001
    assert net.heard(net.say(A, multicast)) == ["B", "C"]
    assert net.heard(net.say(multicast, B, by=C)) == ["A", "B"]
    net.say(0, B, by=C)
    assert learned(net) == {A: "s1:p1"}


def test_a_frame_for_its_own_port_goes_no_further() -> None:
    """A hub behind p1 would show this: both stations are at the same port."""
    net = star()
    behind_p1 = 0x0200_0000_0099
    net.say(behind_p1, by=A)
    frame = net.say(A, behind_p1)
    assert net.sent_by_middle(frame) == []
    assert [(event[2], event[4]) for event in net.watcher.of("discarded")] == [("s1:p1", reasons.SAME_PORT)]


def test_a_station_that_moved_is_found_at_its_new_port() -> None:
    net = star()
    net.say(A)
    net.say(A, by=C)
    assert net.tables()[-1] == ("1", "p1", "p3", reasons.MOVED)
    assert net.heard(net.say(B, A)) == ["C"]


def test_a_silent_station_is_forgotten_exactly_after_the_ageing_time() -> None:
    net = star()
    net.say(A)
    arrival = net.scheduler.now
    net.say(B, A, at=200 * SECOND)
    net.say(C, at=600 * SECOND)  # keeps the run going
    net.run()
    aged = [event for event in net.watcher.of("table") if event[7] == reasons.AGED]
    assert [(event[4][-1], event[5], event[6]) for event in aged] == [("1", "p1", None), ("3", "p2", None)]
    assert 0 <= arrival - aged[0][1] + 300 * SECOND < 2_000  # `arrival` is at B and C, a hop later
    assert 0 <= aged[1][1] - 500 * SECOND < 2_000
    assert learned(net) == {C: "s1:p3"}


def test_every_frame_keeps_its_sender_young() -> None:
    net = star(ageing=10 * SECOND)
    for second in range(0, 60, 9):
        net.say(A, at=second * SECOND)
    net.run()
    assert net.tables() == [("1", None, "p1", reasons.LEARNED)]


def test_ageing_does_not_keep_a_run_alive() -> None:
    net = star()
    net.say(A)
    assert net.scheduler.now < SECOND
    assert net.scheduler.is_quiet()


def test_a_cut_cable_makes_the_switch_forget() -> None:
    net = star()
    net.say(A)
    net.say(B)
    net.links[A].cut()
    assert net.tables()[-1] == ("1", "p1", None, reasons.LINK_DOWN)
    frame = net.say(B, A)
    assert net.sent_by_middle(frame) == [("p3", reasons.FLOODED)]


moments = st.integers(0, 40).map(lambda tenths: tenths * SECOND // 10)


@given(st.lists(st.tuples(moments, st.sampled_from([A, B, C]), st.sampled_from([A, B, C])), max_size=15))
def test_a_table_with_time_stamps_explains_every_decision(script: list[tuple[int, int, int]]) -> None:
    """A naive switch: a station is known if its last frame came in less than the ageing time ago."""
    ageing = SECOND
    net = star(ageing=ageing)
    frames = [(net.say(src, dst, at=at), at, src, dst) for at, src, dst in sorted(script)]
    net.run()
    assert isinstance(net.middle, Switch)
    ports = {A: "p1", B: "p2", C: "p3"}
    seen: dict[int, int] = {}
    arrivals = {event[3].id: event[1] for event in net.watcher.of("arrived") if event[2].startswith("s1:")}
    for frame, _, src, dst in sorted(frames, key=lambda entry: (arrivals[entry[0].id], ports[entry[2]])):
        now = arrivals[frame.id]
        seen[src] = now
        if now - seen.get(dst, -ageing) >= ageing:
            others = [port for mac, port in ports.items() if mac != src]
            expected = [(port, reasons.FLOODED) for port in reversed(others)]
        else:
            expected = [] if dst == src else [(ports[dst], reasons.SWITCHED)]
        assert net.sent_by_middle(frame) == expected
