"""Sequence numbers (RFC 9293 3.4): 32 bits on the wire, never wrapping inside.

A connection counts in plain growing ints, so that `<` means "before" everywhere; the two functions here are the
only border between the two.  The idea is QUIC's (RFC 9000 A.3).
"""

from __future__ import annotations

from typing import Final

MASK: Final = 0xFFFF_FFFF
_HALF: Final = 0x8000_0000


def wire(number: int) -> int:
    """The 32 bits of `number` that travel in a segment."""
    return number & MASK


def unwrap(bits: int, near: int) -> int:
    """The number with these low 32 `bits` that lies closest to `near`."""
    return near + ((bits - near + _HALF) & MASK) - _HALF


def is_before(bits: int, than: int) -> bool:
    """For 32-bit clocks such as timestamps: does `bits` come before `than` (RFC 7323 4.3)?"""
    return ((bits - than) & MASK) >= _HALF


def distance(later: int, earlier: int) -> int:
    """Signed difference of two 32-bit values."""
    return ((later - earlier + _HALF) & MASK) - _HALF
