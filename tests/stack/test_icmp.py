"""ICMP: the limit for all errors of a host, questions that are no pings, path MTU by UDP (Linux 6.18 did the same)."""

from __future__ import annotations

import pytest

from simnet.stack.host_stack import HostStack
from simnet.stack.icmp import read_quote
from simnet.stack.interfaces import Interface, Kind
from simnet.stack.linux_errno import EHOSTUNREACH, SocketError
from simnet.stack.linux_socket import AF_INET, IP_MTU_DISCOVER, IPPROTO_IP, SOCK_DGRAM
from simnet.units import MILLISECOND, SECOND
from simnet.wire import icmp, ipv4
from simnet.wire.addresses import Prefix, parse_ip
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import DONT_FRAGMENT, ICMP, IS_FRAGMENT, TCP, UDP, Ipv4
from simnet.wire.payload import Payload
from simnet.wire.tcp import SYN, Tcp
from simnet.wire.udp import Udp
from tests.stack.lan import Lab

OWN, PEER = parse_ip("10.0.0.1"), parse_ip("10.0.0.2")


class Tun:
    """One host at the end of a tun: packets in, packets out."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.host: HostStack = self.lab.host("a")
        self.sent: list[Ipv4] = []
        self.tun: Interface = self.host.add_interface("tun0", 0, 1500, self._note, Kind.TUN)
        self.host.add_address(self.tun, OWN, Prefix(OWN & 0xFF00_0000, 8))

    def _note(self, frame: Frame) -> None:
        assert isinstance(frame.payload, Ipv4)
        self.sent.append(frame.payload)

    def arrives(self, protocol: int, payload: Payload, src: int = PEER) -> None:
        packet = Ipv4(src, OWN, protocol, payload, 64, 1, 0, 0)
        self.host.receive(self.tun, Frame(0, 0, ETHERTYPE_IPV4, packet, 1, 0), self.lab.now)

    def udp(self, discovery: int) -> int:
        sockets = self.host.sockets
        fd = sockets.socket(AF_INET, SOCK_DGRAM)
        sockets.setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, discovery, 0)
        sockets.connect(fd, PEER, 9, 0)
        return fd

    def send(self, fd: int, size: int) -> str:
        """What the call gives; then, of each packet that leaves, its length and whether DF is set."""
        self.sent.clear()
        try:
            text = str(self.host.sockets.send(fd, bytes(size), self.lab.now))
        except SocketError as error:
            text = str(error)
        packets = [f"{packet.length}{' DF' * bool(packet.fragment & DONT_FRAGMENT)}" for packet in self.sent]
        return " ".join([text, *packets])


def test_fifty_errors_at_once_to_whomever_and_more_with_time() -> None:
    tun = Tun()

    def flood(first: int) -> int:
        tun.sent.clear()
        for number in range(100):
            tun.arrives(UDP, Udp(5, 7777, b"x"), PEER + first + number)
        return len(tun.sent)

    assert flood(0) == 50
    tun.lab.run(10 * MILLISECOND)
    assert flood(100) == 0
    tun.lab.run(40 * MILLISECOND)
    assert flood(200) == 40
    tun.lab.run(2 * SECOND)
    assert flood(300) == 50


def test_the_code_of_a_ping_comes_back_and_the_time_is_told() -> None:
    tun = Tun()
    tun.lab.run(1500 * MILLISECOND)
    tun.arrives(ICMP, Icmp(icmp.ECHO_REQUEST, 5, 7, b"data"))
    tun.arrives(ICMP, Icmp(icmp.TIMESTAMP_REQUEST, 0, 8, b"\0\0\0\x2a" + bytes(8)))
    time = (1500).to_bytes(4, "big")
    assert [packet.payload for packet in tun.sent] == [
        Icmp(icmp.ECHO_REPLY, 5, 7, b"data"),
        Icmp(icmp.TIMESTAMP_REPLY, 0, 8, b"\0\0\0\x2a" + time + time),
    ]


@pytest.mark.parametrize(
    ("discovery", "larger", "after"),
    [
        (0, "2000 1500 548", ("1400 996 452", "900 928")),
        (1, "2000 1500 548", ("EMSGSIZE", "1400 996 452", "900 928 DF")),
        (2, "EMSGSIZE", ("EMSGSIZE", "EMSGSIZE", "900 928 DF")),
        (3, "EMSGSIZE", ("EMSGSIZE", "1400 1428 DF", "900 928 DF")),
        (4, "EMSGSIZE", ("EMSGSIZE", "1400 1428", "900 928")),
        (5, "2000 1500 548", ("EMSGSIZE", "1400 1428", "900 928")),
    ],
    ids=["dont", "want", "do", "probe", "interface", "omit"],
)
def test_ip_mtu_discover(discovery: int, larger: str, after: tuple[str, ...]) -> None:
    """Before and after a router says that only 1000 bytes pass."""
    tun = Tun()
    fd = tun.udp(discovery)
    assert tun.send(fd, 2000) == larger
    assert tun.send(fd, 1400) == ("1400 1428 DF" if discovery in (1, 2, 3) else "1400 1428")
    quote = ipv4.pack(tun.sent[0])[:548]
    tun.arrives(ICMP, Icmp(icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED, 1000, quote))
    found = [tun.send(fd, 1400) for _ in after[:-1]]
    assert (*found, tun.send(fd, 900)) == after
    assert not [packet for packet in tun.sent if packet.fragment & IS_FRAGMENT]


def test_fragments_that_were_not_put_together_say_nothing_about_a_connection() -> None:
    segment = ipv4.pack(Ipv4(OWN, PEER, TCP, Tcp(1, 2, 3, 0, SYN, 100)))
    late, lost = (read_quote(Icmp(icmp.TIME_EXCEEDED, code, 0, segment)) for code in (1, 0))
    assert late is not None and late.number == 0
    assert lost is not None and lost.number == EHOSTUNREACH
