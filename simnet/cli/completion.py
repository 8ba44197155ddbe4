"""`simnet completion`: the line that teaches a shell to complete commands, options and files."""

from __future__ import annotations

import os
from typing import Final

import click

_LINES: Final = {
    "bash": ('eval "$(_SIMNET_COMPLETE=bash_source simnet)"', "~/.bashrc"),
    "zsh": ('eval "$(_SIMNET_COMPLETE=zsh_source simnet)"', "~/.zshrc"),
    "fish": ("_SIMNET_COMPLETE=fish_source simnet | source", "~/.config/fish/completions/simnet.fish"),
}
"""Shell: (the line, the file it belongs in)."""


def _own_shell() -> str:
    shell = os.path.basename(os.environ.get("SHELL", "bash"))
    return shell if shell in _LINES else "bash"


@click.command("completion")
@click.argument("shell", type=click.Choice(list(_LINES)), required=False)
def command(shell: str | None) -> None:
    """Print the line that teaches your shell to complete simnet.

    SHELL is your own by default. For bash: simnet completion bash >> ~/.bashrc
    """
    line, file = _LINES[shell or _own_shell()]
    click.echo(line)
    click.echo(f"simnet: put this line into {file} and open a new terminal", err=True)
