"""The bytes that `send: {bytes: N}` sends: numbered lines of text, so that a lost or repeated piece shows.

    0000000 abcdefghijklmnopqrstuvw
    0000032 abcdefghijklmnopqrstuvw        each line is 32 bytes and begins with its own offset

After a million bytes the numbers begin again.
"""

from __future__ import annotations

from typing import Final

_LINE: Final = 32
_PERIOD: Final = 1_000_000
LARGEST: Final = 100_000_000


def numbered(size: int) -> bytes:
    """`size` bytes of numbered lines."""
    lines = -(-min(size, _PERIOD) // _LINE)
    block = b"".join(b"%07d abcdefghijklmnopqrstuvw\n" % offset for offset in range(0, lines * _LINE, _LINE))
    return (block * (size // _PERIOD + 1))[:size]
