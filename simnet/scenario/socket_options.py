"""Reads socket options: booleans become 0 or 1, times nanoseconds, sizes bytes."""

from __future__ import annotations

from typing import Final

from simnet.scenario.reader import Fields, Reader
from simnet.scenario.step_values import SocketOption
from simnet.scenario.tree import Node
from simnet.scenario.vocabulary import OPTIONS

TRUTHS: Final = ("nodelay", "cork", "quickack", "keepalive", "reuse address", "broadcast")
TIMES: Final = ("keepalive idle", "keepalive interval", "linger", "user timeout")
SIZES: Final = ("receive buffer", "send buffer")
NUMBERS: Final = {"keepalive count": (1, 127), "mss": (88, 32767), "ttl": (1, 255)}

_LARGEST_BUFFER: Final = 1 << 30


def read_options(reader: Reader, given: Node | Fields) -> tuple[SocketOption, ...]:
    """The options in a map; of `Fields` those that are options."""
    fields = given if isinstance(given, Fields) else reader.fields(given, OPTIONS, "options")
    if fields is None:
        return ()
    found = []
    for name in OPTIONS:
        value = _value(reader, name, fields.get(name))
        if value is not None:
            found.append(SocketOption(name, value))
    return tuple(found)


def _value(reader: Reader, name: str, node: Node | None) -> int | None:
    if name in TRUTHS:
        truth = reader.truth(node, name)
        return None if truth is None else int(truth)
    if name in TIMES:
        return reader.time(node, name, "s")
    if name in SIZES:
        return reader.size(node, name, 1, _LARGEST_BUFFER)
    return reader.number(node, name, *NUMBERS[name])
