"""`simnet doctor`: what works on this machine, and what would make the rest work."""

from __future__ import annotations

import json

import click

from simnet.version import VERSION

JSON_VERSION = 1


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> int:
    """Try out what simnet can use on this machine; nothing is changed.

    Simulation works everywhere; all else is listed with the one command that would enable it.
    """
    from simnet.worlds.checkup import examine, machine

    findings = examine()
    if as_json:
        rows = [
            {
                "name": each.name,
                "works": each.works,
                "serves": each.serves,
                "why_not": each.why_not,
                "way_out": each.way_out,
            }
            for each in findings
        ]
        click.echo(json.dumps({"version": JSON_VERSION, "simnet": VERSION, "machine": machine(), "findings": rows}))
        return 0
    click.echo(f"simnet {VERSION}, {machine()}")
    width = max(len(each.name) for each in findings)
    for each in findings:
        click.echo(f"{'ok' if each.works else '--'}  {each.name:{width}}  {each.serves}")
        if not each.works:
            click.echo(f"    {'':{width}}  {each.why_not}{'; do: ' if each.way_out else ''}{each.way_out}")
    return 0
