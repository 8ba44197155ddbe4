"""Start-up stays fast: what is imported, and how much CPU it takes with byte-code present."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT
from tests.architecture.test_imports import HEAVY

resource = pytest.importorskip("resource", reason="CPU time of a child is measured on Unix only")

HANDSHAKE = "scenarios/handshake.yaml"
SLOW = HEAVY | {"pytest", "email", "http", "xml", "unittest"}

LOADED = """
import sys
from simnet.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code == 0, end.code
print("\\nLOADED", *sorted({name.split(".")[0] for name in sys.modules}))
"""


def _environment() -> dict[str, str]:
    """Ours, but byte-code is written and used, as on a user's machine."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _run(*command: str) -> str:
    result = subprocess.run([sys.executable, *command], cwd=ROOT, env=_environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def _cpu_ms(*command: str) -> float:
    """The least of several runs, user and system: what the work costs when nobody disturbs it."""
    _run(*command)
    costs = []
    for _ in range(7):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _run(*command)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(costs) * 1000


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["run", HANDSHAKE], ["run", HANDSHAKE, "--json"]])
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    loaded = _run("-c", LOADED, *arguments).split("\nLOADED ")[1].split()
    assert "simnet" in loaded
    assert not SLOW & set(loaded)


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "limit_ms"), [(["--help"], 150), (["run", HANDSHAKE], 300)])
def test_cpu_until_the_answer(arguments: list[str], limit_ms: int) -> None:
    cost = _cpu_ms("-m", "simnet", *arguments)
    print(f"simnet {' '.join(arguments)}: {cost:.0f} ms CPU, {limit_ms} allowed")
    assert cost <= limit_ms
