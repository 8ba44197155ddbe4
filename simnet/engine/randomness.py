"""Chance: one seeded stream per named purpose.

A stream depends on the run's seed and its own name only, so adding a device or a draw elsewhere changes nothing.
"""

from __future__ import annotations

from hashlib import blake2b
from random import Random


def stream(seed: int, name: str) -> Random:
    """The random stream called `name` of a run with `seed`; the same on every machine and Python."""
    digest = blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    return Random(int.from_bytes(digest, "big"))
