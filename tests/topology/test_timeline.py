"""What the timeline does to a running network, and what it says when it does nothing."""

from __future__ import annotations

from simnet import reasons
from simnet.scenario.values import Change, Cut, Direction, Mend, Move, Say, Scenario, SetSysctl, TimelineEntry
from simnet.topology.builder import build
from simnet.topology.network import Network
from simnet.topology.timeline import Timeline
from simnet.units import MILLISECOND
from tests.devices.watching import Watcher
from tests.topology.drawings import lan_and_server
from tests.topology.test_builder import ping, replies


def run(*entries: TimelineEntry, pings: int = 6) -> tuple[Timeline, Watcher, Network]:
    drawn: Scenario = lan_and_server()
    watcher = Watcher()
    network = build(drawn, observer=watcher)
    timeline = Timeline(network, entries)
    ping(network, "client", "10.0.0.80", times=pings)
    network.scheduler.run()
    network.check_conservation()
    return timeline, watcher, network


def test_a_cut_and_mended_cable_loses_what_is_sent_meanwhile() -> None:
    timeline, watcher, _ = run(
        Cut(time=15 * MILLISECOND, a="s1:p2", b="r1:lan"), Mend(time=35 * MILLISECOND, a="r1:lan", b="s1:p2")
    )
    assert replies(watcher, "client:eth0") == [0, 1, 4, 5]
    assert [(event[2], event[3]) for event in watcher.of("link")] == [
        ("s1:p2 -- r1:lan", "cut"), ("s1:p2 -- r1:lan", "mended"),
    ]  # fmt: skip
    assert timeline.idle == []
    assert len(timeline.applied) == 2


def test_a_moved_client_is_learned_at_its_new_port() -> None:
    timeline, watcher, network = run(Move(time=15 * MILLISECOND, port="client:eth0", old="s1:p1", new="s1:p4"))
    assert replies(watcher, "client:eth0") == list(range(6))
    rows = [event[4:] for event in watcher.of("table") if event[3] == "mac" and event[4].endswith("01")]
    assert [row[1:] for row in rows] == [
        (None, "p1", reasons.LEARNED), ("p1", None, reasons.LINK_DOWN), (None, "p4", reasons.LEARNED),
    ]  # fmt: skip
    link = network.link_at("s1:p4")
    assert link is not None
    assert network.link_at("s1:p1") is None
    assert timeline.idle == []


def test_new_properties_from_then_on() -> None:
    slow = Direction(delay=30 * MILLISECOND)
    _, watcher, _ = run(Change(time=25 * MILLISECOND, sender="client:eth0", direction=slow))
    arrivals = [event[1] // MILLISECOND for event in watcher.of("arrived") if event[2] == "server:eth0"]
    assert arrivals[-6:] == [0, 10, 20, 60, 70, 80]


def test_a_tunable_changes_while_the_host_runs() -> None:
    timeline, watcher, network = run(SetSysctl(time=5, device="server", sysctl={"tcp_sack": 0, "tcp_timestamps": 1}))
    assert network.host("server").stack.profile.tcp_sack == 0
    assert watcher.of("note") == [("note", 5, "server", "tcp_sack is now 0")]
    assert timeline.idle == []


def test_a_remark_is_a_note() -> None:
    _, watcher, _ = run(Say(time=7, words="now look", device="client"))
    assert watcher.of("note") == [("note", 7, "client", "now look")]


def test_entries_that_change_nothing_are_reported() -> None:
    entries = (
        Mend(time=1, a="client:eth0", b="s1:p1"),
        Change(time=2, sender="client:eth0", direction=Direction()),
        SetSysctl(time=3, device="client", sysctl={"tcp_sack": 1}),
        Move(time=4, port="client:eth0", old="s1:p1", new="s1:p2"),
        Cut(time=5, a="client:eth0", b="server:eth0"),
        Change(time=6, sender="s1:p3", direction=Direction()),
        Cut(time=7, a="client:eth0", b="s1:p1"),
        Cut(time=8, a="client:eth0", b="s1:p1"),
    )
    timeline, _, _ = run(*entries, pings=0)
    assert timeline.applied == [entries[6]]
    assert timeline.idle == [
        (entries[0], "client:eth0 -- s1:p1 was not cut"),
        (entries[1], "client:eth0 -- s1:p1 had these properties already"),
        (entries[2], "client had these values already"),
        (entries[3], "there is a cable in s1:p2 already"),
        (entries[4], "there is no cable between client:eth0 and server:eth0 now"),
        (entries[5], "there is no cable in s1:p3"),
        (entries[7], "client:eth0 -- s1:p1 was cut already"),
    ]


def test_an_entry_to_come_keeps_the_run_alive() -> None:
    _, _, network = run(Say(time=10**12, words="late"))
    assert network.scheduler.now == 10**12
