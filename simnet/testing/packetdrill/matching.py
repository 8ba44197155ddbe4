"""Does a packet say what a script's line says?  Compares both in the script's own numbers."""

from __future__ import annotations

from dataclasses import replace

from simnet.testing.packetdrill.script import IpInfo, TcpOption, TcpSegment
from simnet.testing.packetdrill.texts import flags_text, option_text
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import CWR, FIN, PSH

_MASK = 0xFFFF_FFFF


def difference(expected: TcpSegment, actual: TcpSegment) -> str:
    """The first thing in which `actual` differs, "" if in none."""
    compared = [
        ("sequence number", expected.seq, actual.seq),
        ("payload length", expected.length, actual.length),
        ("flags", flags_text(expected.flags), flags_text(actual.flags)),
        ("acknowledgment", expected.ack or 0, actual.ack or 0),
        ("window", actual.window if expected.window is None else expected.window, actual.window),
        ("urgent pointer", expected.urgent or 0, actual.urgent or 0),
        ("source port", expected.src_port or actual.src_port, actual.src_port),
        ("destination port", expected.dst_port or actual.dst_port, actual.dst_port),
    ]
    for what, wanted, found in compared:
        if wanted != found:
            return f"the {what} is {found}, not {wanted}"
    return "" if expected.options is None else _options_difference(expected.options, actual.options or ())


def _options_difference(expected: tuple[TcpOption, ...], actual: tuple[TcpOption, ...]) -> str:
    """Time stamps count by their place only."""
    for wanted, found in zip(expected, actual, strict=False):
        if wanted.kind != found.kind or wanted.kind != "TS" and wanted.values != found.values:
            return f"an option is {option_text(found)}, not {option_text(wanted)}"
    if len(expected) > len(actual):
        return f"the option {option_text(expected[len(actual)])} is missing"
    if len(actual) > len(expected):
        return f"there is an option {option_text(actual[len(expected)])}"
    return ""


def ip_difference(expected: IpInfo, packet: Ipv4) -> str:
    """As `difference`, for the IP header."""
    for what, wanted, found in (
        ("ECN mark", expected.ecn, packet.tos & 3),
        ("TOS", expected.tos, packet.tos),
        ("TTL", expected.ttl, packet.ttl),
    ):
        if wanted is not None and wanted != found:
            return f"the {what} is {found}, not {wanted}"
    return ""


def joined(first: TcpSegment, following: TcpSegment) -> TcpSegment | None:
    """What both were when they left TCP as one large segment; None if they cannot have been.

    The first gives its sequence number and CWR, the last everything else (Linux cuts a large segment so).
    """
    loose = FIN | PSH | CWR
    same = (
        first.seq + first.length & _MASK == following.seq
        and first.flags & ~loose == following.flags & ~loose
        and not first.flags & FIN
        and (first.ack, first.window, first.urgent) == (following.ack, following.window, following.urgent)
        and [option.kind for option in first.options or ()] == [option.kind for option in following.options or ()]
    )
    if not same:
        return None
    flags = following.flags & ~CWR | first.flags & CWR
    return replace(following, seq=first.seq, length=first.length + following.length, flags=flags)
