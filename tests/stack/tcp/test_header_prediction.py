"""Header prediction is a shortcut: on any cable the same segments leave at the same times without it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

import simnet
from simnet.stack.profile import Profile, linux, rfc
from simnet.stack.tcp import header_prediction
from simnet.stack.tcp.connection import Connection
from simnet.units import MILLISECOND
from simnet.wire.tcp import Tcp
from tests.stack.tcp.pair import CALL, Delays, Pair, Sent

pytestmark = pytest.mark.skipif(simnet.COMPILED, reason="a patched function is not seen by compiled code")


Shortcut = Callable[[Connection, Tcp], bool]


class Cable:
    """10 ms long and nearly good: at most one segment in fifty is lost, late or doubled."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.loss = self.random.choice([0.0, 0.005, 0.02])
        self.lateness = self.random.choice([0.0, 0.02])
        self.doubling = self.random.choice([0.0, 0.02])

    def __call__(self, number: int, sent: Sent) -> Delays:
        random = self.random
        if random.random() < self.loss:
            return []
        late = random.randrange(1, 20) * MILLISECOND if random.random() < self.lateness else 0
        return [10 * MILLISECOND + late] * (2 if random.random() < self.doubling else 1)


def profile(seed: int) -> Profile:
    chosen = rfc() if seed % 5 == 4 else linux()
    chosen.tcp_timestamps = 0 if seed % 3 == 2 else 1
    chosen.tcp_sack = 0 if seed % 4 == 3 else 1
    chosen.tcp_congestion_control = "cubic" if seed % 2 else "reno"
    return chosen


class Program:
    """Writes `size` bytes, reads to the end, closes."""

    def __init__(self, connection: Connection, size: int, random: Random) -> None:
        self.connection = connection
        self.left = size
        self.is_shut = False
        self.is_done = False
        self.random = random

    def act(self, now: int) -> None:
        """Do what can be done now."""
        connection = self.connection
        if self.is_done or not connection.is_established():
            return
        while self.left:
            count = connection.send(bytes(min(self.left, self.random.choice([1448, 20_000]))), CALL, now)
            if not count:
                break
            self.left -= count
        if not self.left and not self.is_shut:
            self.is_shut = True
            connection.shutdown_write(CALL, now)
        piece = connection.receive(100_000, CALL, now)
        while piece:
            piece = connection.receive(100_000, CALL, now)
        if piece == b"" and self.is_shut:
            self.is_done = True
            connection.close(CALL, now)


def segments(seed: int) -> list[tuple[object, ...]]:
    """All that both hosts send when one has much to say and the other little."""
    random = Random(f"programs {seed}")
    pair = Pair(profile=lambda: profile(seed), rule=Cable(seed), seed=seed)
    listener = pair.listen()
    programs = [Program(pair.connect(), random.randrange(100_000, 1_000_000), random)]
    while not all(program.is_done for program in programs) or len(programs) < 2:
        pair.step()
        accepted = listener.accept()
        if accepted is not None:
            programs.append(Program(accepted, random.choice([0, 1, 50_000]), random))
        for program in programs:
            program.act(pair.now)
    return [(sent.time, sent.segment.content(), sent.identification, sent.reason, sent.tos) for sent in pair.sent]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_changes_without_it(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    predicted = 0
    shortcuts = {"_take_next_data", "_take_acknowledgment"}
    for name in shortcuts:
        shortcut = getattr(header_prediction, name)

        def counted(connection: Connection, segment: Tcp, shortcut: Shortcut = shortcut) -> bool:
            nonlocal predicted
            is_taken = shortcut(connection, segment)
            predicted += is_taken
            return is_taken

        monkeypatch.setattr(header_prediction, name, counted)
    with_shortcuts = segments(seed)
    for name in shortcuts:
        monkeypatch.setattr(header_prediction, name, lambda connection, segment: False)
    assert segments(seed) == with_shortcuts
    assert predicted
