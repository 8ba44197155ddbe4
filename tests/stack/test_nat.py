"""Address translation, against golden capture 20 (Linux masquerade), the RFCs and its own inverse."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet import reasons
from simnet.stack.alarms import Alarms
from simnet.stack.nat import Nat
from simnet.stack.profile import linux
from simnet.units import SECOND
from simnet.wire import ethernet, icmp, ipv4, tcp
from simnet.wire.addresses import parse_ip
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import ICMP, TCP, UDP, Ipv4
from simnet.wire.payload import Raw
from simnet.wire.tcp import ACK, FIN, RST, SYN, Tcp
from simnet.wire.udp import Udp

CAPTURES = Path(__file__).parent / "captures"
A, A2, PUBLIC, SERVER = (parse_ip(text) for text in ("192.168.1.2", "192.168.1.3", "203.0.113.1", "203.0.113.2"))
ROUTER_OUTSIDE = parse_ip("198.51.100.7")


class Work:
    pending = 0


class Home:
    """The host around a `Nat`: a clock, chance that always says 40600, and the table as reported."""

    def __init__(self) -> None:
        self.name = "gw"
        self.profile = linux()
        self.alarms = Alarms(Work())
        self.observer = self
        self.now = 0
        self.table: dict[str, str] = {}
        self.changes: list[int] = []
        self.nat = Nat(self, interface="outside", address=PUBLIC)  # type: ignore[arg-type]

    def random(self, n: int) -> int:
        return 41_624 - 1024

    def table_changed(
        self, now: int, device: str, table: str, key: str, old: str | None, new: str | None, reason: int, cause: int
    ) -> None:
        assert (device, table) == ("gw", "nat")
        assert self.table.get(key) == old
        self.changes.append(reason)
        if new is None:
            del self.table[key]
        else:
            self.table[key] = new

    def wait(self, time: int) -> None:
        while self.alarms.next() <= self.now + time:
            due = self.alarms.next()
            self.alarms.ring(due)
        self.now += time

    def out(self, packet: Ipv4) -> Ipv4 | None:
        """From inside through the gateway."""
        routed = self.nat.prerouting(packet, "inside", 1, self.now)
        return None if routed is None else self.nat.postrouting(routed, "outside", 1, self.now)

    def back(self, packet: Ipv4) -> Ipv4:
        """From outside through the gateway (or to it)."""
        routed = self.nat.prerouting(packet, "outside", 1, self.now)
        assert routed is not None
        return self.nat.postrouting(routed, "inside", 1, self.now) or routed


def segment(src: int, src_port: int, dst: int, dst_port: int, flags: int = ACK, data: bytes = b"") -> Ipv4:
    return Ipv4(src, dst, TCP, Tcp(src_port, dst_port, 1, 2, flags, 100, data))


def datagram(src: int, src_port: int, dst: int, dst_port: int, data: bytes = b"") -> Ipv4:
    return Ipv4(src, dst, UDP, Udp(src_port, dst_port, data))


def echo(src: int, dst: int, identifier: int, type: int = icmp.ECHO_REQUEST) -> Ipv4:
    return Ipv4(src, dst, ICMP, Icmp(type, 0, identifier << 16 | 1, bytes(56)))


def ends(packet: Ipv4 | None) -> tuple[int, int, int, int]:
    assert packet is not None
    payload = packet.payload
    assert isinstance(payload, (Tcp, Udp))
    return packet.src, payload.src_port, packet.dst, payload.dst_port


def captured(name: str) -> list[tuple[int, Ipv4]]:
    """The IPv4 packets of a nanosecond pcap with their times."""
    data = (CAPTURES / name).read_bytes()
    packets = []
    place = 24
    while place < len(data):
        seconds, nanoseconds, size, _ = struct.unpack_from("<IIII", data, place)
        frame = ethernet.parse(data[place + 16 : place + 16 + size])
        place += 16 + size
        if isinstance(frame.payload, Ipv4):
            packets.append((seconds * SECOND + nanoseconds, frame.payload))
    return packets


def test_every_packet_of_golden_20_is_translated_as_linux_does() -> None:
    home = Home()
    inside, outside = captured("20_nat-inside.pcap"), captured("20_nat-outside.pcap")
    leaving = [packet for _, packet in outside if packet.src == PUBLIC and packet.ttl == 63]
    returning = [packet for _, packet in inside if packet.src == SERVER]
    arrivals = [entry for entry in inside if entry[1].src in (A, A2)]
    arrivals += [entry for entry in outside if entry[1].src == SERVER]
    for time, packet in sorted(arrivals, key=lambda entry: entry[0]):
        home.now = time
        if packet.src == SERVER:
            there = home.back(packet)
            if there.dst != PUBLIC:  # one SYN is for the gateway itself
                assert ipv4.pack(ipv4.forwarded(there)) == ipv4.pack(returning.pop(0))
        else:
            there_outside = home.out(packet)
            assert there_outside is not None
            assert ipv4.pack(ipv4.forwarded(there_outside)) == ipv4.pack(leaving.pop(0))
    assert (leaving, returning) == ([], [])
    assert home.table == {
        "tcp 192.168.1.2:40000 > 203.0.113.2:5000": "203.0.113.1:40000",
        "tcp 192.168.1.3:40000 > 203.0.113.2:5000": "203.0.113.1:41624",
        "udp 192.168.1.3:40783 > 203.0.113.2:5000": "203.0.113.1:40783",
        "icmp 192.168.1.3:739 > 203.0.113.2:739": "203.0.113.1:739",
    }


ports = st.integers(1, 65_535)
inner = st.sampled_from([A, A2])
outer = st.sampled_from([SERVER, ROUTER_OUTSIDE])
packets = st.one_of(
    st.builds(segment, inner, ports, outer, ports, st.sampled_from([SYN, ACK, FIN | ACK]), st.binary(max_size=8)),
    st.builds(datagram, inner, ports, outer, ports, st.binary(max_size=8)),
    st.builds(echo, inner, outer, st.integers(0, 65_535)),
)


def answered(packet: Ipv4) -> Ipv4:
    """What the peer would answer."""
    payload = packet.payload
    if isinstance(payload, Tcp):
        return segment(packet.dst, payload.dst_port, packet.src, payload.src_port)
    if isinstance(payload, Udp):
        return datagram(packet.dst, payload.dst_port, packet.src, payload.src_port)
    assert isinstance(payload, Icmp)
    return echo(packet.dst, packet.src, payload.rest >> 16, icmp.ECHO_REPLY)


@given(st.lists(packets, max_size=12))
def test_answers_find_their_way_back_and_no_two_conversations_share_an_end(script: list[Ipv4]) -> None:
    home = Home()
    outside: dict[bytes, bytes] = {}
    for packet in script:
        leaving = home.out(packet)
        assert leaving is not None
        assert leaving.src == PUBLIC
        answer = home.back(answered(leaving))
        assert answer == answered(packet)
        seen_outside, seen_inside = ipv4.pack(answered(leaving)), ipv4.pack(answered(packet))
        assert outside.setdefault(seen_outside, seen_inside) == seen_inside


@given(packets, st.sampled_from([8, 20, 100]), st.booleans())
def test_an_error_comes_back_as_if_there_were_no_translation(packet: Ipv4, quoted: int, from_peer: bool) -> None:
    """A router, or the peer, quotes what it saw; the inner host must see what it sent."""
    home = Home()
    leaving = home.out(packet)
    assert leaving is not None
    reporter = packet.dst if from_peer else ROUTER_OUTSIDE

    def error(about: Ipv4) -> Ipv4:
        return Ipv4(reporter, about.src, ICMP, Icmp(icmp.TIME_EXCEEDED, 0, 0, ipv4.pack(about)[: 20 + quoted]))

    seen = home.back(error(leaving))
    assert ipv4.pack(seen) == ipv4.pack(error(packet))


@given(packets, st.sampled_from([8, 20, 100]))
def test_an_error_about_an_answer_shows_the_peer_what_it_sent(packet: Ipv4, quoted: int) -> None:
    """Also an error of the gateway itself, which saw the translated answer."""
    home = Home()
    leaving = home.out(packet)
    assert leaving is not None
    answer_outside, answer_inside = answered(leaving), answered(packet)
    for reporter in (packet.src, PUBLIC):
        error = Icmp(icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, 0, ipv4.pack(answer_inside)[: 20 + quoted])
        seen = home.nat.postrouting(Ipv4(reporter, packet.dst, ICMP, error), "outside", 1, home.now)
        expected = Icmp(icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, 0, ipv4.pack(answer_outside)[: 20 + quoted])
        assert seen is not None
        assert ipv4.pack(seen) == ipv4.pack(Ipv4(PUBLIC, packet.dst, ICMP, expected))


def test_a_port_is_kept_for_another_peer() -> None:
    home = Home()
    assert ends(home.out(segment(A, 5000, SERVER, 80, SYN)))[1] == 5000
    assert ends(home.out(segment(A2, 5000, ROUTER_OUTSIDE, 80, SYN)))[1] == 5000
    assert ends(home.out(segment(A2, 5000, SERVER, 80, SYN)))[1] == 41_624


def test_a_port_the_gateway_uses_itself_is_taken() -> None:
    home = Home()
    own = segment(PUBLIC, 5000, SERVER, 80, SYN)
    assert home.nat.postrouting(own, "outside", 1, 0) is own
    assert ends(home.out(segment(A, 5000, SERVER, 80, SYN)))[1] == 41_624
    answer = segment(SERVER, 80, PUBLIC, 5000)
    assert home.nat.prerouting(answer, "outside", 1, 0) is answer
    assert list(home.table.values()) == ["203.0.113.1:41624"]


def test_what_nobody_asked_for_is_for_the_gateway_itself() -> None:
    home = Home()
    for packet in (segment(SERVER, 80, PUBLIC, 22, SYN), echo(SERVER, PUBLIC, 5), datagram(SERVER, 1, PUBLIC, 2)):
        assert home.nat.prerouting(packet, "outside", 1, 0) is packet


def test_a_request_never_passes_for_an_answer() -> None:
    """The peer pings the gateway with the identifier that an inner host uses to ping it."""
    home = Home()
    home.out(echo(A, SERVER, 9))
    request = echo(SERVER, PUBLIC, 9)
    assert home.nat.prerouting(request, "outside", 1, 0) is request
    reply = echo(PUBLIC, SERVER, 9, icmp.ECHO_REPLY)
    assert home.nat.postrouting(reply, "outside", 1, 0) is reply


@pytest.mark.parametrize(
    "payload", [Raw(b"\0" * 40), Icmp(icmp.UNREACHABLE, 0, 0, b""), Icmp(icmp.ECHO_REPLY, 0, 1, b"")]
)
def test_a_private_address_never_leaves(payload: Raw | Icmp) -> None:
    home = Home()
    assert home.out(Ipv4(A, SERVER, ICMP, payload)) is None
    assert home.nat.refusal == reasons.NO_TRANSLATION


def test_a_forwarded_port_reaches_the_inner_server_and_its_answers_look_public() -> None:
    home = Home()
    home.nat.forward(protocol=TCP, port=80, to=A, to_port=8080)
    assert ends(home.back(segment(SERVER, 3000, PUBLIC, 80, SYN))) == (SERVER, 3000, A, 8080)
    assert ends(home.out(segment(A, 8080, SERVER, 3000, SYN | ACK))) == (PUBLIC, 80, SERVER, 3000)
    assert ends(home.back(datagram(SERVER, 3000, PUBLIC, 80))) == (SERVER, 3000, PUBLIC, 80)


def test_inner_hosts_reach_a_forwarded_port_by_the_public_address() -> None:
    """RFC 4787 6, hairpinning: both ends see the public address only."""
    home = Home()
    home.nat.forward(protocol=TCP, port=80, to=A, to_port=8080)
    there = home.nat.prerouting(segment(A2, 5000, PUBLIC, 80, SYN), "inside", 1, 0)
    assert ends(there) == (PUBLIC, 5000, A, 8080)
    back = home.nat.prerouting(segment(A, 8080, PUBLIC, 5000, SYN | ACK), "inside", 1, 0)
    assert ends(back) == (PUBLIC, 80, A2, 5000)
    ping = echo(A2, PUBLIC, 3)
    assert home.nat.prerouting(ping, "inside", 1, 0) is ping


@pytest.mark.parametrize(
    ("script", "lifetime"),
    [
        ([("out", "udp")], 30),
        ([("out", "udp"), ("back", "udp")], 120),
        ([("out", SYN)], 120),
        ([("out", SYN), ("back", SYN | ACK), ("out", ACK)], 432_000),
        ([("out", SYN), ("back", SYN | ACK), ("out", ACK), ("out", FIN | ACK), ("back", FIN | ACK), ("out", ACK)], 120),
        ([("out", SYN), ("back", RST | ACK)], 10),
        ([("out", "icmp")], 30),
    ],
)
def test_a_silent_conversation_is_forgotten_when_linux_forgets_it(
    script: list[tuple[str, int | str]], lifetime: int
) -> None:
    home = Home()
    for way, what in script:
        if what == "icmp":
            packet = echo(A, SERVER, 7)
        elif what == "udp":
            packet = datagram(A, 7, SERVER, 8) if way == "out" else datagram(SERVER, 8, PUBLIC, 7)
        else:
            assert isinstance(what, int)
            packet = segment(A, 7, SERVER, 8, what) if way == "out" else segment(SERVER, 8, PUBLIC, 7, what)
        if way == "out":
            home.out(packet)
        else:
            home.back(packet)
    home.wait(lifetime * SECOND - 1)
    assert len(home.table) == 1
    home.wait(1)
    assert home.table == {}
    assert home.changes == [reasons.TRANSLATION_MADE, reasons.TRANSLATION_EXPIRED]
    assert Work.pending == 0  # expiry is background work


def test_traffic_keeps_a_conversation() -> None:
    home = Home()
    for _ in range(10):
        home.out(datagram(A, 7, SERVER, 8))
        home.wait(29 * SECOND)
    assert home.changes == [reasons.TRANSLATION_MADE]


def test_a_datagram_without_checksum_stays_so() -> None:
    home = Home()
    leaving = home.out(Ipv4(A, SERVER, UDP, Udp(1, 2, b"x", False)))
    assert leaving is not None
    assert isinstance(leaving.payload, Udp)
    assert not leaving.payload.has_checksum
    error = Ipv4(SERVER, PUBLIC, ICMP, Icmp(icmp.UNREACHABLE, 3, 0, ipv4.pack(leaving)))
    seen = home.back(error).payload
    assert isinstance(seen, Icmp)
    assert seen.data[26:28] == b"\0\0"


def test_a_quoted_checksum_of_zero_is_written_as_all_ones() -> None:
    """RFC 768: zero means that there is none."""
    home = Home()
    stated = ipv4.pack(datagram(A, 7, SERVER, 8, b"\0\0"))[26:28]
    packet = datagram(A, 7, SERVER, 8, stated)
    assert ipv4.pack(packet)[26:28] == b"\xff\xff"
    leaving = home.out(packet)
    assert leaving is not None
    seen = home.back(Ipv4(SERVER, PUBLIC, ICMP, Icmp(icmp.UNREACHABLE, 3, 0, ipv4.pack(leaving)))).payload
    assert isinstance(seen, Icmp)
    assert seen.data == ipv4.pack(packet)


def test_the_headers_that_translation_does_not_touch_are_kept() -> None:
    home = Home()
    options = b"\x01\x01\x01\x00"
    sent = Ipv4(A, SERVER, TCP, Tcp(9, 10, 11, 12, tcp.PSH | ACK, 13, b"data"), 17, 18, 19, 0, options)
    leaving = home.out(sent)
    assert leaving is not None
    header = leaving.ttl, leaving.identification, leaving.tos, leaving.fragment, leaving.options
    assert header == (17, 18, 19, 0, options)
    assert leaving.payload == sent.payload
