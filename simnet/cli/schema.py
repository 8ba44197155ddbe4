"""`simnet schema`: the JSON Schema of scenarios, by which editors complete and check them."""

from __future__ import annotations

import json

import click


def schema_text() -> str:
    """The schema as it is written to files."""
    from simnet.scenario.schema import schema

    return json.dumps(schema(), indent=2) + "\n"


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of scenarios, for your editor.

    Keep it beside your scenarios (simnet schema > simnet.schema.json) and begin each of them with the two comment
    lines that simnet init writes.
    """
    click.echo(schema_text(), nl=False)
