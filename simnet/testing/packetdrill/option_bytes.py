"""TCP options between a script's words and the bytes of a header."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from simnet.testing.packetdrill.script import TcpOption
from simnet.wire.tcp_options import (
    END,
    EXPERIMENT,
    FAST_OPEN,
    MSS,
    NO_OPERATION,
    SACK,
    SACK_PERMITTED,
    TIMESTAMPS,
    WINDOW_SCALE,
    spans,
)

_MAGIC: Final = b"\xf9\x89"
_PLAIN: Final = {"nop": bytes((NO_OPERATION,)), "eol": bytes((END,)), "sackOK": bytes((SACK_PERMITTED, 2))}


def pack(options: Iterable[TcpOption]) -> bytes:
    """The bytes of `options`, in their order, nothing added."""
    return b"".join(_pack_one(option) for option in options)


def _pack_one(option: TcpOption) -> bytes:
    kind, values = option.kind, option.values
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "mss":
        return struct.pack("!BBH", MSS, 4, values[0] & 0xFFFF)
    if kind == "wscale":
        return bytes((WINDOW_SCALE, 3, values[0] & 0xFF))
    if kind == "FO":
        return bytes((FAST_OPEN, 2 + len(values), *values))
    if kind == "FOEXP":
        return bytes((EXPERIMENT, 4 + len(values), *_MAGIC, *values))
    if kind == "TS":
        return struct.pack("!BBII", TIMESTAMPS, 10, *values)
    return struct.pack(f"!BB{len(values)}I", SACK, 2 + 4 * len(values), *values)


def parse(data: bytes) -> tuple[TcpOption, ...]:
    """The options that `data` holds; bytes that are no known option become "unknown" with these bytes."""
    found: list[TcpOption] = []
    for at, size in spans(data):
        if data[at] == END:
            found += [TcpOption("eol")] * size
        else:
            found.append(_parse_one(data[at : at + size]))
    return tuple(found)


def _parse_one(data: bytes) -> TcpOption:
    kind, size = data[0], len(data)
    if kind == NO_OPERATION:
        return TcpOption("nop")
    if kind == MSS and size == 4:
        return TcpOption("mss", struct.unpack_from("!H", data, 2))
    if kind == WINDOW_SCALE and size == 3:
        return TcpOption("wscale", (data[2],))
    if kind == SACK_PERMITTED and size == 2:
        return TcpOption("sackOK")
    if kind == TIMESTAMPS and size == 10:
        return TcpOption("TS", struct.unpack_from("!II", data, 2))
    if kind == SACK and size % 8 == 2:
        return TcpOption("sack", struct.unpack_from(f"!{size // 4}I", data, 2))
    if kind == FAST_OPEN:
        return TcpOption("FO", tuple(data[2:]))
    if kind == EXPERIMENT and data[2:4] == _MAGIC:
        return TcpOption("FOEXP", tuple(data[4:]))
    return TcpOption("unknown", tuple(data))
