"""Which rows of a comparison to show: all, or what lies about its differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simnet.trace.compare_row import Finding, Row

ALL: Final = 0
_AROUND: Final = 3


def folded(rows: Sequence[Row], limit: int) -> list[Row | int]:
    """At most `limit` rows (0: all); a number stands for as many that were left out.

    Rows that are equal and far from any difference are left out first, then what comes last.
    """
    if limit == ALL or len(rows) <= limit:
        return list(rows)
    wanted = _wanted(rows)
    if not wanted:
        wanted = set(range(limit))
    places = sorted(wanted)[:limit]
    shown: list[Row | int] = []
    after = 0
    for place in [*places, len(rows)]:
        if place > after:
            shown.append(place - after)
        if place < len(rows):
            shown.append(rows[place])
        after = place + 1
    return shown


def _wanted(rows: Sequence[Row]) -> set[int]:
    wanted: set[int] = set()
    for place, row in enumerate(rows):
        if row.finding is not Finding.EQUAL:
            wanted |= set(range(max(0, place - _AROUND), min(len(rows), place + _AROUND + 1)))
    return wanted
