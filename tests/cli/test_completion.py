"""`simnet completion`, and what shells get when they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Command

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("shell", "file"), [("bash", "~/.bashrc"), ("zsh", "~/.zshrc"), ("fish", "~/.config/fish/completions/simnet.fish")]
)
def test_the_line_and_where_it_belongs(simnet_command: Command, shell: str, file: str) -> None:
    ended = simnet_command("completion", shell)
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 1 and f"_SIMNET_COMPLETE={shell}_source" in ended.out
    assert file in ended.err


@pytest.mark.parametrize(("own", "expected"), [("/usr/bin/zsh", "zsh"), ("/bin/bash", "bash"), ("/bin/tcsh", "bash")])
def test_the_shell_is_ones_own_by_default(
    simnet_command: Command, monkeypatch: pytest.MonkeyPatch, own: str, expected: str
) -> None:
    monkeypatch.setenv("SHELL", own)
    assert f"{expected}_source" in simnet_command("completion").out


@pytest.mark.parametrize(
    ("typed", "position", "offered"), [("simnet ch", 1, {"check"}), ("simnet run --se", 2, {"--seed"})]
)
def test_shells_are_answered(typed: str, position: int, offered: set[str]) -> None:
    asking = {"_SIMNET_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(position)}
    result = subprocess.run(
        [sys.executable, "-m", "simnet"],
        env=os.environ | asking | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {line.partition(",")[2] for line in result.stdout.splitlines()} == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_understands_the_line() -> None:
    install = 'eval "$(_SIMNET_COMPLETE=bash_source simnet)"; complete -p simnet'
    script = f'simnet() {{ "{sys.executable}" -m simnet "$@"; }}; {install}'
    result = subprocess.run(
        ["bash", "-c", script], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert "simnet" in result.stdout
