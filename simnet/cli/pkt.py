"""`simnet pkt`: packetdrill scripts against the simulated stack, one line each."""

from __future__ import annotations

import json
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click

from simnet.cli.main import BAD_INPUT
from simnet.cli.sources import files_in
from simnet.testing.packetdrill.names import SUITE_SYMBOLS
from simnet.testing.packetdrill.outcome import Outcome, Verdict
from simnet.testing.packetdrill.runner import run

_CODES = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.UNSUPPORTED: BAD_INPUT, Verdict.INVALID: BAD_INPUT}
_WORDS = {
    Verdict.PASSED: "ok",
    Verdict.FAILED: "failed",
    Verdict.UNSUPPORTED: "unsupported",
    Verdict.INVALID: "invalid",
}


@click.command("pkt")
@click.argument("places", metavar="SCRIPT|DIR...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of {script, ok, line, why} instead.")
@click.option("--define", "-D", "defined", metavar="NAME=VALUE", multiple=True, help="Replace a word of the scripts.")
@click.option(
    "--option", "-o", "given", metavar="NAME=VALUE", multiple=True,
    help="A packetdrill option for all scripts: -o tolerance_usecs=10000.  What a script says itself counts more.",
)  # fmt: skip
def command(places: tuple[str, ...], as_json: bool, defined: tuple[str, ...], given: tuple[str, ...]) -> int:
    """Run packetdrill scripts against the simulated stack; a directory stands for all .pkt files below it.

    They run in virtual time on a host with the values of Linux 6.18, each on a fresh one.

    Exit code 1: a script failed; 2: one is unsupported, invalid or cannot be read.
    """
    symbols = SUITE_SYMBOLS | dict(map(_pair, defined))
    options = [_pair(text) for text in given]
    outcomes: list[tuple[str, Outcome]] = []
    for script in files_in(places, "script", (".pkt",)):
        outcome = verdict_on(script, lambda text: run(text, options, symbols))
        outcomes.append((script, outcome))
        if not as_json:
            click.echo("\n".join(outcome.lines(script)))
    click.echo(_as_json(outcomes) if as_json else _summary(outcomes))
    return max(_CODES[outcome.verdict] for _script, outcome in outcomes)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.lstrip("-").partition("=")
    if not name or not equals:
        raise click.UsageError(f'expected NAME=VALUE, found "{text}"')
    return name, value


def verdict_on(script: str, judge: Callable[[str], Outcome]) -> Outcome:
    """What `judge` says of the file `script`; whatever goes wrong with it must not hide the others."""
    try:
        return judge(Path(script).read_text("utf-8", "replace"))
    except OSError as error:
        return Outcome(Verdict.INVALID, why=f"cannot be read: {error.strerror}")
    except Exception as error:
        traceback.print_exc()
        return Outcome(Verdict.FAILED, why=f"simnet itself broke, please report: {type(error).__name__}: {error}")


def _as_json(outcomes: list[tuple[str, Outcome]]) -> str:
    rows = [
        {"script": script, "ok": outcome.ok, "line": outcome.line, "why": outcome.reason()}
        for script, outcome in outcomes
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _summary(outcomes: list[tuple[str, Outcome]]) -> str:
    counts = Counter(outcome.verdict for _script, outcome in outcomes)
    parts = [f"{counts[verdict]} {word}" for verdict, word in _WORDS.items() if counts[verdict]]
    return f"{len(outcomes)} script{'s' * (len(outcomes) != 1)}: {', '.join(parts)}"
