"""The memory that connections count, beside what ss(8) showed of the kernel for the same calls (skmem w, in bytes)."""

from __future__ import annotations

from simnet.units import MILLISECOND
from tests.stack.tcp.pair import CALL, Pair


def test_queued_data_occupies_what_it_does_in_the_kernel() -> None:
    """Seven writes, nothing acknowledged; the last finds room for a part only."""
    handshake = 3
    pair = Pair(rule=lambda number, sent: [0] if number <= handshake else [])
    client, _ = pair.established()
    kernel = [(100, 932), (100, 1864), (1448, 4144), (1448, 6424), (2896, 10152), (5000, 15984), (31856, 48672)]
    seen = []
    for size, _memory in kernel:
        assert client.send(bytes(size), CALL, pair.now) == size
        seen.append((size, client.sender.buffer.queued()))
    assert seen == kernel


def test_acknowledged_data_occupies_nothing() -> None:
    pair = Pair()
    client, _ = pair.established()
    client.send(bytes(30_000), CALL, pair.now)
    pair.run_for(300 * MILLISECOND)
    assert client.sender.buffer.queued() == 0


def test_one_large_read_is_no_reason_to_enlarge_the_buffer() -> None:
    """Linux measures at the first segment that a recv() takes; the others of that call count a round trip later."""
    pair = Pair()
    client, server = pair.established()
    client.send(bytes(1448), CALL, pair.now)
    pair.run_for(100 * MILLISECOND)
    server.receive(1448, CALL, pair.now)
    before = server.receiver.window.buffer
    for _ in range(28):
        client.send(bytes(1448), CALL, pair.now)
        pair.run_for(10 * MILLISECOND)
    assert len(server.receive(100_000, CALL, pair.now) or b"") == 28 * 1448
    assert server.receiver.window.buffer == before
