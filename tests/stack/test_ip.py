"""Forwarding, ICMP errors, fragments and path MTU, as golden captures 12, 13 and 19 show them."""

from __future__ import annotations

from simnet import reasons
from simnet.stack.host_stack import HostStack
from simnet.stack.linux_errno import SocketError
from simnet.stack.linux_socket import (
    AF_INET,
    IP_TTL,
    IPPROTO_ICMP,
    IPPROTO_IP,
    SO_BROADCAST,
    SOCK_DGRAM,
    SOCK_RAW,
    SOL_SOCKET,
)
from simnet.units import MILLISECOND, SECOND
from simnet.wire import icmp
from simnet.wire.addresses import BROADCAST_MAC, ip_text, parse_ip
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import DONT_FRAGMENT, MORE_FRAGMENTS, OFFSET_MASK, Ipv4
from tests.stack.lan import Segment, route, routed

ECHO = b"\x08" + bytes(63)


def udp(stack: HostStack, port: int = 0) -> int:
    fd = stack.sockets.socket(AF_INET, SOCK_DGRAM)
    if port:
        stack.sockets.bind(fd, 0, port, 0)
    return fd


def packets(segment: Segment) -> list[Ipv4]:
    return [frame.payload for frame in segment.frames if isinstance(frame.payload, Ipv4)]


def errors(segment: Segment) -> list[tuple[str, int, int]]:
    """(source, type, code) of each ICMP message other than echo."""
    return [
        (ip_text(packet.src), packet.payload.type, packet.payload.code)
        for packet in packets(segment)
        if isinstance(packet.payload, Icmp) and packet.payload.type not in (icmp.ECHO_REQUEST, icmp.ECHO_REPLY)
    ]


def outcome(stack: HostStack, fd: int) -> str:
    try:
        return str(stack.sockets.recv(fd, 65536, 0))
    except SocketError as error:
        return str(error)


def test_router_takes_one_from_the_ttl_and_shares_the_datagram() -> None:
    left, right, a, _, b = routed()
    fd = udp(b, 5000)
    a.sockets.sendto(udp(a), b"hi", parse_ip("10.0.2.1"), 5000, 0)
    left.run()
    (before,), (after,) = packets(left), packets(right)
    assert (before.ttl, after.ttl) == (64, 63)
    assert after.payload is before.payload
    assert right.frames[-1].reason == reasons.FORWARDED
    assert outcome(b, fd) == "b'hi'"


def test_second_packet_takes_the_flat_path_to_the_same_effect() -> None:
    left, right, a, r, _ = routed()
    fd = udp(a)
    for _ in range(2):
        a.sockets.sendto(fd, b"hi", parse_ip("10.0.2.1"), 5000, left.now)
        left.run()
    assert parse_ip("10.0.2.1") in r.ip.forwarding_hops
    first, second = [packet for packet in packets(right) if packet.dst == parse_ip("10.0.2.1")]
    assert (first.ttl, second.ttl) == (63, 63)
    assert [frame.reason for frame in right.frames if isinstance(frame.payload, Ipv4)][:1] == [reasons.FORWARDED]


def test_ttl_that_runs_out_is_reported_from_the_address_towards_the_sender() -> None:
    left, right, a, _, _ = routed()
    fd = a.sockets.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
    a.sockets.setsockopt(fd, IPPROTO_IP, IP_TTL, 1, 0)
    a.sockets.sendto(fd, ECHO, parse_ip("10.0.2.1"), 0, 0)
    left.run()
    assert errors(left) == [("10.0.1.254", icmp.TIME_EXCEEDED, 0)]
    assert packets(right) == []
    message = packets(left)[-1]
    assert (message.tos, message.fragment, message.ttl, message.length) == (0xC0, 0, 64, 112)


def test_ttl_that_runs_out_on_a_detour_is_reported_from_the_address_of_the_way_back() -> None:
    left, right, a, router, b = routed()
    route(router, "10.9.0.0/16", "10.0.2.1")
    route(b, "10.9.0.0/16", "10.0.2.254")
    b.forwarding = True
    fd = udp(a)
    a.sockets.setsockopt(fd, IPPROTO_IP, IP_TTL, 3, 0)
    a.sockets.sendto(fd, b"loops", parse_ip("10.9.0.1"), 5000, 0)
    left.run()
    assert errors(left) == [("10.0.1.254", icmp.TIME_EXCEEDED, 0)], "though it came in at 10.0.2.254"
    assert errors(right) == []


def test_no_route_is_enetunreach_here_and_net_unreachable_from_a_router() -> None:
    left, _, a, _, _ = routed()
    lonely = left.host("c", "10.0.1.3/24")
    try:
        lonely.sockets.sendto(udp(lonely), b"x", parse_ip("10.99.0.1"), 9, 0)
    except SocketError as error:
        assert str(error) == "ENETUNREACH"
    else:
        raise AssertionError("there is no route")
    a.sockets.sendto(udp(a), b"x", parse_ip("10.99.0.1"), 9, 0)
    left.run()
    assert errors(left) == [("10.0.1.254", icmp.UNREACHABLE, icmp.NET_UNREACHABLE)]


def test_router_reports_each_packet_that_waited_for_arp_in_vain() -> None:
    left, right, a, _, _ = routed()
    fd = udp(a)
    for _ in range(3):
        a.sockets.sendto(fd, b"x", parse_ip("10.0.2.77"), 9, 0)
    left.run()
    assert errors(left) == [("10.0.1.254", icmp.UNREACHABLE, icmp.HOST_UNREACHABLE)] * 3
    assert len(right.frames) == 3
    assert left.now // SECOND == 3


def test_large_datagram_is_fragmented_without_df_and_put_together_again() -> None:
    segment = Segment()
    a, b = segment.host("a", "10.0.0.1/24"), segment.host("b", "10.0.0.2/24")
    fd = udp(b, 5000)
    a.sockets.sendto(udp(a), bytes(4000), parse_ip("10.0.0.2"), 5000, 0)
    segment.run()
    pieces = packets(segment)
    assert [piece.fragment & OFFSET_MASK for piece in pieces] == [0, 185, 370]
    assert [bool(piece.fragment & MORE_FRAGMENTS) for piece in pieces] == [True, True, False]
    assert not any(piece.fragment & DONT_FRAGMENT for piece in pieces)
    assert len({piece.identification for piece in pieces}) == 1
    assert outcome(b, fd) == str(bytes(4000))


def test_missing_fragment_is_reported_only_if_the_first_came() -> None:
    for lost, expected in ((0, []), (370, [("10.0.0.2", icmp.TIME_EXCEEDED, 1)])):
        segment = Segment()
        a, b = segment.host("a", "10.0.0.1/24"), segment.host("b", "10.0.0.2/24")
        udp(b, 5000)
        segment.passes = lambda frame, lost=lost: not (
            isinstance(frame.payload, Ipv4)
            and frame.payload.fragment & (MORE_FRAGMENTS | OFFSET_MASK)
            and frame.payload.fragment & OFFSET_MASK == lost
        )
        a.sockets.sendto(udp(a), bytes(4000), parse_ip("10.0.0.2"), 5000, 0)
        segment.run()
        assert errors(segment) == expected
        assert segment.now // SECOND == 30


def test_too_long_datagram_is_emsgsize() -> None:
    segment = Segment()
    a = segment.host("a", "10.0.0.1/24")
    for length, expected in ((65507, "sent"), (65508, "EMSGSIZE")):
        try:
            a.sockets.sendto(udp(a), bytes(length), parse_ip("10.0.0.2"), 9, 0)
            found = "sent"
        except SocketError as error:
            found = str(error)
        assert found == expected


def test_path_mtu_is_learned_from_fragmentation_needed() -> None:
    left, right, a, _, _ = routed(mtu=1000)
    fd = udp(a)
    a.sockets.connect(fd, parse_ip("10.0.2.1"), 9, 0)
    a.sockets.send(fd, bytes(1400), 0)
    left.run()
    assert errors(left)[:1] == [("10.0.1.254", icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED)]
    quote = next(packet.payload for packet in packets(left) if isinstance(packet.payload, Icmp))
    assert (quote.rest, len(quote.data)) == (1000, 548)
    assert a.path_mtu(parse_ip("10.0.2.1")) == 1000
    assert outcome(a, fd) == "EMSGSIZE"
    a.sockets.send(fd, bytes(1400), left.now)
    left.run()
    cut = [packet.length for packet in packets(right) if packet.src == parse_ip("10.0.1.1")]
    assert cut == [996, 452]


def test_six_errors_in_a_burst_then_one_a_second() -> None:
    segment = Segment()
    a, _ = segment.host("a", "10.0.0.1/24"), segment.host("b", "10.0.0.2/24")
    fd = udp(a)
    for number in range(20):
        segment.run(until=number * 10 * MILLISECOND)
        a.sockets.sendto(fd, b"x", parse_ip("10.0.0.2"), 9, segment.now)
    segment.run()
    assert len(errors(segment)) == 6
    segment.run(until=1200 * MILLISECOND)
    for _ in range(2):
        a.sockets.sendto(fd, b"x", parse_ip("10.0.0.2"), 9, segment.now)
    segment.run()
    assert len(errors(segment)) == 7


def test_broadcast_needs_permission_and_reaches_everybody_but_no_router_beyond() -> None:
    left, right, a, _, _ = routed()
    c = left.host("c", "10.0.1.3/24")
    fd, heard = udp(a), udp(c, 5000)
    try:
        a.sockets.sendto(fd, b"who?", parse_ip("10.0.1.255"), 5000, 0)
    except SocketError as error:
        assert str(error) == "EACCES"
    else:
        raise AssertionError("SO_BROADCAST was not set")
    a.sockets.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1, 0)
    a.sockets.sendto(fd, b"who?", parse_ip("10.0.1.255"), 5000, 0)
    left.run()
    assert left.frames[0].dst == BROADCAST_MAC
    assert packets(left)[0].fragment == DONT_FRAGMENT
    assert outcome(c, heard) == "b'who?'"
    assert errors(left) == [] and right.frames == []


def test_router_on_the_wrong_way_forwards_and_sends_a_redirect() -> None:
    segment = Segment()
    a = segment.host("a", "10.0.0.1/24")
    r1, r2 = segment.host("r1", "10.0.0.254/24"), segment.host("r2", "10.0.0.253/24")
    r1.forwarding = r2.forwarding = True
    route(a, "default", "10.0.0.254")
    route(r1, "10.9.0.0/16", "10.0.0.253")
    a.sockets.sendto(udp(a), b"x", parse_ip("10.9.0.1"), 9, 0)
    segment.run()
    redirects = [packet for packet in packets(segment) if isinstance(packet.payload, Icmp)]
    assert errors(segment)[0] == ("10.0.0.254", icmp.REDIRECT, 1)
    assert isinstance(redirects[0].payload, Icmp)
    assert redirects[0].payload.rest == parse_ip("10.0.0.253")
    assert any(packet.ttl == 63 for packet in packets(segment))


def test_own_address_is_reached_by_the_loopback_and_no_frame_leaves() -> None:
    segment = Segment()
    a = segment.host("a", "10.0.0.1/24")
    fd = udp(a, 5000)
    for address in ("10.0.0.1", "127.0.0.1"):
        a.sockets.sendto(udp(a), b"me", parse_ip(address), 5000, 0)
        segment.run()
        assert outcome(a, fd) == "b'me'"
    assert segment.frames == []


def test_echo_reply_copies_tos_and_leaves_df_clear() -> None:
    segment = Segment()
    a, _ = segment.host("a", "10.0.0.1/24"), segment.host("b", "10.0.0.2/24")
    fd = a.sockets.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
    a.sockets.sendto(fd, ECHO, parse_ip("10.0.0.2"), 0, 0)
    segment.run()
    request, reply = packets(segment)
    assert (request.fragment, reply.fragment) == (DONT_FRAGMENT, 0)
    assert (request.length, reply.length, reply.ttl) == (84, 84, 64)
