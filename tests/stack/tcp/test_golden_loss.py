"""Golden family 15: how Linux 6.18 repairs losses, on the 10 ms wire of the captures.

For the bulk transfers (64 KiB = segments 0 to 45, FIN on the last) the facts are: how many segments A sent in all,
which it sent again, with which flags, and when (ms, within the grain of kernel timers).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simnet import reasons
from simnet.stack.linux_errno import EMSGSIZE, ETIMEDOUT
from simnet.stack.profile import linux
from simnet.stack.tcp.connection import Connection
from simnet.units import MILLISECOND, SECOND
from tests.stack.tcp.pair import CALL, PORT, A, B, Delays, Pair, Sent

WIRE = 10 * MILLISECOND
SEGMENT = 1448

Verdict = Callable[[Sent], Delays | None]


class Wire:
    """Counts what each side sends and asks `verdict` about it; None means 10 ms like all others."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def __call__(self, number: int, sent: Sent) -> Delays:
        said = self.verdict(sent)
        return [WIRE] if said is None else said


def drop_segments(*indexes: int, times: int = 1, instead: Delays | None = None) -> Verdict:
    """What befalls the first `times` copies of A's full segments `indexes`."""
    base: list[int] = []
    seen: dict[int, int] = {}

    def verdict(sent: Sent) -> Delays | None:
        if sent.host.name != "A":
            return None
        base.append(sent.segment.seq)
        offset = (sent.segment.seq - base[0] - 1) & 0xFFFFFFFF
        index = offset // SEGMENT
        if not sent.segment.data or index not in indexes or offset % SEGMENT:
            return None
        seen[index] = seen.get(index, 0) + 1
        return None if seen[index] > times else instead or []

    return verdict


def drop_nth(host: str, kind: Callable[[Sent], bool], numbers: set[int], instead: Delays | None = None) -> Verdict:
    """What befalls segments of `host` of one kind, counted from 1."""
    count = [0]

    def verdict(sent: Sent) -> Delays | None:
        if sent.host.name == host and kind(sent):
            count[0] += 1
            if count[0] in numbers:
                return instead or []
        return None

    return verdict


def is_data(sent: Sent) -> bool:
    return bool(sent.segment.data)


def is_pure_ack(sent: Sent) -> bool:
    return sent.flags == "A" and not sent.segment.data


def has_fin(sent: Sent) -> bool:
    return "F" in sent.flags


class Transfer:
    """64 KiB from A to B, as `bulk_client` and `bulk_server` of the captures do it."""

    def __init__(self, verdict: Verdict, control: str, **sysctl: int) -> None:
        profile = linux()
        profile.tcp_congestion_control = control
        for name, value in sysctl.items():
            setattr(profile, name, value)
        self.pair = Pair(delay=WIRE, rule=Wire(verdict), profile=lambda: profile)
        listener = self.pair.listen()
        self.alice = self.pair.connect()
        self.pair.run_for(2 * WIRE)
        self.pair.run_for(3 * MILLISECOND)
        self.left = 65_536
        self.bob: Connection | None = None
        while not (self.pair.is_quiet() and self.alice.is_closed()):
            self.write()
            self.bob = self.bob or listener.accept()
            if self.bob is not None and self.bob.receive(65_536, CALL, self.pair.now) == b"":
                self.bob.close(CALL, self.pair.now)
            self.pair.step()
        assert self.left == 0

    def write(self) -> None:
        while self.left:
            count = self.alice.send(bytes(self.left), CALL, self.pair.now)
            if not count:
                return
            self.left -= count
        self.alice.shutdown_write(CALL, self.pair.now)

    def count(self) -> int:
        """How many segments A sent."""
        return sum(1 for sent in self.pair.sent if sent.host is self.pair.a)

    def repeats(self) -> list[tuple[str, int, int]]:
        """(flags, index of the segment, time in ms) of what A sent again."""
        found = []
        base = self.pair.sent[0].segment.seq + 1
        highest = 0
        for sent in self.pair.sent:
            if sent.host is self.pair.a and sent.segment.data:
                offset = (sent.segment.seq - base) & 0xFFFFFFFF
                if offset < highest:
                    found.append((sent.flags, offset // SEGMENT, sent.time // MILLISECOND))
                highest = max(highest, offset + len(sent.segment.data))
        return found


# capture: what is dropped, algorithm, sysctls, segments A sent, repeats (flags, index, ms), cwnd, ssthresh at the end
BULK = [
    ("seg2_reno", {"indexes": (2,)}, "reno", {}, 50, [("A", 2, 43)], None),
    ("seg20_reno", {"indexes": (20,)}, "reno", {}, 50, [("A", 20, 65)], (16, 15)),
    ("seg20_cubic", {"indexes": (20,)}, "cubic", {}, 50, [("A", 20, 65)], None),
    (
        "seg20_22_24_reno",
        {"indexes": (20, 22, 24)},
        "reno",
        {},
        52,
        [("A", 20, 64), ("A", 22, 64), ("A", 24, 64)],
        None,
    ),
    (
        "seg20_22_24_nosack_reno",
        {"indexes": (20, 22, 24)},
        "reno",
        {"tcp_sack": 0},
        52,
        [("A", 20, 64), ("A", 22, 84), ("A", 24, 104)],
        None,
    ),
    ("seg20_lost_3_times_cubic", {"indexes": (20,), "times": 3}, "cubic", {}, 52, None, None),
    ("last_segment_cubic", {"indexes": (45,)}, "cubic", {}, 50, None, None),
    ("tail_5_segments_cubic", {"indexes": range(41, 46)}, "cubic", {}, 54, None, None),
    (
        "tail_5_and_tlp_cubic",
        {"indexes": range(41, 46), "times": 2},
        "cubic",
        {},
        59,
        [
            ("FPA", 45, 128),
            ("A", 41, 356),
            ("A", 41, 832),
            ("A", 42, 852),
            ("PA", 43, 852),
            ("A", 42, 1080),
            ("A", 43, 1100),
            ("A", 44, 1100),
            ("FPA", 45, 1120),
            ("A", 44, 1140),
        ],
        (2, 2),
    ),
    ("whole_first_window_cubic", {"indexes": range(10)}, "cubic", {}, 59, None, None),
    ("whole_first_window_and_tlp_reno", {"indexes": range(10), "times": 2}, "reno", {}, 69, None, None),
]


@pytest.mark.rfc("9293", "3.8.2", "MUST-19", "MAY-18")
@pytest.mark.parametrize(("capture", "drop", "control", "sysctl", "count", "repeats", "end"), BULK)
def test_15e_loss_bulk(
    capture: str,
    drop: dict[str, object],
    control: str,
    sysctl: dict[str, int],
    count: int,
    repeats: list[tuple[str, int, int]] | None,
    end: tuple[int, int] | None,
) -> None:
    indexes = drop["indexes"]
    times = drop.get("times", 1)
    assert isinstance(indexes, tuple | range) and isinstance(times, int)
    transfer = Transfer(drop_segments(*indexes, times=times), control, **sysctl)
    assert transfer.count() == count
    if repeats is not None:
        found = transfer.repeats()
        assert [repeat[:2] for repeat in found] == [repeat[:2] for repeat in repeats]
        for (_, _, time), (_, _, measured) in zip(found, repeats, strict=True):
            assert abs(time - measured) <= max(8, measured / 16)
    if end is not None:
        info = transfer.alice.info()
        assert (info["snd_cwnd"], info["snd_ssthresh"]) == end


def test_15f_lost_acks_do_no_harm() -> None:
    transfer = Transfer(drop_nth("B", is_pure_ack, set(range(2, 60, 2))), "cubic")
    assert transfer.repeats() == []
    assert transfer.count() == 49


def test_15f_reordering_is_undone() -> None:
    """3 ms late: a spurious fast retransmit; the D-SACK restores the window and raises the reordering degree."""
    transfer = Transfer(drop_segments(20, instead=[WIRE + 3 * MILLISECOND]), "cubic")
    assert len(transfer.repeats()) == 1
    info = transfer.alice.info()
    assert info["snd_ssthresh"] == 2**31 - 1
    assert info["reordering"] > 3


def test_15f_duplicate_is_reported_and_ignored() -> None:
    transfer = Transfer(drop_segments(20, instead=[WIRE, WIRE]), "cubic")
    assert transfer.repeats() == []
    assert [line for line in transfer.pair.lines() if "sack=28961-30409" in line]


def test_15f_stall_is_undone() -> None:
    """The path holds everything back for 400 ms: a tail loss probe, a timeout, and both taken back (F-RTO, Eifel)."""
    begun: list[int] = []
    spared = drop_segments(20, times=99, instead=[-1])

    def verdict(sent: Sent) -> Delays | None:
        if spared(sent) and not begun:
            begun.append(sent.time)
        if sent.host.name == "A" and begun and sent.time < begun[0] + 400 * MILLISECOND:
            return [begun[0] + 400 * MILLISECOND - sent.time]
        return None

    transfer = Transfer(verdict, "cubic")
    assert transfer.count() == 51
    assert [repeat[:2] for repeat in transfer.repeats()] == [("FPA", 45), ("A", 20)]
    info = transfer.alice.info()
    assert (info["snd_cwnd"], info["snd_ssthresh"]) == (56, 2**31 - 1)


# --- 15c: one small request


def request(verdict: Verdict, **sysctl: int) -> tuple[Pair, Connection, Connection]:
    profile = linux()
    for name, value in sysctl.items():
        setattr(profile, name, value)
    pair = Pair(delay=WIRE, rule=Wire(verdict), profile=lambda: profile)
    alice, bob = pair.established()
    alice.send(b"hello", CALL, pair.now)
    return pair, alice, bob


def data_gaps(pair: Pair) -> list[int]:
    """Times between A's data segments, in ms."""
    times = [sent.time for sent in pair.sent if sent.host is pair.a and sent.segment.data]
    return [(later - earlier) // MILLISECOND for earlier, later in zip(times, times[1:], strict=False)]


def test_15c_drop_request_5_times() -> None:
    pair, _, bob = request(drop_nth("A", is_data, {1, 2, 3, 4, 5}))
    pair.run_for(5 * SECOND)
    assert bob.receive(100, CALL, pair.now) == b"hello"
    gaps = data_gaps(pair)
    assert len(gaps) == 5
    for gap, measured in zip(gaps, [225, 228, 464, 928, 1828], strict=True):
        assert abs(gap - measured) <= measured / 8
    assert pair.sent[4].reason == reasons.TCP_TAIL_LOSS_PROBE
    assert pair.sent[5].reason == reasons.TCP_RETRANSMIT_TIMEOUT


def test_15c_dup_request() -> None:
    pair, _, _ = request(drop_nth("A", is_data, {1}, [WIRE, WIRE]))
    pair.run_for(SECOND)
    assert pair.lines()[4:] == [
        "B [A] seq=1 ack=6 len=0 win=65536 <ts>",
        "B [A] seq=1 ack=6 len=0 win=65536 <ts,sack=1-6>",
    ]


def test_15g_rto_exhaustion() -> None:
    pair, alice, _ = request(drop_nth("A", is_data, set(range(1, 100))), tcp_retries2=5)
    began = pair.now
    pair.run()
    assert len(data_gaps(pair)) == 6
    assert alice.take_error() == ETIMEDOUT
    assert abs((pair.now - began) / SECOND - 15) <= 1
    assert "R" not in pair.sent[-1].flags


# --- 15a, 15d: handshake and close


def test_15a_last_ack_of_the_handshake_lost() -> None:
    """The data completes the handshake; nothing is sent again."""
    pair = Pair(delay=WIRE, rule=Wire(drop_nth("A", is_pure_ack, {1})))
    listener = pair.listen()
    alice = pair.connect()
    pair.run_for(2 * WIRE)
    alice.send(b"hello", CALL, pair.now)
    pair.run_for(SECOND // 2)
    bob = listener.accept()
    assert bob is not None and bob.receive(100, CALL, pair.now) == b"hello"
    assert len(pair.sent) == 5


def test_15a_idle_client_gets_the_syn_ack_again() -> None:
    pair = Pair(delay=WIRE, rule=Wire(drop_nth("A", is_pure_ack, {1})))
    listener = pair.listen()
    pair.connect()
    pair.run()
    assert pair.lines()[3:] == [
        "B [SA] seq=0 ack=1 len=0 win=65160 <mss=1460,sackok,ts,wscale=10> id=0",
        "A [A] seq=1 ack=1 len=0 win=64512 <ts>",
    ]
    assert abs((pair.sent[3].time - pair.sent[1].time) / SECOND - 1) <= 0.05
    assert listener.accept() is not None


def test_15b_synack_retries() -> None:
    """The server forgets the half-open connection; late data is answered by a RST."""
    profile = linux()
    profile.tcp_synack_retries = 3
    lost = drop_nth("A", lambda sent: "S" not in sent.flags and not sent.segment.data, set(range(1, 99)))
    pair = Pair(delay=WIRE, rule=Wire(lost), profile=lambda: profile)
    pair.listen()
    alice = pair.connect()
    pair.run()
    times = [round(sent.time / SECOND) for sent in pair.sent if sent.flags == "SA"]
    assert times == [0, 1, 3, 7]
    alice.send(b"late", CALL, pair.now)
    pair.run()
    assert pair.lines()[-1] == "B [R] seq=1 len=0 win=0 <> id=0"


def close_after(verdict: Verdict, wait: int) -> Pair:
    """Client says hello, gets an answer, closes; the server closes `wait` after the end."""
    pair = Pair(delay=WIRE, rule=Wire(verdict))
    alice, bob = pair.established()
    alice.close(CALL, pair.now)
    while bob.receive(100, CALL, pair.now) is None:
        pair.step()
    pair.run_for(wait)
    bob.close(CALL, pair.now)
    pair.run()
    return pair


def test_15d_drop_client_fin() -> None:
    pair = close_after(drop_nth("A", has_fin, {1}), 0)
    assert [sent.flags for sent in pair.sent[3:]] == ["FA", "FA", "FA", "A"]
    assert abs((pair.sent[4].time - pair.sent[3].time) / MILLISECOND - 225) <= 8
    assert pair.sent[4].reason in (reasons.TCP_TAIL_LOSS_PROBE, reasons.TCP_RETRANSMIT_FIN)


def test_15d_drop_last_ack() -> None:
    """LAST-ACK repeats the FIN, TIME-WAIT answers."""
    pair = close_after(drop_nth("A", lambda sent: is_pure_ack(sent) and sent.segment.ack > 1, {2}), 0)
    assert [sent.flags for sent in pair.sent[3:]] == ["FA", "FA", "A", "FA", "A"]
    assert pair.sent[-1].identification == 0


def test_15d_ack_of_fin_lost() -> None:
    """The FIN comes again and is answered with its D-SACK."""
    pair = close_after(drop_nth("B", is_pure_ack, {1}), SECOND)
    assert [sent.flags for sent in pair.sent[3:]] == ["FA", "A", "FA", "A", "FA", "A"]
    assert pair.lines()[6] == "B [A] seq=1 ack=2 len=0 win=65536 <ts,sack=1-2>"


def test_15i_idle_restart() -> None:
    """After 1 s of silence the window starts again at 10, the threshold stays."""
    transfer = Pair(delay=WIRE)
    alice, bob = transfer.established()
    for _ in range(2):
        left = 131_072
        while left or alice.info()["unacked"]:
            left -= alice.send(bytes(left), CALL, transfer.now) if left else 0
            transfer.step()
            bob.receive(1 << 20, CALL, transfer.now)
        grown = alice.info()["snd_cwnd"]
        assert grown > 40
        transfer.run_for(SECOND)
    before = len(transfer.sent)
    alice.send(bytes(65_536), CALL, transfer.now)
    assert alice.info()["snd_cwnd"] == 10
    assert len(transfer.sent) - before == 10


@pytest.mark.parametrize("probing", [0, 1])
def test_19b_path_that_swallows_large_packets(probing: int) -> None:
    """Packets above 1000 bytes vanish; with tcp_mtu_probing=1 the segments shrink to 1024, then to 512."""
    profile = linux()
    profile.tcp_mtu_probing = probing
    pair = Pair(
        delay=20_000, rule=lambda number, sent: [] if sent.segment.length > 980 else [20_000], profile=lambda: profile
    )
    alice, bob = pair.established()
    alice.send(bytes(3000), CALL, pair.now)
    pair.run_for(9 * SECOND)
    sizes = [len(sent.segment.data) for sent in pair.sent if sent.host is pair.a and sent.segment.data]
    if not probing:
        assert sizes == [1448, 1448, 104] + [1448] * 6
        return
    assert sizes == [1448, 1448, 104] + [1448] * 4 + [1024, 512, 512, 424, 512, 512, 424]
    assert len(bob.receive(4000, CALL, pair.now) or b"") == 3000


def test_19_path_mtu() -> None:
    """Fragmentation needed, MTU 1000: what is in flight is cut anew to 948 and sent at once, at an unchanged window."""
    too_large: list[Sent] = []

    def rule(number: int, sent: Sent) -> Delays:
        if sent.segment.length <= 980:
            return [20_000]
        too_large.append(sent)
        return []

    pair = Pair(delay=20_000, rule=rule)
    alice, bob = pair.established()
    alice.send(bytes(5000), CALL, pair.now)
    pair.run_for(3000)
    before = len(pair.sent)
    pair.a.mtu = 1000
    pair.a.tcp.icmp_error(A, B, 40_000, PORT, too_large[0].segment.seq, EMSGSIZE, pair.now)
    sizes = [len(sent.segment.data) for sent in pair.sent[before:]]
    assert sizes == [948] * 5 + [260]
    assert alice.info()["snd_mss"] == 948
    assert alice.info()["snd_cwnd"] == 10
    pair.run_for(MILLISECOND)
    assert len(bob.receive(9999, CALL, pair.now) or b"") == 5000
    pair.run()


def test_gaps_that_retransmissions_fill_are_no_reordering() -> None:
    """New captures of 08c: with 27 gaps in a window, the kernel's TCPSACKReorder stays 0."""
    for indexes in ((20, 22, 24), (21, 23, 25, 27, 29)):
        assert Transfer(drop_segments(*indexes), "reno").alice.info()["reordering"] == 3
