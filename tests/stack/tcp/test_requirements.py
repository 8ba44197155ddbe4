"""Requirements of RFC 9293 that no capture or script shows: options at their limits, addresses, opens, numbers."""

from __future__ import annotations

import pytest

from simnet.stack.host_stack import HostStack
from simnet.stack.linux_errno import EADDRINUSE, ENETUNREACH, SocketError
from simnet.stack.linux_socket import AF_INET, SO_REUSEADDR, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET
from simnet.stack.profile import linux
from simnet.stack.tcp.rtt import backed_off
from simnet.units import MILLISECOND, SECOND
from simnet.wire import tcp, tcp_options
from simnet.wire.addresses import parse_ip
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import TCP, Ipv4
from simnet.wire.payload import Payload, Raw
from simnet.wire.tcp import ACK, PSH, SYN, Tcp
from simnet.wire.tcp_options import TcpOptions
from tests.stack.lan import Segment
from tests.stack.tcp.pair import CALL, PORT, A, B, Pair
from tests.stack.tcp.test_conformance import Peer

ISN = 1000


# --- the header


@pytest.mark.rfc("9293", "3.1", "MUST-1", "REC-1")
@pytest.mark.parametrize(("scale", "window"), [(-1, 65_535), (7, 3000 * 128)])
def test_a_large_window_is_no_negative_number(scale: int, window: int) -> None:
    peer = Peer(ISN)
    listener = peer.listen()
    listener.options.set(SOL_SOCKET, SO_SNDBUF, 1_000_000)
    peer.say(SYN, options=TcpOptions(mss=1460, window_scale=scale))
    peer.say(ACK, 1, 1, window=window >> max(scale, 0))
    connection = listener.accept()
    assert connection is not None
    connection.congestion.cwnd = 1000
    connection.send(bytes(500_000), CALL, peer.pair.now)
    assert max(window // 2, 1 << 15) < connection.tcb.snd_nxt - connection.tcb.snd_una <= window


@pytest.mark.rfc("9293", "3.1", "MUST-5", "MUST-6")
def test_options_come_in_any_segment_and_unknown_ones_are_skipped() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    unknown = TcpOptions(raw=bytes.fromhex("fd06 f989 0000 0101"))
    assert peer.say(PSH | ACK, 1, 1, b"hello", options=unknown) == ["A 1 6 0"]
    assert peer.say(PSH | ACK, 6, 1, b"again", options=TcpOptions(mss=100, window_scale=3)) == ["A 1 11 0"]
    assert peer.read(connection) == b"helloagain"
    assert (connection.tcb.mss, connection.tcb.snd_wscale) == (536, 0)  # those count in a SYN only


@pytest.mark.rfc("9293", "3.1", "MUST-7")
@pytest.mark.parametrize("wrong", ["020005b4", "020105b4", "02ff05b4", "0203b401", "02040000", "0300 0000"])
def test_an_option_with_a_wrong_length_does_no_harm(wrong: str) -> None:
    peer = Peer(ISN)
    listener = peer.listen()
    syn = Tcp(40_000, PORT, ISN, 0, SYN, 60_000, b"", TcpOptions(raw=bytes.fromhex(wrong)))
    read = tcp.parse(tcp.pack(syn, A, B), A, B)
    assert isinstance(read, Tcp)
    peer.pair.b.tcp.segment_arrives(A, B, read, 1, peer.pair.now)
    assert peer.heard() == ["SA 0 1 0"]
    peer.say(ACK, 1, 1)
    connection = listener.accept()
    assert connection is not None and connection.tcb.mss == 536


@pytest.mark.rfc("9293", "3.1", "MUST-68", "MUST-69")
def test_options_have_lengths_and_are_padded_with_zeros() -> None:
    """Everything the stack may send: walked by the rules of RFC 9293 3.1, byte by byte."""
    several = [
        TcpOptions(mss, scale, sack_permitted, stamp, 7, sack)
        for mss in (-1, 1460)
        for scale in (-1, 7)
        for sack_permitted in (False, True)
        for stamp in (-1, 5)
        for sack in ((), ((1, 2),), ((1, 2), (3, 4)))
        if len(sack) < 2 or mss < 0
    ]
    for options in several:
        data = tcp_options.pack(options)
        assert len(data) % 4 == 0
        place = 0
        while place < len(data) and data[place]:
            if data[place] == 1:
                place += 1
                continue
            assert 2 <= data[place + 1] <= len(data) - place
            place += data[place + 1]
        assert not any(data[place:])


# --- numbers


@pytest.mark.rfc("9293", "3.4.1", "MUST-8", "SHLD-1")
def test_initial_numbers_are_a_clock_plus_a_secret_function_of_the_four_numbers() -> None:
    pair = Pair(rule=lambda number, sent: [])

    def opened(port: int, at: int) -> int:
        pair.run(at)
        connection = pair.connect(port)
        connection.abort(CALL, pair.now)
        return connection.tcb.iss

    first, later, other = opened(40_000, 0), opened(40_000, SECOND), opened(40_001, SECOND)
    assert (later - first) & 0xFFFFFFFF == SECOND // 64  # Linux's clock; RFC 6528 asks for one of 4 us or faster
    assert abs(other - later) > 1000
    pair = Pair(rule=lambda number, sent: [], seed=1)
    assert opened(40_000, 0) != first


@pytest.mark.rfc("9293", "3.8.3", "SHLD-11")
def test_r2_is_longer_than_100_seconds() -> None:
    profile = linux()
    r2 = backed_off(profile.tcp_retries2, profile.tcp_rto_min, profile.tcp_rto_max)
    assert r2 == 924_600 * MILLISECOND  # as ip-sysctl.rst says of tcp_retries2


# --- opening


def listener_of(stack: HostStack, port: int) -> int:
    fd = stack.sockets.socket(AF_INET, SOCK_STREAM)
    stack.sockets.bind(fd, 0, port, 0)
    stack.sockets.listen(fd, 5, 0)
    return fd


def segments(segment: Segment) -> list[Ipv4]:
    """The packets with TCP that were sent."""
    return [
        frame.payload
        for frame in segment.frames
        if isinstance(frame.payload, Ipv4) and isinstance(frame.payload.payload, Tcp)
    ]


@pytest.mark.rfc("9293", "3.9.1.1", "MUST-41")
def test_a_second_listener_changes_nothing_for_those_that_exist() -> None:
    segment = Segment()
    client, server = segment.host("client", "10.0.0.1/24"), segment.host("server", "10.0.0.2/24")
    door = listener_of(server, 5000)
    fd = client.sockets.socket(AF_INET, SOCK_STREAM)
    with pytest.raises(SocketError):  # EINPROGRESS
        client.sockets.connect(fd, parse_ip("10.0.0.2"), 5000, 0)
    segment.run()
    with pytest.raises(SocketError) as refused:
        listener_of(server, 5000)
    assert refused.value.number == EADDRINUSE
    accepted, _ = server.sockets.accept(door, segment.now)
    assert server.sockets.state(accepted) == client.sockets.state(fd) == "ESTABLISHED"
    assert server.sockets.state(door) == "LISTEN"


@pytest.mark.rfc("9293", "3.9.1.1", "MUST-42")
def test_one_may_listen_where_a_connection_is_being_opened() -> None:
    segment = Segment()
    segment.passes = lambda frame: not isinstance(frame.payload, Ipv4)
    host = segment.host("host", "10.0.0.1/24")
    segment.host("silent", "10.0.0.2/24")
    fds = [host.sockets.socket(AF_INET, SOCK_STREAM) for _ in range(2)]
    for fd in fds:
        host.sockets.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1, 0)
        host.sockets.bind(fd, 0, 5000, 0)
    with pytest.raises(SocketError):  # EINPROGRESS
        host.sockets.connect(fds[0], parse_ip("10.0.0.2"), 80, 0)
    host.sockets.listen(fds[1], 5, 0)
    assert [host.sockets.state(fd) for fd in fds] == ["SYN-SENT", "LISTEN"]


@pytest.mark.rfc("9293", "3.9.1.1", "MUST-43", "MUST-44", "MUST-45")
@pytest.mark.parametrize(("bound", "source"), [("", "10.0.0.1"), ("10.0.0.9", "10.0.0.9")])
def test_the_local_address_is_chosen_once(bound: str, source: str) -> None:
    """By the program or, before the SYN, by the IP layer; all that follows comes from it."""
    segment = Segment()
    client, server = segment.host("client", "10.0.0.1/24"), segment.host("server", "10.0.0.2/24")
    client.add_address(client.interfaces[1], parse_ip("10.0.0.9"), client.interfaces[1].addresses[0][1])
    listener_of(server, 5000)
    fd = client.sockets.socket(AF_INET, SOCK_STREAM)
    if bound:
        client.sockets.bind(fd, parse_ip(bound), 0, 0)
    with pytest.raises(SocketError):  # EINPROGRESS
        client.sockets.connect(fd, parse_ip("10.0.0.2"), 5000, 0)
    assert client.sockets.getsockname(fd)[0] == parse_ip(source)
    segment.run()
    client.sockets.send(fd, b"hello", segment.now)
    client.sockets.close(fd, segment.now)
    segment.run()
    packets = segments(segment)
    assert len(packets) > 5
    assert {packet.src for packet in packets} == {parse_ip(source), parse_ip("10.0.0.2")}


@pytest.mark.rfc("9293", "3.9.1.1", "MUST-46")
@pytest.mark.parametrize("address", ["255.255.255.255", "10.0.0.255", "224.0.0.1"])
def test_nobody_connects_to_many(address: str) -> None:
    segment = Segment()
    host = segment.host("host", "10.0.0.1/24")
    fd = host.sockets.socket(AF_INET, SOCK_STREAM)
    with pytest.raises(SocketError) as refused:
        host.sockets.connect(fd, parse_ip(address), 5000, 0)
    assert refused.value.number == ENETUNREACH
    segment.run()
    assert not segment.frames


# --- what comes from IP


def answers(packet: Ipv4) -> int:
    """How many packets with TCP leave 10.0.0.2, which listens at 5000, after `packet` has come in."""
    segment = Segment()
    client, server = segment.host("client", "10.0.0.1/24"), segment.host("server", "10.0.0.2/24")
    listener_of(server, 5000)
    interface = server.interfaces[1]
    server.receive(interface, Frame(interface.mac, client.interfaces[1].mac, ETHERTYPE_IPV4, packet), 0)
    if len(server.tcp.rows()) == 1:
        segment.run(SECOND // 2)
        assert not segments(segment)
        return 0
    segment.run(SECOND // 2)
    return sum(packet.src == parse_ip("10.0.0.2") for packet in segments(segment))


def syn_between(src: str, dst: str, options: bytes = b"", payload: Payload | None = None) -> Ipv4:
    syn = payload or Tcp(40_000, 5000, 1, 0, SYN, 60_000)
    return Ipv4(parse_ip(src), parse_ip(dst), TCP, syn, options=options)


@pytest.mark.rfc("9293", "3.9.2", "MUST-50")
@pytest.mark.parametrize("options", ["", "01010101", "9404 0000", "0707 0400 0000 0000"])
def test_ip_options_do_not_matter(options: str) -> None:
    assert answers(syn_between("10.0.0.1", "10.0.0.2", bytes.fromhex(options))) == 1


@pytest.mark.rfc("9293", "3.1", "MUST-3")
def test_a_segment_with_a_wrong_checksum_is_not_answered() -> None:
    right = tcp.pack(Tcp(40_000, 5000, 1, 0, SYN, 60_000), parse_ip("10.0.0.1"), parse_ip("10.0.0.2"))
    wrong = tcp.parse(right[:4] + b"\xff" + right[5:], parse_ip("10.0.0.1"), parse_ip("10.0.0.2"))
    assert isinstance(wrong, Raw)
    assert answers(syn_between("10.0.0.1", "10.0.0.2", payload=wrong)) == 0


@pytest.mark.rfc("9293", "3.9.2.3", "MUST-57")
@pytest.mark.parametrize("address", ["255.255.255.255", "10.0.0.255", "224.0.0.1"])
def test_a_syn_to_many_is_dropped_without_a_word(address: str) -> None:
    assert answers(syn_between("10.0.0.1", address)) == 0


@pytest.mark.rfc("9293", "3.9.2.3", "MUST-63")
@pytest.mark.parametrize("address", ["255.255.255.255", "10.0.0.255", "224.0.0.1", "0.0.0.0", "127.0.0.1", "10.0.0.2"])
def test_a_syn_from_nowhere_is_ignored(address: str) -> None:
    assert answers(syn_between(address, "10.0.0.2")) == 0
