"""Virtual time on the clock of the wall."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from simnet.engine.scheduler import FOREVER, Scheduler
from simnet.units import MILLISECOND
from simnet.worlds.pacing import Interrupts, Pacing


def test_nothing_happens_before_its_time() -> None:
    scheduler = Scheduler()
    pacing = Pacing(scheduler)
    happened: list[tuple[int, int]] = []

    def note(due: Any) -> None:
        happened.append((due, pacing.now()))

    for due in (1 * MILLISECOND, 3 * MILLISECOND, 30 * MILLISECOND):
        scheduler.at(due, due, note, due)
    pacing.start()
    pacing.run(lambda: len(happened) == 2, FOREVER)
    assert [due for due, _ in happened] == [1 * MILLISECOND, 3 * MILLISECOND]
    assert all(now >= due for due, now in happened)
    assert pacing.turns == 2


def test_what_could_not_be_on_time_is_counted() -> None:
    scheduler = Scheduler()
    pacing = Pacing(scheduler)
    scheduler.at(0, 1, lambda _: time.sleep(0.004), None)
    scheduler.at(1 * MILLISECOND, 2, lambda _: None, None)
    pacing.start()
    pacing.run(scheduler.is_quiet, FOREVER)
    assert pacing.late >= 1 and pacing.latest >= 3 * MILLISECOND


def test_it_listens_even_when_far_behind() -> None:
    """Input must not wait until everything that is due has been done."""
    scheduler = Scheduler()
    pacing = Pacing(scheduler)
    heard_after: list[int] = []
    done: list[int] = []
    for number in range(10):
        scheduler.at(number * MILLISECOND, number, done.append, number)
    there, here = os.pipe()
    os.write(here, b"!")

    def hear() -> None:
        os.read(there, 1)
        heard_after.append(len(done))

    pacing.watch(there, hear)
    pacing.start()
    time.sleep(0.012)
    pacing.run(lambda: len(done) == 10, FOREVER)
    os.close(there)
    os.close(here)
    assert heard_after and heard_after[0] < 10


def test_it_ends_at_the_limit() -> None:
    pacing = Pacing(Scheduler())
    pacing.run(lambda: False, 2 * MILLISECOND)
    assert pacing.now() >= 2 * MILLISECOND


def test_ctrl_c_is_counted_and_wakes() -> None:
    before = signal.getsignal(signal.SIGINT)
    pacing = Pacing(Scheduler())
    with Interrupts() as interrupts:
        pacing.watch(interrupts.fd, interrupts.read)
        os.kill(os.getpid(), signal.SIGINT)
        pacing.run(lambda: interrupts.count > 0, FOREVER)
    assert interrupts.count == 1
    assert signal.getsignal(signal.SIGINT) is before
