"""The page that tells people how true the stack is agrees with the list of known differences."""

from __future__ import annotations

import re
from pathlib import Path

from tests.golden.known import KNOWN

PAGE = Path(__file__).parents[2] / "docs" / "parity.md"


def test_page_lists_exactly_the_captures_that_differ() -> None:
    listed = re.findall(r"^\| (\w+/\w+) \| \d+ \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert listed
    assert sorted(listed) == sorted(KNOWN), "out of date; python -m tests.golden.report --markdown > docs/parity.md"
