"""The compiled core beside the plain one: simnet's programs of W1, W2 and W3, run in turn.

    python -m bench.compiled [--runs 3] [--json FILE]

Compiles a scratch copy of this checkout as `SIMNET_COMPILE=1 pip install .` does, which takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from bench.w2 import VARIANTS

TOP: Final = Path(__file__).parents[1]
PARTS: Final = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "simnet", "bench", "scenarios")
BYTES: Final = 20_000_000
GOAL: Final = 2.0
"""How many times faster the compiled core should be on W2."""

Program = tuple[str, list[str], str]
"""A label, the module and its arguments, and the figure that it prints."""


def programs() -> list[Program]:
    """What is run."""
    found: list[Program] = [("W1, 4 routers", ["bench.w1_simnet", "4", "100000"], "hops_per_second")]
    for label, (flows, loss, control) in VARIANTS.items():
        arguments = ["bench.w2_simnet", str(flows), str(BYTES // flows), str(loss), control]
        found.append((f"W2, {label}", arguments, "segments_per_second"))
    found.append(("W3", ["bench.w3_simnet"], "connections_per_second"))
    return found


def compile_copy(scratch: Path) -> None:
    """A copy of this checkout with the core compiled in place."""
    for part in PARTS:
        source, target = TOP / part, scratch / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        else:
            shutil.copyfile(source, target)
    run([sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"], scratch, {"SIMNET_COMPILE": "1"})
    core = run([sys.executable, "-c", "from bench.core import core; print(core())"], scratch, {}).strip()
    if core != "compiled":
        sys.exit("bench.compiled: the core was not compiled")


def run(command: list[str], tree: Path, environment: dict[str, str]) -> str:
    """The output of `command` in `tree`, whose simnet is imported."""
    variables = {**os.environ, "PYTHONPATH": str(tree), **environment}
    result = subprocess.run(command, cwd=tree, env=variables, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr[-4000:]}")
    return result.stdout


def measure_all(compiled: Path, runs: int) -> dict[str, dict[str, float]]:
    """Medians by label and core."""
    trees = {"plain": TOP, "compiled": compiled}
    rates: dict[str, dict[str, list[float]]] = {}
    for _ in range(runs):
        for label, arguments, figure in programs():
            for core, tree in trees.items():
                line: dict[str, Any] = json.loads(run([sys.executable, "-m", *arguments], tree, {}))
                rates.setdefault(label, {}).setdefault(core, []).append(line[figure])
    return {
        label: {core: statistics.median(values) for core, values in by_core.items()} for label, by_core in rates.items()
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.compiled", description="The compiled core beside the plain.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", metavar="FILE", help="also write the figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        compile_copy(Path(scratch))
        medians = measure_all(Path(scratch), options.runs)
    print(f"{'per CPU s':24} {'plain':>10} {'compiled':>10}   times faster (goal for W2: {GOAL:.0f})")
    for label, rate in medians.items():
        ratio = rate["compiled"] / rate["plain"]
        print(f"{label:24} {rate['plain']:>10,.0f} {rate['compiled']:>10,.0f}   {ratio:.2f}")
    if options.json:
        Path(options.json).write_text(json.dumps(medians, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
