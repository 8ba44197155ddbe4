"""W2: TCP segments per CPU second of simnet and, where it can, ns.py, side by side.

    python -m bench.w2 [--megabytes 20] [--runs 3] [--json FILE]

Four dumbbells: 1 and 16 flows, without loss and with 0.1 % of it, as the profile is, with CUBIC; and 1 flow with Reno,
which overshoots and has more to repair.  ns.py runs one flow with its own CUBIC and its Reno; with loss, or with
several flows, its TCP does not come to an end here.  Figures are medians; quote the ratio: rates are this machine's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any, Final

from bench.core import core

VARIANTS: Final = {
    "1 flow": (1, 0.0, "cubic"),
    "1 flow, 0.1 % loss": (1, 0.001, "cubic"),
    "16 flows": (16, 0.0, "cubic"),
    "16 flows, 0.1 % loss": (16, 0.001, "cubic"),
    "1 flow, Reno": (1, 0.0, "reno"),
}
PEERS: Final = ("1 flow", "1 flow, Reno")
"""What ns.py runs as well."""
GOAL: Final = 4.0
"""How many times faster than ns.py simnet should be, interpreted by CPython."""


def run_once(module: str, flows: int, size: int, loss: float, control: str) -> float:
    """Segments per CPU second of one run in a fresh process."""
    command = [sys.executable, "-m", module, str(flows), str(size), str(loss), control]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command[1:])} failed:\n{result.stderr}")
    return float(json.loads(result.stdout)["segments_per_second"])


def measure_all(size: int, runs: int) -> dict[str, float]:
    """Medians by label, the programs taken in turn; the 16 flows share the bytes of one."""
    rates: dict[str, list[float]] = {}
    for _ in range(runs):
        for label, (flows, loss, control) in VARIANTS.items():
            rates.setdefault(label, []).append(run_once("bench.w2_simnet", flows, size // flows, loss, control))
            if label in PEERS:
                peer = run_once("bench.w2_nspy", flows, size, loss, control)
                rates.setdefault(f"ns.py, {label}", []).append(peer)
    return {label: statistics.median(values) for label, values in rates.items()}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.w2", description="TCP segments per CPU second.")
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", metavar="FILE", help='also write the figures as JSON; "-" prints only them')
    options = parser.parse_args()
    medians = measure_all(round(options.megabytes * 1_000_000), options.runs)
    ratios = {label: round(medians[label] / medians[f"ns.py, {label}"], 2) for label in PEERS}
    figures: dict[str, Any] = {
        "workload": "W2",
        "core": core(),
        "segments_per_second": {label: round(rate) for label, rate in medians.items()},
        "simnet_is_times_faster": {"ns.py": ratios},
    }
    if options.json == "-":
        print(json.dumps(figures, indent=2))
        return 0
    print(f"W2: simnet's core is {figures['core']}")
    for label, rate in figures["segments_per_second"].items():
        print(f"{label:22} {rate:>10,} segments per CPU s")
    for label, ratio in ratios.items():
        print(f"{label}: simnet is {ratio:.2f} times faster than ns.py (goal {GOAL:.0f})")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
