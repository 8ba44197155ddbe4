"""A spool gives back every event, from memory or from its file, and leaves nothing behind."""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path

import pytest

from simnet.errors import TraceError
from simnet.trace.events import Event, FrameArrived, FrameSent, ProgramOutput
from simnet.trace.spool import Spool
from tests.trace.samples import sample


def spooled(events: list[Event], in_memory: int) -> Spool:
    spool = Spool(in_memory)
    for event in events:
        spool.put(event)
    spool.close(events[-1].time)
    return spool


@pytest.mark.parametrize("in_memory", [0, 3, 1000])
def test_every_event_comes_back_whether_from_memory_or_file(in_memory: int) -> None:
    events = list(sample())
    spool = spooled(events, in_memory)
    assert list(spool) == events and list(spool) == events
    assert spool.end_ns == events[-1].time


def test_several_may_read_at_once_and_while_it_is_written() -> None:
    events = list(sample()) * 3000
    spool = spooled(events, 1)
    first, second = iter(spool), iter(spool)
    assert list(islice(first, 5000)) == events[:5000]
    spool.put(events[0])
    assert list(islice(second, 9000)) == events[:9000]
    assert list(islice(first, 1000)) == events[5000:6000]
    assert list(spool) == [*events, events[0]]


def test_a_frame_that_is_sent_and_arrives_is_kept_once() -> None:
    sent = next(event for event in list(sample()) if isinstance(event, FrameSent))
    spool = spooled([sent, FrameArrived(9, "b:eth0", sent.frame)], 0)
    first, second = spool
    assert isinstance(first, FrameSent) and isinstance(second, FrameArrived)
    assert first.frame == sent.frame and second.frame is first.frame


def test_output_that_is_no_text_comes_back_too() -> None:
    event = ProgramOutput(1, "a", "main", b"caf\xe9 \xff".decode("utf-8", "surrogateescape"))
    assert list(spooled([event, event], 0)) == [event, event]


def test_no_name_is_left_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = spooled(list(sample()), 0)
    assert list(tmp_path.iterdir()) == [] and list(spool)


def test_no_room_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(TraceError, match="gone: cannot hold the trace: No such file.*TMPDIR"):
        spooled(list(sample()), 0)
