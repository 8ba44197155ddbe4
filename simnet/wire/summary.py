"""One line of plain text for a frame, as ladders and lists show it: `SYN+ACK`, `PSH+ACK 5`, `UDP 5 bytes`."""

from __future__ import annotations

from simnet.wire import arp, icmp
from simnet.wire.addresses import ip_text, mac_text
from simnet.wire.arp import Arp
from simnet.wire.dissect import dissect
from simnet.wire.ethernet import pack
from simnet.wire.frame import Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import MORE_FRAGMENTS, OFFSET_MASK, Ipv4, is_fragment
from simnet.wire.llc import Llc
from simnet.wire.names import LLC_SERVICES, ethertype_text, icmp_text, protocol_text
from simnet.wire.tcp import Tcp, flags_text
from simnet.wire.udp import Udp

__all__ = ["flags_text", "summary"]


def summary(frame: Frame) -> str:
    """What the frame is about, from its innermost header; what is wrong with it if it could not be parsed."""
    payload = frame.payload
    if isinstance(payload, Ipv4):
        return _packet(payload) or _damage(frame, protocol_text(payload.protocol), payload.payload.length)
    if isinstance(payload, Arp):
        return _arp(payload)
    if isinstance(payload, Llc):
        service = LLC_SERVICES.get(payload.dsap, f"service 0x{payload.dsap:02x}")
        return f"LLC {service} {_bytes(len(payload.data))}"
    if frame.ethertype < 0:
        return f"runt {_bytes(frame.length)}"
    return _damage(frame, ethertype_text(frame.ethertype), payload.length)


def _packet(packet: Ipv4) -> str:
    """Empty if the transport header cannot be read."""
    payload = packet.payload
    if isinstance(payload, Tcp):
        flags = flags_text(payload.flags)
        return f"{flags} {len(payload.data)}" if payload.data else flags
    if isinstance(payload, Udp):
        return f"UDP {_bytes(len(payload.data))}"
    if isinstance(payload, Icmp):
        return _icmp(payload)
    if is_fragment(packet):
        return _fragment(packet)
    return ""


def _arp(message: Arp) -> str:
    sender = ip_text(message.sender_ip)
    target = ip_text(message.target_ip)
    if message.operation == arp.REPLY:
        return f"ARP {sender} is at {mac_text(message.sender_mac)}"
    if message.operation != arp.REQUEST:
        return f"ARP operation {message.operation}"
    if message.sender_ip == message.target_ip:
        return f"ARP announcement {sender} is at {mac_text(message.sender_mac)}"
    if message.sender_ip == 0:
        return f"ARP is {target} in use?"
    return f"ARP who has {target}? tell {sender}"


def _icmp(message: Icmp) -> str:
    text = f"ICMP {icmp_text(message.type, message.code)}"
    if message.type in (icmp.ECHO_REQUEST, icmp.ECHO_REPLY):
        return f"{text} id {message.rest >> 16} seq {message.rest & 0xFFFF}"
    if message.type == icmp.UNREACHABLE and message.code == icmp.FRAGMENTATION_NEEDED:
        return f"{text} MTU {message.rest & 0xFFFF}"
    if message.type == icmp.REDIRECT:
        return f"{text} to {ip_text(message.rest)}"
    return text


def _fragment(packet: Ipv4) -> str:
    first = (packet.fragment & OFFSET_MASK) * 8
    last = "" if packet.fragment & MORE_FRAGMENTS else " last"
    name = protocol_text(packet.protocol)
    return f"{name} fragment id {packet.identification} at {first} {_bytes(packet.payload.length)}{last}"


def _damage(frame: Frame, name: str, size: int) -> str:
    """What `dissect` notes about a frame that has no complete header value; if nothing, its name and size."""
    for layer in dissect(pack(frame)):
        for note in layer.notes():
            return f"{layer.name}: {note}"
    return f"{name} {_bytes(size)}"


def _bytes(size: int) -> str:
    return "1 byte" if size == 1 else f"{size} bytes"
