"""How far apart lanes stand: as near as their heads allow, as far as the labels between them need."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Wish(Struct, frozen=True):
    """A label of `length` wants to lie in one of the gaps from `low` up to, not including, `high`."""

    low: int
    high: int
    length: float


def gap_widths(least: Iterable[float], wishes: Iterable[Wish]) -> list[float]:
    """Gaps of at least the `least` widths, in which every wish finds one wide enough."""
    gaps = list(least)
    # Those with the least choice first, and of those the longest.
    for wish in sorted(wishes, key=lambda wish: (wish.high - wish.low, -wish.length, wish.low)):
        widest = widest_gap(gaps, wish.low, wish.high)
        gaps[widest] = max(gaps[widest], wish.length)
    return gaps


def widest_gap(gaps: list[float], low: int, high: int) -> int:
    """The first of the widest gaps from `low` up to `high`."""
    return max(range(low, high), key=lambda gap: (gaps[gap], -gap))


def evened(gaps: list[float], room: float, enough: float, step: float = 1) -> list[float]:
    """The gaps with spare `room` given to the narrowest of them, until all are wide `enough`."""
    gaps = list(gaps)
    while gaps and sum(gaps) + step <= room and min(gaps) + step <= enough:
        gaps[min(range(len(gaps)), key=lambda index: (gaps[index], index))] += step
    return gaps
