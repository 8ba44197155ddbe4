"""TCP options: maximum segment size, window scale, SACK, timestamps, Fast Open (RFC 9293 3.2, 7323, 2018, 7413).

Does not model: other options (MD5, multipath …); a segment that has them keeps its option bytes in `raw`.
"""

from __future__ import annotations

import struct
from typing import Final

ABSENT: Final = -1

END: Final = 0
NO_OPERATION: Final = 1
MSS: Final = 2
WINDOW_SCALE: Final = 3
SACK_PERMITTED: Final = 4
SACK: Final = 5
TIMESTAMPS: Final = 8
FAST_OPEN: Final = 34
EXPERIMENT: Final = 254
_FAST_OPEN_MAGIC: Final = b"\xf9\x89"  # what the experiment is (RFC 7413 4.1.1, RFC 6994)
_LONGEST_COOKIE: Final = 16

_OPENING_AND_TIMESTAMPS: Final = struct.Struct("!4sII")
_TIMESTAMPS_ONLY: Final = b"\x01\x01\x08\x0a"
_SACK_AND_TIMESTAMPS: Final = b"\x04\x02\x08\x0a"
_SACK_ONLY: Final = b"\x01\x01\x04\x02"


class TcpOptions:
    """The options of one segment; ABSENT (-1) or an empty tuple where an option is missing.

    Packed in Linux's order: MSS; SACK-permitted + timestamps (or NOP NOP timestamps); NOP + window scale;
    NOP NOP SACK; Fast Open.  `raw` holds the exact bytes, padding included, when they differ from that, else it is
    None; the fields are then what could be read from them.  `length`: bytes on the wire, a multiple of 4.
    `sack`: (left, right) edges.  `cookie`: of Fast Open, b"" to ask for one, None without that option; `cookie_kind`:
    FAST_OPEN, or EXPERIMENT, as it was before RFC 7413.
    """

    __slots__ = (
        "mss", "window_scale", "sack_permitted", "ts_val", "ts_ecr", "sack", "raw", "length", "cookie", "cookie_kind",
    )  # fmt: skip

    def __init__(
        self,
        mss: int = ABSENT,
        window_scale: int = ABSENT,
        sack_permitted: bool = False,
        ts_val: int = ABSENT,
        ts_ecr: int = 0,
        sack: tuple[tuple[int, int], ...] = (),
        raw: bytes | None = None,
        cookie: bytes | None = None,
        cookie_kind: int = FAST_OPEN,
    ) -> None:
        self.mss = mss
        self.window_scale = window_scale
        self.sack_permitted = sack_permitted
        self.ts_val = ts_val
        self.ts_ecr = ts_ecr
        self.sack = sack
        self.raw = raw
        self.cookie = cookie
        self.cookie_kind = cookie_kind
        if raw is not None:
            self.length = len(raw)
            return
        length = 0
        if mss >= 0:
            length += 4
        if ts_val >= 0:
            length += 12
        elif sack_permitted:
            length += 4
        if window_scale >= 0:
            length += 4
        if sack:
            length += 4 + 8 * len(sack)
        if cookie is not None:
            length += (2 if cookie_kind == FAST_OPEN else 4) + len(cookie) + 3 & ~3
        self.length = length

    def __eq__(self, other: object) -> bool:
        return self is other or isinstance(other, TcpOptions) and pack(self) == pack(other)

    def __hash__(self) -> int:
        return hash(pack(self))

    def __repr__(self) -> str:
        parts = []
        if self.mss >= 0:
            parts.append(f"MSS {self.mss}")
        if self.sack_permitted:
            parts.append("SACK permitted")
        if self.ts_val >= 0:
            parts.append(f"timestamps {self.ts_val} {self.ts_ecr}")
        if self.window_scale >= 0:
            parts.append(f"window scale {self.window_scale}")
        if self.sack:
            parts.append("SACK " + " ".join(f"{left}-{right}" for left, right in self.sack))
        if self.cookie is not None:
            parts.append(f"Fast Open {self.cookie.hex() or 'request'}")
        if self.raw is not None:
            parts.append(f"raw {self.raw.hex()}")
        return f"TcpOptions({', '.join(parts)})"


NO_OPTIONS: Final = TcpOptions()


def pack(options: TcpOptions) -> bytes:
    """The option bytes, padding included."""
    if options.raw is not None:
        return options.raw
    if not options.length:
        return b""
    if options.length == 12 and options.ts_val >= 0 and not options.sack_permitted:
        return _OPENING_AND_TIMESTAMPS.pack(_TIMESTAMPS_ONLY, options.ts_val, options.ts_ecr)
    return _pack_each(options)


def parse(data: bytes) -> TcpOptions:
    """The options that `data`, everything after the first 20 bytes of the header, says."""
    if not data:
        return NO_OPTIONS
    if len(data) == 12 and data.startswith(_TIMESTAMPS_ONLY):
        _, ts_val, ts_ecr = _OPENING_AND_TIMESTAMPS.unpack(data)
        return TcpOptions(ABSENT, ABSENT, False, ts_val, ts_ecr)
    read = _parse_each(data)
    if pack(read) == data:
        return read
    return TcpOptions(
        read.mss, read.window_scale, read.sack_permitted, read.ts_val, read.ts_ecr, read.sack, data, read.cookie,
        read.cookie_kind,
    )  # fmt: skip


def spans(data: bytes) -> list[tuple[int, int]]:
    """Where the options lie: (offset, length) of each, up to and without the first that is cut or broken.

    What follows an END option is padding and belongs to it.
    """
    found = []
    at = 0
    while at < len(data):
        kind = data[at]
        if kind == END:
            found.append((at, len(data) - at))
            break
        if kind == NO_OPERATION:
            size = 1
        else:
            size = data[at + 1] if at + 1 < len(data) else 0
            if size < 2 or at + size > len(data):
                break
        found.append((at, size))
        at += size
    return found


def _pack_each(options: TcpOptions) -> bytes:
    parts = []
    if options.mss >= 0:
        parts.append(struct.pack("!BBH", MSS, 4, options.mss))
    if options.ts_val >= 0:
        opening = _SACK_AND_TIMESTAMPS if options.sack_permitted else _TIMESTAMPS_ONLY
        parts.append(_OPENING_AND_TIMESTAMPS.pack(opening, options.ts_val, options.ts_ecr))
    elif options.sack_permitted:
        parts.append(_SACK_ONLY)
    if options.window_scale >= 0:
        parts.append(bytes((NO_OPERATION, WINDOW_SCALE, 3, options.window_scale)))
    if options.sack:
        parts.append(bytes((NO_OPERATION, NO_OPERATION, SACK, 2 + 8 * len(options.sack))))
        for left, right in options.sack:
            parts.append(struct.pack("!II", left, right))
    if options.cookie is not None:
        parts.append(_pack_cookie(options.cookie, options.cookie_kind))
    return b"".join(parts)


def _pack_cookie(cookie: bytes, kind: int) -> bytes:
    content = cookie if kind == FAST_OPEN else _FAST_OPEN_MAGIC + cookie
    length = 2 + len(content)
    return bytes((kind, length)) + content + bytes((NO_OPERATION,)) * (-length % 4)


def _parse_cookie(content: bytes) -> bytes | None:
    """An odd or impossible length is no cookie (Linux tcp_parse_fastopen_option)."""
    length = len(content)
    return content if length == 0 or (length % 2 == 0 and 4 <= length <= _LONGEST_COOKIE) else None


def _parse_each(data: bytes) -> TcpOptions:
    """The options as far as they can be read; of two of a kind the later one holds, as in Linux."""
    mss = window_scale = ts_val = ABSENT
    ts_ecr = 0
    sack_permitted = False
    sack: tuple[tuple[int, int], ...] = ()
    cookie: bytes | None = None
    cookie_kind = FAST_OPEN
    for at, size in spans(data):
        kind = data[at]
        if kind == MSS and size == 4:
            mss = int.from_bytes(data[at + 2 : at + 4], "big")
        elif kind == WINDOW_SCALE and size == 3:
            window_scale = data[at + 2]
        elif kind == SACK_PERMITTED and size == 2:
            sack_permitted = True
        elif kind == TIMESTAMPS and size == 10:
            ts_val, ts_ecr = struct.unpack_from("!II", data, at + 2)
        elif kind == SACK and size >= 10 and size % 8 == 2:
            edges = struct.unpack_from(f"!{(size - 2) // 4}I", data, at + 2)
            sack = tuple(zip(edges[0::2], edges[1::2], strict=True))
        elif kind == FAST_OPEN:
            cookie, cookie_kind = _parse_cookie(data[at + 2 : at + size]), FAST_OPEN
        elif kind == EXPERIMENT and data[at + 2 : at + 4] == _FAST_OPEN_MAGIC and size >= 4:
            cookie, cookie_kind = _parse_cookie(data[at + 4 : at + size]), EXPERIMENT
    return TcpOptions(mss, window_scale, sack_permitted, ts_val, ts_ecr, sack, None, cookie, cookie_kind)
