"""`simnet demo`: a first look, from an installed simnet and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

_FOLDER: Final = "simnet-demo"
_SCENARIO: Final = "handshake"


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path), default=Path(_FOLDER))
def command(folder: Path) -> int:
    """A first look: run a shipped scenario, draw it, and leave everything in FOLDER (simnet-demo) to play with."""
    from simnet.cli.ladder import drawn, printed
    from simnet.cli.output import write
    from simnet.cli.report import summary, verdicts
    from simnet.cli.shipped import shipped_scenario
    from simnet.cli.sources import read_scenario
    from simnet.trace.files import save
    from simnet.views.terminal import terminal_of
    from simnet.worlds.simulated import run

    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f'"{folder}" is a file; name a folder, which may be a new one')
    folder.mkdir(parents=True, exist_ok=True)
    scenario = folder / f"{_SCENARIO}.yaml"
    if not scenario.exists():  # it may have been changed since the last demo, which is what it is for
        scenario.write_bytes(shipped_scenario(_SCENARIO).read_bytes())
    result = run(read_scenario(str(scenario)))
    save(result.trace, scenario.with_suffix(".pcapng"))
    write(str(scenario.with_suffix(".svg")), drawn(result.trace, ".svg"))
    for line in [printed(result.trace, terminal_of(sys.stdout)), *verdicts(result), summary(result)]:
        click.echo(line)
    click.echo(
        f"\nIn {folder} are now the scenario, this ladder as a picture (.svg) and all frames for Wireshark (.pcapng).\n"
        f"Try next:\n"
        f"  simnet show {scenario} --frame 3\n"
        f"  simnet draw {scenario} -o {folder / 'network.svg'}"
    )
    return 0 if result.ok else 1
