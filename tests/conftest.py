"""What all tests share: the command line in this process, where the project's files are, and scores at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

# The same examples on every machine and at every run: what fails here fails for everybody.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).parent.parent


@pytest.fixture
def simnet_command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `simnet ARGUMENTS…` in this process."""

    def command(*arguments: str | Path) -> Ended:
        from simnet.cli.main import main

        capsys.readouterr()
        with pytest.raises(SystemExit) as exit:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(exit.value.code, int)
        return Ended(exit.value.code, out, err)

    return command


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as their score."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    scores = [text for report in reports for name, text in report.user_properties if name == "score"]
    if scores:
        terminalreporter.section("scores")
        for text in sorted(scores):
            terminalreporter.write_line(str(text))
