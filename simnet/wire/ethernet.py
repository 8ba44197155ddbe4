"""Ethernet frames to bytes and back (IEEE 802.3, 802.1Q).

Does not model: preamble, frame check sequence, padding to 64 bytes.  A second VLAN tag stays `Raw`.
"""

from __future__ import annotations

from typing import Final

from simnet.wire import arp, ipv4, llc
from simnet.wire.arp import Arp
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_VLAN, LONGEST_802_3, NO_TAG, RUNT, Frame
from simnet.wire.ipv4 import Ipv4
from simnet.wire.llc import Llc
from simnet.wire.payload import Payload, Raw

_HEADER: Final = 14
_TAGGED_HEADER: Final = 18


def pack(frame: Frame) -> bytes:
    """The bytes of `frame`, as a capture shows them."""
    body = _pack_payload(frame.payload)
    if frame.ethertype < 0:
        return body
    addresses = frame.dst << 48 | frame.src
    if frame.tag >= 0:
        head = (addresses << 48 | ETHERTYPE_VLAN << 32 | frame.tag << 16 | frame.ethertype).to_bytes(18, "big")
    else:
        head = (addresses << 16 | frame.ethertype).to_bytes(14, "big")
    return head + body + frame.trailer if frame.trailer else head + body


def parse(data: bytes) -> Frame:
    """The frame of any bytes; its `id` is 0."""
    if len(data) < _HEADER:
        return Frame(0, 0, RUNT, Raw(data))
    head = int.from_bytes(data[:_HEADER], "big")
    dst = head >> 64
    src = head >> 16 & 0xFFFF_FFFF_FFFF
    ethertype = head & 0xFFFF
    tag = NO_TAG
    start = _HEADER
    if ethertype == ETHERTYPE_VLAN and len(data) >= _TAGGED_HEADER:
        tag = int.from_bytes(data[14:16], "big")
        ethertype = int.from_bytes(data[16:18], "big")
        start = _TAGGED_HEADER
    payload = _parse_payload(ethertype, data, start)
    end = start + payload.length
    trailer = data[end:] if end < len(data) else b""
    return Frame(dst, src, ethertype, payload, 0, 0, 0, 0, tag, trailer)


def _pack_payload(payload: Payload) -> bytes:
    if isinstance(payload, Ipv4):
        return ipv4.pack(payload)
    if isinstance(payload, Arp):
        return arp.pack(payload)
    if isinstance(payload, Raw):
        return payload.data
    if isinstance(payload, Llc):
        return llc.pack(payload)
    raise TypeError(f"a frame carries Ipv4, Arp, Llc or Raw, not {type(payload).__name__}")


def _parse_payload(ethertype: int, data: bytes, start: int) -> Payload:
    """What follows the Ethernet header; if it is shorter than `data`, the rest is the trailer."""
    if ethertype == ETHERTYPE_IPV4:
        size = int.from_bytes(data[start + 2 : start + 4], "big")
        packet = ipv4.parse(data[start : start + size])
        if isinstance(packet, Ipv4):
            return packet
    elif ethertype == ETHERTYPE_ARP:
        message = arp.parse(data[start : start + arp.LENGTH])
        if isinstance(message, Arp):
            return message
    elif ethertype <= LONGEST_802_3 and ethertype <= len(data) - start:
        header = llc.parse(data[start : start + ethertype])
        if isinstance(header, Llc):
            return header
    return Raw(data[start:])
