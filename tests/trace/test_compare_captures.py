"""Captures of real kernels, compared: each with itself, and with a copy in which one frame is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.trace.compare import compare
from simnet.trace.compare_row import Finding
from simnet.trace.compare_rules import NORMALIZATIONS
from simnet.trace.events import FrameSent
from simnet.trace.files import open_trace
from simnet.trace.heading import Heading
from simnet.trace.trace import Trace
from tests.golden.archive import PCAPS, unpack


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> list[Trace]:
    """All golden captures that hold any frames."""
    folder = tmp_path_factory.mktemp("captures")
    found = []
    for name, data in unpack(PCAPS).items():
        file: Path = folder / name.replace("/", "_")
        file.write_bytes(data)
        trace = open_trace(file)
        if any(True for _ in trace.frames()):
            found.append(trace)
    return found


@pytest.mark.slow
def test_every_capture_equals_itself(captures: list[Trace]) -> None:
    for rules in (frozenset[str](), frozenset(NORMALIZATIONS)):
        assert not [trace.name for trace in captures if not compare(trace, trace, strict=rules).is_equal]


@pytest.mark.slow
def test_a_frame_left_out_of_a_capture_is_missed(captures: list[Trace]) -> None:
    """The middle one; where the same is sent again and again, nobody can tell which it was."""
    misplaced = tried = 0
    for trace in captures:
        events = [event for event in trace if isinstance(event, FrameSent)]
        if len(events) < 2:
            continue
        tried += 1
        middle = len(events) // 2
        other = Trace(events[:middle] + events[middle + 1 :], Heading("other"), trace.end_ns)
        comparison = compare(trace, other, strict=frozenset({"end"}))
        assert comparison.count(Finding.ONLY_A) == 1 and comparison.count(Finding.ONLY_B) == 0, trace.name
        assert comparison.first is not None
        misplaced += comparison.first.seen.number != middle + 1
    assert misplaced <= tried // 25
