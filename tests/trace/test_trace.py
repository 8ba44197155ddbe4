"""A trace is read lazily, again and again, and every selection of it is a trace."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from simnet import filter as filters
from simnet.errors import FilterError, TraceError
from simnet.trace.events import Event, FrameArrived, FrameSent, Note, StateChanged
from simnet.trace.files import open_trace
from simnet.trace.heading import Heading
from simnet.trace.jsonlines import JsonLinesSink
from simnet.trace.network import NetworkMap
from simnet.trace.trace import Trace
from simnet.units import ms
from simnet.wire.ipv4 import UDP
from simnet.wire.udp import Udp
from tests.trace.samples import CLIENT, NETWORK, ip_frame, sample, write


def test_a_trace_can_be_read_again() -> None:
    trace = sample()
    assert list(trace) == list(trace)
    assert len(list(trace.frames())) == 15
    assert all(isinstance(event, FrameSent) for event in trace.frames())


def test_a_selection_can_be_read_again_and_selected_from() -> None:
    early = sample().between(0, ms(1)).at_port(CLIENT)
    assert len(list(early)) == len(list(early)) == 5
    assert [type(event) for event in early][:3] == [FrameSent, FrameSent, FrameArrived]
    assert early.name == "sample"
    assert early.end_ns == sample().end_ns


def test_at_port_is_what_that_interface_saw_in_order() -> None:
    seen = list(sample().at_port("server:eth0"))
    assert [type(event).__name__ for event in seen] == [
        "FrameArrived", "FrameArrived", "FrameSent", "FrameArrived", "FrameArrived", "FrameSent",
    ]  # fmt: skip
    assert [event.time for event in seen] == sorted(event.time for event in seen)


def test_an_unknown_port_is_an_error() -> None:
    with pytest.raises(TraceError, match='a port of the network, found "clinet:eth0"; the ports are client:eth0, '):
        sample().at_port("clinet:eth0")


def test_every_host_has_lo() -> None:
    assert list(sample().at_port("client:lo")) == []


def test_ports_of_a_capture_are_not_checked() -> None:
    assert list(Trace([], Heading("x", None, NetworkMap())).at_port("whatever")) == []


def test_matching_a_filter() -> None:
    trace = sample()
    opening = list(trace.matching("tcp.flags.syn && !tcp.flags.ack"))
    assert len(opening) == 4
    assert opening == list(trace.matching(filters.compile("tcp.flags.syn && !tcp.flags.ack")))
    assert {type(event).__name__ for event in trace.matching("udp")} == {
        "FrameSent", "FrameArrived", "FrameDuplicated", "FrameDiscarded",
    }  # fmt: skip
    with pytest.raises(FilterError):
        trace.matching("tcp.prot == 80")


def test_only_the_chosen_kinds() -> None:
    assert [type(event) for event in sample().only(Note, StateChanged)] == [StateChanged, Note]
    assert [change.new for change in sample().each(StateChanged)] == ["SYN-SENT"]


def test_the_end_is_found_once_and_only_when_asked_for() -> None:
    asked: list[int] = []

    def end() -> int:
        asked.append(1)
        return 42

    trace = Trace([], Heading(), end)
    selection = trace.between(0, 10)
    assert asked == []
    assert (selection.end_ns, trace.end_ns, selection.end_ns) == (42, 42, 42)
    assert asked == [1]


def test_nothing_is_read_before_it_is_needed() -> None:
    read: list[int] = []

    class Counting:
        def __iter__(self) -> Iterator[Event]:
            for time in range(100):
                read.append(time)
                yield Note(time, "a", "b")

    trace = Trace(Counting(), Heading("x", 1, NETWORK))
    chosen = iter(trace.between(5, 50).only(Note))
    assert read == []
    next(chosen)
    assert len(read) == 6


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    stream = io.BytesIO()
    sink = JsonLinesSink(stream, Heading())
    for time in range(5_000):
        frame = ip_frame(True, UDP, Udp(1, 2, bytes(200)), time + 1)
        sink.put(FrameSent(time, CLIENT, frame, time))
    sink.close(5_000)
    path = write(tmp_path, "long.jsonl", stream.getvalue())
    del stream, sink
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_trace(path)) == 5_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size // 2
