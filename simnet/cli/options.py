"""Options that several commands share, read into the values that simnet works with.

Whatever can be found wrong in them is said before anything is simulated.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from simnet.units import UnitError, parse_time

STANDARD_OUTPUT: Final = "-"

Function = TypeVar("Function", bound=Callable[..., Any])


def whole_number(least: int) -> Callable[[click.Context, click.Parameter, str | None], int | None]:
    """An option's callback: a whole number, `least` or more."""

    def read(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return None
        if value.isdecimal() and int(value) >= least:
            return int(value)
        raise click.BadParameter(f'expected a whole number, {least} or more, found "{value}"')

    return read


def read_time(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """An option's callback: "5ms" becomes nanoseconds."""
    if value is None:
        return None
    try:
        return parse_time(value)
    except UnitError as error:
        raise click.BadParameter(str(error)) from None


def file_to_write(*suffixes: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """An option's callback: the name of a file of one of these kinds, in a folder that exists; `-` passes."""

    def check(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
        if value is None or value == STANDARD_OUTPUT:
            return value
        path = Path(value)
        if path.suffix.lower() not in suffixes:
            raise click.BadParameter(f'expected a name that ends in {" or ".join(suffixes)}, found "{value}"')
        if not path.parent.is_dir():
            raise click.BadParameter(f'the folder "{path.parent}" does not exist; make it first')
        return value

    return check


def seed(function: Function) -> Function:
    """--seed: other luck."""
    return click.option(
        "--seed", callback=whole_number(0), metavar="N", help="Other luck than the scenario's own seed gives."
    )(function)


def until(function: Function) -> Function:
    """--until: end earlier or later."""
    return click.option("--until", callback=read_time, metavar="TIME", help="End at this time: 10s, 250ms.")(function)


def matching(function: Function) -> Function:
    """--filter: only some frames."""
    help = "Only frames that match, for example: tcp.port == 80 && ip.ttl < 64."
    return click.option("--filter", "expression", default="", metavar="EXPRESSION", help=help)(function)
