"""JSON Lines: nothing is lost, damage is told with its line, and what stands before it is delivered."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from simnet import reasons
from simnet.errors import TraceError
from simnet.trace import events
from simnet.trace.events import Event, FrameDropped, FrameSent, Note
from simnet.trace.files import open_trace
from simnet.trace.heading import Heading
from simnet.trace.jsonlines import JsonLinesSink
from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap, PortEntry
from simnet.wire import ethernet
from simnet.wire.frame import Frame
from tests.trace.samples import CLIENT, HEADING, identity, record, sample, write

TIMES = st.integers(0, 2**63 - 1)
IDS = st.integers(0, 2**63 - 1)
TEXTS = st.text(max_size=20)
REASONS = st.sampled_from([reasons.NONE, reasons.TCP_SYN, reasons.DROP_LOSS, reasons.LEARNED, reasons.NO_ROUTE])


def _frame(data: bytes, id: int, parent: int, reason: int, cause: int) -> Frame:
    frame = ethernet.parse(data)
    frame.id, frame.parent, frame.reason, frame.cause = id, parent, reason, cause
    return frame


FRAMES = st.builds(_frame, st.binary(max_size=80), IDS, IDS, REASONS, IDS)
OPTIONAL = st.none() | TEXTS
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(events.FrameSent, TIMES, TEXTS, FRAMES, TIMES),
    st.builds(events.FrameArrived, TIMES, TEXTS, FRAMES),
    st.builds(events.FrameDropped, TIMES, TEXTS, FRAMES, REASONS),
    st.builds(events.FrameDuplicated, TIMES, TEXTS, FRAMES),
    st.builds(events.FrameDiscarded, TIMES, TEXTS, FRAMES, REASONS),
    st.builds(events.TableChanged, TIMES, TEXTS, TEXTS, TEXTS, OPTIONAL, OPTIONAL, REASONS, IDS),
    st.builds(events.StateChanged, TIMES, TEXTS, TEXTS, TEXTS, TEXTS, IDS),
    st.builds(events.TcpSampled, TIMES, TEXTS, TEXTS, st.dictionaries(TEXTS, st.integers(-(2**63), 2**63), max_size=3)),
    st.builds(events.SocketCall, TIMES, TEXTS, TEXTS, IDS, TEXTS, TEXTS, TEXTS),
    st.builds(events.ProgramOutput, TIMES, TEXTS, TEXTS, TEXTS),
    st.builds(events.FaultFired, TIMES, TEXTS, FRAMES),
    st.builds(events.LinkChanged, TIMES, TEXTS, TEXTS),
    st.builds(events.Note, TIMES, TEXTS, TEXTS),
)
PORTS = st.builds(PortEntry, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple))
POSITIONS = st.none() | st.tuples(st.floats(-9, 9), st.floats(-9, 9))
DEVICES = st.builds(DeviceEntry, TEXTS, st.sampled_from(Kind), st.lists(PORTS, max_size=2).map(tuple), POSITIONS)
LINKS = st.builds(LinkEntry, TEXTS, TEXTS, IDS, TIMES, st.floats(0, 1))
NETWORKS = st.builds(NetworkMap, st.lists(DEVICES, max_size=2).map(tuple), st.lists(LINKS, max_size=2).map(tuple))
HEADINGS = st.builds(Heading, TEXTS, st.none() | IDS, NETWORKS, TIMES)


def written(story: list[Event], heading: Heading = HEADING, end_ns: int = 99) -> bytes:
    stream = io.BytesIO()
    sink = JsonLinesSink(stream, heading)
    for event in story:
        sink.put(event)
    sink.close(end_ns)
    return stream.getvalue()


@settings(derandomize=True, deadline=None, max_examples=150)
@given(story=st.lists(EVENTS, max_size=4), heading=HEADINGS, end_ns=TIMES)
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, story: list[Event], heading: Heading, end_ns: int
) -> None:
    path = write(tmp_path_factory.getbasetemp(), "trace.jsonl", written(story, heading, end_ns))
    trace = open_trace(path)
    assert [identity(event) for event in trace] == [identity(event) for event in story]
    assert trace.heading == heading
    assert trace.end_ns == end_ns


def test_recording_to_disk_equals_recording_to_memory(tmp_path: Path) -> None:
    stream = io.BytesIO()
    end = record(JsonLinesSink(stream, HEADING))
    trace = open_trace(write(tmp_path, "run.jsonl", stream.getvalue()))
    assert [identity(event) for event in trace] == [identity(event) for event in sample()]
    assert (trace.name, trace.seed, trace.network, trace.end_ns) == ("sample", 7, HEADING.network, end)


def test_the_format_is_what_the_docs_say() -> None:
    """Any JSON reader can follow it: a heading, tagged events, an end."""
    frame = _frame(b"\xff" * 20, 5, 0, reasons.TCP_SYN, 0)
    lines = [json.loads(line) for line in written([FrameSent(1, CLIENT, frame, 2)]).splitlines()]
    assert lines[0]["simnet_trace"] == events.FORMAT_VERSION
    assert (lines[0]["name"], lines[0]["seed"]) == ("sample", 7)
    assert lines[0]["network"]["devices"][0]["kind"] == "host"
    assert lines[1] == {
        "type": "FrameSent",
        "time": 1,
        "port": CLIENT,
        "frame": {"data": base64.b64encode(b"\xff" * 20).decode(), "id": 5, "reason": reasons.TCP_SYN},
        "departs": 2,
    }
    assert lines[2] == {"type": "End", "time": 99}


def test_a_run_that_was_killed_still_reads(tmp_path: Path) -> None:
    whole = written([Note(time, "a", "x") for time in (3, 8)])
    without_end = b"".join(whole.splitlines(keepends=True)[:-1])
    trace = open_trace(write(tmp_path, "killed.jsonl", without_end))
    assert [event.time for event in trace] == [3, 8]
    assert trace.end_ns == 8


def test_a_line_cut_short_comes_after_everything_before_it(tmp_path: Path) -> None:
    whole = written([Note(time, "a", "x") for time in (3, 8)])
    path = write(tmp_path, "cut.jsonl", b"".join(whole.splitlines(keepends=True)[:-1])[:-5])
    found: list[Event] = []
    with pytest.raises(TraceError, match=r"cut\.jsonl:3: .* the line is cut off"):
        found.extend(open_trace(path))  # extend keeps what came before the error
    assert [event.time for event in found] == [3]
    assert open_trace(path).end_ns == 3


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"not json\n", "malformed"),
        (b'{"type":"Surprise","time":1}\n', "Surprise"),
        (b'{"type":"Note","time":"soon","device":"a","text":"b"}\n', "Expected `int`"),
        (b'{"type":"Note","time":1,"device":"a"}\n', "text"),
        (b'{"type":"FrameArrived","time":1,"port":"a","frame":{"data":"%%%"}}\n', "base64"),
        (b'{"type":"FrameArrived","time":1,"port":"a","frame":7}\n', "Expected `object`"),
        (b'{"type":"Note","time":1,"device":"\xff\xfe","text":"b"}\n', "utf-8"),
        (b'{"type":"Note","more":' + b"[" * 100_000 + b"\n", "recursion|nest"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, cause: str) -> None:
    lines = written([]).splitlines(keepends=True)
    path = write(tmp_path, "bad.jsonl", lines[0] + line + lines[1])
    with pytest.raises(TraceError, match=rf"(?s)bad\.jsonl:2: expected an event as JSON.*{cause}"):
        list(open_trace(path))


def test_a_newer_format_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "new.jsonl", b'{"simnet_trace":99,"everything":"else"}\n')
    with pytest.raises(TraceError, match="format version 99, this simnet reads up to 1; install a newer simnet"):
        open_trace(path)


def test_a_broken_heading_is_line_1(tmp_path: Path) -> None:
    path = write(tmp_path, "head.jsonl", b'{"simnet_trace":1,"name":7}\n')
    with pytest.raises(TraceError, match=r"head\.jsonl:1: "):
        open_trace(path)


def test_reasons_of_a_newer_simnet_become_none(tmp_path: Path) -> None:
    frame = _frame(b"x" * 20, 5, 0, 99_999, 0)
    trace = open_trace(write(tmp_path, "new.jsonl", written([FrameDropped(1, CLIENT, frame, 99_998)])))
    (event,) = trace
    assert isinstance(event, FrameDropped)
    assert (event.reason, event.frame.reason) == (reasons.NONE, reasons.NONE)


def test_output_that_is_no_text_is_written_all_the_same(tmp_path: Path) -> None:
    output = events.ProgramOutput(1, "a", "main", b"caf\xe9 ok".decode("utf-8", "surrogateescape"))
    trace = open_trace(write(tmp_path, "bytes.jsonl", written([output])))
    assert list(trace) == [events.ProgramOutput(1, "a", "main", "caf? ok")]


def test_unknown_fields_are_passed_over(tmp_path: Path) -> None:
    """So that a field may be added without a new version."""
    lines = written([Note(1, "a", "b")]).replace(b'"text"', b'"mood":"good","text"')
    assert list(open_trace(write(tmp_path, "more.jsonl", lines))) == [Note(1, "a", "b")]


def test_mutations_end_in_events_or_a_trace_error(tmp_path: Path) -> None:
    chance = Random(1)
    stream = io.BytesIO()
    record(JsonLinesSink(stream, HEADING))
    whole = stream.getvalue()
    clean = errors = 0
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.choice(b'"{}[],:019xE\xff\n')
        path = write(tmp_path, "mutant.jsonl", bytes(data))
        try:
            trace = open_trace(path)
            int(trace.end_ns)
            clean += len(list(trace)) > 0
        except TraceError as error:
            assert "mutant.jsonl" in str(error)
            errors += 1
    assert clean > 50 and errors > 50


def test_every_event_can_be_replaced_field_by_field() -> None:
    """Events are plain msgspec values: `structs.replace` is how a tool changes one."""
    assert structs.replace(Note(1, "a", "b"), time=2) == Note(2, "a", "b")
