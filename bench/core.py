"""Which core of simnet runs: figures without that say little."""

from __future__ import annotations

import simnet


def core() -> str:
    """ "compiled" by mypyc, or "plain" Python."""
    return "compiled" if simnet.COMPILED else "plain"
