"""Conversations: who speaks with whom, in numbers a person can read, and what they said."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from simnet import reasons
from simnet.trace.events import Event, FrameArrived, FrameSent
from simnet.trace.flows import Flow, flows, host_names
from simnet.trace.heading import Heading
from simnet.trace.network import DeviceEntry, Kind, NetworkMap, PortEntry
from simnet.trace.trace import Trace
from simnet.wire.addresses import parse_ip
from simnet.wire.ipv4 import TCP, UDP, Ipv4
from simnet.wire.payload import Raw
from simnet.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp
from simnet.wire.udp import Udp
from tests.trace.samples import CLIENT, NETWORK, SERVER, ip_frame, pcapng_bytes, sample, segment, write


def trace_of(*segments: tuple[bool, int, int, int, bytes]) -> Trace:
    """A capture on the client of segments (from client, seq, ack, flags, data)."""
    events: list[Event] = []
    for number, (from_client, seq, ack, flags, data) in enumerate(segments, start=1):
        frame = ip_frame(from_client, TCP, segment(from_client, seq, ack, flags, data), number)
        kind = FrameSent(number, CLIENT, frame, number) if from_client else FrameArrived(number, CLIENT, frame)
        events.append(kind)
    return Trace(events, Heading("made", None, NETWORK))


def only(trace: Trace) -> Flow:
    (flow,) = flows(trace, CLIENT)
    return flow


def test_the_conversations_of_the_sample() -> None:
    assert [str(flow) for flow in flows(sample())] == [
        "ARP client > server",
        "TCP client:40000 > server:80",
        "UDP client:5000 > server:7",
        "ICMP client > server",
    ]


def test_each_frame_is_counted_once_however_many_hops_it_makes() -> None:
    _, tcp, *_ = flows(sample())
    assert [(frame.side, frame.seq, frame.ack, frame.length) for frame in tcp.frames] == [
        (0, 0, 0, 0), (1, 0, 1, 0), (0, 1, 1, 0), (0, 1, 1, 5), (0, 1, 1, 5), (1, 1, 6, 0),
    ]  # fmt: skip
    assert tcp.stream(0) == b"hello"
    assert tcp.messages(0) == [b"hello", b"hello"]
    assert tcp.end_ns - tcp.start_ns > 200_000_000


def test_a_port_has_its_own_view() -> None:
    _, tcp, *_ = flows(sample(), SERVER)
    assert tcp.messages(0) == [b"hello"]
    assert {frame.event.port for frame in tcp.frames} == {SERVER}


def test_numbers_wrap_and_grow_past_their_32_bits() -> None:
    start = 2**32 - 3
    flow = only(
        trace_of(
            (True, start, 0, SYN, b""),
            (False, 5, start + 1, SYN | ACK, b""),
            (True, start + 1, 6, ACK, b"ab"),
            (True, 0, 6, ACK, b"cd"),
            (False, 6, 2, ACK, b""),
        )
    )
    assert [frame.seq for frame in flow.frames] == [0, 0, 1, 3, 1]
    assert flow.frames[-1].ack == 5
    assert flow.stream(0) == b"abcd"


def test_more_than_four_gigabytes() -> None:
    step = 1 << 30
    segments = [(True, (7 + 1 + number * step) % 2**32, 0, ACK, b"x") for number in range(9)]
    flow = only(trace_of((True, 7, 0, SYN, b""), *segments))
    assert [frame.seq for frame in flow.frames[1:]] == [1 + number * step for number in range(9)]


def test_a_stream_is_in_order_each_byte_once() -> None:
    data = bytes(Random(3).randbytes(3_000))
    pieces = [(True, 101 + at, 0, ACK, data[at : at + 100]) for at in range(0, 3_000, 70)]
    Random(4).shuffle(pieces)
    flow = only(trace_of((True, 100, 0, SYN, b""), *pieces, *pieces[:5]))
    assert flow.stream(0) == data


def test_a_stream_ends_at_the_first_byte_never_seen() -> None:
    flow = only(trace_of((True, 100, 0, SYN, b""), (True, 101, 0, ACK, b"ab"), (True, 104, 0, ACK, b"ef")))
    assert flow.stream(0) == b"ab"


def test_data_on_a_syn_is_part_of_the_stream() -> None:
    flow = only(trace_of((True, 100, 0, SYN, b"early"), (True, 106, 0, ACK, b" bird")))
    assert flow.stream(0) == b"early bird"


def test_the_same_ports_again_are_another_conversation() -> None:
    trace = trace_of(
        (True, 100, 0, SYN, b""), (True, 101, 0, FIN | ACK, b""), (True, 100, 0, SYN, b""), (True, 90_000, 0, SYN, b"")
    )
    assert [len(flow.frames) for flow in flows(trace, CLIENT)] == [3, 1]


def test_simultaneous_open_is_one_conversation() -> None:
    flow = only(trace_of((True, 100, 0, SYN, b""), (False, 500, 0, SYN, b""), (False, 500, 101, SYN | ACK, b"")))
    assert len(flow.frames) == 3


def test_who_answers_did_not_begin() -> None:
    flow = only(trace_of((False, 500, 101, SYN | ACK, b""), (True, 101, 501, ACK, b"")))
    assert str(flow) == "TCP client:40000 > server:80"
    assert [(frame.side, frame.seq, frame.ack) for frame in flow.frames] == [(1, 0, 1), (0, 1, 1)]


def test_a_refusal_counts_from_1_as_in_wireshark() -> None:
    flow = only(trace_of((True, 100, 0, SYN, b""), (False, 0, 101, RST | ACK, b"")))
    assert [(frame.seq, frame.ack) for frame in flow.frames] == [(0, 0), (1, 1)]


def test_datagrams_and_fragments() -> None:
    datagram = ip_frame(True, UDP, Udp(5, 6, b"ab"), 1)
    packet = Ipv4(parse_ip("10.0.0.1"), parse_ip("10.0.0.2"), UDP, Raw(b"tail"), fragment=5)
    fragment = ip_frame(True, UDP, Udp(5, 6, b""), 2)
    fragment.payload = packet
    events: list[Event] = [FrameSent(0, CLIENT, datagram, 0), FrameSent(1, CLIENT, fragment, 1)]
    udp, rest = flows(Trace(events, Heading("x", None, NETWORK)))
    assert (str(udp), udp.stream(0), udp.stream(1)) == ("UDP client:5 > server:6", b"ab", b"")
    assert str(rest) == "IP client > server"


def test_names_come_from_the_map_and_a_broken_map_is_no_reason_to_fail() -> None:
    network = NetworkMap((DeviceEntry("r1", Kind.ROUTER, (PortEntry("r1:a", "", ("10.0.0.9/24", "nonsense")),)),))
    assert host_names(network) == {parse_ip("10.0.0.9"): "r1"}
    events: list[Event] = [FrameSent(0, CLIENT, ip_frame(True, UDP, Udp(5, 6, b""), 1), 0)]
    assert str(flows(Trace(events))[0]) == "UDP 10.0.0.1:5 > 10.0.0.2:6"


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_numbers_agree_with_tshark(tmp_path: Path) -> None:
    """On a conversation with everything: wrap, loss, disorder, a refusal, ports used again."""
    chance = Random(5)
    segments: list[tuple[bool, int, int, int, bytes]] = [
        (True, 2**32 - 50, 0, SYN, b""), (False, 900, 2**32 - 49, SYN | ACK, b""), (True, 2**32 - 49, 901, ACK, b""),
    ]  # fmt: skip
    for _ in range(60):
        at = chance.randrange(200)
        segments.append((True, (2**32 - 49 + at) % 2**32, 901, ACK | PSH, b"z" * chance.randrange(30)))
        segments.append((False, 901 + chance.randrange(9), (2**32 - 49 + at) % 2**32, ACK, b"y"))
    segments += [(True, 777, 0, SYN, b""), (False, 0, 778, RST | ACK, b"")]
    trace = trace_of(*segments)
    path = write(tmp_path, "x.pcapng", pcapng_bytes(trace, Heading()))
    fields = ["-T", "fields", "-e", "tcp.stream", "-e", "tcp.seq", "-e", "tcp.ack"]
    shown = subprocess.run(["tshark", "-r", str(path), *fields], capture_output=True, text=True, check=True, timeout=60)
    found = sorted(
        (frame.event.time, stream, frame.seq, frame.ack)
        for stream, flow in enumerate(flows(trace, CLIENT))
        for frame in flow.frames
    )
    assert [tuple(map(int, row.split("\t"))) for row in shown.stdout.splitlines()] == [row[1:] for row in found]


def test_frames_of_no_conversation_are_left_out() -> None:
    frame = ip_frame(True, UDP, Udp(5, 6, b""), 1, reasons.UDP_SEND)
    frame.payload = Raw(b"spanning tree")
    assert flows(Trace([FrameSent(0, CLIENT, frame, 0)])) == []
    assert isinstance(segment(True, 1, 1, ACK), Tcp)
