"""The drop-tail queue against one that really holds frames."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simnet import reasons
from simnet.devices.properties import Properties
from simnet.devices.queue import DropTail
from tests.devices.watching import Cable

TRANSMISSION = 8_000  # 1000 bytes at 1 Gbit/s


def accepted(limit: int, arrivals: list[int]) -> list[int]:
    """Departure times of the frames that fit, -1 for the others: a server and a list of waiting frames."""
    answer = []
    waiting: list[int] = []
    free_at = 0
    for now in arrivals:
        waiting = [departs for departs in waiting if departs > now]
        departs = max(free_at, now)
        if departs > now and len(waiting) == limit:
            answer.append(-1)
            continue
        waiting.append(departs)
        free_at = departs + TRANSMISSION
        answer.append(departs)
    return answer


@given(st.integers(0, 4), st.lists(st.integers(0, 60), max_size=30))
def test_exactly_the_frames_that_find_no_room_are_dropped(limit: int, thousands: list[int]) -> None:
    arrivals = sorted(time * 1000 for time in thousands)
    cable = Cable(Properties(queue=limit, delay=0))
    cable.send(*arrivals)
    cable.run()
    expected = accepted(limit, arrivals)
    departures = {frame.id: departs for _, _, _, frame, departs in cable.watcher.of("sent")}
    dropped = {frame.id for _, _, _, frame, reason in cable.watcher.of("dropped") if reason == reasons.DROP_QUEUE}
    assert [-1 if frame.id in dropped else departures[frame.id] for frame in cable.sent] == expected
    assert [time for time, _ in cable.arrived] == [departs + TRANSMISSION for departs in expected if departs >= 0]


def test_the_frame_on_the_wire_does_not_count() -> None:
    cable = Cable(Properties(queue=2))
    cable.send(0, 0, 0, 0)
    cable.at(0, lambda _: seen.append(cable.link.there.waiting()))
    seen: list[int] = []
    cable.run()
    assert seen == [2]
    assert cable.order() == [1, 2, 3]
    assert cable.link.there.dropped == 1


def test_a_frame_that_starts_now_no_longer_waits() -> None:
    queue = DropTail(1)
    assert queue.enter(10, 0)
    assert not queue.enter(20, 9)
    assert queue.waiting(9) == 1
    assert queue.waiting(10) == 0
    assert queue.enter(20, 10)


def test_a_full_queue_drops_in_the_careful_path_too() -> None:
    cable = Cable(Properties(queue=1, jitter=1))
    cable.send(0, 0, 0)
    cable.run()
    assert [(event[3].id, event[4]) for event in cable.watcher.of("dropped")] == [(3, reasons.DROP_QUEUE)]
