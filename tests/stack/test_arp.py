"""ARP as the golden captures 13c and 14 show it."""

from __future__ import annotations

import pytest

from simnet import reasons
from simnet.stack.linux_errno import SocketError
from simnet.stack.linux_socket import AF_INET, IPPROTO_ICMP, SOCK_DGRAM, SOCK_RAW
from simnet.stack.neighbor import Neighbor, NeighborState
from simnet.stack.profile import Profile, linux
from simnet.units import MILLISECOND, SECOND
from simnet.wire.addresses import BROADCAST_MAC, parse_ip
from simnet.wire.arp import REPLY, REQUEST, Arp
from simnet.wire.frame import ETHERTYPE_ARP, Frame
from simnet.wire.icmp import HOST_UNREACHABLE, UNREACHABLE
from simnet.wire.ipv4 import Ipv4
from tests.stack.lan import Lab, Segment


def arps(segment: Segment) -> list[tuple[int, int, bool]]:
    """(operation, reason, broadcast?) of each ARP frame sent."""
    return [
        (frame.payload.operation, frame.reason, frame.dst == BROADCAST_MAC)
        for frame in segment.frames
        if isinstance(frame.payload, Arp)
    ]


def send_datagram(segment: Segment, sender: int, to: str) -> None:
    sockets = segment.hosts[sender].sockets
    fd = sockets.socket(AF_INET, SOCK_DGRAM)
    sockets.sendto(fd, b"hello", parse_ip(to), 5000, segment.now)


def test_request_is_broadcast_and_reply_is_unicast_and_the_packet_follows() -> None:
    segment = Segment()
    segment.host("a", "10.0.0.1/24")
    segment.host("b", "10.0.0.2/24")
    send_datagram(segment, 0, "10.0.0.2")
    segment.run()
    assert arps(segment) == [(REQUEST, reasons.ARP_ASK, True), (REPLY, reasons.ARP_ANSWER, False)]
    assert isinstance(segment.frames[2].payload, Ipv4)


def test_target_learns_the_asker_and_asks_no_question_of_its_own() -> None:
    segment = Segment()
    segment.host("a", "10.0.0.1/24")
    segment.host("b", "10.0.0.2/24")
    send_datagram(segment, 0, "10.0.0.2")
    segment.run()
    segment.frames.clear()
    send_datagram(segment, 1, "10.0.0.1")
    segment.run()
    assert arps(segment) == []


def test_three_requests_a_second_apart_then_host_unreachable_to_itself() -> None:
    segment = Segment()
    host = segment.host("a", "10.0.0.1/24")
    fd = host.sockets.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
    host.sockets.sendto(fd, b"\x08" + bytes(63), parse_ip("10.0.0.77"), 0, 0)
    segment.run()
    assert [reason for _, reason, _ in arps(segment)] == [
        reasons.ARP_ASK, reasons.ARP_ASK_AGAIN, reasons.ARP_ASK_AGAIN,
    ]  # fmt: skip
    assert segment.now == 3_072 * MILLISECOND  # a kernel timer of 1 s fires after 1.024 s (13c)
    packet, (sender, _) = host.sockets.recvfrom(fd, 2000, segment.now)
    assert sender == parse_ip("10.0.0.1")
    assert (packet[20], packet[21]) == (UNREACHABLE, HOST_UNREACHABLE)


def test_packets_wait_in_order_for_the_answer() -> None:
    segment = Segment()
    segment.host("a", "10.0.0.1/24")
    b = segment.host("b", "10.0.0.2/24")
    listener = b.sockets.socket(AF_INET, SOCK_DGRAM)
    b.sockets.bind(listener, 0, 5000, 0)
    sockets = segment.hosts[0].sockets
    fd = sockets.socket(AF_INET, SOCK_DGRAM)
    for number in range(10):
        sockets.sendto(fd, b"%d" % number, parse_ip("10.0.0.2"), 5000, 0)
    segment.run()
    received = [b.sockets.recv(listener, 100, segment.now) for _ in range(10)]
    assert received == [b"%d" % number for number in range(10)]


def test_passively_learned_neighbor_is_probed_five_seconds_after_use() -> None:
    segment = Segment()
    segment.host("a", "10.0.0.1/24")
    segment.host("b", "10.0.0.2/24")
    send_datagram(segment, 0, "10.0.0.2")
    segment.run()
    send_datagram(segment, 1, "10.0.0.1")
    start = segment.now
    segment.frames.clear()
    segment.run(until=start + 6 * SECOND)
    assert (REQUEST, reasons.ARP_PROBE, False) in arps(segment)
    assert (REPLY, reasons.ARP_ANSWER, False) in arps(segment)


def test_progress_of_a_higher_layer_spares_the_probe() -> None:
    """14b: DELAY ends in REACHABLE when the neighbor was confirmed within its 5 seconds."""
    for confirmed_after, asks in ((1 * SECOND, False), (None, True)):
        segment = Segment()
        a = segment.host("a", "10.0.0.1/24")
        segment.host("b", "10.0.0.2/24")
        send_datagram(segment, 1, "10.0.0.1")  # a learns b's MAC from its question: STALE, DELAY with the first use
        segment.run()
        send_datagram(segment, 0, "10.0.0.2")
        segment.run()
        hop = a.next_hop(parse_ip("10.0.0.2"))
        assert hop is not None and str(hop.neighbor).endswith("DELAY")
        if confirmed_after is not None:
            hop.neighbor.confirmed = segment.now + confirmed_after
        segment.frames.clear()
        segment.run(until=segment.now + 6 * SECOND)
        assert ((REQUEST, reasons.ARP_PROBE, False) in arps(segment)) is asks
        assert str(hop.neighbor).endswith("REACHABLE")


def test_unconnected_socket_never_hears_of_a_closed_port_and_a_connected_one_does_once() -> None:
    segment = Segment()
    a = segment.host("a", "10.0.0.1/24")
    segment.host("b", "10.0.0.2/24")
    unconnected = a.sockets.socket(AF_INET, SOCK_DGRAM)
    a.sockets.sendto(unconnected, b"x", parse_ip("10.0.0.2"), 9, 0)
    connected = a.sockets.socket(AF_INET, SOCK_DGRAM)
    a.sockets.connect(connected, parse_ip("10.0.0.2"), 9, 0)
    a.sockets.send(connected, b"x", 0)
    segment.run()
    outcomes = []
    for fd in (unconnected, connected, connected):
        try:
            a.sockets.recv(fd, 10, segment.now)
        except SocketError as error:
            outcomes.append(str(error))
    assert outcomes == ["EAGAIN", "ECONNREFUSED", "EAGAIN"]


def brief(base: int) -> Profile:
    profile = linux()
    profile.neigh_base_reachable_time = base
    return profile


def entry(segment: Segment, holder: int, address: str) -> Neighbor:
    hop = segment.hosts[holder].next_hop(parse_ip(address))
    assert hop is not None
    return hop.neighbor


def acquainted(base: int) -> Segment:
    """a has resolved b and knows it as REACHABLE; b knows a as STALE."""
    segment = Segment()
    for name, address in (("a", "10.0.0.1"), ("b", "10.0.0.2")):
        sockets = segment.host(name, f"{address}/24", brief(base)).sockets
        sockets.bind(sockets.socket(AF_INET, SOCK_DGRAM), parse_ip(address), 5000, 0)  # no port unreachable goes back
    send_datagram(segment, 0, "10.0.0.2")
    segment.run()
    segment.frames.clear()
    return segment


def test_reachable_ends_by_itself_in_stale_and_asks_nobody() -> None:
    segment = acquainted(30 * SECOND)
    assert segment.now < SECOND, "what ages must not keep a run going"
    neighbor = entry(segment, 0, "10.0.0.2")
    segment.run(until=15 * SECOND - 1)  # 0.5 of the base: the least that is drawn
    assert neighbor.state is NeighborState.REACHABLE
    segment.run(until=50 * SECOND)
    assert neighbor.state is NeighborState.STALE
    assert arps(segment) == []


def test_reachable_ends_in_delay_when_used_within_five_seconds_and_a_probe_follows_without_further_use() -> None:
    """14_arp: base_reachable_time is 2 s."""
    segment = acquainted(2 * SECOND)
    neighbor = entry(segment, 0, "10.0.0.2")
    segment.run(until=3_300 * MILLISECOND)
    assert neighbor.state is NeighborState.DELAY
    assert arps(segment) == []
    segment.run(until=9 * SECOND)
    assert arps(segment) == [(REQUEST, reasons.ARP_PROBE, False), (REPLY, reasons.ARP_ANSWER, False)]


def test_each_answer_counts_as_a_use_so_a_short_reachable_time_probes_forever() -> None:
    segment = acquainted(2 * SECOND)
    segment.run(until=40 * SECOND)
    probes = [reason for _, reason, _ in arps(segment) if reason == reasons.ARP_PROBE]
    assert 4 <= len(probes) <= 6  # one per 5 s of DELAY and 1 … 3 s of REACHABLE


def test_use_in_delay_is_remembered_when_reachable_ends() -> None:
    """b in 14_arp: its reply 3.5 s after the first falls into DELAY; confirmed by TCP, it goes on to REACHABLE."""
    for used, expected in ((True, NeighborState.DELAY), (False, NeighborState.STALE)):
        segment = acquainted(6 * SECOND)
        neighbor = entry(segment, 1, "10.0.0.1")
        send_datagram(segment, 1, "10.0.0.1")
        start = segment.now
        neighbor.confirmed = start + 1 * SECOND
        if used:
            segment.run(until=start + 4_500 * MILLISECOND)
            send_datagram(segment, 1, "10.0.0.1")
        segment.run(until=start + 5_500 * MILLISECOND)
        assert neighbor.state is NeighborState.REACHABLE
        neighbor.confirmed = start
        while neighbor.state is NeighborState.REACHABLE:
            segment.run(until=segment.now + 100 * MILLISECOND)
        assert segment.now < start + 9_500 * MILLISECOND, "the draw is too long to tell"
        assert neighbor.state is expected


def test_confirmed_while_reachable_it_stays_so() -> None:
    segment = acquainted(30 * SECOND)
    neighbor = entry(segment, 0, "10.0.0.2")
    neighbor.confirmed = segment.now + 14 * SECOND
    segment.run(until=segment.now + 29 * SECOND)
    assert neighbor.state is NeighborState.REACHABLE
    segment.run(until=segment.now + 31 * SECOND)
    assert neighbor.state is NeighborState.STALE


def test_three_probes_in_vain_then_the_next_packet_asks_everybody() -> None:
    segment = acquainted(30 * SECOND)
    send_datagram(segment, 1, "10.0.0.1")
    segment.run()
    segment.passes = lambda frame: False
    segment.frames.clear()
    neighbor = entry(segment, 1, "10.0.0.1")
    segment.run(until=segment.now + 7_500 * MILLISECOND)
    assert neighbor.state is NeighborState.PROBE
    segment.run(until=segment.now + 2 * SECOND)
    assert arps(segment) == [(REQUEST, reasons.ARP_PROBE, False)] * 3
    assert str(neighbor) == "dev eth0 FAILED"
    send_datagram(segment, 1, "10.0.0.1")
    assert arps(segment)[3:] == [(REQUEST, reasons.ARP_ASK, True)]


def test_young_entry_keeps_its_mac_against_an_answer_but_not_against_a_question() -> None:
    other = 0x02_00_00_00_00_AA
    for operation, expected in ((REPLY, False), (REQUEST, True)):
        segment = acquainted(30 * SECOND)
        a = segment.hosts[0]
        interface = entry(segment, 0, "10.0.0.2").interface
        arp = Arp(operation, other, parse_ip("10.0.0.2"), interface.mac, parse_ip("10.0.0.1"))
        a.receive(interface, Frame(interface.mac, other, ETHERTYPE_ARP, arp), segment.now)
        assert (entry(segment, 0, "10.0.0.2").mac == other) is expected
        a.receive(interface, Frame(interface.mac, other, ETHERTYPE_ARP, arp), segment.now + 1_100 * MILLISECOND)
        assert entry(segment, 0, "10.0.0.2").mac == other


def test_host_answers_and_asks_with_the_address_of_another_interface() -> None:
    """Linux arp_ignore 0 and arp_announce 0, as measured on the kernel."""
    lab = Lab()
    left, right = Segment(lab), Segment(lab)
    left.host("a", "10.0.0.1/24")
    b = left.host("b", "10.0.0.2/24")
    right.attach(b, "10.9.0.2/24")
    interface = entry(left, 1, "10.0.0.1").interface
    asker = entry(left, 0, "10.0.0.2").interface
    arp = Arp(REQUEST, asker.mac, parse_ip("10.0.0.1"), 0, parse_ip("10.9.0.2"))
    b.receive(interface, Frame(BROADCAST_MAC, asker.mac, ETHERTYPE_ARP, arp), 0)
    answer = left.frames[-1].payload
    assert isinstance(answer, Arp) and answer.operation == REPLY and answer.sender_ip == parse_ip("10.9.0.2")
    b.ip.neighbors.entries.clear()
    b.ip.forget_hops()
    fd = b.sockets.socket(AF_INET, SOCK_DGRAM)
    b.sockets.bind(fd, parse_ip("10.9.0.2"), 0, 0)
    b.sockets.sendto(fd, b"x", parse_ip("10.0.0.1"), 5000, 0)
    question = left.frames[-1].payload
    assert isinstance(question, Arp) and question.operation == REQUEST and question.sender_ip == parse_ip("10.9.0.2")


@pytest.mark.parametrize(
    ("sender", "is_answered", "is_learned"),
    [
        ("192.168.7.7", True, True),
        ("0.0.0.0", True, False),
        ("10.0.0.255", True, False),
        ("224.0.0.5", False, False),
        ("127.0.0.5", False, False),
        ("255.255.255.255", False, False),
        ("10.0.0.1", False, False),
    ],
    ids=["foreign", "probe", "broadcast", "multicast", "loopback", "everybody", "own"],
)
def test_who_asks_with_an_impossible_address_is_not_learned(sender: str, is_answered: bool, is_learned: bool) -> None:
    """As Linux 6.18 answered the same questions."""
    segment = Segment()
    host = segment.host("a", "10.0.0.1/24")
    interface = host.interfaces[1]
    question = Arp(REQUEST, 2, parse_ip(sender), 0, parse_ip("10.0.0.1"))
    host.receive(interface, Frame(BROADCAST_MAC, 2, ETHERTYPE_ARP, question, 1, 0), 0)
    assert [operation for operation, _, _ in arps(segment)] == [REPLY] * is_answered
    assert ((interface.name, parse_ip(sender)) in host.ip.neighbors.entries) is is_learned
