"""`python -m tests.worlds.differential`: random scenarios until a difference from this machine's kernel is found."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from random import Random

from simnet.errors import SimnetError
from tests.worlds.differential.drafts import Draft, draft
from tests.worlds.differential.shrinking import shrunk
from tests.worlds.differential.trial import Unfit, check_steady, draft_against_kernel, settled, text_of

CONFIRMED = 2
"""How often a difference must show again."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.worlds.differential", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="how many scenarios to compare; default 20")
    parser.add_argument("--seed", type=int, default=1, help="the first scenario's seed; the others count up")
    parser.add_argument("--output", type=Path, help="a folder for the scenarios that differ")
    parser.add_argument("--no-shrink", action="store_true", help="leave them as large as they are")
    given = parser.parse_args()
    outcomes: Counter[str] = Counter()
    seed = given.seed
    while outcomes["equal"] + outcomes["different"] < given.runs:
        outcomes[_one(seed, given.output, not given.no_shrink)] += 1
        seed += 1
    print(f"seeds {given.seed} to {seed - 1}: " + ", ".join(f"{count} {word}" for word, count in outcomes.items()))
    return 1 if outcomes["different"] else 0


def _one(seed: int, folder: Path | None, is_to_shrink: bool) -> str:
    random = Random(seed)
    try:
        made = settled(draft(random))
        check_steady(made, random)
    except Unfit:
        return "unfit"
    try:
        found = draft_against_kernel(made)
    except SimnetError as error:
        print(f"seed {seed}: {error}", file=sys.stderr)
        return "refused"
    if not found:
        return "equal"
    if any(not draft_against_kernel(made) for _ in range(CONFIRMED)):
        print(f"seed {seed}: not repeated: {found}", flush=True)
        return "not repeated"
    if is_to_shrink:
        made = shrunk(made, random)
    _report(seed, made, folder)
    return "different"


def _report(seed: int, made: Draft, folder: Path | None) -> None:
    found = draft_against_kernel(made)
    print(f"--- seed {seed}: {found}\n{text_of(made)}", flush=True)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{seed}.yaml").write_text(f"# {found}\n{text_of(made)}")


if __name__ == "__main__":
    raise SystemExit(main())
