"""Which fields of two frames are not equal; what has rules of its own is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.golden.captures import Fields

_ELSEWHERE: Final[dict[tuple[str, ...], frozenset[str]]] = {
    (): frozenset({"n", "t", "if", "dir"}),
    ("ip",): frozenset({"id", "hcsum_ok"}),
    ("tcp",): frozenset({"isn_raw", "ts_raw", "csum", "opts"}),
    ("udp",): frozenset({"csum"}),
    ("icmp", "quote", "ip"): frozenset({"id"}),
    ("icmp", "quote", "tcp"): frozenset({"opts"}),
}
"""What is compared by rules of its own."""


def unequal(recorded: Fields, replayed: Fields) -> Iterator[str]:
    """The fields that are not equal, as text."""
    yield from _unequal_fields((), recorded, replayed)
    for old, new in ((recorded, replayed), (quoted(recorded), quoted(replayed))):
        if "tcp" in old and "tcp" in new and _options(old) != _options(new):
            yield f"options {_options(old)}, now {_options(new)}"
    for protocol in ("tcp", "udp"):
        old, new = recorded.get(protocol, {}).get("csum"), replayed.get(protocol, {}).get("csum")
        if old != new and old != "partial":
            yield f"{protocol} checksum {old or 'right'}, now {new or 'right'}"


def _unequal_fields(path: tuple[str, ...], recorded: Fields, replayed: Fields) -> Iterator[str]:
    elsewhere = _ELSEWHERE.get(path, frozenset())
    for key in [*recorded, *(key for key in replayed if key not in recorded)]:
        if key in elsewhere:
            continue
        old, new = recorded.get(key), replayed.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _unequal_fields((*path, key), old, new)
        elif old != new:
            yield f"{'.'.join((*path, key))} {_text(old)}, now {_text(new)}"


def _options(frame: Fields) -> list[Any]:
    """Names, order and values of the TCP options, without those of the timestamps."""
    return [["ts"] if option[0] == "ts" else list(option) for option in frame["tcp"]["opts"]]


def _text(value: object) -> str:
    return "absent" if value is None else str(value)


def quoted(frame: Fields) -> Fields:
    """The packet quoted in an ICMP error; empty if there is none."""
    quote: Fields | None = frame.get("icmp", {}).get("quote")
    return quote or {}
