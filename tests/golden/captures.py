"""The recorded captures: what a Linux 6.18 kernel sent and received, and the calls its applications made.

They are kept in `frames.tar.xz`; a folder of the same layout (scenario/variant/frames.json) serves as well, so that
captures kept elsewhere can be compared too.  Times are nanoseconds since the first frame; earlier is negative.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.golden.archive import FRAMES, unpack

Fields = dict[str, Any]
"""A frame as `frames.json` shows it."""

SECOND = 1_000_000_000


class Event(Struct, frozen=True):
    """One application call: `start` and `end`, its text and its result ("-ECONNRESET" for an error)."""

    node: str
    app: str
    call: str
    result: Any
    start: int
    end: int
    output: tuple[str, ...] = ()


class Capture(Struct, frozen=True):
    """One recording.  `variant` is the folder's name: a topology, or what the scenario varies.

    `complete`: `frames` are all that were captured, not only the first ones.
    """

    scenario: str
    variant: str
    topology: str
    congestion_control: str
    sysctls: Mapping[str, Any]
    nodes: Mapping[str, str]
    links: tuple[tuple[str, str, int], ...]
    interfaces: Mapping[str, Fields]
    wire: Mapping[str, Any]
    events: tuple[Event, ...]
    frames: tuple[Fields, ...]
    complete: bool

    @property
    def name(self) -> str:
        """01_hello/lan."""
        return f"{self.scenario}/{self.variant}"

    @property
    def captured(self) -> list[str]:
        """The interfaces that were listened at, in the order in which they first saw a frame."""
        return list(dict.fromkeys(frame["if"] for frame in self.frames))

    def first_start(self) -> int:
        """When the first call began."""
        return min((event.start for event in self.events), default=0)

    def listened_until(self) -> int:
        """Until when frames were captured at least: recorders went on for 0.3 s after the last program had ended."""
        last_call = max((event.end for event in self.events if not event.call.startswith("wire ")), default=0)
        last_frame = max((nanoseconds(frame["t"]) for frame in self.frames), default=0)
        return max(last_call + 250_000_000, last_frame)


def nanoseconds(seconds: float) -> int:
    """A recorded time."""
    return round(seconds * SECOND)


def read(name: str, content: bytes) -> Capture:
    """The capture `name` from its frames.json."""
    raw = json.loads(content)
    scenario, variant = name.split("/")[-2:]
    return Capture(
        scenario=scenario,
        variant=variant,
        topology=raw["topology"],
        congestion_control=raw["congestion_control"],
        sysctls=raw["sysctl_changed"],
        nodes=raw["nodes"],
        links=tuple((a, b, mtu) for a, b, mtu in raw["links"]),
        interfaces=raw["interfaces"],
        wire=raw.get("wire", {}),
        events=tuple(_event(event) for event in raw["events"]),
        frames=tuple(without_right_checksums(frame) for frame in raw["frames"]),
        complete=raw["frames_total"] == len(raw["frames"]),
    )


def without_right_checksums(value: Any) -> Any:
    """Fields without the checksums that are right: only wrong ones are mentioned, in quoted packets too."""
    if not isinstance(value, dict):
        return value
    return {
        key: without_right_checksums(item)
        for key, item in value.items()
        if not key.startswith("_") and not (key in ("hcsum_ok", "csum_ok") and item is True)
    }


def _event(raw: Fields) -> Event:
    end = nanoseconds(raw["t"])
    start = end - nanoseconds(raw.get("dur", 0))
    output = tuple(raw.get("output", ()))
    return Event(raw["node"], raw["app"], raw["call"], raw["ret"], start, end, output)


@cache
def _archived() -> dict[str, bytes]:
    return unpack(FRAMES)


def names() -> list[str]:
    """All captures of the archive, "01_hello/lan" and so on."""
    return [name.removesuffix("/frames.json") for name in _archived() if name.endswith("/frames.json")]


def load(name: str) -> Capture:
    """A capture of the archive."""
    return read(name, _archived()[f"{name}/frames.json"])


def errno_table() -> list[list[str]]:
    """Capture 16c: what each call returns, [situation, result, how long it took]."""
    rows: list[list[str]] = json.loads(_archived()["16c_errno_table/loopback/errno.json"])
    return rows


def in_folder(folder: Path, chosen: Iterable[str] = ()) -> list[Capture]:
    """The captures below `folder` whose names begin with one of `chosen` (none: all).

    Raises ValueError if there is none, or if one cannot be read.
    """
    wanted = tuple(chosen) or ("",)
    files = {"/".join(file.parts[-3:-1]): file for file in sorted(folder.resolve().rglob("frames.json"))}
    found = [_from_file(name, file) for name, file in files.items() if name.startswith(wanted)]
    if not found:
        raise ValueError(f"{folder}: no captures there; expected FAMILY/VARIANT/frames.json, found {len(files)} others")
    return found


def _from_file(name: str, file: Path) -> Capture:
    try:
        return read(name, file.read_bytes())
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"{file}: no recording of make_golden.py: {problem!r}") from problem
