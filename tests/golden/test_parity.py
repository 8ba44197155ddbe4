"""The simulated stack against captures of a Linux 6.18 kernel: the same calls, the same frames.

`python -m tests.golden.report` tells more.
"""

from __future__ import annotations

import pytest

from tests.golden.captures import load, names
from tests.golden.known import KNOWN
from tests.golden.replay import FAMILIES, NOT_REPLAYED, judge
from tests.golden.report import described

REPLAYED = [name for name in names() if name.split("/")[0] in FAMILIES]


@pytest.mark.parametrize("name", [name for name in REPLAYED if name not in KNOWN])
def test_every_interface_sees_what_the_kernel_sent(name: str) -> None:
    verdict = judge(load(name))
    assert verdict.is_equal, f"{len(verdict.differences)} differences\n{described(verdict.differences[0])}"
    assert not verdict.errors, "calls fail where they did not, or otherwise"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_known_to_differ_still_does(name: str) -> None:
    """Else it must leave the list: see `known.py`."""
    assert not judge(load(name)).is_equal, f"{name} is equal now: take it off the list of known differences"


def test_every_capture_is_replayed_or_says_why_not() -> None:
    left_out = {name.split("/")[0] for name in names()} - FAMILIES.keys()
    assert left_out <= NOT_REPLAYED.keys()
    assert KNOWN.keys() <= set(REPLAYED)
    assert all(KNOWN.values())
