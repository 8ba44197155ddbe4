"""Expectations about what programs printed and received, and when the run ended."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Ends, Output
from simnet.trace.events import Event, ProgramOutput
from simnet.units import format_time

_SHOWN = 200


def check_output(expected: Output, events: Sequence[Event]) -> Verdict:
    """The output of a host's programs, put together in order."""
    printed = "".join(
        event.text
        for event in events
        if isinstance(event, ProgramOutput)
        and event.device == expected.host
        and expected.program in ("", event.program)
    )
    if _agrees(expected, printed):
        return Verdict(expected.text, True)
    return Verdict(expected.text, False, f"{expected.host} printed {_shortened(printed)}")


def _agrees(expected: Output, printed: str) -> bool:
    if expected.match == "contains":
        return expected.words in printed
    if expected.match == "matches":
        return re.search(expected.words, printed) is not None
    return printed.removesuffix("\n") == expected.words.removesuffix("\n")


def _shortened(text: str) -> str:
    if not text:
        return "nothing"
    shown = repr(text[:_SHOWN])
    return shown if len(text) <= _SHOWN else f"{shown} … ({len(text)} characters)"


def check_ends(expected: Ends, end_ns: int) -> Verdict:
    """The run ended in time."""
    if end_ns < expected.earliest:
        why = f"the run ended at {format_time(end_ns)}, expected not before {format_time(expected.earliest)}"
        return Verdict(expected.text, False, why)
    if expected.latest is not None and end_ns > expected.latest:
        why = f"the run ended at {format_time(end_ns)}, expected by {format_time(expected.latest)}"
        return Verdict(expected.text, False, why)
    return Verdict(expected.text, True)
