"""Two TCP layers on one cable in virtual time: no devices, no engine, no IP.

The cable delays every segment by `delay`; `rule(segment_number, sent)` may say otherwise.  What was sent is kept in
`sent` and printed by `lines()` in the notation of the golden captures.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from simnet.stack.alarms import NEVER, Alarms
from simnet.stack.profile import Profile, linux
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.layer import TcpLayer
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.units import MICROSECOND
from simnet.wire.ipv4 import Ipv4
from simnet.wire.payload import Payload
from simnet.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp
from simnet.wire.tcp_options import ABSENT

A, B = 0x0A000001, 0x0A000002
PORT = 5000
CALL = 1  # the cause of every socket call

Delays = list[int]
Rule = Callable[[int, "Sent"], Delays]


class Work:
    """Counts armed foreground alarms."""

    def __init__(self) -> None:
        self.pending = 0


class Sent:
    """One segment as a host sent it."""

    def __init__(
        self, time: int, host: Host, segment: Tcp, identification: int, reason: int, cause: int, tos: int
    ) -> None:
        self.time = time
        self.host = host
        self.segment = segment
        self.identification = identification
        self.reason = reason
        self.cause = cause
        self.tos = tos

    @property
    def flags(self) -> str:
        """In the notation of the captures: SA, FPA …"""
        names = ((SYN, "S"), (FIN, "F"), (RST, "R"), (PSH, "P"), (ACK, "A"))
        return "".join(name for bit, name in names if self.segment.flags & bit)


class Host:
    """Fits `StackHost`."""

    def __init__(
        self, pair: Pair, name: str, address: int, profile: Profile, seed: int, isn: int | None
    ) -> None:
        self.name = name
        self.address = address
        self.profile = profile
        self.alarms = Alarms(pair.work)
        self.observer = None
        self.states: list[str] = []
        self.error = 0
        self.mtu = 1500
        self._random = Random(f"{name}{seed}")
        self._pair = pair
        self.tcp = TcpLayer(self, None if isn is None else lambda key, now: isn)

    def random(self, n: int) -> int:
        return self._random.randrange(n)

    def send_ip(
        self,
        src: int,
        dst: int,
        protocol: int,
        payload: Payload,
        identification: int,
        reason: int,
        cause: int,
        now: int,
        ttl: int = 64,
        tos: int = 0,
        fragment: int = 0x4000,
    ) -> int:
        assert isinstance(payload, Tcp) and protocol == 6
        self._pair.transmit(Sent(now, self, payload, identification, reason, cause, tos))
        return self.error

    def send_packet(self, packet: Ipv4, reason: int, cause: int, now: int) -> int:
        assert isinstance(packet.payload, Tcp) and packet.protocol == 6
        self._pair.transmit(Sent(now, self, packet.payload, packet.identification, reason, cause, packet.tos))
        return self.error

    def send_packets(self, packets: list[Ipv4], reason: int, cause: int, now: int) -> None:
        for packet in packets:
            self.send_packet(packet, reason, cause, now)

    def next_hop(self, dst: int) -> None:
        return None

    def source_address(self, dst: int) -> int:
        return self.address

    def path_mtu(self, dst: int) -> int:
        return self.mtu

    def may_be_cut(self, dst: int) -> bool:
        return False

    def is_local(self, address: int) -> bool:
        return address == self.address

    def is_broadcast(self, address: int) -> bool:
        return False


class Pair:
    """Hosts `a` and `b`."""

    def __init__(
        self,
        delay: int = 5 * MICROSECOND,
        profile: Callable[[], Profile] = linux,
        seed: int = 0,
        rule: Rule | None = None,
        isn: int | None = None,
    ) -> None:
        self.now = 0
        self.work = Work()
        self.delay = delay
        self.rule = rule
        self.mark: Callable[[Sent], int] = lambda sent: sent.tos  # the ECN bits as they arrive
        self.sent: list[Sent] = []
        self.a = Host(self, "A", A, profile(), seed, isn)
        self.b = Host(self, "B", B, profile(), seed, isn)
        self.hosts = {A: self.a, B: self.b}
        self._heap: list[tuple[int, int, Sent]] = []
        self._count = 0

    # --- the cable

    def transmit(self, sent: Sent) -> None:
        """A host sent something."""
        self.sent.append(sent)
        delays = [self.delay] if self.rule is None else self.rule(len(self.sent), sent)
        for delay in delays:
            self._count += 1
            heappush(self._heap, (sent.time + delay, self._count, sent))

    def next_time(self) -> int:
        """When something happens next; NEVER if nothing will."""
        arrival = self._heap[0][0] if self._heap else NEVER
        return min(arrival, self.a.alarms.next(), self.b.alarms.next())

    def step(self) -> None:
        """Let the next thing happen."""
        time = self.next_time()
        self.now = time
        if self._heap and self._heap[0][0] == time:
            _, number, sent = heappop(self._heap)
            receiver = self.b if sent.host is self.a else self.a
            marked = self.mark(sent)
            receiver.tcp.segment_arrives(sent.host.address, receiver.address, sent.segment, number, time, marked)
            return
        for host in (self.a, self.b):
            if host.alarms.next() <= time:
                host.alarms.ring(time)

    def is_quiet(self) -> bool:
        """Is nothing under way and no foreground alarm set?"""
        return not self._heap and self.work.pending == 0

    def run(self, until: int = NEVER) -> None:
        """Go on until all is quiet, or until `until` (what happens then included)."""
        while self.next_time() <= until and not (until == NEVER and self.is_quiet()):
            self.step()
        if until < NEVER:
            self.now = until

    def run_for(self, duration: int) -> None:
        """Go on for `duration` nanoseconds."""
        self.run(self.now + duration)

    # --- programs

    def options(self, host: Host) -> SocketOptions:
        """What a fresh socket has."""
        return SocketOptions(host.profile)

    def listen(self, backlog: int = 8, options: SocketOptions | None = None) -> Listener:
        """B listens."""
        return self.b.tcp.listen(0, PORT, backlog, options or self.options(self.b), _ignore)

    def connect(self, port: int = 40000, options: SocketOptions | None = None) -> Connection:
        """A begins to connect to B."""
        return self.a.tcp.connect(A, port, B, PORT, options or self.options(self.a), CALL, self.now)

    def established(
        self, options_a: SocketOptions | None = None, options_b: SocketOptions | None = None
    ) -> tuple[Connection, Connection]:
        """A connection from A to B, fresh from the handshake."""
        listener = self.listen(options=options_b)
        alice = self.connect(options=options_a)
        self.run_for(2 * self.delay + MICROSECOND)
        self.run_for(self.delay)
        bob = listener.accept()
        assert bob is not None
        return alice, bob

    # --- what was seen

    def lines(self, start: int = 0) -> list[str]:
        """The segments from number `start`, as in frames.txt, numbers relative to each side's first."""
        first: dict[Host, int] = {}
        scales: dict[Host, int] = {}
        for sent in self.sent:
            if sent.segment.flags & SYN and sent.host not in first:
                first[sent.host] = sent.segment.seq
                scales[sent.host] = max(sent.segment.options.window_scale, 0)
        return [self._line(sent, first, scales) for sent in self.sent[start:]]

    def _line(self, sent: Sent, first: dict[Host, int], scales: dict[Host, int]) -> str:
        segment = sent.segment
        mine, peer = sent.host, self.b if sent.host is self.a else self.a
        text = f"{mine.name} [{sent.flags}]"
        text += f" seq={(segment.seq - first.get(mine, segment.seq)) & 0xFFFFFFFF}"
        if segment.flags & ACK:
            text += f" ack={(segment.ack - first[peer]) & 0xFFFFFFFF}"
        is_scaled = not segment.flags & SYN and mine in scales
        window = segment.window << scales[mine] if is_scaled else segment.window
        text += f" len={len(segment.data)} win={window} <{self._options(sent, first, peer)}>"
        return text + (" id=0" if sent.identification == 0 else "")

    def _options(self, sent: Sent, first: dict[Host, int], peer: Host) -> str:
        options = sent.segment.options
        words = []
        if options.mss != ABSENT:
            words.append(f"mss={options.mss}")
        if options.sack_permitted:
            words.append("sackok")
        if options.ts_val != ABSENT:
            words.append("ts")
        if options.window_scale != ABSENT:
            words.append(f"wscale={options.window_scale}")
        words += [
            f"sack={(left - first[peer]) & 0xFFFFFFFF}-{(right - first[peer]) & 0xFFFFFFFF}"
            for left, right in options.sack
        ]
        return ",".join(words)


def _ignore() -> None:
    """Nobody watches."""
