"""Frames as captures show them, made whole again: checksums left to the network card, frames cut by a snap length.

Without this such frames fit no TCP or UDP value, for their checksums are wrong or cannot be verified.  Each function
gives back the very object it was given when there is nothing to do, so that the caller can tell, and say so.
Does not model: segmentation offload (one captured frame larger than the MTU is one frame), IPv6.
"""

from __future__ import annotations

from typing import Final

from simnet.wire import ethernet, ipv4
from simnet.wire.checksum import checksum_of_sum, pseudo_header_sum, word_sum
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import ICMP, TCP, UDP, Ipv4, is_fragment
from simnet.wire.payload import Raw
from simnet.wire.tcp import Tcp

_CHECKSUM_AT: Final = {ICMP: 2, UDP: 6, TCP: 16}
_OTHER_ZERO: Final = b"\xff\xff"
_TAG: Final = b"\x81\x00"
_HEADER: Final = 14
_TAGGED_HEADER: Final = 18


def with_plain_zero(data: bytes) -> bytes:
    """The frame with the TCP checksum 0 where Linux wrote the other zero of one's complement, 0xFFFF.

    It does for one segment in 65,536, if software completes the checksum for the device (Linux skb_checksum_help).
    """
    start = _TAGGED_HEADER if data[12:14] == _TAG else _HEADER
    at = start + (data[start] & 0xF) * 4 + _CHECKSUM_AT[TCP] if len(data) > start else 0
    if data[at : at + 2] != _OTHER_ZERO:
        return data
    repaired = data[:at] + b"\0\0" + data[at + 2 :]
    packet = ethernet.parse(repaired).payload
    return repaired if isinstance(packet, Ipv4) and isinstance(packet.payload, Tcp) else data


def finish_checksum(data: bytes) -> bytes:
    """The frame with its TCP or UDP checksum filled in, if it holds no more than the sum of the pseudo-header.

    That is what a sender leaves when the network card is to do the rest, and what a loopback interface delivers.
    """
    frame = ethernet.parse(data)
    packet = _packet_with_unread_transport(frame)
    if packet is None or packet.protocol == ICMP:
        return data
    at = _CHECKSUM_AT[packet.protocol]
    stated = int.from_bytes(ipv4.body(packet)[at : at + 2], "big")
    # zero has two forms; a sum is folded, so that it is 0xFFFF
    if stated != (_pseudo_header(packet) % 0xFFFF or 0xFFFF):
        return data
    return _with_right_checksum(frame, packet)


def restore_cut(data: bytes, length: int) -> bytes:
    """The frame with zeros for what was cut from its `length` bytes, and with the transport checksum of that.

    Headers, lengths and sequence numbers are then readable as they were; the data and the checksum are not the true
    ones.
    """
    if len(data) >= length:
        return data
    frame = ethernet.parse(data.ljust(length, b"\0"))
    packet = _packet_with_unread_transport(frame)
    if packet is None:
        return ethernet.pack(frame)
    return _with_right_checksum(frame, packet)


def _packet_with_unread_transport(frame: Frame) -> Ipv4 | None:
    """The whole IPv4 packet in `frame` if its TCP, UDP or ICMP could not be parsed but has a checksum field."""
    packet = frame.payload
    if not isinstance(packet, Ipv4) or not isinstance(packet.payload, Raw) or is_fragment(packet):
        return None
    if packet.payload.length < _CHECKSUM_AT.get(packet.protocol, packet.payload.length) + 2:
        return None
    return packet


def _pseudo_header(packet: Ipv4) -> int:
    if packet.protocol == ICMP:
        return 0
    return pseudo_header_sum(packet.src, packet.dst, packet.protocol, packet.payload.length)


def _with_right_checksum(frame: Frame, packet: Ipv4) -> bytes:
    at = _CHECKSUM_AT[packet.protocol]
    body = ipv4.body(packet)
    right = checksum_of_sum(_pseudo_header(packet) + word_sum(body[:at] + b"\0\0" + body[at + 2 :]))
    if packet.protocol == UDP and right == 0:
        right = 0xFFFF
    repaired = Ipv4(
        packet.src,
        packet.dst,
        packet.protocol,
        Raw(body[:at] + right.to_bytes(2, "big") + body[at + 2 :]),
        packet.ttl,
        packet.identification,
        packet.tos,
        packet.fragment,
        packet.options,
    )
    return ethernet.pack(Frame(frame.dst, frame.src, frame.ethertype, repaired, tag=frame.tag, trailer=frame.trailer))
