"""The scheduler against a naive one: a sorted list."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.engine.scheduler import FOREVER, KEY_BITS, Scheduler
from simnet.engine.timer import Timer
from simnet.errors import RunawayError

FAR = 1 << 22
times = st.one_of(st.integers(0, 50), st.integers(0, 3 * FAR), st.integers(0, 400 * FAR))


class Recorder:
    """Remembers what happened when."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.seen: list[tuple[int, Any]] = []

    def act(self, what: Any) -> None:
        self.seen.append((self.scheduler.now, what))


@given(st.lists(st.tuples(times, st.integers(0, 5))))
def test_events_come_in_order_of_time_then_key(wanted: list[tuple[int, int]]) -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    events = [(time, (ordinal << KEY_BITS) + number) for number, (time, ordinal) in enumerate(wanted)]
    for time, key in events:
        scheduler.at(time, key, recorder.act, key)
    scheduler.run()
    assert recorder.seen == sorted(events)
    assert scheduler.events == len(events)
    assert scheduler.next_time() == FOREVER


@given(st.lists(st.tuples(times, st.lists(times, max_size=3)), max_size=20), st.lists(times, max_size=4))
def test_events_that_make_events_agree_with_a_sorted_list(roots: list[tuple[int, list[int]]], stops: list[int]) -> None:
    """Each root schedules its children some time later; the run is cut into pieces at `stops`."""
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    counter = iter(range(1_000_000))

    def root(children: list[int]) -> None:
        recorder.act("root")
        for ahead in children:
            scheduler.at(scheduler.now + ahead, next(counter), recorder.act, "child")

    expected = []
    for time, children in roots:
        scheduler.at(time, next(counter), root, children)
        expected += [time, *(time + ahead for ahead in children)]
    for stop in sorted(stops):
        scheduler.run(until=stop)
        assert [time for time, _ in recorder.seen] == sorted(time for time in expected if time <= stop)
    scheduler.run()
    assert [time for time, _ in recorder.seen] == sorted(expected)


def test_an_event_at_the_stop_is_handled_and_now_stays_there() -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    for time in (5, 10, 11):
        scheduler.at(time, time, recorder.act, None)
    scheduler.run(until=10)
    assert [time for time, _ in recorder.seen] == [5, 10]
    assert scheduler.now == 10
    assert scheduler.next_time() == 11
    scheduler.run(until=7)
    assert scheduler.now == 10  # time does not go back


def test_an_event_injected_at_now_after_a_look_ahead_comes_first() -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    scheduler.at(50 * FAR, 1, recorder.act, "far")
    assert scheduler.next_time() == 50 * FAR
    scheduler.at(0, 2, recorder.act, "now")
    scheduler.at(49 * FAR, 3, recorder.act, "before")
    scheduler.run()
    assert [what for _, what in recorder.seen] == ["now", "before", "far"]


def test_background_timers_do_not_keep_a_run_alive() -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    timers = [Timer(scheduler, ordinal, recorder.act) for ordinal in (1, 2)]
    timers[0].set(20)
    timers[1].set(10 * FAR)
    assert scheduler.is_quiet()
    scheduler.run()
    assert recorder.seen == []
    assert scheduler.now == 0


def test_background_timers_fire_while_there_is_something_else_to_do() -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    for ordinal, due in ((1, 20), (2, 40)):
        Timer(scheduler, ordinal, recorder.act).set(due)
    scheduler.at(30, 0, recorder.act, "frame")
    scheduler.run()
    assert recorder.seen == [(20, 20), (30, "frame")]
    assert scheduler.now == 30


def test_a_run_in_the_background_goes_on_to_its_end() -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    Timer(scheduler, 1, recorder.act).set(20)
    scheduler.run_background(until=100)
    assert recorder.seen == [(20, 20)]
    assert scheduler.now == 100
    assert scheduler.is_quiet()


def test_pending_work_keeps_a_run_alive() -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    scheduler.work.pending += 1
    Timer(scheduler, 1, recorder.act).set(20)
    scheduler.run()
    assert recorder.seen == [(20, 20)]


def test_a_storm_ends_at_the_limit_and_can_be_looked_into() -> None:
    scheduler = Scheduler()

    def again(count: int) -> None:
        scheduler.at(scheduler.now + 1, count, again, count + 1)

    scheduler.at(0, 0, again, 1)
    with pytest.raises(RunawayError, match="1000 events"):
        scheduler.run(limit=1000)
    assert scheduler.events == 1000
    with pytest.raises(RunawayError):
        scheduler.run(limit=10)
    assert scheduler.events == 1010
    assert scheduler.now == 1009


def test_a_run_of_exactly_the_limit_is_no_storm() -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    for time in range(10):
        scheduler.at(time, time, recorder.act, None)
    Timer(scheduler, 1, recorder.act).set(50)
    scheduler.run(limit=10)
    assert len(recorder.seen) == 10


@given(st.lists(st.tuples(times, st.integers(0, 3)), max_size=30), st.integers(0, 3))
def test_withdrawn_events_come_back_in_order_and_never_happen(wanted: list[tuple[int, int]], withdrawn: int) -> None:
    scheduler = Scheduler()
    recorder = Recorder(scheduler)
    Timer(scheduler, withdrawn, recorder.act).set(7)
    events = sorted((time, (ordinal << KEY_BITS) + 100 + number) for number, (time, ordinal) in enumerate(wanted))
    for time, key in events:
        scheduler.at(time, key, recorder.act, key)
    gone = [key for _, key in events if key >> KEY_BITS == withdrawn]
    kept = [key for _, key in events if key >> KEY_BITS != withdrawn]
    assert scheduler.pending_events().get(withdrawn, 0) == len(gone)
    assert scheduler.withdraw(withdrawn) == gone
    assert sum(scheduler.pending_events().values()) == len(kept)
    scheduler.run()
    assert [what for _, what in recorder.seen if what != 7] == kept
