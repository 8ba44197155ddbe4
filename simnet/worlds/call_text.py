"""How the calls of `apps.protocol` and their results read in a trace."""

from __future__ import annotations

from typing import Any

from simnet.apps.protocol import Call
from simnet.wire.addresses import ip_text


def arguments_text(call: Call) -> str:
    """The arguments of a call: "3, 10.0.0.1:80"."""
    values = call.arguments
    if call.name in ("connect", "bind"):
        return f"{values[0]}, {_place(values[1], values[2])}"
    if call.name in ("send", "sendto"):
        shown = f"{values[0]}, {len(values[1])} bytes"
        return shown if call.name == "send" else f"{shown}, {_place(values[2], values[3])}"
    return ", ".join(str(value) for value in values)


def result_text(name: str, value: Any) -> str:
    """What the call `name` came to."""
    if name == "accept":
        return f"{value[0]}, {_place(value[1], value[2])}"
    if name == "recv":
        return f"{len(value)} bytes" if value else "end of stream"
    if name == "recvfrom":
        return f"{len(value[0])} bytes from {_place(value[1], value[2])}"
    return "ok" if value is None else str(value)


def _place(address: int, port: int) -> str:
    return f"{ip_text(address)}:{port}" if port else ip_text(address)
