"""The styles of a topology diagram, from roomy to dense."""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct


class Detail(Enum):
    """What may be written into the picture."""

    PORTS = "ports"
    ADDRESSES = "addresses"
    LINKS = "links"
    SUBNETS = "subnets"


class Arrangement(Enum):
    """How devices are arranged."""

    FANS = "fans"
    CHAIN = "chain"
    BLOCKS = "blocks"
    SHELVES = "shelves"


class Style(Struct, frozen=True):
    """How large and how detailed.

    `most`, `most_with_loops`: for how many devices.  `scales`: tried in turn; by how much fans may be stretched,
    how much wider than high blocks may be.
    """

    most: int
    symbol: float
    name_size: float
    link: float
    gap: float
    arrangement: Arrangement
    scales: tuple[float, ...]
    details: frozenset[Detail]
    most_with_loops: int = 0


_EVERYTHING: Final = frozenset(Detail)
_ADDRESSES: Final = frozenset((Detail.ADDRESSES, Detail.SUBNETS))
_SUBNETS: Final = frozenset((Detail.SUBNETS,))
_NAMES: Final[frozenset[Detail]] = frozenset()
_ANY: Final = 1_000_000
_SHAPES: Final = (1.5, 2.0, 1.1, 3.0, 0.8)
STYLES: Final = (
    Style(24, 34.0, 10.5, 62.0, 12.0, Arrangement.FANS, (0.8, 0.92, 1.06, 1.22, 1.4, 1.6), _EVERYTHING),
    Style(40, 25.0, 9.0, 40.0, 8.0, Arrangement.FANS, (0.8, 1.0, 1.2, 1.4), _EVERYTHING),
    Style(60, 30.0, 9.5, 44.0, 10.0, Arrangement.CHAIN, (1.0, 1.2), _EVERYTHING),
    Style(60, 23.0, 8.5, 30.0, 8.0, Arrangement.CHAIN, (1.0,), _EVERYTHING),
    Style(60, 22.0, 8.0, 30.0, 7.0, Arrangement.FANS, (0.8, 1.0, 1.2), _ADDRESSES, 90),
    Style(_ANY, 20.0, 8.0, 14.0, 6.0, Arrangement.CHAIN, (1.0,), _NAMES),
    Style(_ANY, 22.0, 8.5, 24.0, 10.0, Arrangement.BLOCKS, _SHAPES, _ADDRESSES),
    Style(_ANY, 21.0, 8.0, 22.0, 7.0, Arrangement.BLOCKS, _SHAPES, _SUBNETS),
    Style(0, 20.0, 8.0, 26.0, 6.0, Arrangement.FANS, (0.85, 0.72, 0.62, 0.54), _NAMES, _ANY),
    Style(_ANY, 17.0, 8.0, 20.0, 4.0, Arrangement.BLOCKS, _SHAPES, _SUBNETS),
    Style(_ANY, 13.0, 8.0, 18.0, 3.0, Arrangement.BLOCKS, _SHAPES, _NAMES),
    Style(_ANY, 14.0, 8.0, 18.0, 4.0, Arrangement.SHELVES, (1.0,), _NAMES),
)
"""From roomy to dense."""
