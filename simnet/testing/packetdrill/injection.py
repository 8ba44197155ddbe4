"""Makes the packets that a script's inbound lines stand for."""

from __future__ import annotations

from typing import Final

from simnet.testing.packetdrill.script import IcmpMessage, IpInfo, TcpSegment, UdpDatagram
from simnet.testing.packetdrill.under_test import UnderTest
from simnet.wire import ipv4
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import ICMP, TCP, UDP, Ipv4
from simnet.wire.payload import Payload, Raw
from simnet.wire.udp import Udp

_TTL: Final = 64
_QUOTED: Final = 8
_FRAGMENTATION_NEEDED: Final = (3, 4)


def packet(
    written: TcpSegment | UdpDatagram | IcmpMessage, ip: IpInfo, socket: UnderTest, remote: int, is_scaled: bool
) -> Ipv4:
    """The packet that arrives for `socket` from `remote`."""
    content: Payload
    if isinstance(written, TcpSegment):
        protocol, content = TCP, socket.real_segment(written, is_scaled)
    elif isinstance(written, UdpDatagram):
        protocol = UDP
        content = Udp(
            written.src_port or socket.remote_port, written.dst_port or socket.local_port, bytes(written.length)
        )  # fmt: skip
    else:
        protocol, content = ICMP, _icmp(written, socket, remote)
    tos = ip.tos if ip.tos is not None else ip.ecn or 0
    return Ipv4(remote, socket.local, protocol, content, _TTL if ip.ttl is None else ip.ttl, tos=tos)


def _icmp(written: IcmpMessage, socket: UnderTest, remote: int) -> Icmp:
    """A message that quotes the header and 8 bytes of what `socket` sent."""
    rest = written.id << 16
    if (written.type, written.code) == _FRAGMENTATION_NEEDED:
        rest = written.mtu & 0xFFFF
    return Icmp(written.type, written.code, rest, _quote(written, socket, remote))


def _quote(written: IcmpMessage, socket: UnderTest, remote: int) -> bytes:
    ports = socket.local_port.to_bytes(2, "big") + (socket.remote_port or 0).to_bytes(2, "big")
    if written.datagram is None:
        start = ports + socket.real_seq(written.seq).to_bytes(4, "big")
        about = Ipv4(socket.local, socket.remote or remote, TCP, Raw(start + bytes(12)))
    else:
        length = 8 + written.datagram
        start = ports + length.to_bytes(2, "big") + bytes(2)
        about = Ipv4(socket.local, socket.remote or remote, UDP, Raw(start + bytes(written.datagram)))
    return ipv4.pack(about)[: 20 + _QUOTED]
