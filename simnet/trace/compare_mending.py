"""Reads headers whose checksum is wrong: for a comparison that is one field that differs, not an unknown packet."""

from __future__ import annotations

from typing import Final

from simnet.wire import icmp, ipv4, tcp, udp
from simnet.wire.checksum import checksum_of_sum, pseudo_header_sum, word_sum
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import ICMP, TCP, UDP, Ipv4, is_fragment
from simnet.wire.payload import Payload, Raw

RIGHT: Final = "right"
WRONG: Final = "wrong"
_NONE: Final = "none"
_IP_CHECKSUM_AT: Final = 10
_CHECKSUM_AT: Final = {ICMP: 2, UDP: 6, TCP: 16}


def read_packet(frame: Frame) -> tuple[Ipv4 | None, str]:
    """The IPv4 packet in `frame`, and what is to be said of its header's checksum."""
    payload = frame.payload
    if isinstance(payload, Ipv4):
        return payload, RIGHT
    if frame.ethertype != ETHERTYPE_IPV4 or not isinstance(payload, Raw) or len(payload.data) < 20:
        return None, RIGHT
    data = payload.data
    header = (data[0] & 15) * 4
    mended = ipv4.parse(_with_checksum(data[:header], _IP_CHECKSUM_AT, 0) + data[header : _stated_length(data)])
    return (mended, WRONG) if isinstance(mended, Ipv4) else (None, RIGHT)


def read_transport(packet: Ipv4) -> tuple[Payload, str]:
    """What `packet` carries, and what is to be said of its checksum; `Raw` if it cannot be read even so."""
    payload = packet.payload
    if not isinstance(payload, Raw):
        has_none = isinstance(payload, udp.Udp) and not payload.has_checksum
        return payload, _NONE if has_none else RIGHT
    at = _CHECKSUM_AT.get(packet.protocol)
    if at is None or is_fragment(packet) or len(payload.data) < at + 2:
        return payload, RIGHT
    if packet.protocol == ICMP:
        message: Payload = icmp.parse(_with_checksum(payload.data, at, 0))
    else:
        pseudo = pseudo_header_sum(packet.src, packet.dst, packet.protocol, len(payload.data))
        data = _with_checksum(payload.data, at, pseudo)
        read = tcp.parse if packet.protocol == TCP else udp.parse
        message = read(data, packet.src, packet.dst)
    return message, RIGHT if isinstance(message, Raw) else WRONG


def _stated_length(data: bytes) -> int:
    return int.from_bytes(data[2:4], "big")


def _with_checksum(data: bytes, at: int, pseudo_header: int) -> bytes:
    """`data` with the right checksum."""
    right = checksum_of_sum(pseudo_header + word_sum(data[:at] + b"\0\0" + data[at + 2 :]))
    if at == _CHECKSUM_AT[UDP] and right == 0:
        right = 0xFFFF
    return data[:at] + right.to_bytes(2, "big") + data[at + 2 :]
