"""Scenario values to running networks: names, addresses, wiring, and what does not depend on what."""

from __future__ import annotations

import pytest

from simnet import reasons
from simnet.errors import InternalError
from simnet.scenario import values
from simnet.scenario.values import BurstLoss, Direction, Fault, Forward, Scenario
from simnet.topology.builder import build, properties_of
from simnet.topology.network import Network
from simnet.units import MILLISECOND
from simnet.wire import ethernet, icmp
from simnet.wire.addresses import mac_text, parse_ip
from simnet.wire.frame import Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import ICMP, UDP, Ipv4
from simnet.wire.udp import Udp
from tests.devices.watching import Watcher
from tests.topology.drawings import Device, host, lan_and_server, link, scenario, switch, two_homes


def ping(network: Network, name: str, to: str, *, times: int = 1) -> None:
    """Echo requests at the ordinary interval, from the host's own address."""
    stack = network.host(name).stack
    target = parse_ip(to)
    key = network.next_ordinal() << 40

    def send(number: int) -> None:
        message = Icmp(icmp.ECHO_REQUEST, 0, 77 << 16 | number, bytes(56))
        stack.send_ip(stack.source_address(target), target, ICMP, message, number, 20, 0, network.scheduler.now)

    for number in range(times):
        network.scheduler.at(number * 10 * MILLISECOND, key + number, send, number)


def replies(watcher: Watcher, port: str) -> list[int]:
    """The sequence numbers of echo replies that arrived at `port`."""
    return [
        event[3].payload.payload.rest & 0xFFFF
        for event in watcher.of("arrived")
        if event[2] == port and isinstance(event[3].payload, Ipv4)
        and isinstance(event[3].payload.payload, Icmp) and event[3].payload.payload.type == icmp.ECHO_REPLY
    ]  # fmt: skip


def run(drawn: Scenario, *pings: tuple[str, str, int], seed: int | None = None) -> tuple[Network, Watcher]:
    watcher = Watcher()
    network = build(drawn, seed=seed, observer=watcher)
    for name, to, times in pings:
        ping(network, name, to, times=times)
    network.scheduler.run()
    network.check_conservation()
    return network, watcher


def test_macs_count_up_in_order_of_declaration() -> None:
    drawn = lan_and_server()
    network = build(drawn)
    macs = {name: mac_text(port.mac) for name, port in network.ports.items() if port.mac}
    assert macs == {
        "client:eth0": "02:00:00:00:00:01", "r1:lan": "02:00:00:00:00:02", "r1:wan": "02:00:00:00:00:03",
        "server:eth0": "02:00:00:00:00:04",
    }  # fmt: skip


def test_a_given_mac_is_kept_and_not_given_twice() -> None:
    fixed = values.Host(name="a", interfaces=(values.Interface(name="eth0", mac=0x0200_0000_0001),))
    network = build(scenario(host("b", "10.0.0.2/24"), fixed, host("c", "10.0.0.3/24")))
    assert [port.mac & 0xFF for port in network.ports.values()] == [2, 1, 3]


def test_a_ping_crosses_switch_and_router() -> None:
    network, watcher = run(lan_and_server(), ("client", "10.0.0.80", 3))
    assert replies(watcher, "client:eth0") == [0, 1, 2]
    assert network.scheduler.is_quiet()


def test_two_homes_with_the_same_addresses_reach_one_server() -> None:
    _, watcher = run(two_homes(), ("pc1", "10.0.0.80", 2), ("pc2", "10.0.0.80", 2))
    assert replies(watcher, "pc1:eth0") == [0, 1]
    assert replies(watcher, "pc2:eth0") == [0, 1]
    clients = {
        event[3].payload.src
        for event in watcher.of("arrived")
        if event[2] == "server:eth0" and isinstance(event[3].payload, Ipv4)
    }
    assert clients == {parse_ip("203.0.113.2"), parse_ip("203.0.113.6")}
    assert {(event[2], event[6]) for event in watcher.of("table") if event[3] == "nat"} == {
        ("gw1", "203.0.113.2:77"), ("gw2", "203.0.113.6:77"),
    }  # fmt: skip


def test_a_gateway_forwards_its_port() -> None:
    drawn = two_homes()
    first, second = drawn.gateways
    forward = Forward(protocol="udp", port=53, to_address=parse_ip("192.168.1.10"), to_port=5353)
    first = values.Gateway(name="gw1", interfaces=first.interfaces, gateway=first.gateway, forwards=(forward,))
    drawn = Scenario(
        name="", hosts=drawn.hosts, routers=drawn.routers, gateways=(first, second), links=drawn.links,
        order=drawn.order,
    )  # fmt: skip
    watcher = Watcher()
    network = build(drawn, observer=watcher)
    server = parse_ip("10.0.0.80")
    network.host("server").stack.send_ip(server, first.interfaces[1].address or 0, UDP, Udp(9, 53, b"?"), 1, 30, 0, 0)
    network.scheduler.run()
    seen = [
        event[3].payload
        for event in watcher.of("arrived")
        if event[2] == "pc1:eth0" and isinstance(event[3].payload, Ipv4)
    ]
    ports = [packet.payload.dst_port for packet in seen if isinstance(packet.payload, Udp)]
    assert ([packet.dst for packet in seen], ports) == ([parse_ip("192.168.1.10")], [5353])


def test_lo_carries_what_a_host_sends_to_itself() -> None:
    _, watcher = run(lan_and_server(), ("client", "127.0.0.1", 2), ("client", "192.168.1.10", 1))
    assert len(replies(watcher, "client:lo")) == 3
    assert not [event for event in watcher.of("sent") if event[2] == "client:eth0"]


def test_a_host_without_a_cable_loses_what_it_sends() -> None:
    _, watcher = run(scenario(host("a", "10.0.0.1/24")), ("a", "10.0.0.2", 1))
    asked = watcher.of("dropped")
    assert {(event[2], event[4]) for event in asked} == {("a:eth0", reasons.DROP_UNPLUGGED)}


def packed(watcher: Watcher, port: str) -> list[tuple[object, ...]]:
    """What happened at `port`, ids aside."""
    return [
        tuple(ethernet.pack(part) if isinstance(part, Frame) else part for part in event)
        for event in watcher.seen
        if event[2] == port
    ]


BAD = Direction(delay=MILLISECOND, loss=0.2, jitter=MILLISECOND, duplicate=0.2, corrupt=0.1)


def bad_lan(*more: Device | values.Link) -> Scenario:
    return scenario(
        host("a", "10.0.0.1/24"), host("b", "10.0.0.2/24"), switch("s1", 4),
        link("a:eth0", "s1:p1", BAD), link("b:eth0", "s1:p2", BAD), *more, seed=11,
    )  # fmt: skip


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    first = packed(run(bad_lan(), ("a", "10.0.0.2", 30))[1], "a:eth0")
    assert packed(run(bad_lan(), ("a", "10.0.0.2", 30))[1], "a:eth0") == first
    assert packed(run(bad_lan(), ("a", "10.0.0.2", 30), seed=12)[1], "a:eth0") != first


def test_one_more_pair_of_hosts_changes_nothing_elsewhere() -> None:
    """Not the chances, not the order, not even the ids."""
    alone = run(bad_lan(), ("a", "10.0.0.2", 30))[1]
    more = bad_lan(host("c", "10.0.1.1/24"), host("d", "10.0.1.2/24"), link("c:eth0", "d:eth0", BAD))
    crowded = run(more, ("a", "10.0.0.2", 30), ("c", "10.0.1.2", 30))[1]
    for port in ("a:eth0", "b:eth0", "s1:p1", "s1:p2"):
        assert packed(crowded, port) == packed(alone, port)


def test_a_fault_of_the_scenario_acts_on_chosen_senders() -> None:
    second_ping = "drop: icmp.type == 8, nth: 2"
    fault = Fault(action="drop", matching="icmp.type == 8", nth=(2,), senders=("client:eth0",), text=second_ping)
    drawn = lan_and_server()
    drawn = Scenario(
        name="", hosts=drawn.hosts, switches=drawn.switches, routers=drawn.routers, links=drawn.links,
        faults=(fault,), order=drawn.order,
    )  # fmt: skip
    network, watcher = run(drawn, ("client", "10.0.0.80", 4))
    assert replies(watcher, "client:eth0") == [0, 2, 3]
    assert [event[2] for event in watcher.of("fault")] == [second_ping]
    assert [fault.fired for fault in network.faults] == [1]


def test_every_property_of_the_language_reaches_the_device() -> None:
    burst = BurstLoss(enter=0.1, leave=0.2, loss=0.3)
    direction = Direction(
        rate=1, delay=2, jitter=3, loss=0.4, burst_loss=burst, duplicate=0.5, reorder=0.6, reorder_by=7,
        corrupt=0.8, mtu=900, queue=10,
    )  # fmt: skip
    built = properties_of(direction)
    for name in Direction.__struct_fields__:
        if name != "burst_loss":
            assert getattr(built, name) == getattr(direction, name), name
    assert built.bursts is not None
    assert (built.bursts.enter, built.bursts.leave, built.bursts.loss) == (0.1, 0.2, 0.3)
    assert properties_of(Direction()).differences(properties_of(Direction())) == []


def test_the_interface_takes_the_mtu_of_its_cable() -> None:
    drawn = scenario(
        host("a", "10.0.0.1/24"), host("b", "10.0.0.2/24"),
        link("a:eth0", "b:eth0", Direction(mtu=900), Direction(mtu=1000)),
    )  # fmt: skip
    network = build(drawn)
    assert [network.host(name).stack.interfaces[1].mtu for name in ("a", "b")] == [900, 1000]


def test_a_profile_and_its_sysctls_are_the_hosts_own() -> None:
    tuned = values.Host(name="a", profile="rfc", sysctl={"tcp_sack": 0})
    network = build(scenario(tuned, host("b", "10.0.0.2/24")))
    profiles = [network.host(name).stack.profile for name in ("a", "b")]
    assert [(profile.tcp_sack, profile.tcp_quickack_segments) for profile in profiles] == [(0, 0), (1, 16)]


def test_a_lost_frame_is_noticed() -> None:
    """Conservation must be able to fail."""
    network, _ = run(lan_and_server(), ("client", "10.0.0.80", 1))
    network.links[0].b.arrived -= 1
    with pytest.raises(InternalError, match="client:eth0 > s1:p1: 2 sent .* is not 1 arrived"):
        network.check_conservation()


def test_a_storm_is_named() -> None:
    """Two switches joined twice repeat a broadcast for ever."""
    drawn = scenario(
        host("a", "10.0.0.1/24"), switch("s1", 3), switch("s2", 3),
        link("a:eth0", "s1:p1"), link("s1:p2", "s2:p2"), link("s1:p3", "s2:p3"),
    )  # fmt: skip
    network = build(drawn)
    ping(network, "a", "10.0.0.9")
    with pytest.raises(Exception, match="still goes on"):
        network.scheduler.run(limit=2_000)
    named = network.busiest(2_000)
    assert "s1:p2 > s2:p2" in named
    assert "s2:p3 > s1:p3" in named
