"""`simnet run`: simulate a scenario, print its ladder and the verdict on each expectation."""

from __future__ import annotations

import sys

import click

from simnet.cli import options
from simnet.cli.ladder import ALL_ROWS, printed
from simnet.cli.sources import STANDARD, read_scenario
from simnet.trace.trace import Trace
from simnet.views.terminal import terminal_of


@click.command("run")
@click.argument("scenario")
@options.seed
@options.until
@click.option(
    "--pcap", callback=options.file_to_write(".pcapng", ".pcap"), metavar="FILE",
    help="Write what every port saw, for Wireshark; - is standard output.",
)  # fmt: skip
@click.option(
    "--trace", "trace_file", callback=options.file_to_write(".jsonl"), metavar="FILE",
    help="Write all events as JSON Lines; - is standard output.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of ladder and verdicts.")
@click.option("--full", is_flag=True, help="Print the whole ladder, however long.")
def command(
    scenario: str,
    seed: int | None,
    until: int | None,
    pcap: str | None,
    trace_file: str | None,
    as_json: bool,
    full: bool,
) -> int:
    """Simulate SCENARIO, a .yaml file, and print its ladder and the verdict on each expectation.

    Exit code 0: all hold; 1: at least one does not; 2: the scenario cannot be run.
    """
    from simnet.cli import report
    from simnet.worlds.simulated import SimulatedWorld

    if [pcap, trace_file, STANDARD if as_json else None].count(STANDARD) > 1:
        raise click.UsageError("only one of --pcap -, --trace - and --json can have standard output; name files")
    read = read_scenario(scenario)
    world = SimulatedWorld(read, seed=seed)
    try:
        world.run(read.until if until is None else until)
    except KeyboardInterrupt:
        save_as_asked(world.result().trace, pcap, trace_file)
        raise
    result = world.result()
    save_as_asked(result.trace, pcap, trace_file)
    if as_json:
        click.echo(report.json_object(read, result))
        return 0 if result.ok else 1
    out = sys.stderr if STANDARD in (pcap, trace_file) else sys.stdout
    rows = ALL_ROWS if full else None
    ladder = printed(result.trace, terminal_of(out), rows=rows, rest=f"simnet run {scenario} --full shows them")
    for line in [ladder, *report.verdicts(result), report.summary(result)]:
        click.echo(line, file=out)
    return 0 if result.ok else 1


def save_as_asked(trace: Trace, pcap: str | None, trace_file: str | None) -> None:
    """Write the files that were asked for; after an interrupt, what was recorded until then."""
    if pcap is None and trace_file is None:
        return
    from simnet.trace.files import save
    from simnet.trace.jsonlines import JsonLinesSink

    if pcap is not None:
        save(trace, pcap)
    if trace_file == STANDARD:
        sink = JsonLinesSink(sys.stdout.buffer, trace.heading)
        for event in trace:
            sink.put(event)
        sink.close(trace.end_ns)
    elif trace_file is not None:
        save(trace, trace_file)
