"""Writes packets and calls as a script would, for reports."""

from __future__ import annotations

from simnet.testing.packetdrill.names import ECN_MARKS, ERROR_NAMES, ICMP_TYPES, ICMP_UNREACHABLE_CODES, TCP_FLAGS
from simnet.testing.packetdrill.script import (
    Call,
    Ellipsis,
    Expression,
    Flags,
    IcmpMessage,
    IpInfo,
    Items,
    Packet,
    Structure,
    Symbol,
    SystemCall,
    TcpOption,
    TcpSegment,
    UdpDatagram,
)
from simnet.units import SECOND

_MASK = 0xFFFF_FFFF


def seconds(time: int) -> str:
    """0.100000"""
    return f"{time / SECOND:.6f}"


def packet_text(packet: Packet) -> str:
    """`> P. 1:1001(1000) ack 1`"""
    ip = ip_text(packet.ip)
    return f"{packet.direction.value} {ip}{content_text(packet.content)}"


def content_text(content: TcpSegment | UdpDatagram | IcmpMessage) -> str:
    """A packet without its direction."""
    if isinstance(content, TcpSegment):
        return segment_text(content)
    if isinstance(content, UdpDatagram):
        return f"udp ({content.length})"
    types = {number: name for name, number in ICMP_TYPES.items()}
    codes = {number: name for name, number in ICMP_UNREACHABLE_CODES.items()} if content.type == 3 else {}
    text = f"icmp {types.get(content.type, f'type_{content.type}')} {codes.get(content.code, f'code_{content.code}')}"
    return text + f" mtu {content.mtu}" * bool(content.mtu)


def ip_text(ip: IpInfo) -> str:
    """`(ect0) `, or nothing."""
    marks = {number: name for name, number in ECN_MARKS.items()}
    parts = [marks[ip.ecn]] if ip.ecn is not None else []
    parts += [f"tos 0x{ip.tos:x}"] if ip.tos is not None else []
    parts += [f"ttl {ip.ttl}"] if ip.ttl is not None else []
    return f"({', '.join(parts)}) " if parts else ""


def flags_text(flags: int) -> str:
    """`FP.`; `-` for none."""
    text = "".join(letter for letter, bit in TCP_FLAGS.items() if flags & bit and letter != ".")
    return text + "." * bool(flags & TCP_FLAGS["."]) or "-"


def segment_text(segment: TcpSegment) -> str:
    """`P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 100 ecr 0>`"""
    text = f"{flags_text(segment.flags)} {segment.seq}:{segment.seq + segment.length & _MASK}({segment.length})"
    if segment.ack is not None:
        text += f" ack {segment.ack}"
    if segment.window is not None:
        text += f" win {segment.window}"
    if segment.urgent:
        text += f" urg {segment.urgent}"
    if segment.options is None:
        return text + " <...>"
    return text + f" <{','.join(map(option_text, segment.options))}>" * bool(segment.options)


def option_text(option: TcpOption) -> str:
    """`mss 1460`"""
    if option.kind == "TS":
        return f"TS val {option.values[0]} ecr {option.values[1]}"
    if option.kind == "sack":
        pairs = zip(option.values[::2], option.values[1::2], strict=True)
        return "sack " + " ".join(f"{left}:{right}" for left, right in pairs)
    if option.kind in ("FO", "FOEXP"):
        return f"{option.kind} {bytes(option.values).hex()}".strip()
    return " ".join((option.kind, *map(str, option.values)))


def call_text(call: SystemCall) -> str:
    """`read(4, ..., 1000)`"""
    return f"{call.name}({', '.join(map(expression_text, call.arguments))})"


def expression_text(value: Expression) -> str:
    """An argument as it was written."""
    if isinstance(value, Ellipsis):
        return "..."
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, Flags):
        return "|".join(map(expression_text, value.parts))
    if isinstance(value, Items):
        return f"[{', '.join(map(expression_text, value.items))}]"
    if isinstance(value, Call):
        return f"{value.name}({', '.join(map(expression_text, value.arguments))})"
    if isinstance(value, Structure):
        parts = [f"{name}={expression_text(inner)}" for name, inner in value.fields.items()]
        return f"{{{', '.join([*parts, *map(expression_text, value.items)])}}}"
    return str(value)


def result_text(value: int, errno: int) -> str:
    """`-1 EAGAIN`, `1000`"""
    return f"{value} {ERROR_NAMES.get(errno, errno)}" if errno else str(value)
