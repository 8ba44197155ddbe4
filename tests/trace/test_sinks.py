"""Sinks keep what they promise, in order."""

from __future__ import annotations

from simnet.trace.events import Note, StateChanged
from simnet.trace.sinks import MemorySink, OnlyKinds, RingSink, Tee

NOTES = [Note(time, "a", str(time)) for time in range(5)]


def test_memory_keeps_everything() -> None:
    sink = MemorySink()
    for note in NOTES:
        sink.put(note)
    sink.close(9)
    assert sink.events == NOTES
    assert sink.end_ns == 9


def test_ring_keeps_the_last() -> None:
    sink = RingSink(2)
    for note in NOTES:
        sink.put(note)
    sink.close(9)
    assert list(sink.events) == NOTES[-2:]
    assert sink.end_ns == 9


def test_tee_hands_on_events_and_the_end() -> None:
    one, other = MemorySink(), RingSink(1)
    tee = Tee(one, other)
    for note in NOTES:
        tee.put(note)
    tee.close(7)
    assert one.events == NOTES
    assert list(other.events) == NOTES[-1:]
    assert (one.end_ns, other.end_ns) == (7, 7)


def test_only_the_chosen_kinds_pass() -> None:
    memory = MemorySink()
    sink = OnlyKinds([StateChanged], memory)
    change = StateChanged(3, "a", "x > y", "CLOSED", "LISTEN", 0)
    sink.put(NOTES[0])
    sink.put(change)
    sink.close(4)
    assert memory.events == [change]
    assert memory.end_ns == 4
