"""Reads packet lines: `< S 0:0(0) win 32792 <mss 1000,nop,wscale 7>`, `> icmp unreachable port_unreachable`."""

from __future__ import annotations

from typing import Final

from simnet.testing.packetdrill.cursor import Cursor
from simnet.testing.packetdrill.lexer import Kind
from simnet.testing.packetdrill.names import ECN_MARKS, ICMP_TYPES, ICMP_UNREACHABLE_CODES, TCP_FLAGS
from simnet.testing.packetdrill.problems import InvalidScript, Unsupported
from simnet.testing.packetdrill.script import (
    Direction,
    IcmpMessage,
    IpInfo,
    Packet,
    TcpOption,
    TcpSegment,
    UdpDatagram,
)

_SIZES: Final = {"nop": 1, "eol": 1, "mss": 4, "wscale": 3, "sackOK": 2, "TS": 10}
_FOREIGN_OPTIONS: Final = frozenset({"md5", "exp", "ECN", "MD5", "AccECN"})
_COOKIE_HEADS: Final = {"FO": 2, "FOEXP": 4}
_MASK: Final = 0xFFFF_FFFF
_LONGEST: Final = 65_535 - 40
_LARGEST_WINDOW: Final = 65_535
_LARGEST_PORT: Final = 65_535
_LARGEST_BYTE: Final = 255


def packet(cursor: Cursor) -> Packet:
    """A packet line from its direction on."""
    line = cursor.now.line
    direction = Direction(cursor.take().text)
    ip = _ip_info(cursor)
    content: TcpSegment | UdpDatagram | IcmpMessage
    if cursor.skip_word("icmp"):
        content = _icmp(cursor)
    elif cursor.skip_word("udp"):
        content = _udp(cursor)
    elif cursor.now.kind is Kind.WORD and cursor.now.text in ("icmpv6", "gre", "mpls", "sctp", "udplite"):
        raise Unsupported(f"{cursor.now.text} packets are not modeled", line)
    else:
        content = _tcp(cursor)
        _check_tcp(content, direction, line)
    return Packet(direction, content, ip)


def _check_tcp(segment: TcpSegment, direction: Direction, line: int) -> None:
    if segment.options is not None:
        size = sum(_option_size(option) for option in segment.options)
        if size % 4:
            raise InvalidScript(f"the options are {size} bytes, not a multiple of 4; pad with nop or eol", line)
    if direction is Direction.INBOUND:
        if segment.window is None:
            raise InvalidScript("an inbound segment needs a win", line)
        if segment.options is None:
            raise InvalidScript("an inbound segment cannot have <...>", line)


def _option_size(option: TcpOption) -> int:
    if option.kind in _COOKIE_HEADS:
        return _COOKIE_HEADS[option.kind] + len(option.values)
    return _SIZES.get(option.kind, 2 + 4 * len(option.values))


def _ip_info(cursor: Cursor) -> IpInfo:
    close = {"(": ")", "[": "]"}.get(cursor.now.text) if cursor.is_kind(Kind.MARK) else None
    if close is None:
        return IpInfo()
    cursor.take()
    ecn = tos = ttl = None
    while not cursor.skip_mark(close):
        line = cursor.now.line
        word = cursor.word()
        if word in ECN_MARKS:
            ecn = ECN_MARKS[word]
        elif word == "tos":
            tos = _up_to(cursor, _LARGEST_BYTE)
        elif word == "ttl":
            ttl = _up_to(cursor, _LARGEST_BYTE)
        else:
            raise Unsupported(f"the IP mark {word} is not modeled", line)
        cursor.skip_mark(",")
    return IpInfo(ecn, tos, ttl)


def _up_to(cursor: Cursor, most: int) -> int:
    """A number that fits its field."""
    line, value = cursor.now.line, cursor.integer()
    if not 0 <= value <= most:
        raise InvalidScript(f"{value} does not fit: expected 0 to {most}", line)
    return value


def _ports(cursor: Cursor) -> tuple[int, int]:
    """`5000 > 8080`, or (0, 0)."""
    if not (cursor.is_kind(Kind.INTEGER) and cursor.after(1).text == ">"):
        return 0, 0
    src = _up_to(cursor, _LARGEST_PORT)
    cursor.need_mark(">")
    return src, _up_to(cursor, _LARGEST_PORT)


def _sequence(cursor: Cursor) -> tuple[int, int]:
    """`start:end(length)` as start and length."""
    line = cursor.now.line
    start = cursor.integer()
    cursor.need_mark(":")
    end = cursor.integer()
    cursor.need_mark("(")
    length = cursor.integer()
    cursor.need_mark(")")
    if (start + length - end) & _MASK:
        raise InvalidScript(f"{start} plus {length} bytes is not {end}", line)
    _check_length(length, line)
    return start & _MASK, length


def _check_length(length: int, line: int) -> None:
    if not 0 <= length <= _LONGEST:
        raise InvalidScript(f"a packet cannot carry {length} bytes", line)


# --- TCP


def _tcp(cursor: Cursor) -> TcpSegment:
    src, dst = _ports(cursor)
    flags = _flags(cursor)
    seq, length = _sequence(cursor)
    ack = window = urgent = None
    if cursor.skip_word("ack"):
        ack = cursor.integer() & _MASK
    if cursor.skip_word("win"):
        window = _up_to(cursor, _LARGEST_WINDOW)
    if cursor.skip_word("urg"):
        urgent = _up_to(cursor, _LARGEST_WINDOW)
    options: tuple[TcpOption, ...] | None = ()
    if cursor.is_mark("<") and _is_option_list(cursor):
        options = _options(cursor)
    return TcpSegment(flags, seq, length, ack, window, urgent, options, src, dst)


def _flags(cursor: Cursor) -> int:
    if cursor.skip_mark("-"):
        return 0
    line = cursor.now.line
    flags = 0
    if cursor.is_kind(Kind.WORD):
        for letter in cursor.word():
            if letter not in TCP_FLAGS:
                raise InvalidScript(f'"{letter}" is no TCP flag', line)
            flags |= TCP_FLAGS[letter]
    if cursor.skip_mark("."):
        flags |= TCP_FLAGS["."]
    elif not flags:
        raise cursor.unexpected("TCP flags")
    return flags


def _is_option_list(cursor: Cursor) -> bool:
    """Tells `<mss 1000>` from nothing else: a packet's direction always follows a time."""
    following = cursor.after(1)
    return following.kind in (Kind.ELLIPSIS, Kind.WORD) or following.text == ">"


def _options(cursor: Cursor) -> tuple[TcpOption, ...] | None:
    cursor.need_mark("<")
    if cursor.is_kind(Kind.ELLIPSIS):
        cursor.take()
        cursor.need_mark(">")
        return None
    found: list[TcpOption] = []
    while not cursor.skip_mark(">"):
        found.append(_option(cursor))
        if not cursor.is_mark(">"):
            cursor.need_mark(",")
    return tuple(found)


def _option(cursor: Cursor) -> TcpOption:
    line = cursor.now.line
    kind = cursor.word()
    if kind in ("nop", "eol", "sackOK"):
        return TcpOption(kind)
    if kind in ("mss", "wscale"):
        return TcpOption(kind, (_up_to(cursor, _LARGEST_WINDOW if kind == "mss" else _LARGEST_BYTE),))
    if kind == "TS":
        return TcpOption(kind, (_named(cursor, "val"), _named(cursor, "ecr")))
    if kind == "sack":
        edges: list[int] = []
        while cursor.is_kind(Kind.INTEGER):
            edges.append(cursor.integer() & _MASK)
            cursor.need_mark(":")
            edges.append(cursor.integer() & _MASK)
        return TcpOption(kind, tuple(edges))
    if kind in _COOKIE_HEADS:
        return TcpOption(kind, _cookie(cursor))
    if kind in _FOREIGN_OPTIONS:
        raise Unsupported(f"the TCP option {kind} is not modeled", line)
    raise InvalidScript(f"there is no TCP option {kind}", line)


def _cookie(cursor: Cursor) -> tuple[int, ...]:
    """The bytes of a Fast Open cookie, written as one hexadecimal number; none ask for one."""
    if not cursor.is_kind(Kind.WORD) and not cursor.is_kind(Kind.INTEGER):
        return ()
    token = cursor.take()
    try:
        return tuple(bytes.fromhex(token.text))
    except ValueError:
        raise InvalidScript(f"{token} is no cookie: expected pairs of hexadecimal digits", token.line) from None


def _named(cursor: Cursor, name: str) -> int:
    if not cursor.skip_word(name):
        raise cursor.unexpected(f'"{name}"')
    return cursor.integer() & _MASK


# --- UDP and ICMP


def _udp(cursor: Cursor) -> UdpDatagram:
    src, dst = _ports(cursor)
    cursor.need_mark("(")
    line, length = cursor.now.line, cursor.integer()
    cursor.need_mark(")")
    _check_length(length, line)
    return UdpDatagram(length, src, dst)


def _icmp(cursor: Cursor) -> IcmpMessage:
    line = cursor.now.line
    name = cursor.word()
    type = _icmp_number(name, "type_", ICMP_TYPES)
    if type is None:
        raise InvalidScript(f"there is no ICMP type {name}", line)
    code = 0
    if cursor.is_kind(Kind.WORD) and cursor.now.text not in ("mtu", "id"):
        line, name = cursor.now.line, cursor.word()
        known = _icmp_number(name, "code_", ICMP_UNREACHABLE_CODES if type == ICMP_TYPES["unreachable"] else {})
        if known is None:
            raise InvalidScript(f"there is no ICMP code {name}", line)
        code = known
    mtu = _up_to(cursor, _LARGEST_WINDOW) if cursor.skip_word("mtu") else 0
    id = _up_to(cursor, _LARGEST_WINDOW) if cursor.skip_word("id") else 0
    seq, datagram = _quoted(cursor)
    return IcmpMessage(type, code, mtu, id, seq, datagram)


def _icmp_number(name: str, prefix: str, table: dict[str, int]) -> int | None:
    digits = name.removeprefix(prefix)
    if name.startswith(prefix) and digits.isdecimal():
        return min(int(digits), _LARGEST_BYTE)
    return table.get(name)


def _quoted(cursor: Cursor) -> tuple[int, int | None]:
    """What an ICMP message is about: (sequence number, None) or (0, bytes of a datagram)."""
    if not cursor.skip_mark("["):
        return 0, None
    seq, datagram = 0, None
    if cursor.skip_word("udp"):
        cursor.need_mark("(")
        datagram = _up_to(cursor, _LONGEST)
        cursor.need_mark(")")
    elif cursor.is_word("raw"):
        raise Unsupported("ICMP about raw packets is not modeled", cursor.now.line)
    else:
        seq, _length = _sequence(cursor)
    cursor.need_mark("]")
    return seq, datagram
