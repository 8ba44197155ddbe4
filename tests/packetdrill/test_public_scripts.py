"""Scripts that others wrote and that pass on Linux: read from a folder, for they are not ours to ship."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.testing.packetdrill.outcome import Verdict
from simnet.testing.packetdrill.runner import run

VARIABLE = "SIMNET_PACKETDRILL"
DIFFERENT: dict[str, str] = {}
"""Scripts that Linux 6.18 passes and we do not, and why."""


def test_what_passes_on_linux_passes_here(record_property: Callable[[str, object], None]) -> None:
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(
            f"set {VARIABLE} to a folder of .pkt scripts, such as a copy of gtests/net/tcp of "
            "github.com/google/packetdrill or tools/testing/selftests/net/packetdrill of the Linux source"
        )
    outcomes = {script.stem: run(script.read_text("utf-8")) for script in sorted(Path(folder).rglob("*.pkt"))}
    assert outcomes, f"{VARIABLE}: {folder} holds no .pkt file"
    passed = [name for name, outcome in outcomes.items() if outcome.ok]
    unsupported = [name for name, outcome in outcomes.items() if outcome.verdict is Verdict.UNSUPPORTED]
    record_property(
        "score", f"packetdrill: {len(passed)} of {len(outcomes)} scripts pass, {len(unsupported)} unsupported"
    )
    wrong = {name: outcome.reason() for name, outcome in outcomes.items() if outcome.verdict is Verdict.FAILED}
    invalid = {name: outcome.reason() for name, outcome in outcomes.items() if outcome.verdict is Verdict.INVALID}
    assert not invalid
    assert wrong.keys() == DIFFERENT.keys() & outcomes.keys(), wrong
