"""`simnet check`: many scenarios, one line each."""

from __future__ import annotations

import click

from simnet.cli.sources import SCENARIO_SUFFIXES, files_in, read_scenario
from simnet.errors import ScenarioError, SimnetError


@click.command("check")
@click.argument("places", metavar="DIR|FILE...", nargs=-1, required=True)
@click.option("--no-run", is_flag=True, help="Only read the scenarios and say what is wrong in them.")
def command(places: tuple[str, ...], no_run: bool) -> int:
    """Run (or only read) scenarios, one line each; a directory stands for all .yaml files below it.

    Exit code 1: an expectation failed; 2: a scenario cannot be read or run.
    """
    worst = 0
    counts = [0, 0, 0]
    judge = _read if no_run else _run
    for file in files_in(places, "scenario", SCENARIO_SUFFIXES):
        code = judge(file)
        counts[code] += 1
        worst = max(worst, code)
    good, failed, unusable = counts
    click.echo(f"{good} ok" + f", {failed} failed" * bool(failed) + f", {unusable} cannot be used" * bool(unusable))
    return worst


def _read(file: str) -> int:
    try:
        scenario = read_scenario(file)
    except (SimnetError, OSError) as error:
        return _cannot_be_used(file, error)
    click.echo(f"ok    {file}: {len(scenario.expect)} expectation{'s' * (len(scenario.expect) != 1)}")
    return 0


def _run(file: str) -> int:
    from simnet.cli.report import summary, verdicts
    from simnet.worlds.simulated import run

    try:
        result = run(read_scenario(file))
    except (SimnetError, OSError) as error:
        return _cannot_be_used(file, error)
    click.echo(f"{'ok  ' if result.ok else 'FAIL'}  {file}: {len(result.verdicts)} expected, {summary(result)}")
    if result.ok:
        return 0
    for line in verdicts(result):
        if not line.startswith("ok"):
            click.echo(f"      {line}")
    return 1


def _cannot_be_used(file: str, error: SimnetError | OSError) -> int:
    click.echo(f"ERROR {file}")
    problems = [str(problem) for problem in error.problems] if isinstance(error, ScenarioError) else [_text(error)]
    for problem in problems:
        click.echo(problem)
    return 2


def _text(error: SimnetError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)
