"""Valid frames of every protocol, by name, and as many random ones as a test asks for."""

from __future__ import annotations

from random import Random

from simnet.wire import icmp, ipv4, tcp
from simnet.wire.addresses import BROADCAST_MAC, parse_ip, parse_mac
from simnet.wire.arp import REPLY, REQUEST, Arp
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, NO_TAG, RUNT, Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import Ipv4
from simnet.wire.llc import Llc
from simnet.wire.payload import Payload, Raw
from simnet.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp
from simnet.wire.tcp_options import TcpOptions
from simnet.wire.udp import Udp

A = parse_ip("10.0.0.1")
B = parse_ip("10.0.0.2")
MAC_A = parse_mac("02:00:00:00:00:01")
MAC_B = parse_mac("02:00:00:00:00:02")

SYN_OPTIONS = TcpOptions(mss=1460, window_scale=7, sack_permitted=True, ts_val=1000, ts_ecr=0)
TIMESTAMPS = TcpOptions(ts_val=1001, ts_ecr=2002)


def ip_frame(payload: Payload, protocol: int, fragment: int = ipv4.DONT_FRAGMENT, options: bytes = b"") -> Frame:
    """A frame from A to B."""
    packet = Ipv4(A, B, protocol, payload, identification=77, fragment=fragment, options=options)
    return Frame(MAC_B, MAC_A, ETHERTYPE_IPV4, packet)


def tcp_frame(flags: int, data: bytes = b"", options: TcpOptions = TIMESTAMPS, urgent: int = 0) -> Frame:
    """A segment from A to B."""
    return ip_frame(Tcp(40001, 40002, 0xFFFF_FFF0, 99, flags, 502, data, options, urgent), ipv4.TCP)


def _quote() -> bytes:
    return ipv4.pack(Ipv4(B, A, ipv4.UDP, Udp(40001, 40002, b"hello"), ttl=1))


BPDU = bytes.fromhex("0000000000800002000000000100000000800002000000000180010000140002000f00")

FRAMES = {
    "arp request": Frame(BROADCAST_MAC, MAC_A, ETHERTYPE_ARP, Arp(REQUEST, MAC_A, A, 0, B)),
    "arp reply": Frame(MAC_A, MAC_B, ETHERTYPE_ARP, Arp(REPLY, MAC_B, B, MAC_A, A), trailer=bytes(18)),
    "spanning tree": Frame(parse_mac("01:80:c2:00:00:00"), MAC_A, 38, Llc(0x42, 0x42, 3, BPDU), trailer=bytes(8)),
    "tagged": Frame(MAC_B, MAC_A, ETHERTYPE_IPV4, Ipv4(A, B, ipv4.UDP, Udp(40001, 40002, b"tag")), tag=0x6005),
    "tagged arp": Frame(MAC_B, MAC_A, ETHERTYPE_ARP, Arp(REQUEST, MAC_A, A, 0, B), tag=5),
    "udp": ip_frame(Udp(40001, 40002, b"hello"), ipv4.UDP),
    "udp empty": ip_frame(Udp(40001, 40002, b""), ipv4.UDP),
    "udp without checksum": ip_frame(Udp(40001, 40002, b"hello", has_checksum=False), ipv4.UDP),
    "udp large": ip_frame(Udp(40001, 40002, bytes(range(256)) * 5), ipv4.UDP),
    "syn": tcp_frame(SYN, options=SYN_OPTIONS),
    "syn without timestamps": tcp_frame(SYN, options=TcpOptions(mss=536, window_scale=0, sack_permitted=True)),
    "syn+ack": tcp_frame(SYN | ACK, options=SYN_OPTIONS),
    "ack": tcp_frame(ACK),
    "push": tcp_frame(PSH | ACK, b"hello"),
    "push odd": tcp_frame(PSH | ACK, b"GET / HTTP/1.1\r\nHost: b\r\n\r\n!", TcpOptions()),
    "urgent": tcp_frame(PSH | ACK | tcp.URG, b"!", urgent=1),
    "fin": tcp_frame(FIN | ACK),
    "reset": tcp_frame(RST, options=TcpOptions()),
    "sack": tcp_frame(ACK, options=TcpOptions(ts_val=5, ts_ecr=6, sack=((100, 200), (300, 400), (500, 600)))),
    "sack alone": tcp_frame(ACK, options=TcpOptions(sack=((2**32 - 5, 5),))),
    "foreign options": tcp_frame(SYN, options=TcpOptions(mss=1400, raw=bytes.fromhex("0402020405780101"))),
    "fast open": tcp_frame(SYN, options=TcpOptions(raw=bytes.fromhex("2206010203040101"))),
    "echo request": ip_frame(Icmp(icmp.ECHO_REQUEST, 0, 7 << 16 | 1, bytes(range(48))), ipv4.ICMP),
    "echo reply": ip_frame(Icmp(icmp.ECHO_REPLY, 0, 7 << 16 | 1, b"odd"), ipv4.ICMP),
    "echo reply all zero": ip_frame(Icmp(icmp.ECHO_REPLY, 0, 0, bytes(9)), ipv4.ICMP),
    "unreachable": ip_frame(Icmp(icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, 0, _quote()), ipv4.ICMP),
    "too big": ip_frame(Icmp(icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED, 1400, _quote()), ipv4.ICMP),
    "time exceeded": ip_frame(Icmp(icmp.TIME_EXCEEDED, 0, 0, _quote()[:28]), ipv4.ICMP),
    "redirect": ip_frame(Icmp(icmp.REDIRECT, 1, B, _quote()), ipv4.ICMP),
    "parameter problem": ip_frame(Icmp(icmp.PARAMETER_PROBLEM, 0, 9 << 24, _quote()), ipv4.ICMP),
    "first fragment": ip_frame(Raw(bytes(range(64))), ipv4.UDP, ipv4.MORE_FRAGMENTS),
    "last fragment": ip_frame(Raw(b"end"), ipv4.UDP, 8),
    "router alert": ip_frame(Udp(40001, 40002, b"hello"), ipv4.UDP, options=bytes.fromhex("94040000")),
    "record route": ip_frame(Udp(40001, 40002, b""), ipv4.UDP, options=bytes.fromhex("0707040a00000900")),
    "unknown protocol": ip_frame(Raw(b"what is this?"), 253),
    "unknown type": Frame(MAC_B, MAC_A, 0x88B5, Raw(b"experimental")),
    "IPv6": Frame(MAC_B, MAC_A, ETHERTYPE_IPV6, Raw(bytes.fromhex("6000000000003b40") + bytes(32))),
    "runt": Frame(0, 0, RUNT, Raw(b"short")),
}


def random_frame(random: Random) -> Frame:
    """Any frame with a canonical value."""
    tag = random.choice((NO_TAG, NO_TAG, random.getrandbits(16)))
    trailer = random.choice((b"", b"", random.randbytes(random.randrange(20))))
    dst, src = random.getrandbits(48), random.getrandbits(48)
    kind = random.randrange(8)
    if kind == 0:
        message = Arp(
            random.getrandbits(16),
            random.getrandbits(48),
            random.getrandbits(32),
            random.getrandbits(48),
            random.getrandbits(32),
        )
        return Frame(dst, src, ETHERTYPE_ARP, message, tag=tag, trailer=trailer)
    if kind == 1:
        data = random.randbytes(random.randrange(60))
        header = Llc(random.getrandbits(8), random.getrandbits(8), random.getrandbits(8) | 3, data)
        return Frame(dst, src, header.length, header, tag=tag, trailer=trailer)
    return Frame(dst, src, ETHERTYPE_IPV4, random_packet(random), tag=tag, trailer=trailer)


def random_packet(random: Random) -> Ipv4:
    """Any IPv4 packet with a canonical value."""
    protocol = random.choice((ipv4.TCP, ipv4.TCP, ipv4.UDP, ipv4.ICMP, 132))
    fragment = random.choice((0, ipv4.DONT_FRAGMENT, 0x8000))
    data = random.randbytes(random.choice((0, 1, 5, 48, 101)))
    payload: Payload = Raw(data)
    if random.randrange(8) == 0:
        fragment |= random.randrange(1, 0x4000)
    elif protocol == ipv4.TCP:
        payload = random_segment(random, data)
    elif protocol == ipv4.UDP:
        payload = Udp(random.getrandbits(16), random.getrandbits(16), data, random.randrange(4) > 0)
    elif protocol == ipv4.ICMP:
        payload = Icmp(random.getrandbits(8), random.getrandbits(8), random.getrandbits(32), data)
    return Ipv4(
        random.getrandbits(32),
        random.getrandbits(32),
        protocol,
        payload,
        random.getrandbits(8),
        random.getrandbits(16),
        random.getrandbits(8),
        fragment,
        random.choice((b"", b"", random.randbytes(4 * random.randrange(11)))),
    )


def random_segment(random: Random, data: bytes) -> Tcp:
    """Any TCP segment with a canonical value."""
    return Tcp(
        random.getrandbits(16),
        random.getrandbits(16),
        random.getrandbits(32),
        random.getrandbits(32),
        random.getrandbits(12),
        random.getrandbits(16),
        data,
        random_options(random),
        random.getrandbits(16),
    )


def random_options(random: Random) -> TcpOptions:
    """Any options in Linux's order that fit into 40 bytes."""
    while True:
        options = TcpOptions(
            random.choice((-1, random.getrandbits(16))),
            random.choice((-1, random.getrandbits(8))),
            random.choice((False, True)),
            random.choice((-1, random.getrandbits(32))),
            0,
            tuple((random.getrandbits(32), random.getrandbits(32)) for _ in range(random.choice((0, 0, 1, 3)))),
        )
        if options.ts_val >= 0:
            options = TcpOptions(
                options.mss,
                options.window_scale,
                options.sack_permitted,
                options.ts_val,
                random.getrandbits(32),
                options.sack,
            )
        if options.length <= 40:
            return options
