"""`simnet draw`: the network of a scenario as a picture; nothing is simulated."""

from __future__ import annotations

from pathlib import Path

import click

from simnet.cli import options
from simnet.cli.output import write
from simnet.cli.pictures import painted
from simnet.cli.sources import read_scenario
from simnet.trace.network import NetworkMap


@click.command("draw")
@click.argument("scenario")
@click.option(
    "-o", "--output", callback=options.file_to_write(".svg", ".png", ".pdf", ".dot", ".mmd"), required=True,
    metavar="FILE", help="A .svg, .png, .pdf, .dot (Graphviz) or .mmd (Mermaid) file.",
)  # fmt: skip
def command(scenario: str, output: str) -> int:
    """Draw the network of SCENARIO: its devices, cables, addresses and port names."""
    from simnet.worlds.describe import describe

    read = read_scenario(scenario)
    suffix = ".svg" if output == options.STANDARD_OUTPUT else Path(output).suffix.lower()
    write(output, _drawn(describe(read, {}), read.name, suffix))
    return 0


def _drawn(network: NetworkMap, name: str, suffix: str) -> str | bytes:
    if suffix == ".dot":
        from simnet.views import dot

        return dot.network(network, title=name)
    if suffix == ".mmd":
        from simnet.views import mermaid

        return mermaid.network(network, title=name)
    from simnet.views import topology

    return painted(topology.draw(network, title=name), suffix)
