"""The recorder fits the observer that devices expect, and loses nothing it is told."""

from __future__ import annotations

import inspect

from simnet import reasons
from simnet.devices.observer import Observer
from simnet.trace import events
from simnet.trace.recorder import Recorder
from simnet.trace.sinks import MemorySink
from simnet.wire.frame import Frame
from simnet.wire.payload import Raw
from tests.trace.samples import ALL_KINDS, CLIENT, sample

FRAME = Frame(1, 2, 0x1234, Raw(b"x"), id=9)


def test_recorder_has_the_shape_of_the_observer() -> None:
    expected = {name: inspect.signature(member) for name, member in inspect.getmembers(Observer, inspect.isfunction)
                if not name.startswith("_")}  # fmt: skip
    found = {name: inspect.signature(member) for name, member in inspect.getmembers(Recorder, inspect.isfunction)
             if not name.startswith("_")}  # fmt: skip
    assert found == expected


def test_type_checker_agrees() -> None:
    observer: Observer = Recorder(MemorySink())
    observer.note(1, "a", "b")


def test_every_method_makes_its_event() -> None:
    sink = MemorySink()
    recorder = Recorder(sink)
    recorder.frame_sent(1, CLIENT, FRAME, 5)
    recorder.frame_arrived(2, CLIENT, FRAME)
    recorder.frame_dropped(3, CLIENT, FRAME, reasons.DROP_LOSS)
    recorder.frame_duplicated(4, CLIENT, FRAME)
    recorder.frame_discarded(5, CLIENT, FRAME, reasons.MALFORMED)
    recorder.table_changed(6, "s1", "mac", "k", "old", None, reasons.AGED, 7)
    recorder.state_changed(7, "client", "a > b", "CLOSED", "LISTEN", 8)
    recorder.tcp_sampled(8, "client", "a > b", {"cwnd": 10})
    recorder.socket_call(9, "client", "main", 3, "send", "5 bytes", "5")
    recorder.program_output(10, "client", "main", "hi")
    recorder.fault_fired(11, "lose it", FRAME)
    recorder.link_changed(12, "a -- b", "cut")
    recorder.note(13, "client", "text")
    assert sink.events == [
        events.FrameSent(1, CLIENT, FRAME, 5),
        events.FrameArrived(2, CLIENT, FRAME),
        events.FrameDropped(3, CLIENT, FRAME, reasons.DROP_LOSS),
        events.FrameDuplicated(4, CLIENT, FRAME),
        events.FrameDiscarded(5, CLIENT, FRAME, reasons.MALFORMED),
        events.TableChanged(6, "s1", "mac", "k", "old", None, reasons.AGED, 7),
        events.StateChanged(7, "client", "a > b", "CLOSED", "LISTEN", 8),
        events.TcpSampled(8, "client", "a > b", {"cwnd": 10}),
        events.SocketCall(9, "client", "main", 3, "send", "5 bytes", "5"),
        events.ProgramOutput(10, "client", "main", "hi"),
        events.FaultFired(11, "lose it", FRAME),
        events.LinkChanged(12, "a -- b", "cut"),
        events.Note(13, "client", "text"),
    ]


def test_the_sample_of_these_tests_has_every_kind() -> None:
    assert {type(event).__name__ for event in sample()} == ALL_KINDS
