"""Tortures the TCP stack: bad cables, hostile peers, any tunables.

    python -m tests.stack.torture [--runs 10000] [--jobs 2] [--first SEED] [-v]

Each run follows from its seed alone.  Prints progress, and for every violation its seed and how to repeat it.
Exit code 1: at least one run violated a rule.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from multiprocessing import Pool

from tests.stack.torture.runs import KINDS, kind, problem


def main() -> int:
    """Run them all."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.stack.torture", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10_000, help="how many seeds (default 10000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes (default 1)")
    parser.add_argument("-v", "--verbose", action="store_true", help="let a violation end all, with its traceback")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.runs)
    if arguments.verbose:
        for seed in seeds:
            kind(seed)(seed)
        return 0
    return _run(seeds, arguments.jobs)


def _run(seeds: range, jobs: int) -> int:
    started, violations = time.perf_counter(), 0
    with Pool(jobs) as pool:
        for count, (seed, found) in enumerate(pool.imap(_judged, seeds, chunksize=10), 1):
            if found:
                violations += 1
                print(f"seed {seed}, {kind(seed).__name__}: {found}")
                print(f"    repeat it: python -m tests.stack.torture --first {seed} --runs 1 -v", flush=True)
            if count % 500 == 0 or count == len(seeds):
                took = time.perf_counter() - started
                print(f"{count} of {len(seeds)} runs, {violations} violations, {took:.0f} s", flush=True)
    counts = Counter(kind(seed).__name__ for seed in seeds)
    print(", ".join(f"{counts[name]} {name}" for name in dict.fromkeys(kind.__name__ for kind in KINDS)))
    return 1 if violations else 0


def _judged(seed: int) -> tuple[int, str]:
    return seed, problem(seed)


if __name__ == "__main__":
    sys.exit(main())
