"""A hash of addresses and ports that differs from host to host: initial numbers, and who of a group gets a flow."""

from __future__ import annotations

Key = tuple[int, int, int, int]
"""Local address and port, remote address and port."""

_BITS = 0xFFFF_FFFF_FFFF_FFFF


def flow_hash(secret: int, key: Key) -> int:
    """32 bits that depend on all of `key` and on nothing else; not for cryptography."""
    state = secret
    for part in key:
        state = (state ^ (part & _BITS)) * 0x9E37_79B9_7F4A_7C15 & _BITS
        state ^= state >> 29
    return (state * 0xBF58_476D_1CE4_E5B9 & _BITS) >> 32
