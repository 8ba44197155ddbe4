"""Two layers joined by a bad cable: every connection ends, the data is equal, no alarm is left."""

from __future__ import annotations

from random import Random

import pytest

from simnet.stack.profile import Profile, linux, rfc
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.states import State
from simnet.units import MICROSECOND, MILLISECOND, SECOND
from tests.stack.tcp.pair import CALL, Delays, Pair, Sent


class BadCable:
    """Loses, delays, doubles, changes its length, is cut for a while; what it corrupts counts as lost."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.loss = self.random.choice([0.0, 0.01, 0.1, 0.3])
        self.disorder = self.random.choice([0.0, 0.1, 0.5])
        self.doubling = self.random.choice([0.0, 0.05])
        self.delay = self.random.choice([1 * MICROSECOND, 1 * MILLISECOND, 20 * MILLISECOND])
        self.cut_at = self.random.choice([0, 0, 50 * MILLISECOND])  # 0: never
        self.mended_at = self.cut_at + self.random.choice([300 * MILLISECOND, 5 * SECOND])

    def __call__(self, number: int, sent: Sent) -> Delays:
        random = self.random
        if random.random() < self.loss or (self.cut_at and self.cut_at <= sent.time < self.mended_at):
            return []
        if random.random() < 0.01:
            self.delay = random.choice([self.delay, self.delay * 2, max(self.delay // 2, MICROSECOND)])
        copies = 2 if random.random() < self.doubling else 1
        late = 0
        if random.random() < self.disorder:
            late = random.randrange(3 * self.delay + 1)
        return [self.delay + late] * copies


class Program:
    """Writes `data`, reads until the end, closes; in portions that `random` chooses."""

    def __init__(self, connection: Connection, data: bytes, random: Random) -> None:
        self.connection = connection
        self.data = data
        self.written = 0
        self.got = bytearray()
        self.is_done = False
        self.is_shut = False
        self.random = random

    def act(self, pair: Pair) -> None:
        """Do what can be done now."""
        connection, now = self.connection, pair.now
        if self.is_done:
            return
        assert connection.take_error() == 0
        if connection.is_established() and not self.is_shut:
            self.write(now)
        while True:
            piece = connection.receive(self.random.choice([1, 100, 4000, 100_000]), CALL, now)
            if not piece:
                break
            self.got += piece
        if piece == b"" and self.is_shut:
            connection.close(CALL, now)
            self.is_done = True

    def write(self, now: int) -> None:
        while self.written < len(self.data):
            size = self.random.choice([1, 100, 1448, 20_000])
            count = self.connection.send(self.data[self.written : self.written + size], CALL, now)
            if not count:
                return
            self.written += count
        self.connection.shutdown_write(CALL, now)
        self.is_shut = True


def run_transfer(seed: int, profile: Profile) -> Pair:
    """Both ends send random amounts over a bad cable; returns when all is quiet."""
    random = Random(f"programs {seed}")
    cable = BadCable(seed)
    isn = 0xFFFF_FFFF - random.randrange(30_000) if seed % 2 else None  # numbers wrap within the transfer
    pair = Pair(profile=lambda: profile, rule=cable, seed=seed, isn=isn)
    options = pair.options(pair.b)
    if random.random() < 0.2:
        options.set(1, 8, 4096)  # SO_RCVBUF: tiny windows
    listener = pair.listen(options=options)
    data = [random.randbytes(random.choice([0, 1, 5000, 60_000])) for _ in range(2)]
    alice = pair.connect()
    programs = [Program(alice, data[0], random)]
    while not pair.is_quiet() or not all(program.is_done for program in programs) or len(programs) < 2:
        assert pair.now < 3 * 3600 * SECOND, f"stuck: {pair.lines()[-5:]}"
        assert not pair.is_quiet() or len(programs) < 2 or not pair.now, pair.lines()[-10:]
        pair.step()
        accepted = listener.accept()
        if accepted is not None:
            programs.append(Program(accepted, data[1], random))
        for program in programs:
            program.act(pair)
            check_invariants(program.connection)
    assert programs[1].got == data[0]
    assert programs[0].got == data[1]
    return pair


def check_invariants(connection: Connection) -> None:
    """RFC 9293 3.3.1: what holds after every segment."""
    tcb, flight = connection.tcb, connection.flight
    assert tcb.snd_una <= tcb.snd_nxt <= tcb.write_seq
    assert tcb.copied_seq <= tcb.rcv_nxt
    marks = [sent.marks for sent in flight.segments()]
    assert flight.packets_out == len(marks)
    assert flight.lost_out == sum(1 for mark in marks if mark & 4)
    assert flight.retrans_out == sum(1 for mark in marks if mark & 2)
    if tcb.has_sack:
        assert flight.sacked_out == sum(1 for mark in marks if mark & 1)
    assert connection.congestion.cwnd >= 1


@pytest.mark.parametrize("seed", range(40))
def test_data_arrives_whole_and_everything_ends(seed: int) -> None:
    profile = linux() if seed % 4 else rfc()
    profile.tcp_sack = 1 if seed % 3 else 0
    profile.tcp_congestion_control = "cubic" if seed % 2 else "reno"
    profile.tcp_retries2 = profile.tcp_orphan_retries = 100  # three in ten segments are lost at times
    profile.tcp_syn_retries = profile.tcp_synack_retries = 60
    pair = run_transfer(seed, profile)
    assert pair.work.pending == 0
    states = {state for state, _ in pair.a.tcp.rows() + pair.b.tcp.rows()}
    assert states <= {State.LISTEN, State.TIME_WAIT, State.FIN_WAIT_2}
