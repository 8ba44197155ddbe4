"""A hostile peer: it can neither crash nor wedge a stack, nor make it answer or grow without bound."""

from __future__ import annotations

from random import Random

from simnet.stack.alarms import NEVER
from simnet.stack.linux_errno import SocketError
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.states import State
from simnet.units import SECOND
from simnet.wire.tcp import ACK, FIN, SYN, Tcp
from tests.stack.tcp.pair import CALL, PORT, A, B, Host, Pair
from tests.stack.torture import invariants
from tests.stack.torture.forgery import guessed, nearly_right
from tests.stack.torture.transfers import Transfer, any_options, any_profile

_CLIENT = 40_000
_BURST = 12


def guessing_attacker(seed: int) -> None:
    """A transfer goes through although a third party, who sees nothing, forges segments of both ends."""
    random = Random(f"attacker {seed}")
    often = random.choice([0.05, 0.5])

    def attack(transfer: Transfer) -> None:
        pair = transfer.pair
        if random.random() >= often:
            return
        for program in transfer.programs:
            connection = program.connection
            tcb = connection.tcb
            if connection.is_opening() or connection.is_closed():
                continue
            forged = guessed(random, tcb, connection.remote_port, connection.local_port)
            edge = connection.receiver.reassembly.right_edge()
            if forged.seq in {tcb.rcv_nxt & 0xFFFFFFFF, edge & 0xFFFFFFFF, (tcb.rcv_nxt - 1) & 0xFFFFFFFF}:
                continue  # a lucky guess does reset
            host = pair.hosts[connection.local]
            transfer.rules.forged(host, forged)
            host.tcp.segment_arrives(connection.remote, connection.local, forged, 1, pair.now)

    Transfer(seed, attack).run()


def liar(seed: int) -> None:
    """The peer itself lies, from any state on: no exception, no storm, no growth, and the connection can be ended."""
    random = Random(f"liar {seed}")
    pair = _pair(random, seed)
    options = any_options(random, pair.b.profile)
    listener = pair.listen(options=options)
    bob = _connection_in_some_state(random, pair, listener)
    pair.rule = lambda number, sent: []  # from here on only forged segments arrive
    for _ in range(150):
        before = len(pair.sent)
        forged = nearly_right(random, bob.tcb, bob.remote_port, bob.local_port)
        pair.b.tcp.segment_arrives(A, B, forged, 1, pair.now, random.randrange(4))
        assert len(pair.sent) - before <= bob.congestion.cwnd + _BURST, "a storm in answer to one segment"
        invariants.check(bob)
        _use(random, pair, bob)
        pair.run_for(random.choice([0, 0, 1000, SECOND // 100, SECOND // 2]))
        _check_size(pair.b, bob)
    bob.abort(CALL, pair.now)
    listener.close(pair.now)  # with what the liar has opened anew
    _check_end(pair)


def flood(seed: int) -> None:
    """A listener hears SYNs and nonsense: half-open connections stay few and end by themselves, true peers get in."""
    random = Random(f"flood {seed}")
    pair = _pair(random, seed)
    pair.b.profile.tcp_max_syn_backlog = 16
    listener = pair.listen(backlog=4, options=any_options(random, pair.b.profile))
    alice = pair.connect(options=any_options(random, pair.a.profile))
    pair.run_for(SECOND // 10)
    accepted = listener.accept()
    assert accepted is not None
    pair.rule = lambda number, sent: []
    for _ in range(150):
        forged = nearly_right(random, accepted.tcb, random.randrange(1, 50), PORT)
        if random.random() < 0.3:
            forged.flags = SYN
        pair.b.tcp.segment_arrives(A, B, forged, 1, pair.now)
        assert sum(state is State.SYN_RECEIVED for state, _ in pair.b.tcp.rows()) <= 16
        assert len(pair.b.tcp.rows()) <= 1 + 16 + 5 + 1, "more connections than the backlog admits"
        pair.run_for(random.choice([0, SECOND // 10]))
    for connection in (alice, accepted):
        connection.abort(CALL, pair.now)
    while (late := listener.accept()) is not None:
        late.abort(CALL, pair.now)
    pair.run_for(400 * SECOND)
    assert listener.half_open == 0, "half-open connections are left"
    pair.rule = None
    while (late := listener.accept()) is not None:
        late.abort(CALL, pair.now)
    _check_true_peer(pair)
    listener.close(pair.now)
    _check_end(pair)


def _check_true_peer(pair: Pair) -> None:
    honest = pair.connect(port=50_001)
    pair.run_for(10 * SECOND)
    assert honest.is_established(), "nobody gets in any more"
    honest.abort(CALL, pair.now)


def _pair(random: Random, seed: int) -> Pair:
    profiles = [any_profile(random) for _ in range(2)]
    for profile in profiles:
        profile.tcp_retries2 = profile.tcp_orphan_retries = 8
        profile.tcp_syn_retries = profile.tcp_synack_retries = 5
    order = iter(profiles)
    isn = 0xFFFF_FFFF - random.randrange(5000) if random.random() < 0.5 else None
    return Pair(seed=seed, profile=lambda: next(order), isn=isn)


def _connection_in_some_state(random: Random, pair: Pair, listener: Listener) -> Connection:
    """B's end, in any of the states of RFC 9293 3.3.2 that a connection object has."""
    state = random.choice(["opening", "crossing", "open", "shut", "half closed", "closing", "leaving", "waiting"])
    if state in ("opening", "crossing"):
        pair.rule = lambda number, sent: []
        connection = pair.b.tcp.connect(B, PORT, A, _CLIENT, listener.options.copy(), CALL, pair.now)
        if state == "crossing":
            pair.b.tcp.segment_arrives(A, B, Tcp(_CLIENT, PORT, random.randrange(1 << 32), 0, SYN, 9000), 1, pair.now)
        return connection
    alice = pair.connect()
    pair.run_for(SECOND // 10)
    bob = listener.accept()
    assert bob is not None
    if random.random() < 0.5:
        bob.send(random.randbytes(random.choice([1, 1000, 20_000])), CALL, pair.now)
    if state in ("half closed", "leaving"):
        alice.shutdown_write(CALL, pair.now)
        pair.run_for(SECOND)
    if state in ("shut", "closing", "waiting"):
        pair.rule = (lambda number, sent: []) if state == "closing" else None
        bob.shutdown_write(CALL, pair.now)
        pair.run_for(SECOND // 10)
    if state == "closing":
        tcb = bob.tcb
        fin = Tcp(_CLIENT, PORT, tcb.rcv_nxt & 0xFFFFFFFF, tcb.snd_una & 0xFFFFFFFF, FIN | ACK, 9000)
        pair.b.tcp.segment_arrives(A, B, fin, 1, pair.now)
    if state == "leaving":
        pair.rule = lambda number, sent: []
        bob.close(CALL, pair.now)
    if state == "waiting":
        alice.shutdown_write(CALL, pair.now)
        pair.run_for(SECOND)
    return bob


def _use(random: Random, pair: Pair, bob: Connection) -> None:
    """What a program might do meanwhile."""
    try:
        if bob.may_send() and random.random() < 0.3:
            bob.send(random.randbytes(random.choice([1, 1000, 20_000])), CALL, pair.now)
    except SocketError:
        pass  # the liar has reset it
    if random.random() < 0.5:
        bob.receive(random.choice([1, 1000, 100_000]), CALL, pair.now)


def _check_size(host: Host, bob: Connection) -> None:
    """Nothing grows beyond the buffers, whatever arrives."""
    assert bob.receiver.unread() <= bob.window.buffer + 5000
    assert len(host.tcp.rows()) <= 2
    assert len(host.alarms._heap) < 200, "alarms pile up"


def _check_end(pair: Pair) -> None:
    """All is over in the end, at least at the host that was lied to."""
    pair.run_for(1000 * SECOND)
    assert not [state for state, _ in pair.b.tcp.rows() if state is not State.LISTEN], "it never ends"
    assert pair.b.alarms.next() == NEVER, "an alarm is left"

