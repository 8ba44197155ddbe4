"""Runs of the shipped scenarios, and copies of them with one thing changed, for tests of the comparison."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec import structs

from simnet.scenario.load import load
from simnet.trace.events import Event, FrameArrived, FrameDropped, FrameSent
from simnet.trace.trace import Trace
from simnet.wire import ethernet
from simnet.wire.checksum import checksum
from simnet.wire.frame import Frame
from simnet.worlds.simulated import run

SCENARIOS = Path(__file__).parents[2] / "scenarios"

Change = Callable[[bytearray], None]
"""Alters the bytes of a frame."""


@cache
def run_of(name: str, seed: int | None = None) -> Trace:
    """The run of a shipped scenario."""
    return run(load(SCENARIOS / f"{name}.yaml"), seed=seed).trace


def changed(trace: Trace, chosen: Callable[[FrameSent], bool], change: Change) -> Trace:
    """`trace`, in which the first frame that is chosen where it is sent carries other bytes, there and on arrival."""
    victim = next(event.frame for event in trace.frames() if chosen(event))
    data = bytearray(ethernet.pack(victim))
    change(data)
    copy = ethernet.parse(bytes(data))
    copy.id, copy.parent, copy.reason, copy.cause = victim.id, victim.parent, victim.reason, victim.cause
    return Trace([_with(event, victim, copy) for event in trace], trace.heading, trace.end_ns)


def _with(event: Event, victim: Frame, copy: Frame) -> Event:
    if isinstance(event, (FrameSent, FrameArrived, FrameDropped)) and event.frame is victim:
        return structs.replace(event, frame=copy)
    return event


def without(trace: Trace, number: int) -> Trace:
    """`trace` without its frame event of this number, counted from 0."""
    events = list(trace)
    places = [place for place, event in enumerate(events) if isinstance(event, (FrameSent, FrameArrived))]
    del events[places[number]]
    return Trace(events, trace.heading, trace.end_ns)


def right_tcp_checksum(data: bytearray) -> None:
    """Make the TCP checksum of a frame without IP options right."""
    data[50:52] = b"\0\0"
    pseudo = data[26:34] + bytes((0, 6)) + (len(data) - 34).to_bytes(2, "big")
    data[50:52] = checksum(bytes(pseudo + data[34:])).to_bytes(2, "big")
