"""The options of an IPv4 or TCP header as fields with text, for `dissect`; both share the kind-length form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.wire import names, tcp_options
from simnet.wire.addresses import ip_text
from simnet.wire.layers import FieldValue


def option_fields(content: bytes, at: int, known: dict[int, tuple[str, str]]) -> list[FieldValue]:
    """One field per option in `content`, which begins at byte `at` of the frame; `known`: kind to name and label."""
    fields = []
    done = 0
    for start, size in tcp_options.spans(content):
        kind = content[start]
        name, label = known.get(kind, (known[names.OTHER_OPTION][0], f"Option {kind}"))
        value, note = _value_and_note(name, content[start : start + size])
        fields.append(FieldValue(name, label, value, (at + start) * 8, size * 8, note))
        done = start + size
    if done < len(content):
        broken = content[done:]
        name, label = known[names.OTHER_OPTION]
        fields.append(
            FieldValue(name, label, broken.hex(" "), (at + done) * 8, len(broken) * 8, "option length is wrong")
        )
    return fields


def _value_and_note(name: str, option: bytes) -> tuple[str, str]:
    write = _TEXTS.get(name)
    if write is None:
        return option[2:].hex(" "), ""
    size = _SIZES.get(name)
    if size is not None and len(option) != size:
        return option[2:].hex(" "), f"option length is {len(option)} instead of {size}"
    return write(option[2:]), ""


def _number(content: bytes) -> str:
    return str(int.from_bytes(content, "big"))


def _window_scale(content: bytes) -> str:
    return f"{content[0]} (times {1 << min(content[0], 14)})"


def _timestamps(content: bytes) -> str:
    return f"value {int.from_bytes(content[:4], 'big')}, echo {int.from_bytes(content[4:], 'big')}"


def _sack(content: bytes) -> str:
    words = [int.from_bytes(content[i : i + 4], "big") for i in range(0, len(content), 4)]
    return ", ".join("-".join(str(edge) for edge in words[i : i + 2]) for i in range(0, len(words), 2))


def _nothing(content: bytes) -> str:
    return ""


def _route(content: bytes) -> str:
    addresses = [ip_text(int.from_bytes(content[i : i + 4], "big")) for i in range(1, len(content) - 3, 4)]
    return f"pointer {content[0]}: {' '.join(addresses)}" if content else ""


_TEXTS: Final[dict[str, Callable[[bytes], str]]] = {
    "tcp.options.end": _nothing,
    "tcp.options.nop": _nothing,
    "tcp.options.mss": _number,
    "tcp.options.window_scale": _window_scale,
    "tcp.options.sack_permitted": _nothing,
    "tcp.options.sack": _sack,
    "tcp.options.timestamps": _timestamps,
    "ip.options.end": _nothing,
    "ip.options.nop": _nothing,
    "ip.options.record_route": _route,
    "ip.options.loose_route": _route,
    "ip.options.strict_route": _route,
    "ip.options.router_alert": _number,
}
"""Writers of an option's value, which is what follows kind and length; others are shown in hexadecimal."""

_SIZES: Final = {
    "tcp.options.mss": 4,
    "tcp.options.window_scale": 3,
    "tcp.options.sack_permitted": 2,
    "tcp.options.timestamps": 10,
    "ip.options.router_alert": 4,
}
