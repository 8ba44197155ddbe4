"""Scenarios in files, for the commands that read them."""

from __future__ import annotations

from pathlib import Path

import pytest

HELLO = """\
name: hello
seed: 7
hosts:
  anna: {address: 10.0.0.1/24}
  ben: {address: 10.0.0.2/24}
links:
  - anna -- ben
programs:
  ben: [listen: 80, accept, receive: 5, close]
  anna: [connect: ben:80, send: hello, receive: end, close]
expect:
  - {output: hello, host: ben}
"""

WRONG = """\
name: wrong
hosts:
  anna: {adress: 10.0.0.1/24}
links:
  - anna -- bob
expect:
  - {output: hello, host: anna}
"""


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """A scenario whose expectation holds."""
    file = tmp_path / "hello.yaml"
    file.write_text(HELLO)
    return file


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """A scenario with one expectation that holds and one that does not."""
    file = tmp_path / "failing.yaml"
    file.write_text(HELLO.replace("name: hello", "name: failing") + "  - {output: good night, host: ben}\n")
    return file


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A scenario with two mistakes."""
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)
    return file
