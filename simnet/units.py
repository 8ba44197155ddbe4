"""Units: time is int nanoseconds, rate int bit/s, size int bytes; this file reads and prints them.

Python's own API writes `ms(5)`, `mbps(100)`; a scenario writes "5ms", "100mbps".
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

NANOSECOND: Final = 1
MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000

_TIME_UNITS: Final = {
    "ns": NANOSECOND,
    "us": MICROSECOND,
    "ms": MILLISECOND,
    "s": SECOND,
    "min": 60 * SECOND,
    "h": 3600 * SECOND,
}
_RATE_UNITS: Final = {"bps": 1, "kbps": 1_000, "mbps": 1_000_000, "gbps": 1_000_000_000}
_SIZE_UNITS: Final = {"B": 1, "kB": 1_000, "MB": 1_000_000, "KiB": 1_024, "MiB": 1_048_576}
_QUANTITY: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


class UnitError(ValueError):
    """A quantity that cannot be read; its text says what was expected and how to write it."""


def ns(value: float) -> int:
    """`value` nanoseconds."""
    return round(value)


def us(value: float) -> int:
    """`value` microseconds, in nanoseconds."""
    return round(value * MICROSECOND)


def ms(value: float) -> int:
    """`value` milliseconds, in nanoseconds."""
    return round(value * MILLISECOND)


def seconds(value: float) -> int:
    """`value` seconds, in nanoseconds."""
    return round(value * SECOND)


def kbps(value: float) -> int:
    """`value` kilobits per second, in bit/s."""
    return round(value * 1_000)


def mbps(value: float) -> int:
    """`value` megabits per second, in bit/s."""
    return round(value * 1_000_000)


def gbps(value: float) -> int:
    """`value` gigabits per second, in bit/s."""
    return round(value * 1_000_000_000)


def _parse(text: str, units: dict[str, int], name: str, example: str) -> int:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise UnitError(f'{name} "{text}" is not a number with a unit; write for example {example}')
    number, unit = found.groups()
    if not unit:
        raise UnitError(f'{name} "{text}" has no unit; write {number}{example.lstrip("0123456789.")}')
    scale = units.get(unit, units.get(unit.lower()))
    if scale is None:
        known = ", ".join(units)
        raise UnitError(f'{name} "{text}" has the unknown unit "{unit}"; the units are {known}')
    return int(Decimal(number) * scale)


def parse_time(text: str, name: str = "time") -> int:
    """Nanoseconds meant by "5ms"; raises `UnitError`, whose text calls the value `name`."""
    return _parse(text, _TIME_UNITS, name, "5ms")


def parse_rate(text: str, name: str = "rate") -> int:
    """Bits per second meant by "100mbps"; raises `UnitError`."""
    rate = _parse(text, _RATE_UNITS, name, "10mbps")
    if rate == 0:
        raise UnitError(f'{name} "{text}" is zero: nothing would ever be sent; write for example 10mbps')
    return rate


def parse_size(text: str, name: str = "size") -> int:
    """Bytes meant by "64KiB"; raises `UnitError`."""
    return _parse(text, _SIZE_UNITS, name, "64KiB")


def _plain(value: int, scale: int) -> str:
    text = f"{Decimal(value) / scale:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_time(value: int) -> str:
    """The shortest exact text of `value` nanoseconds: 5ms, 1.5s, 30us; reads back with `parse_time`."""
    if value == 0:
        return "0s"
    sign = "-" if value < 0 else ""
    value = abs(value)
    for unit in ("s", "ms", "us"):
        if value >= _TIME_UNITS[unit]:
            return f"{sign}{_plain(value, _TIME_UNITS[unit])}{unit}"
    return f"{sign}{value}ns"


def format_rate(value: int) -> str:
    """The shortest exact text of `value` bit/s: 10mbps; reads back with `parse_rate`."""
    for unit in ("gbps", "mbps", "kbps"):
        if value >= _RATE_UNITS[unit]:
            return f"{_plain(value, _RATE_UNITS[unit])}{unit}"
    return f"{value}bps"
