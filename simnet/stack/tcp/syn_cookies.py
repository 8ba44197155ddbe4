"""SYN cookies: half-open connections that take no memory (RFC 4987 3.6, Linux syncookies.c).

A listener whose queue of half-open connections is full answers a SYN by a SYN-ACK whose sequence number says all that
it must know again: a hash of addresses and ports, the minute, and one of four segment sizes.  What else was agreed is
in the low bits of the timestamp; a peer without timestamps gets none of it.  Such a SYN-ACK is never repeated.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.flow_hash import Key, flow_hash
from simnet.stack.tcp.tcb import Tcb
from simnet.units import SECOND
from simnet.wire.tcp import Tcp
from simnet.wire.tcp_options import TcpOptions

VALID: Final = 120 * SECOND
"""For so long after it made one a listener looks at what might be cookies (TCP_SYNCOOKIE_VALID)."""

_PERIOD: Final = 60 * SECOND
_MOST_PERIODS: Final = 2
_SIZES: Final = (536, 1300, 1440, 1460)
_DATA: Final = 0xFF_FFFF
_MASK: Final = 0xFFFF_FFFF

# What the low bits of the timestamp say.
_BITS: Final = 6
_NO_SCALE: Final = 0xF
_SACK: Final = 1 << 4
_ECN: Final = 1 << 5


def cookie(secret: int, key: Key, seq: int, mss: int, now: int) -> tuple[int, int]:
    """The sequence number that answers a SYN numbered `seq` that asks for `mss`, and the size it stands for."""
    index = max((place for place, size in enumerate(_SIZES) if mss >= size), default=0)
    count = now // _PERIOD
    data = (flow_hash(secret ^ count + 1, key) + index) & _DATA
    return (flow_hash(secret, key) + seq + (count << 24) + data) & _MASK, _SIZES[index]


def size_in(secret: int, key: Key, segment: Tcp, now: int) -> int:
    """The segment size that the cookie acknowledged by `segment` stands for; 0 if that is none, or too old."""
    value = (segment.ack - 1 - flow_hash(secret, key) - (segment.seq - 1)) & _MASK
    count = now // _PERIOD
    age = (count - (value >> 24)) & 0xFF
    if age >= _MOST_PERIODS:
        return 0
    index = (value - flow_hash(secret ^ count - age + 1, key)) & _DATA
    return _SIZES[index] if index < len(_SIZES) else 0


def stamp_age(tcb: Tcb, options: TcpOptions, is_ecn: bool) -> int:
    """By how much the timestamp must lie in the past so that its low bits say what was agreed."""
    low = options.window_scale if options.window_scale >= 0 else _NO_SCALE
    low |= (_SACK if options.sack_permitted else 0) | (_ECN if is_ecn else 0)
    now = tcb.now // 1_000_000
    stamp = now >> _BITS << _BITS | low
    return now - (stamp if stamp <= now else stamp - (1 << _BITS))


def agreed(tcb: Tcb, segment: Tcp, mss: int) -> tuple[TcpOptions, bool]:
    """The options of the SYN that the cookie answered, and whether it asked for ECN."""
    if segment.options.ts_val < 0:
        return TcpOptions(mss=mss), False
    low = (segment.options.ts_ecr - tcb.ts_offset & _MASK) & (1 << _BITS) - 1
    scale = low & _NO_SCALE
    options = TcpOptions(
        mss=mss,
        window_scale=-1 if scale == _NO_SCALE else scale,
        sack_permitted=low & _SACK != 0,
        ts_val=segment.options.ts_val,
        ts_ecr=segment.options.ts_ecr,
    )
    return options, low & _ECN != 0
