"""`simnet replay`: a scenario's own programs on real sockets, captured and judged."""

from __future__ import annotations

import sys

import click

from simnet.cli import options
from simnet.cli.ladder import ALL_ROWS, printed
from simnet.cli.run import files_asked_for
from simnet.cli.sources import STANDARD, read_scenario
from simnet.views.terminal import terminal_of


@click.command("replay")
@click.argument("scenario")
@click.option(
    "--on", "world", type=click.Choice(["loopback", "lab"]), default="loopback", show_default=True,
    help="All hosts on one lo, or the whole network made of namespaces.",
)  # fmt: skip
@click.option("--limit", callback=options.read_time, metavar="TIME", help="End after this time at the latest: 10s.")
@click.option(
    "--pcap", callback=options.file_to_write(".pcapng", ".pcap"), metavar="FILE",
    help="Write what was captured, for Wireshark; - is standard output.",
)  # fmt: skip
@click.option(
    "--trace", "trace_file", callback=options.file_to_write(".jsonl"), metavar="FILE",
    help="Write all events as JSON Lines; - is standard output.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of ladder and verdicts.")
@click.option("--full", is_flag=True, help="Print the whole ladder, however long.")
def command(
    scenario: str,
    world: str,
    limit: int | None,
    pcap: str | None,
    trace_file: str | None,
    as_json: bool,
    full: bool,
) -> int:
    """Replay SCENARIO, a .yaml file, on the kernel of this machine, in namespaces that nobody else sees.

    Needs no root.  What the kernel sends is captured, printed as a ladder, and judged as far as it can be seen.
    Exit code 0: all that could be judged holds; 1: something does not; 2: it cannot be replayed.
    """
    from simnet.cli import replay_report, report
    from simnet.worlds.replay import world_of

    if [pcap, trace_file, STANDARD if as_json else None].count(STANDARD) > 1:
        raise click.UsageError("only one of --pcap -, --trace - and --json can have standard output; name files")
    read = read_scenario(scenario)
    real = world_of(read, world, sink=files_asked_for(pcap, trace_file, lambda: real.heading))
    real.run(limit)
    result = real.result()
    if as_json:
        click.echo(replay_report.json_object(read, result, world))
        return 0 if result.ok else 1
    out = sys.stderr if STANDARD in (pcap, trace_file) else sys.stdout
    rest = f"simnet replay {scenario} --on {world} --full shows them"
    ladder = printed(result.trace, terminal_of(out), rows=ALL_ROWS if full else None, rest=rest)
    for line in [ladder, *report.verdicts(result), *replay_report.summary(result, world)]:
        click.echo(line, file=out)
    return 0 if result.ok else 1
