"""Calls as the recordings write them: `sendall(b'hello')`, `recv(100)`, `sendto(<4000 bytes>, ('10.0.0.2', 5000))`."""

from __future__ import annotations

import re
from ast import literal_eval
from typing import Any

_LONGEST = 24
"""More bytes than these were not recorded, only how many."""

_SIZE = re.compile(r"<(\d+) bytes>")
_FIVE_DIGITS = re.compile(r"(?<=', )\d{5}(?=\)\))")


def short(value: object) -> str:
    """An argument."""
    if isinstance(value, bytes):
        return f"b{repr(value)[1:]}" if len(value) <= _LONGEST else f"<{len(value)} bytes>"
    return repr(value)


def shown(value: Any) -> Any:
    """A result; of accept() and recvfrom() a tuple, whose first item is shown if it is bytes."""
    if isinstance(value, bytes):
        return short(value) if len(value) <= _LONGEST else len(value)
    if isinstance(value, tuple):
        return [short(value[0]), list(value[1])] if isinstance(value[0], bytes) else list(value[1])
    return value


def without_ephemeral_ports(call: str) -> str:
    """The text of a call without ports that the kernel chose."""
    return _FIVE_DIGITS.sub("*", call)


def as_recorded(recorded: str, name: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """`arguments` of call `name` with the bytes and numbers of the `recorded` call, if that is the same call.

    Addresses stay: their ports may be the kernel's choice.
    """
    if not recorded.startswith(f"{name}("):
        return arguments
    told = literal_eval(_SIZE.sub(r"{\1}", recorded.removeprefix(name)[:-1] + ",)")) if arguments else ()
    return tuple(_as_told(own, other) for own, other in zip(arguments, told, strict=True))


def _as_told(own: object, told: object) -> object:
    """`told` is a value, or {N} where only the number of bytes was recorded."""
    if isinstance(own, bytes) and isinstance(told, set):
        (length,) = told
        return own if length == len(own) else (own * (length // len(own) + 1))[:length]
    if isinstance(own, bytes) and isinstance(told, bytes):
        return own if len(own) == len(told) else told  # it may name a port that was drawn
    return told if isinstance(own, int) else own
