"""`simnet ladder`: who sent what to whom, and when."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from simnet.cli import options
from simnet.cli.output import write
from simnet.cli.pictures import painted
from simnet.cli.sources import read_trace
from simnet.trace.trace import Trace
from simnet.views.hops import everything
from simnet.views.terminal import PLAIN, Terminal, terminal_of
from simnet.wire.frame import Frame

ALL_ROWS: Final = 0
KEEP_AND_CHOOSE: Final = "write them with --pcap FILE and draw some: simnet ladder FILE --filter 'tcp.port == 40000'"
Chosen = Callable[[Frame], bool]
"""Which frames to draw: `simnet.filter.compile("tcp").matches`."""


@click.command("ladder")
@click.argument("source")
@options.matching
@options.seed
@click.option(
    "-o", "--output", callback=options.file_to_write(".svg", ".png", ".mmd", ".txt"), metavar="FILE",
    help="Draw into a .svg, .png, .mmd (Mermaid) or .txt file.",
)  # fmt: skip
@click.option("--full", is_flag=True, help="Draw everything, however long.")
def command(source: str, expression: str, seed: int | None, output: str | None, full: bool) -> int:
    """Draw the ladder of SOURCE: a scenario, a trace, or any pcap or pcapng file; - is standard input.

    Without -o it is printed, at most 60 rows of it.
    """
    from simnet import filter as filters

    keep = filters.compile(expression).matches if expression else None
    trace = read_trace(source, seed)
    rows = ALL_ROWS if full else None
    rest = f"simnet ladder {source} --full shows them"
    choose = f"draw some: simnet ladder {source} --filter 'tcp.port == 40000'"
    if output is None or output == options.STANDARD_OUTPUT:
        click.echo(printed(trace, terminal_of(sys.stdout), keep=keep, rows=rows, rest=rest, choose=choose), nl=False)
    else:
        write(output, drawn(trace, Path(output).suffix.lower(), keep=keep, rows=rows, rest=rest, choose=choose))
    return 0


def printed(
    trace: Trace,
    terminal: Terminal,
    *,
    keep: Chosen | None = None,
    rows: int | None = None,
    rest: str = "",
    choose: str = KEEP_AND_CHOOSE,
) -> str:
    """The ladder for a terminal; `rows` None is as many as the view thinks right."""
    from simnet.views import text_ladder

    return text_ladder.draw(
        trace,
        terminal=terminal,
        keep=keep or everything,
        rows=text_ladder.DEFAULT_ROWS if rows is None else rows,
        rest=rest,
        choose=choose,
    )


def drawn(
    trace: Trace,
    suffix: str,
    *,
    keep: Chosen | None = None,
    rows: int | None = None,
    rest: str = "",
    choose: str = KEEP_AND_CHOOSE,
) -> str | bytes:
    """The ladder as the content of a file of this kind."""
    if suffix == ".txt":
        return printed(trace, PLAIN, keep=keep, rows=rows, rest=rest, choose=choose)
    if suffix == ".mmd":
        from simnet.views import mermaid

        return mermaid.ladder(trace, keep=keep or everything, rows=rows, rest=rest, choose=choose)
    from simnet.views import ladder

    drawing = ladder.draw(
        trace,
        title=trace.name,
        keep=keep or everything,
        rows=ladder.ONE_PAGE if rows is None else rows,
        rest=rest,
        choose=choose,
    )
    return painted(drawing, suffix)
