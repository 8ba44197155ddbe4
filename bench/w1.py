"""W1: packet-hops per CPU second of simnet, SimPy and ns.py, side by side.

    python -m bench.w1 [--routers 4] [--datagrams 100000] [--runs 5] [--json FILE]

The programs run in turn (A B C A B C …), each in a process of its own; the figures are medians.  Only the run phase
counts, in user-CPU seconds.  Quote the ratios: the rates are this machine's.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from typing import Any, Final

from bench.core import core
from simnet.version import VERSION

PROGRAMS: Final = {
    "simnet": "bench.w1_simnet",
    "SimPy": "bench.w1_simpy",
    "ns.py": "bench.w1_nspy",
}

GOALS: Final = {"SimPy": 3.0, "ns.py": 5.0}
"""How many times faster than each simnet must be, interpreted by CPython."""


def run_once(module: str, routers: int, datagrams: int) -> dict[str, Any]:
    """One run of one program in a fresh process."""
    command = [sys.executable, "-m", module, str(routers), str(datagrams)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command[1:])} failed:\n{result.stderr}")
    line: dict[str, Any] = json.loads(result.stdout)
    return line


def measure_all(routers: int, datagrams: int, runs: int) -> dict[str, list[float]]:
    """Hops per second of every run of every program, taken in turn."""
    rates: dict[str, list[float]] = {label: [] for label in PROGRAMS}
    for _ in range(runs):
        for label, module in PROGRAMS.items():
            rates[label].append(run_once(module, routers, datagrams)["hops_per_second"])
    return rates


def report(options: argparse.Namespace, rates: dict[str, list[float]]) -> dict[str, Any]:
    """The figures as one object."""
    medians = {label: statistics.median(values) for label, values in rates.items()}
    return {
        "workload": "W1",
        "core": core(),
        "routers": options.routers,
        "datagrams": options.datagrams,
        "runs": options.runs,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {"simnet": VERSION, "SimPy": version("simpy"), "ns.py": version("ns.py")},
        "hops_per_second": {label: round(median) for label, median in medians.items()},
        "spread": {label: [round(min(values)), round(max(values))] for label, values in rates.items()},
        "simnet_is_times_faster": {label: round(medians["simnet"] / medians[label], 2) for label in GOALS},
    }


def print_table(figures: dict[str, Any]) -> None:
    """The figures for people."""
    print(
        f"W1: {figures['datagrams']} datagrams through {figures['routers']} routers, {figures['python']}, "
        f"simnet's core is {figures['core']}"
    )
    print(f"{'':8} {'hops per CPU s':>15} {'lowest':>10} {'highest':>10}   simnet is")
    for label, rate in figures["hops_per_second"].items():
        low, high = figures["spread"][label]
        ratio = figures["simnet_is_times_faster"].get(label)
        verdict = f"{ratio:.2f} times faster (goal {GOALS[label]:.0f})" if ratio else ""
        print(f"{label:8} {rate:>15,} {low:>10,} {high:>10,}   {verdict}".rstrip())


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.w1", description="Packet-hops per CPU second, side by side.")
    parser.add_argument("--routers", type=int, default=4)
    parser.add_argument("--datagrams", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help='also write the figures as JSON; "-" prints only them')
    options = parser.parse_args()
    figures = report(options, measure_all(options.routers, options.datagrams, options.runs))
    text = json.dumps(figures, indent=2)
    if options.json == "-":
        print(text)
        return 0
    print_table(figures)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
