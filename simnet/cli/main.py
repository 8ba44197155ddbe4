"""`simnet`: the table of commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import click

from simnet.errors import ScenarioError, SimnetError
from simnet.version import VERSION

COMMANDS: Final = {
    "run": "Simulate a scenario, print its ladder and verdicts.",
    "check": "Run (or only read) many scenarios, one line each.",
    "draw": "Draw the network of a scenario: SVG, PNG, PDF, DOT or Mermaid.",
    "ladder": "Draw who sent what to whom, and when: text, SVG, PNG or Mermaid.",
    "show": "List the frames of a run or a capture, or decode one layer by layer.",
    "replay": "Replay a scenario on the real kernel, in namespaces of its own.",
    "tap": "Run a network in real time, with real programs on a real kernel plugged in.",
    "compare": "Compare two runs or captures frame by frame: the first true difference.",
    "pkt": "Run packetdrill scripts against the simulated stack.",
    "init": "Write a commented scenario to start from.",
    "schema": "Print the JSON Schema of scenarios, for your editor.",
    "demo": "A first look: run a shipped scenario and draw it.",
    "doctor": "What works on this machine, and what would make the rest work.",
    "completion": "Print the line that teaches your shell to complete simnet.",
}
"""Each command and its one line of help; `simnet.cli.<name>` holds it as `command`."""

BAD_INPUT: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143
NOBODY_READS: Final = 141
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_COMPLETION_VARIABLE: Final = "_SIMNET_COMPLETE"


class LazyGroup(click.Group):
    """Loads a command's file only when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"simnet.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(_unknown_command(args[0]))
        return super().resolve_command(ctx, args)


def _unknown_command(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, 1)
    if near:
        return f'there is no command "{name}"; did you mean "{near[0]}"?'
    if os.path.exists(name):
        return f'there is no command "{name}"; to run a scenario write: simnet run {name}'
    return f'there is no command "{name}"; the commands are {", ".join(COMMANDS)}'


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="simnet", message="%(prog)s %(version)s")
@click.pass_context
def simnet(context: click.Context) -> None:
    """A simulated network, true on the wire, and a look at what its packets do.

    Begin with: simnet demo
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The entry point; `arguments` are those of the command line by default."""
    if sys.stdout is None:
        _say("standard output is closed; send it somewhere, such as > /dev/null")
        sys.exit(BAD_INPUT)
    _print_anything()
    signal.signal(signal.SIGTERM, _terminate)
    code = INTERRUPTED
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except KeyboardInterrupt as end:
        code = TERMINATED if isinstance(end, _Terminated) else INTERRUPTED
        _say("interrupted")
    except BrokenPipeError:
        code = NOBODY_READS
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it ends
    sys.exit(code)


class _Terminated(KeyboardInterrupt):
    """Asked to end by `kill`: as by Ctrl-C, what there is so far is kept."""


def _terminate(_: int, __: object) -> NoReturn:
    raise _Terminated


def _run(arguments: list[str]) -> int:
    """The exit code of the command in `arguments`; a command returns its own, None means 0."""
    if _COMPLETION_VARIABLE in os.environ:
        simnet.main(prog_name="simnet")  # a shell asks what it may complete: this answers and exits
    try:
        with simnet.make_context("simnet", arguments) as context:
            return simnet.invoke(context) or 0
    except click.exceptions.Exit as exit:
        return exit.exit_code
    except BrokenPipeError:
        raise
    except (click.ClickException, SimnetError, OSError) as error:
        _explain(error)
    except Exception:
        import traceback

        traceback.print_exc()
        _say("this is a mistake in simnet itself; please report it with the lines above")
    return BAD_INPUT


def _explain(error: Exception) -> None:
    """What went wrong, in the user's terms, on standard error."""
    if isinstance(error, ScenarioError):
        for problem in error.problems:
            print(problem, file=sys.stderr)
    elif isinstance(error, click.ClickException):
        _say(error.format_message())
        if isinstance(error, click.UsageError) and error.ctx is not None:
            print(f"Try: {error.ctx.command_path} --help", file=sys.stderr)
    elif isinstance(error, OSError) and error.filename is not None:
        _say(f"{error.filename}: {error.strerror}")
    elif isinstance(error, OSError) and error.errno in _NO_ROOM:
        _say(f"output cannot be written: {error.strerror}; make room there, or write to another place")
    else:
        _say(str(error))


def _say(text: str) -> None:
    print(f"simnet: {text}", file=sys.stderr)


def _print_anything() -> None:
    """A terminal of another encoding gets a "?" for what it cannot show, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
