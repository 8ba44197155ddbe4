"""What became of one expectation."""

from __future__ import annotations

from msgspec import Struct


class Verdict(Struct, frozen=True):
    """`text`: the expectation as written.  `why`: what broke it, with the first frame that did; "" when it holds."""

    text: str
    ok: bool
    why: str = ""
