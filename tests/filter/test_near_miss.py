"""Near misses."""

from __future__ import annotations

from simnet.filter.near_miss import did_you_mean, nearest


def test_the_nearest_name_is_offered() -> None:
    assert nearest("adress", ["gateway", "address"]) == "address"


def test_capital_letters_are_a_near_miss() -> None:
    assert nearest("syn", ["SYN+ACK", "SYN"]) == "SYN"


def test_nothing_near_offers_nothing() -> None:
    assert did_you_mean("xyz", ["address"]) == ""
