"""What the comparison says when simnet, or one frame of a trace, is wrong: the right frame, the right field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest

import simnet
from simnet.filter import compile as filter_of
from simnet.scenario.load import load
from simnet.trace.compare import Comparison, compare
from simnet.trace.compare_row import Finding
from simnet.trace.events import FrameSent
from simnet.views.labels import RESENT
from simnet.wire.checksum import pseudo_header_sum
from simnet.wire.ipv4 import Ipv4
from simnet.wire.summary import summary
from simnet.worlds.simulated import run
from tests.mutants.catalogue import CATALOGUE
from tests.mutants.planting import planted
from tests.trace.comparing import SCENARIOS, changed, right_tcp_checksum, run_of

MUTANTS = {mutant.name: mutant for mutant in CATALOGUE}


class Case(NamedTuple):
    """What a mutant must be reported as in a scenario: the first row, where, about which frame, and a field."""

    mutant: str
    scenario: str
    finding: Finding
    place: str
    frame: str
    field: str = ""


DIFFERENT, MISSING, SURPLUS = Finding.DIFFERENT, Finding.ONLY_A, Finding.ONLY_B

CASES = (
    Case("FIN is acknowledged at once", "backlog", SURPLUS, "clients:eth0", "ACK"),
    Case("TTL falls by two", "handshake", DIFFERENT, "r1:wan", "SYN", "ip.ttl"),
    Case("ARP reply is broadcast", "handshake", DIFFERENT, "r1:lan", "ARP 192.168.1.1 is at", "eth.dst"),
    Case("switch floods back", "handshake", SURPLUS, "s1:p1", "ARP who has 192.168.1.1?"),
    Case("DF is lost", "handshake", DIFFERENT, "client:eth0", "SYN", "ip.flags.df"),
    Case("PSH is missing", "handshake", DIFFERENT, "client:eth0", "PSH+ACK 5", "tcp.flags"),
    Case("ICMP errors quote too little", "ping", DIFFERENT, "r1:lan", "ICMP time exceeded", "icmp.quote.size"),
    Case("IP ID is constant", "handshake", DIFFERENT, "client:eth0", "ACK", "ip.id"),
    Case("window is not scaled", "handshake", DIFFERENT, "client:eth0", "ACK", "tcp.window"),
    Case("switch never ages", "switch-learning", MISSING, "s1:p3", "ICMP echo request"),
    Case("MSS option is missing", "handshake", DIFFERENT, "client:eth0", "SYN", "tcp.options"),
    Case("timestamps are missing", "handshake", DIFFERENT, "client:eth0", "SYN", "tcp.options"),
    Case("SACK is missing", "handshake", DIFFERENT, "client:eth0", "SYN", "tcp.options"),
    Case("window of a SYN is scaled", "handshake", DIFFERENT, "client:eth0", "SYN", "tcp.window"),
    Case("SYN is not acknowledged", "handshake", MISSING, "client:eth0", "ACK"),
    Case("everything is acknowledged twice", "handshake", SURPLUS, "client:eth0", "ACK"),
    Case("RST offers a window", "refused", DIFFERENT, "server:eth0", "RST+ACK", "tcp.window"),
    Case("RST acknowledges too little", "refused", DIFFERENT, "server:eth0", "RST+ACK", "tcp.ack"),
    Case("window probes are missing", "zero-window", MISSING, "sender:eth0", "ACK"),
    Case("window never closes", "zero-window", DIFFERENT, "receiver:eth0", "ACK", "tcp.window"),
    Case("TTL stays", "handshake", DIFFERENT, "r1:wan", "SYN", "ip.ttl"),
    Case("router keeps the source MAC", "handshake", DIFFERENT, "r1:wan", "ACK", "eth.src"),
    Case("hub repeats to one port", "hub", MISSING, "h1:p3", "ARP who has 10.0.0.2?"),
    Case("NAT resets the TTL", "gateway-nat", DIFFERENT, "gw1:outside", "SYN", "ip.ttl"),
    Case("NAT changes sequence numbers", "gateway-nat", DIFFERENT, "gw1:outside", "PSH+ACK", "tcp.seq"),
    Case("NAT takes a port that is in use", "gateway-nat", DIFFERENT, "gw1:outside", "SYN", "tcp.srcport"),
    Case("UDP has no checksum", "udp-echo", DIFFERENT, "client:eth0", "UDP", "udp.checksum"),
    Case("port unreachable says protocol unreachable", "udp-echo", DIFFERENT, "server:eth0", "ICMP", "icmp.code"),
    Case("echo reply has DF", "arp", DIFFERENT, "server:eth0", "ICMP echo reply", "ip.flags.df"),
    Case("ARP request fills the target MAC", "handshake", DIFFERENT, "client:eth0", "ARP who has", "arp.tha"),
    Case("broadcast is for one host", "udp-broadcast", DIFFERENT, "a:eth0", "UDP", "eth.dst"),
    Case("expired packets go on", "ping", SURPLUS, "r1:wan", "ICMP echo request"),
    Case("SYN is repeated too late", "backlog", MISSING, "clients:eth0", "SYN"),
)


def check(comparison: Comparison, case: Case) -> None:
    """The first difference is the expected one."""
    row = comparison.first
    assert row is not None
    fields = [difference.name for difference in row.differences]
    told = (row.finding, row.seen.place, summary(row.seen.frame)[: len(case.frame)], case.field in fields)
    assert told == (case.finding, case.place, case.frame, bool(case.field))


@pytest.mark.skipif(simnet.COMPILED, reason="the core is compiled, and mutants change plain Python only")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.mutant.replace(" ", "-"))
def test_a_mutant_is_reported_at_the_right_frame(case: Case) -> None:
    right = run_of(case.scenario)
    with planted(MUTANTS[case.mutant]):
        wrong = run(load(SCENARIOS / f"{case.scenario}.yaml"), until=right.end_ns).trace
    check(compare(right, wrong), case)


def test_a_checksum_that_was_not_changed_with_the_address_is_reported() -> None:
    trace = run_of("gateway-nat")
    is_translated = filter_of("tcp && ip.src == 203.0.113.1").matches

    def keep_stale(data: bytearray) -> None:
        """The checksum that went with the sender's private address."""
        data[50:52] = b"\0\0"
        inside = 192 << 24 | 168 << 16 | 1 << 8 | 2
        outside_dst = int.from_bytes(data[30:34], "big")
        pseudo = pseudo_header_sum(inside, outside_dst, 6, len(data) - 34)
        total = pseudo + int.from_bytes(data[34:] + b"\0" * (len(data) % 2), "big")
        data[50:52] = (-total % 0xFFFF).to_bytes(2, "big")

    wrong = changed(trace, lambda event: event.port == "gw1:outside" and is_translated(event.frame), keep_stale)
    comparison = compare(trace, wrong)
    check(comparison, Case("stale", "gateway-nat", DIFFERENT, "gw1:outside", "SYN", "tcp.checksum"))
    assert comparison.count(DIFFERENT) == 2  # where it was sent and where it arrived
    assert [each.name for each in comparison.first.differences] == ["tcp.checksum"]  # type: ignore[union-attr]


def test_a_retransmission_that_echoes_an_old_timestamp_is_reported() -> None:
    trace = run_of("lossy-transfer")
    resent = resent_frame(trace.frames())

    def echo_the_first(data: bytearray) -> None:
        segment = resent.frame.payload
        assert isinstance(segment, Ipv4)
        first = next(each for each in trace.frames() if each.port != resent.port and each.frame.payload.length == 60)
        ts_val = first.frame.payload.payload.options.ts_val  # type: ignore[attr-defined]
        data[62:66] = ts_val.to_bytes(4, "big")
        right_tcp_checksum(data)

    wrong = changed(trace, lambda event: event.frame is resent.frame, echo_the_first)
    row = compare(trace, wrong).first
    assert row is not None and row.seen.frame is resent.frame
    assert [each.name for each in row.differences] == ["tcp.options.timestamp.tsecr"]
    assert str(row.differences[0].b).startswith("echoes frame ")


def resent_frame(frames: Iterable[FrameSent]) -> FrameSent:
    """The first segment that is sent again."""
    return next(event for event in frames if event.frame.reason in RESENT and event.frame.payload.length > 60)
