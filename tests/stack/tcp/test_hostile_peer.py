"""A peer that says anything: no exception, no endless answers, no growth, and the stack goes on working."""

from __future__ import annotations

from random import Random

import pytest

from simnet.stack.tcp.connection import Connection
from simnet.units import SECOND
from simnet.wire.tcp import Tcp
from simnet.wire.tcp_options import ABSENT, TcpOptions
from tests.stack.tcp.pair import CALL, PORT, A, B, Pair
from tests.stack.tcp.test_bad_cable import check_invariants


def forge(random: Random, connection: Connection) -> Tcp:
    """A segment whose numbers are often nearly right."""
    tcb = connection.tcb

    def number(near: int) -> int:
        kind = random.random()
        if kind < 0.5:
            return (near + random.randrange(-3000, 3000)) & 0xFFFFFFFF
        return near & 0xFFFFFFFF if kind < 0.9 else random.randrange(1 << 32)

    edges = [number(tcb.snd_una) for _ in range(2 * random.randrange(4))]
    options = TcpOptions(
        mss=random.choice([ABSENT, 0, 1, 88, 1460, 65_535]),
        window_scale=random.choice([ABSENT, 0, 7, 14, 255]),
        sack_permitted=random.random() < 0.5,
        ts_val=random.choice([ABSENT, number(tcb.ts_recent)]),
        ts_ecr=number(tcb.timestamp()),
        sack=tuple(zip(edges[::2], edges[1::2], strict=True)),
    )
    flags = random.choice([0x10, 0x18, 0x11, 0x12, 0x02, 0x04, 0x14, random.randrange(512)])
    data = random.randbytes(random.choice([0, 0, 1, 100, 1448, 5000]))
    window = random.choice([0, 1, 63, 65_535])
    return Tcp(40_000, PORT, number(tcb.rcv_nxt), number(tcb.snd_nxt), flags, window, data, options)


@pytest.mark.parametrize("seed", range(20))
def test_forged_segments(seed: int) -> None:
    random = Random(seed)
    pair = Pair(seed=seed, rule=None)
    alice, bob = pair.established()
    pair.rule = lambda number, sent: []  # from here on only forged segments arrive
    for _ in range(150):
        before = len(pair.sent)
        pair.b.tcp.segment_arrives(A, B, forge(random, bob), 1, pair.now, random.randrange(4))
        assert len(pair.sent) - before <= bob.congestion.cwnd + 12  # no storm in answer to one segment
        check_invariants(bob)
        if bob.may_send() and random.random() < 0.3 and not bob.error:
            bob.send(random.randbytes(random.choice([1, 1000, 20_000])), CALL, pair.now)
        if random.random() < 0.5:
            bob.receive(random.choice([1, 1000, 100_000]), CALL, pair.now)
        pair.run_for(random.choice([0, 0, 1000, SECOND // 100, SECOND // 2]))
        assert bob.receiver.reassembly.bytes_held <= bob.window.buffer
    bob.abort(CALL, pair.now)
    pair.run_for(200 * SECOND)
    assert not pair.b.tcp.is_connected(B, PORT, A, 40_000)


@pytest.mark.parametrize("seed", range(10))
def test_forged_segments_to_a_listener(seed: int) -> None:
    """Half-open connections end by themselves."""
    random = Random(seed)
    pair = Pair(seed=seed)
    alice, bob = pair.established()
    pair.rule = lambda number, sent: []
    for _ in range(100):
        forged = forge(random, bob)
        forged.src_port = random.randrange(1, 5)
        pair.b.tcp.segment_arrives(A, B, forged, 1, pair.now)
        pair.run_for(random.choice([0, SECOND // 10]))
    alice.abort(CALL, pair.now)
    bob.abort(CALL, pair.now)
    pair.run_for(300 * SECOND)
    assert pair.work.pending == 0


def test_two_stacks_never_answer_resets_with_resets() -> None:
    pair = Pair()
    pair.b.tcp.segment_arrives(A, B, Tcp(1, 2, 3, 4, 0x10, 5), 1, 0)
    pair.run()
    assert len(pair.sent) == 1
