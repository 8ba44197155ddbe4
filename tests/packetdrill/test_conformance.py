"""Our own scripts, one behavior each: all pass, and each notices when the stack does anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simnet.testing.packetdrill.outcome import Verdict
from simnet.testing.packetdrill.runner import run

FOLDER = Path(__file__).parent.parent / "conformance"
SCRIPTS = sorted(FOLDER.glob("*.pkt"))
OUTBOUND = re.compile(r"^\s*[+\d.~]+\s+>\s")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_stack_does_what_the_script_says(script: Path) -> None:
    outcome = run(script.read_text("utf-8"))
    assert outcome.ok, "\n".join(outcome.lines(script.name))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_changed_line_fails(script: Path) -> None:
    """Change each outbound line in turn, its flags and its number: the script must fail, and at that line.

    Not the number of a SYN: from what a script counts is its own choice.
    """
    lines = script.read_text("utf-8").splitlines()
    planted = 0
    for at, line in enumerate(lines):
        if not OUTBOUND.match(line):
            continue
        for changed in _changed(line):
            outcome = run("\n".join([*lines[:at], changed, *lines[at + 1 :]]))
            assert outcome.verdict is Verdict.FAILED and outcome.line == at + 1, changed
            planted += 1
    assert planted


def _changed(line: str) -> list[str]:
    flags = re.sub(r">\s+(\[[^]]*\]\s+)?(\S)", r"> \1U\2", line, count=1).replace("UU", "")
    number = re.sub(r"(\d+):(\d+)\(", _one_more, line, count=1)
    return [flags] if "> S" in line else [flags, number]


def _one_more(match: re.Match[str]) -> str:
    return f"{int(match[1]) + 1}:{int(match[2]) + 1}("


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_each_script_names_its_rule(script: Path) -> None:
    assert re.match(r"// RFC \d{3,4} \S+.*: .+\.$", script.read_text("utf-8").splitlines()[0])
