"""Reads the tunables of a host by their Linux names: `tcp_sack`, `net.ipv4.tcp_sack`, `tcp_rmem` with three numbers.

A time has a unit, or is a plain number in the unit that the kernel's file counts in.
"""

from __future__ import annotations

import re
from typing import Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario.reader import Reader, short
from simnet.scenario.tree import Node, Scalar, Sequence
from simnet.scenario.tunables import FILES, TUNABLES, WORDS, Kind, Tunable
from simnet.scenario.unmodeled import UNMODELED
from simnet.scenario.values import Sysctl
from simnet.units import format_time

_PREFIXES: Final = ("net.ipv4.", "net.core.")
_TRIPLES: Final = {"tcp_rmem": ("tcp_rmem_default", "tcp_rmem_max"), "tcp_wmem": ("tcp_wmem_default", "tcp_wmem_max")}
_PLAIN: Final = re.compile(r"[0-9]{1,19}")
_UNITS: Final = {1: "ns", 1_000: "us", 1_000_000: "ms", 10_000_000: "10 ms", 1_000_000_000: "s"}


_SPELLINGS: Final = {**TUNABLES, **FILES}
NAMES: Final = frozenset(_SPELLINGS) | _TRIPLES.keys()
"""All names that a scenario may use, without net.ipv4 and net.core."""


def read_sysctl(reader: Reader, node: Node | None) -> dict[str, Sysctl]:
    """A map of tunables, by the names of `TUNABLES`; times become ns, sizes bytes."""
    found: dict[str, Sysctl] = {}
    for key, value in reader.entries(node, "sysctl", "{tcp_syn_retries: 2}"):
        name = key.text
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
        if name in _TRIPLES:
            found.update(_triple(reader, name, value))
            continue
        tunable = _SPELLINGS.get(name)
        if name in UNMODELED:
            reader.problem(key.at, f"the sysctl {name} is not modeled: {UNMODELED[name]}")
            continue
        if tunable is None:
            hint = did_you_mean(name, sorted(NAMES)) or "; the page docs/sysctls.md lists them"
            reader.problem(key.at, f'unknown sysctl "{short(key.text)}"{hint}')
            continue
        setting = _value(reader, tunable, name, value)
        if setting is not None:
            found[tunable.name] = setting
    return found


def _value(reader: Reader, tunable: Tunable, name: str, node: Node) -> Sysctl | None:
    if isinstance(node, Scalar) and node.is_null():
        reader.problem(node.at, f"{name} is empty; write its value")
        return None
    if tunable.kind is Kind.TIME:
        return _time(reader, tunable, name, node)
    if tunable.kind is Kind.SIZE:
        return reader.size(node, name, tunable.low, tunable.high)
    if tunable.kind is Kind.WORD:
        return reader.word(node, name, WORDS[tunable.name])
    if tunable.kind is Kind.PORTS:
        return _range(reader, name, node)
    return reader.number(node, name, tunable.low, tunable.high)


def _time(reader: Reader, tunable: Tunable, name: str, node: Node) -> int | None:
    is_the_file = tunable.path.endswith(name)
    if is_the_file and isinstance(node, Scalar) and not isinstance(node.native, int) and _PLAIN.fullmatch(node.text):
        number = reader.number(node, name, tunable.low, tunable.high)
        return None if number is None else number * tunable.unit
    time = reader.time(node, name, _UNITS[tunable.unit] if is_the_file else "s")
    if time is None:
        return None
    lowest, highest = tunable.low * tunable.unit, tunable.high * tunable.unit
    if not lowest <= time <= highest:
        wanted = f"from {format_time(lowest)} to {format_time(highest)}"
        reader.problem(node.at, f"{name} must be {wanted}; found {format_time(time)}")
        return None
    if time % tunable.unit:
        nearest = format_time(max(time // tunable.unit * tunable.unit, tunable.unit))
        what = f"the kernel counts {name} in units of {format_time(tunable.unit)}"
        reader.problem(node.at, f"{what}; write for example {nearest}")
        return None
    return time


def _triple(reader: Reader, name: str, node: Node) -> dict[str, Sysctl]:
    """The least, the usual and the most; the least counts only when memory runs short, which is not modeled."""
    if not isinstance(node, Sequence) or len(node.items) != 3:
        example = "[4096, 131072, 33554432]" if name == "tcp_rmem" else "[4096, 16384, 4194304]"
        reader.problem(node.at, f"{name} must be a list of three sizes such as {example}")
        return {}
    sizes = [reader.size(item, name, 1, TUNABLES[_TRIPLES[name][0]].high) for item in node.items]
    return {each: size for each, size in zip(_TRIPLES[name], sizes[1:], strict=True) if size is not None}


def _range(reader: Reader, name: str, node: Node) -> tuple[int, int] | None:
    if not isinstance(node, Sequence) or len(node.items) != 2:
        reader.problem(node.at, f"{name} must be a list of two ports such as [32768, 60999]")
        return None
    low = reader.number(node.items[0], name, 1, 65535)
    high = reader.number(node.items[1], name, 1, 65535)
    if low is None or high is None:
        return None
    if low > high:
        reader.problem(node.at, f"{name} is empty: {low} is larger than {high}; write [{high}, {low}]")
        return None
    return low, high
