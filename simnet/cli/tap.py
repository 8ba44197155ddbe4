"""`simnet tap`: a simulated network in real time, with real programs in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from simnet.cli import options
from simnet.cli.ladder import ALL_ROWS, printed
from simnet.cli.run import files_asked_for
from simnet.cli.sources import STANDARD, read_scenario
from simnet.views.terminal import terminal_of
from simnet.wire.addresses import AddressError, Prefix, parse_interface, parse_ip

Value = TypeVar("Value", int, tuple[int, Prefix])


def _read(parse: Callable[[str], Value]) -> Callable[[click.Context, click.Parameter, str | None], Value | None]:
    """An option's callback: text becomes what `parse` makes of it."""

    def read(_: click.Context, __: click.Parameter, value: str | None) -> Value | None:
        if value is None:
            return None
        try:
            return parse(value)
        except AddressError as error:
            raise click.BadParameter(str(error)) from None

    return read


def _or_shell(_: click.Context, __: click.Parameter, program: tuple[str, ...]) -> tuple[str, ...]:
    """An argument's callback: what runs when no program is named."""
    if program:
        return program
    if not sys.stdin.isatty():
        raise click.UsageError("expected a program to run, after --; without one there must be a terminal, for a shell")
    return (os.environ.get("SHELL") or "sh",)


@click.command("tap")
@click.argument("network")
@click.argument("program", nargs=-1, type=click.UNPROCESSED, callback=_or_shell)
@click.option("--at", "place", required=True, metavar="PLACE", help="The port to join, or a device with a free one.")
@click.option("--address", callback=_read(parse_interface), metavar="A/N", help="The kernel's own: 10.0.0.9/24.")
@click.option("--gateway", callback=_read(parse_ip), metavar="A", help="Its next hop to other networks.")
@click.option("--by", "way", type=click.Choice(["tap", "veth"]), help="Insist on one way to join the kernel.")
@click.option("--limit", callback=options.read_time, metavar="TIME", help="End after this time at the latest: 10s.")
@options.seed
@click.option(
    "--pcap", callback=options.file_to_write(".pcapng", ".pcap"), metavar="FILE",
    help="Write what every port saw, for Wireshark.",
)  # fmt: skip
@click.option(
    "--trace", "trace_file", callback=options.file_to_write(".jsonl"), metavar="FILE",
    help="Write all events as JSON Lines.",
)  # fmt: skip
@click.option("--full", is_flag=True, help="Print the whole ladder, however long.")
def command(
    network: str,
    program: tuple[str, ...],
    place: str,
    address: tuple[int, Prefix] | None,
    gateway: int | None,
    way: str | None,
    limit: int | None,
    seed: int | None,
    pcap: str | None,
    trace_file: str | None,
    full: bool,
) -> int:
    """Run NETWORK, a .yaml file, in real time, and PROGRAM on a real kernel that is plugged into it.

    The kernel is that of a private namespace: it needs no root, and nothing of this machine is touched.  For example:

    simnet tap network.yaml --at s1 -- ping -c 3 10.0.0.1

    Without PROGRAM: your shell.  Its input and output are PROGRAM's; the ladder and all else go to standard error.
    The exit code is PROGRAM's; 124: it was ended by --limit; 2: it could not be started.
    """
    from simnet.cli.tap_report import introduction, summary
    from simnet.engine.scheduler import FOREVER
    from simnet.worlds.describe import heading_of
    from simnet.worlds.tap import TapWorld
    from simnet.worlds.tap_kernel import WAYS
    from simnet.worlds.tap_plan import plan

    if STANDARD in (pcap, trace_file):
        raise click.UsageError("standard output is the program's; name a file")
    chosen = plan(read_scenario(network), place, address=address, gateway=gateway)
    world = TapWorld(chosen, seed=seed, sink=files_asked_for(pcap, trace_file, lambda: heading_of(chosen.whole, seed)))
    _say([introduction(chosen)])
    code = world.run(program, ways=(way,) if way else WAYS, limit=limit or FOREVER)
    result = world.result()
    rest = f"simnet ladder {trace_file} --full shows them" if trace_file else "--full, or --trace FILE, keeps them"
    ladder = printed(result.trace, terminal_of(sys.stderr), rows=ALL_ROWS if full else None, rest=rest)
    _say([ladder, *summary(result, world.report())])
    return code


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line, err=True)
    sys.stderr.flush()
