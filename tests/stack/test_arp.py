"""ARP as the golden captures 13c and 14 show it."""

from __future__ import annotations

from simnet import reasons
from simnet.stack.linux_errno import SocketError
from simnet.stack.linux_socket import AF_INET, IPPROTO_ICMP, SOCK_DGRAM, SOCK_RAW
from simnet.units import MILLISECOND, SECOND
from simnet.wire.addresses import BROADCAST_MAC, parse_ip
from simnet.wire.arp import REPLY, REQUEST, Arp
from simnet.wire.icmp import HOST_UNREACHABLE, UNREACHABLE
from simnet.wire.ipv4 import Ipv4
from tests.stack.lan import Segment


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
