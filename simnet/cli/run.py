"""`simnet run`: simulate a scenario, print its ladder and the verdict on each expectation."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from simnet.cli import options
from simnet.cli.ladder import ALL_ROWS, printed
from simnet.cli.sources import STANDARD, read_scenario
from simnet.trace.heading import Heading
from simnet.trace.sinks import Sink, Tee
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
    from simnet.worlds.describe import heading_of
    from simnet.worlds.simulated import SimulatedWorld

    if [pcap, trace_file, STANDARD if as_json else None].count(STANDARD) > 1:
        raise click.UsageError("only one of --pcap -, --trace - and --json can have standard output; name files")
    read = read_scenario(scenario)
    world = SimulatedWorld(read, seed=seed, sink=files_asked_for(pcap, trace_file, lambda: heading_of(read, seed)))
    world.run(read.until if until is None else until)
    result = world.result()
    if as_json:
        click.echo(report.json_object(read, result))
        return 0 if result.ok else 1
    out = sys.stderr if STANDARD in (pcap, trace_file) else sys.stdout
    rows = ALL_ROWS if full else None
    ladder = printed(result.trace, terminal_of(out), rows=rows, rest=f"simnet run {scenario} --full shows them")
    for line in [ladder, *report.verdicts(result), report.summary(result)]:
        click.echo(line, file=out)
    return 0 if result.ok else 1


def files_asked_for(pcap: str | None, trace_file: str | None, heading: Callable[[], Heading]) -> Sink | None:
    """Writes the files of --pcap and --trace while the run goes on: however it ends, they hold what was seen."""
    from simnet.trace.files import FileSink
    from simnet.trace.jsonlines import JsonLinesSink
    from simnet.trace.pcapng_sink import PcapngSink

    files = [
        FileSink(path, form, heading) for path, form in ((pcap, PcapngSink), (trace_file, JsonLinesSink)) if path
    ]
    return Tee(*files) if files else None
