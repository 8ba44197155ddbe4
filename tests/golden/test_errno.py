"""Capture 16c: what each socket call returns in each situation, on the kernel and on a simulated host."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from tests.golden.captures import errno_table
from tests.golden.errno_table import Rows, simulated_table

NO_USERS = "simulated hosts have no users without rights"
OTHER_ROWS = {
    "bind port 80 as an ordinary user": NO_USERS,
    "socket(AF_PACKET) as an ordinary user": NO_USERS,
    "socket(AF_INET, SOCK_RAW, ICMP) as an ordinary user": NO_USERS,
    "socket(AF_INET, SOCK_DGRAM, ICMP) (ping socket) as an ordinary user": NO_USERS,
}
"""Rows that are not tried."""


@cache
def simulated() -> Rows:
    return simulated_table()


def numbered(rows: Iterable[list[str]]) -> dict[str, list[str]]:
    """Rows by name; "   ... recv" comes more than once, so the row before is part of it."""
    named = {}
    before = ""
    for row in rows:
        name = f"{before} {row[0].strip()}" if row[0].startswith(" ") else row[0]
        before = name if not row[0].startswith(" ") else before
        named[name] = row[1:]
    return named


RECORDED = numbered(row for row in errno_table() if row[0] not in OTHER_ROWS)


@pytest.mark.parametrize("situation", RECORDED)
def test_a_call_returns_what_linux_returns(situation: str) -> None:
    assert comparable(situation, numbered(simulated())[situation]) == comparable(situation, RECORDED[situation])


def test_every_situation_is_tried() -> None:
    assert list(numbered(simulated())) == list(RECORDED)


def comparable(situation: str, row: list[str]) -> list[str]:
    """Which ports are free is chance, their parity is not; times are as long as recorded to a fifth of a second."""
    if situation.startswith("50 x"):
        return [row[0].split("..")[0].rsplit(" ", 1)[0] if ".." in row[0] else row[0]]
    if len(row) > 1:
        return [row[0], f"{round(float(row[1].split()[1]) * 5) / 5:.1f}"]
    return row
