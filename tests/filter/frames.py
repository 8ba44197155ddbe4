"""Frames for the tests of the filter, one of each kind."""

from __future__ import annotations

from simnet.wire.arp import REQUEST, Arp
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, Frame
from simnet.wire.icmp import ECHO_REQUEST, FRAGMENTATION_NEEDED, UNREACHABLE, Icmp
from simnet.wire.ipv4 import ICMP, MORE_FRAGMENTS, TCP, UDP, Ipv4
from simnet.wire.llc import Llc
from simnet.wire.payload import Payload, Raw
from simnet.wire.tcp import ACK, PSH, SYN, Tcp
from simnet.wire.tcp_options import TcpOptions
from simnet.wire.udp import Udp

CLIENT_MAC = 0x02_00_00_00_00_01
SERVER_MAC = 0x02_00_00_00_00_02
CLIENT = 10 << 24 | 1
SERVER = 192 << 24 | 168 << 16 | 1 << 8 | 80


def ip_frame(protocol: int, payload: Payload, **fields: int) -> Frame:
    packet = Ipv4(CLIENT, SERVER, protocol, payload, **fields)
    return Frame(SERVER_MAC, CLIENT_MAC, ETHERTYPE_IPV4, packet)


def data_frame(data: bytes = b"hello") -> Frame:
    """A TCP segment with data."""
    options = TcpOptions(ts_val=7, ts_ecr=5)
    segment = Tcp(40000, 8080, 0xFFFF_FFF0, 2, PSH | ACK, 501, data, options)
    return ip_frame(TCP, segment, ttl=63, identification=0x1234)


def syn_frame() -> Frame:
    """A SYN with all of Linux's options."""
    options = TcpOptions(mss=1460, window_scale=10, sack_permitted=True, ts_val=1, ts_ecr=0)
    return ip_frame(TCP, Tcp(40000, 8080, 1, 0, SYN, 64240, b"", options))


def sack_frame() -> Frame:
    options = TcpOptions(ts_val=1, ts_ecr=1, sack=((10, 20), (30, 40)))
    return ip_frame(TCP, Tcp(40000, 8080, 1, 5, ACK, 64240, b"", options))


def udp_frame(data: bytes = b"ping") -> Frame:
    return ip_frame(UDP, Udp(7788, 53, data))


def echo_frame() -> Frame:
    return ip_frame(ICMP, Icmp(ECHO_REQUEST, 0, 0x1234_0005, b"abc"))


def too_big_frame() -> Frame:
    return ip_frame(ICMP, Icmp(UNREACHABLE, FRAGMENTATION_NEEDED, 1400, b"quote"))


def fragment_frame() -> Frame:
    return ip_frame(UDP, Raw(b"x" * 16), fragment=MORE_FRAGMENTS | 185)


def arp_frame() -> Frame:
    message = Arp(REQUEST, CLIENT_MAC, CLIENT, 0, SERVER)
    return Frame(0xFFFF_FFFF_FFFF, CLIENT_MAC, ETHERTYPE_ARP, message, tag=0x6005)


def llc_frame() -> Frame:
    return Frame(0x0180_C200_0000, CLIENT_MAC, 7, Llc(0x42, 0x42, 3, b"bpdu"))


def ipv6_frame() -> Frame:
    return Frame(SERVER_MAC, CLIENT_MAC, ETHERTYPE_IPV6, Raw(b"six"))


def runt_frame() -> Frame:
    return Frame(0, 0, -1, Raw(b"short"))


def all_frames() -> list[Frame]:
    return [
        data_frame(), syn_frame(), sack_frame(), udp_frame(), echo_frame(), too_big_frame(), fragment_frame(),
        arp_frame(), llc_frame(), ipv6_frame(), runt_frame(),
    ]  # fmt: skip
