"""What a device does to the frames it forwards: each copy is compared with the frame it came from."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from simnet import filter as filters
from simnet.checks.judge import Judge
from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Hop
from simnet.trace.events import FrameArrived, FrameSent
from simnet.units import format_time
from simnet.wire.addresses import ip_text, mac_text
from simnet.wire.frame import Frame
from simnet.wire.summary import summary

_REMEMBERED: Final = 50_000
"""Frames that arrived, at most: more than any device holds before it forwards one of them."""


def judge_hop(expected: Hop) -> Judge:
    """Fields that must differ, be equal, or differ by a number, in every frame forwarded."""
    matches = filters.compile(expected.matching).matches if expected.matching else None
    prefix = f"{expected.device}:"
    arrived: OrderedDict[int, Frame] = OrderedDict()
    has_forwarded = False
    while (event := (yield)) is not None:
        if isinstance(event, FrameArrived) and event.port.startswith(prefix):
            arrived[event.frame.id] = event.frame
            if len(arrived) > _REMEMBERED:
                arrived.popitem(last=False)
        elif isinstance(event, FrameSent) and event.port.startswith(prefix):
            before = arrived.get(event.frame.parent)
            if before is None or matches is not None and not matches(before):
                continue
            has_forwarded = True
            why = _difference(expected, before, event.frame)
            if why:
                where = f"{summary(event.frame)}, forwarded by {expected.device} at {format_time(event.time)}"
                return Verdict(expected.text, False, f"{where}: {why}")
    if not has_forwarded:
        what = f" matching {expected.matching}" if expected.matching else ""
        return Verdict(expected.text, False, f"{expected.device} forwarded no frame{what}")
    return Verdict(expected.text, True)


def _difference(expected: Hop, before: Frame, after: Frame) -> str:
    for name in expected.rewritten:
        value = filters.field(before, name)
        if value == filters.field(after, name):
            return f"{name} is still {_shown(name, value)}, expected it rewritten"
    for name in expected.kept:
        old, new = filters.field(before, name), filters.field(after, name)
        if old != new:
            return f"{name} changed from {_shown(name, old)} to {_shown(name, new)}, expected it kept"
    for name, step in expected.changed:
        old, new = filters.field(before, name), filters.field(after, name)
        if not isinstance(old, int) or not isinstance(new, int) or new - old != step:
            return f"{name} went from {_shown(name, old)} to {_shown(name, new)}, expected {step:+d}"
    return ""


def _shown(name: str, value: int | bytes | str | None) -> str:
    """A field's value as a reader knows it."""
    kind = filters.find_field(name, 1).kind
    if isinstance(value, int) and kind is filters.FieldKind.MAC:
        return mac_text(value)
    if isinstance(value, int) and kind is filters.FieldKind.IP:
        return ip_text(value)
    return "absent" if value is None else str(value)
