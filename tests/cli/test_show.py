"""`simnet show`: lists of frames, and frames taken apart."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from simnet import reasons
from simnet.trace.events import FrameArrived, FrameDiscarded, FrameDropped, FrameSent, Note
from simnet.trace.files import save
from simnet.trace.trace import Trace
from simnet.wire import ethernet
from tests.conftest import Command

MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
PACKET = Ether(**MACS) / IP(src="10.0.0.1", dst="10.0.0.2")
QUESTION = bytes(PACKET / UDP(sport=5353, dport=53) / DNS(qd=DNSQR(qname="a.b")))
SYN = bytes(PACKET / TCP(sport=40000, dport=80, flags="S"))


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A pcap of two packets, written by hand."""
    file = tmp_path / "two.pcap"
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    first = struct.pack("<IIII", 1_700_000_000, 0, len(QUESTION), len(QUESTION))
    second = struct.pack("<IIII", 1_700_000_000, 250, len(SYN), len(SYN))
    file.write_bytes(header + first + QUESTION + second + SYN)
    return file


def test_a_capture_as_a_list(simnet_command: Command, capture: Path) -> None:
    ended = simnet_command("show", capture)
    assert ended.code == 0 and ended.err == ""
    heading, first, second = ended.out.splitlines()
    assert heading.split() == ["no", "ms", "port", "frame"]
    assert first.split()[:2] == ["1", "0.000000"] and first.endswith("10.0.0.1 → 10.0.0.2  UDP 21 bytes")
    assert second.split()[:2] == ["2", "0.250000"] and second.endswith("SYN")


def test_numbers_do_not_depend_on_the_filter(simnet_command: Command, capture: Path) -> None:
    lines = simnet_command("show", capture, "--filter", "tcp").out.splitlines()
    assert len(lines) == 2 and lines[1].split()[0] == "2"


def test_a_frame_layer_by_layer(simnet_command: Command, capture: Path) -> None:
    lines = simnet_command("show", capture, "--frame", "2").out.splitlines()
    assert lines[0].startswith("frame 2: 54 bytes")
    assert [line for line in lines if line and not line.startswith(" ")][1:] == ["Ethernet II", "IPv4", "TCP"]
    assert "  tcp.dstport            80" in lines


def test_what_simnet_does_not_speak_is_read_by_scapy(simnet_command: Command, capture: Path) -> None:
    out = simnet_command("show", capture, "--frame", "1").out
    assert "DNS, as scapy reads it" in out and "b'a.b.'" in out


def test_a_broken_checksum_is_pointed_at(simnet_command: Command, tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    data = SYN[:-4] + b"\xde\xad" + SYN[-2:]
    save(Trace([FrameSent(5, "a:eth0", ethernet.parse(data), 5)]), file)
    out = simnet_command("show", file, "--frame", "1").out
    assert [line for line in out.splitlines() if "tcp.checksum" in line and "<-" in line]


def test_a_run_shows_each_crossing_once_and_what_became_of_it(simnet_command: Command, tmp_path: Path) -> None:
    first, second, unseen = (ethernet.parse(SYN) for _ in range(3))
    first.id, first.reason, second.id, unseen.id = 1, reasons.TCP_SYN, 2, 3
    events = [
        FrameSent(0, "a:eth0", first, 0),
        FrameArrived(1_000_000, "b:eth0", first),
        FrameDiscarded(1_000_000, "b:eth0", first, reasons.NO_LISTENER),
        FrameSent(2_000_000, "a:eth0", second, 2_000_000),
        FrameDropped(2_000_000, "a:eth0", second, reasons.DROP_LOSS),
        FrameArrived(3_000_000, "b:eth0", unseen),
        Note(4_000_000, "b", "good night"),
    ]
    file = tmp_path / "run.jsonl"
    save(Trace(events, end_ns=4_000_000), file)
    lines = [" ".join(line.split()) for line in simnet_command("show", file).out.splitlines()[1:]]
    assert lines == [
        "1 0.000000 a:eth0 10.0.0.1 → 10.0.0.2 SYN (connect() opens a connection)",
        "1.000000 b:eth0 went no further: no program on this port",
        "2 2.000000 a:eth0 10.0.0.1 → 10.0.0.2 SYN (retransmission)",
        "2.000000 a:eth0 lost: lost on the link",
        "3 3.000000 b:eth0 10.0.0.1 → 10.0.0.2 SYN",
        "4.000000 b good night",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--frame", "3"], "there is no frame 3; the last one of two is 2"),
        (["--filter", "tpc"], 'did you mean "tcp"'),
        (["--frame", "0"], "0"),
    ],
)
def test_mistakes(simnet_command: Command, capture: Path, arguments: list[str], message: str) -> None:
    ended = simnet_command("show", capture, *arguments)
    assert ended.code == 2 and message in ended.err


def test_what_is_no_trace_is_named(simnet_command: Command, tmp_path: Path) -> None:
    text = tmp_path / "letter.txt"
    text.write_text("Dear all,\n")
    for place, message in ((text, "expected a pcap"), (tmp_path / "nowhere", "No such file"), (tmp_path, "directory")):
        ended = simnet_command("show", place)
        assert ended.code == 2 and ended.out == "" and message in ended.err
        assert len(ended.err.splitlines()) == 1


def test_standard_input(simnet_command: Command, capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(capture.read_bytes())))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert len(simnet_command("show", "-").out.splitlines()) == 3


def test_frames_of_a_capture_are_named_by_what_can_be_inferred(simnet_command: Command, tmp_path: Path) -> None:
    """The same segment twice on the wire: a retransmission, whoever captured it."""
    segment = bytes(PACKET / TCP(sport=40000, dport=80, flags="PA", seq=1, ack=1) / b"hello")
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    records = b"".join(struct.pack("<IIII", second, 0, len(segment), len(segment)) + segment for second in (1, 3))
    twice = tmp_path / "twice.pcap"
    twice.write_bytes(header + records)
    shown = simnet_command("show", twice)
    assert ["(retransmission)" in line for line in shown.out.splitlines()[1:]] == [False, True]
    assert simnet_command("ladder", twice).out.count("(retransmission)") == 1
