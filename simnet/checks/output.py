"""Expectations about what programs printed and received, and when the run ended."""

from __future__ import annotations

import re

from simnet.checks.judge import Judge
from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Ends, Output
from simnet.trace.events import ProgramOutput
from simnet.units import format_time

_SHOWN = 200


def judge_output(expected: Output) -> Judge:
    """The output of a host's programs, put together in order."""
    pieces: list[str] = []
    while (event := (yield)) is not None:
        if isinstance(event, ProgramOutput) and event.device == expected.host:
            if expected.program in ("", event.program):
                pieces.append(event.text)
    printed = "".join(pieces)
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


def judge_ends(expected: Ends, end_ns: int) -> Judge:
    """The run ended in time."""
    yield from ()  # no event is needed for that
    if end_ns < expected.earliest:
        why = f"the run ended at {format_time(end_ns)}, expected not before {format_time(expected.earliest)}"
        return Verdict(expected.text, False, why)
    if expected.latest is not None and end_ns > expected.latest:
        why = f"the run ended at {format_time(end_ns)}, expected by {format_time(expected.latest)}"
        return Verdict(expected.text, False, why)
    return Verdict(expected.text, True)
