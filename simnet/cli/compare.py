"""`simnet compare`: two traces, frame by frame, and the first true difference."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from simnet.cli import options
from simnet.cli.output import write
from simnet.cli.pictures import painted
from simnet.cli.sources import STANDARD, read_scenario, read_trace
from simnet.trace.compare import Comparison, compare
from simnet.trace.compare_rules import NORMALIZATIONS, read_strict
from simnet.trace.trace import Trace
from simnet.views.clock import rough
from simnet.views.terminal import PLAIN, Terminal, terminal_of

_IN_WORDS = {"loopback": "replayed on loopback", "lab": "replayed in the lab"}
_RULES = "\n".join(f"  {name:11} {says}" for name, says in NORMALIZATIONS.items())


@click.command("compare", epilog=f"\b\nNormalizations, each of which --strict NAME turns off:\n{_RULES}")
@click.argument("a")
@click.argument("b", required=False)
@click.option(
    "--with", "world", type=click.Choice(["loopback", "lab"]),
    help="Instead of B: the scenario A on the real kernel of this machine.",
)  # fmt: skip
@click.option(
    "--at", multiple=True, metavar="PORT", help="Only what this port saw, such as client:eth0; may be given again."
)
@click.option("--strict", multiple=True, metavar="NAME", help="Without this normalization; may be given again.")
@options.matching
@options.seed
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the report.")
@click.option(
    "-o", "--output", callback=options.file_to_write(".svg", ".png", ".pdf", ".txt"), metavar="FILE",
    help="Draw both side by side into a .svg, .png, .pdf or .txt file.",
)  # fmt: skip
@click.option("--full", is_flag=True, help="Show every row of the alignment, however many.")
def command(
    a: str,
    b: str | None,
    world: str | None,
    at: tuple[str, ...],
    strict: tuple[str, ...],
    expression: str,
    seed: int | None,
    as_json: bool,
    output: str | None,
    full: bool,
) -> int:
    """Compare A with B: each is a scenario, a trace, or any pcap or pcapng file; - is standard input.

    With --with, A is a scenario, which is simulated and replayed.  Frames are aligned conversation by conversation, at
    every port that both know.  Exit code 0: equal; 1: different; 2: they cannot be compared.
    """
    from simnet import filter as filters

    if (b is None) == (world is None):
        raise click.UsageError("name what to compare A with: a second file B, or --with loopback or lab")
    if a == b == STANDARD:
        raise click.UsageError("only one of A and B can be standard input; name a file")
    keep = filters.compile(expression).matches if expression else None
    left_out = read_strict(strict)
    by = partial(compare, at=at, strict=left_out, keep=keep)
    if world is not None:
        comparison, traces = _side_by_side(a, world, seed, by)
        names = (f"{a}, simulated", f"{a}, {_IN_WORDS[world]}")
    else:
        assert b is not None
        traces, names = (read_trace(a, seed), read_trace(b, seed)), (a, b)
        comparison = by(*traces)
    for remark in comparison.remarks:
        click.echo(f"note: {remark}", err=True)
    show(comparison, traces, names, as_json=as_json, output=output, full=full)
    if comparison.damage is not None:
        raise comparison.damage
    return 0 if comparison.is_equal else 1


def _side_by_side(
    scenario: str, world: str, seed: int | None, by: Callable[[Trace, Trace], Comparison]
) -> tuple[Comparison, tuple[Trace, Trace]]:
    from simnet.worlds.side_by_side import compared

    outcome = compared(read_scenario(scenario), world, seed=seed, by=by)
    if outcome.tries > 1:
        late = f"programs or frames were late by up to {rough(outcome.late)}"
        click.echo(f"note: it was replayed {outcome.tries} times, for the first time differed ({late})", err=True)
    return outcome.comparison, outcome.traces


def show(
    comparison: Comparison,
    traces: tuple[Trace, Trace],
    names: tuple[str, str],
    *,
    as_json: bool,
    output: str | None,
    full: bool,
) -> None:
    """Print the report, or write it into the file that was asked for."""
    from simnet.cli import compare_report

    if as_json:
        click.echo(compare_report.json_object(comparison, traces))
    if output is None or output == options.STANDARD_OUTPUT:
        if not as_json:
            click.echo(_text(comparison, traces, names, terminal_of(sys.stdout), full), nl=False)
        return
    suffix = Path(output).suffix.lower()
    if suffix == ".txt":
        write(output, _text(comparison, traces, names, PLAIN, full))
        return
    from simnet.views import comparison_ladder

    rows = comparison_ladder.ALL if full else comparison_ladder.DEFAULT_ROWS
    networks = traces[0].network, traces[1].network
    drawing = comparison_ladder.draw(comparison, names=names, networks=networks, rows=rows)
    write(output, painted(drawing, suffix))
    if not as_json:
        click.echo(compare_report.one_line(comparison, traces))


def _text(
    comparison: Comparison, traces: tuple[Trace, Trace], names: tuple[str, str], terminal: Terminal, full: bool
) -> str:
    from simnet.views import comparison as view

    return view.draw(
        comparison,
        names=names,
        networks=(traces[0].network, traces[1].network),
        terminal=terminal,
        rows=0 if full else view.DEFAULT_ROWS,
    )
