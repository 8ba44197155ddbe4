"""Two stacks, a bad cable, and streams in both directions: whole, in order, and everything ends."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from simnet.stack.alarms import NEVER
from simnet.stack.linux_socket import (
    IPPROTO_TCP,
    SO_KEEPALIVE,
    SO_RCVBUF,
    SO_SNDBUF,
    SOL_SOCKET,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_MAXSEG,
)
from simnet.stack.profile import Profile, linux, rfc
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp.states import State
from simnet.units import MILLISECOND, SECOND
from tests.stack.tcp.pair import PORT, A, Host, Pair
from tests.stack.torture import invariants
from tests.stack.torture.cable import BadCable
from tests.stack.torture.programs import Program, Silence
from tests.stack.torture.rules import WireRules

Attack = Callable[["Transfer"], None]

_LONGEST = 6 * 3600 * SECOND
_AT_ONE_INSTANT = 20_000  # steps without time passing: a livelock
_SIZES = [0, 1, 2000, 5000, 20_000, 60_000]


def any_profile(random: Random) -> Profile:
    """The linux or the rfc profile with tunables of chance; patient enough for a cable that is cut."""
    profile = random.choice([linux, linux, rfc])()
    profile.tcp_sack = random.choice([0, 1, 1])
    profile.tcp_dsack = random.choice([0, 1, 1])
    profile.tcp_timestamps = random.choice([0, 1, 1])
    profile.tcp_window_scaling = random.choice([0, 1, 1])
    profile.tcp_recovery = random.choice([0, 1, 1])
    profile.tcp_frto = random.choice([0, 2])
    profile.tcp_ecn = random.choice([0, 1, 2])
    profile.tcp_early_retrans = random.choice([0, 3])
    profile.tcp_congestion_control = random.choice(["reno", "cubic"])
    profile.tcp_moderate_rcvbuf = random.choice([0, 1])
    profile.jiffy = random.choice([0, MILLISECOND, 4 * MILLISECOND])
    profile.tcp_retries2 = profile.tcp_orphan_retries = 100  # three in ten segments are lost at times
    profile.tcp_syn_retries = profile.tcp_synack_retries = 60
    return profile


def any_options(random: Random, profile: Profile) -> SocketOptions:
    """Socket options of chance."""
    options = SocketOptions(profile)
    if random.random() < 0.3:
        options.set(SOL_SOCKET, SO_RCVBUF, random.choice([1, 4096, 20_000]))
    if random.random() < 0.2:
        options.set(SOL_SOCKET, SO_SNDBUF, random.choice([1, 20_000]))
    if random.random() < 0.2:
        options.set(IPPROTO_TCP, TCP_MAXSEG, random.choice([88, 536, 1000]))
    if random.random() < 0.2:
        options.set(SOL_SOCKET, SO_KEEPALIVE, 1)
        options.set(IPPROTO_TCP, TCP_KEEPIDLE, 7)
        options.set(IPPROTO_TCP, TCP_KEEPCNT, 60)
    return options


class Transfer:
    """One connection from its SYN to the last alarm; `attack` is called before every step."""

    def __init__(self, seed: int, attack: Attack | None = None) -> None:
        self.random = random = Random(f"transfer {seed}")
        profiles = {"A": any_profile(random), "B": any_profile(random)}
        wraps = random.random() < 0.5  # sequence numbers wrap within the transfer
        isn = 0xFFFF_FFFF - random.randrange(60_000) if wraps else None
        order = iter(profiles.values())
        self.pair = pair = Pair(profile=lambda: next(order), seed=seed, isn=isn)
        streams = {host: random.randbytes(random.choice(_SIZES)) for host in (pair.a, pair.b)}
        self.streams: dict[Host, bytes] = streams
        self.rules = WireRules(streams)
        self.cable = BadCable(Random(f"cable {seed}"), self.rules)
        for host in streams:
            host.mtu = random.choice([296, 576, 1500, 1500, 1500, 9000])
            if self.cable.loss > 0.1:
                host.profile.tcp_rto_max = 5 * SECOND
        pair.rule = self.cable
        pair.mark = self.cable.mark
        self.shrinks_at = random.choice([NEVER, NEVER, SECOND // 10])
        self.attack = attack
        self.programs: list[Program] = []
        self.listener: Listener | None = None

    def run(self) -> None:
        """Everything that is to happen; AssertionError if something is wrong."""
        self._open()
        try:
            self._go_on_until(lambda: len(self.programs) == 2 and all(program.is_done for program in self.programs))
        except Silence:
            return
        for program in self.programs:
            assert program.got == program.expected, "other data than was written"
        self._check_end()

    def _open(self) -> None:
        pair = self.pair
        options = {host: any_options(self.random, host.profile) for host in (pair.a, pair.b)}
        alice = pair.connect(options=options[pair.a])
        self._start(pair.a, alice)
        if self.random.random() < 0.1:  # a simultaneous open
            bob = pair.b.tcp.connect(pair.b.address, PORT, A, 40_000, options[pair.b], 1, pair.now)
            self._start(pair.b, bob)
        else:
            self.listener = pair.listen(options=options[pair.b])

    def _start(self, host: Host, connection: Connection) -> None:
        other = self.pair.b if host is self.pair.a else self.pair.a
        streams = self.streams[host], self.streams[other]
        self.programs.append(Program(connection, *streams, self.random, host is self.pair.b))

    def _go_on_until(self, is_over: Callable[[], bool]) -> None:
        pair = self.pair
        instant, steps = 0, 0
        while not is_over():
            wake = min((program.wakes_at for program in self.programs), default=NEVER)
            time = min(pair.next_time(), wake)
            assert time < NEVER, "nothing will ever happen again"
            assert time < _LONGEST, f"not over after {time / SECOND:.0f} s"
            steps = steps + 1 if time == instant else 0
            instant = time
            assert steps < _AT_ONE_INSTANT, "a livelock: no time passes"
            if self.attack is not None:
                self.attack(self)
            if pair.now >= self.shrinks_at:
                self._shrink_path()
            if pair.next_time() <= wake:
                pair.step()
            else:
                pair.now = wake
            self._act()
            self._check_effort()

    def _shrink_path(self) -> None:
        """A router on the way says that only smaller packets pass from now on (RFC 1191)."""
        self.shrinks_at = NEVER
        for host, other in ((self.pair.a, self.pair.b), (self.pair.b, self.pair.a)):
            host.mtu = min(host.mtu, 500)
            host.tcp.mtu_changed(other.address, self.pair.now)

    def _act(self) -> None:
        pair = self.pair
        accepted = self.listener.accept() if self.listener is not None else None
        if accepted is not None:
            self._start(pair.b, accepted)
        for program in self.programs:
            program.act(pair, all(other.is_done for other in self.programs if other is not program))
            invariants.check(program.connection)

    def _check_effort(self) -> None:
        """How many segments so many bytes may cost at most on such a cable."""
        total = sum(map(len, self.streams.values()))
        assert self.rules.count < 3000 + total // 4, f"{self.rules.count} segments for {total} bytes"

    def _check_end(self) -> None:
        """Late segments find nobody or TIME-WAIT; in the end there is nothing but the listener."""
        pair = self.pair
        self._go_on_until(pair.is_quiet)
        for host in (pair.a, pair.b):
            left = {state for state, _ in host.tcp.rows()}
            assert left <= {State.LISTEN, State.TIME_WAIT, State.FIN_WAIT_2}, f"{host.name} is left in {left}"
        pair.run_for(1000 * SECOND)
        assert pair.work.pending == 0 and pair.next_time() == NEVER, "an alarm is left"
        for host in (pair.a, pair.b):
            assert {state for state, _ in host.tcp.rows()} <= {State.LISTEN}, f"{host.name} never forgets"
