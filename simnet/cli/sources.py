"""What the commands read: a scenario, or anything that a trace can be had from.

`-` is standard input.  What begins like a capture or a trace is one; all else is read as a scenario.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from simnet.errors import SimnetError
from simnet.scenario.values import Scenario
from simnet.trace.trace import Trace

STANDARD: Final = "-"
SCENARIO_SUFFIXES: Final = (".yaml", ".yml")


def read_scenario(source: str) -> Scenario:
    """The scenario in the file `source`, or on standard input."""
    from simnet.scenario.load import load, loads

    if source == STANDARD:
        return loads(sys.stdin.read(), "<stdin>")
    if Path(source).is_dir():
        raise SimnetError(f"{source}: is a directory; name a scenario in it, or write: simnet check {source}")
    return load(source)


def read_trace(source: str, seed: int | None = None) -> Trace:
    """The trace in `source`; a scenario is simulated."""
    from simnet.trace.files import open_trace

    if not _is_scenario(source):
        return open_trace(source)
    from simnet.worlds.simulated import run

    return run(read_scenario(source), seed=seed).trace


def files_in(places: Sequence[str], what: str, suffixes: Sequence[str]) -> Iterator[str]:
    """The files that `places` name; a directory stands for all files below it that end like a `what`."""
    for place in places:
        path = Path(place)
        if not path.is_dir():
            yield place
            continue
        if not os.access(path, os.R_OK | os.X_OK):
            raise SimnetError(f"{place}: cannot be read: permission denied; check its permissions")
        found = sorted(file for file in path.rglob("*") if file.suffix in suffixes)
        if not found:
            raise SimnetError(f"{place}: holds no {what}; expected files that end in {suffixes[0]}")
        yield from map(str, found)


def _is_scenario(source: str) -> bool:
    if source != STANDARD:
        return Path(source).suffix.lower() in SCENARIO_SUFFIXES
    peek = getattr(sys.stdin.buffer, "peek", None)  # where it cannot look ahead: a capture in a pipe always can
    start: bytes = peek(8)[:8] if peek is not None else b"name"
    return bool(start) and not start.startswith(b'{"simnet') and all(32 <= byte or byte in b"\t\r\n" for byte in start)
