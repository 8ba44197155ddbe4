"""`simnet init`: writes a commented scenario to start from, and the schema beside it for the editor."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

SCHEMA: Final = "simnet.schema.json"

STARTER: Final = """\
# yaml-language-server: $schema=simnet.schema.json
# $schema: simnet.schema.json
#
# The lines above let your editor complete and check this file (VS Code, and the JetBrains editors).
# Run it:   simnet run {file}
# Draw it:  simnet draw {file} -o network.svg

name: {name}
about: A client behind a router opens a connection, asks once, and closes.
seed: 7                     # the same seed gives the same run, to the last byte

hosts:
  client: {{address: 192.168.1.10/24, gateway: 192.168.1.1}}
  server: {{address: 10.0.0.80/24, gateway: 10.0.0.1}}
routers:
  r1: {{lan: 192.168.1.1/24, wan: 10.0.0.1/24}}          # port: its address
links:
  - client -- r1:lan                                   # 1gbps and 1us unless you say otherwise
  - r1:wan -- server: {{rate: 100mbps, delay: 5ms}}      # also: loss: 5%, jitter: 1ms, queue: 20

programs:
  server: [listen: 8080, accept, receive: 5, send: world, receive: end, close]
  client: [connect: server:8080, send: hello, receive: 5, shutdown, receive: end, close]

# faults:                   # make one frame vanish and watch TCP send it again
#   - {{drop: tcp.flags.syn && tcp.flags.ack, nth: 1, link: r1:wan -- server}}

expect:                     # what must hold; each line gets a verdict
  - {{output: hello, host: server}}
  - {{output: world, host: client}}
"""


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default=Path("scenario.yaml"))
def command(file: Path) -> int:
    """Write a commented scenario to start from (scenario.yaml by default), and its schema beside it."""
    from simnet.cli.output import write
    from simnet.cli.schema import schema_text
    from simnet.errors import SimnetError

    if file.suffix not in (".yaml", ".yml"):
        raise click.UsageError(f'a scenario is a .yaml file; write: simnet init "{file}.yaml"')
    if file.exists():
        raise SimnetError(f"{file} exists, and init does not write over it; give another name: simnet init other.yaml")
    if not file.parent.is_dir():
        raise SimnetError(f"{file}: there is no folder {file.parent}; make it first: mkdir -p {file.parent}")
    write(str(file), STARTER.format(file=file, name=file.stem))
    schema = file.with_name(SCHEMA)
    write(str(schema), schema_text())
    click.echo(f"wrote {file} and {schema}; now try: simnet run {file}")
    return 0
