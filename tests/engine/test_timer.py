"""Timers against a naive model: a timer is one number, the time at which it is due."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simnet.engine.scheduler import FOREVER, KEY_BITS, Scheduler
from simnet.engine.timer import ForegroundTimer, Timer

FAR = 1 << 22
delays = st.one_of(st.integers(0, 20), st.integers(0, 5 * FAR), st.just(FOREVER))
commands = st.lists(st.tuples(st.integers(0, 5 * FAR), st.integers(0, 2), delays), max_size=30)


def run(script: list[tuple[int, int, int]], timer_class: type[Timer] | type[ForegroundTimer]) -> list[tuple[int, int]]:
    """At each time of `script` timer `number` is moved that far ahead (FOREVER: cancelled); when each one fired."""
    scheduler = Scheduler()
    fired: list[tuple[int, int]] = []

    def ring(number: int, now: int) -> None:
        assert now == scheduler.now
        fired.append((now, number))

    timers = [timer_class(scheduler, 10 + number, lambda now, n=number: ring(n, now)) for number in range(3)]  # type: ignore[misc]

    def command(order: tuple[int, int]) -> None:
        number, ahead = order
        if ahead == FOREVER:
            timers[number].cancel()
        else:
            timers[number].set(scheduler.now + ahead)

    for key, (time, number, ahead) in enumerate(script):
        scheduler.at(time, key, command, (number, ahead))
    scheduler.run_background(until=20 * FAR)
    assert scheduler.work.pending == 0
    return sorted(fired)


def model(script: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    fired = []
    due = [FOREVER] * 3
    for time, number, ahead in sorted(script, key=lambda order: order[0]):
        for other in range(3):
            if due[other] < time:  # orders of a time come before timers of that time: their keys are smaller
                fired.append((due[other], other))
                due[other] = FOREVER
        due[number] = time + ahead if ahead < FOREVER else FOREVER
    return sorted(fired + [(due[number], number) for number in range(3) if due[number] < FOREVER])


@given(commands)
def test_a_timer_fires_once_when_due(script: list[tuple[int, int, int]]) -> None:
    assert run(script, Timer) == model(script)


@given(commands)
def test_a_foreground_timer_fires_alike_and_leaves_no_work_behind(script: list[tuple[int, int, int]]) -> None:
    assert run(script, ForegroundTimer) == model(script)


def test_a_foreground_timer_keeps_the_run_alive_until_it_fired() -> None:
    scheduler = Scheduler()
    fired: list[int] = []
    timer = ForegroundTimer(scheduler, 1, fired.append)
    timer.set(10)
    timer.set(30 * FAR)
    assert timer.due == 30 * FAR
    scheduler.run()
    assert fired == [30 * FAR]
    assert scheduler.is_quiet()


def test_a_cancelled_foreground_timer_lets_the_run_end() -> None:
    scheduler = Scheduler()
    fired: list[int] = []
    timer = ForegroundTimer(scheduler, 1, fired.append)
    timer.set(30)
    timer.cancel()
    scheduler.run()
    assert fired == []
    assert scheduler.now == 0


def test_a_timer_set_to_the_past_fires_now() -> None:
    scheduler = Scheduler()
    fired: list[int] = []
    timer = Timer(scheduler, 1, fired.append)
    scheduler.at(100, 0, lambda _: timer.set(40), None)
    scheduler.run_background(until=200)
    assert fired == [100]


def test_moving_a_timer_later_adds_no_entry() -> None:
    """An acknowledgment that moves a retransmission costs one field, not one heap entry."""
    scheduler = Scheduler()
    timer = Timer(scheduler, 1, lambda now: None)
    for due in range(1000, 2000):
        timer.set(due)
    assert len(scheduler.near) == 1


def test_a_timer_comes_after_the_events_of_its_ordinal() -> None:
    """They may be due at the same time, and neither may stand for the other."""
    scheduler = Scheduler()
    seen: list[str] = []
    timer = ForegroundTimer(scheduler, 7, lambda now: seen.append("timer"))
    timer.set(5)
    for number in range(4):
        scheduler.at(5, (7 << KEY_BITS) + number, seen.append, "event")
    scheduler.at(5, 8 << KEY_BITS, seen.append, "next ordinal")
    scheduler.run()
    assert seen == ["event"] * 4 + ["timer", "next ordinal"]
