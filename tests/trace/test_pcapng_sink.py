"""What we write, read by programs that are not ours: tshark and scapy; and by ourselves."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from simnet import reasons
from simnet.trace.capture import why
from simnet.trace.events import (
    Event,
    FaultFired,
    FrameArrived,
    FrameDiscarded,
    FrameDropped,
    FrameDuplicated,
    FrameSent,
    Note,
)
from simnet.trace.files import open_trace
from simnet.trace.heading import Heading
from simnet.trace.pcapng_sink import PcapngSink
from simnet.wire import ethernet
from simnet.wire.frame import Frame
from simnet.wire.payload import Raw
from tests.trace.samples import CLIENT, HEADING, NETWORK, pcapng_bytes, record, sample, write

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def packets_of(events: list[Event]) -> list[FrameSent | FrameArrived]:
    return [event for event in events if isinstance(event, (FrameSent, FrameArrived))]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write(tmp_path, "sample.pcapng", pcapng_bytes(sample()))


@pytest.fixture(scope="module")
def as_scapy_reads(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    from scapy.utils import RawPcapNgReader

    path = write(tmp_path_factory.mktemp("scapy"), "sample.pcapng", pcapng_bytes(sample()))
    with RawPcapNgReader(str(path)) as reader:
        return list(reader)


def test_scapy_reads_every_frame_of_every_port(as_scapy_reads: list[Any]) -> None:
    expected = packets_of(list(sample()))
    assert len(as_scapy_reads) == len(expected) == 29
    for (data, about), event in zip(as_scapy_reads, expected, strict=True):
        assert data == ethernet.pack(event.frame)
        assert about.ifname.decode() == event.port
        assert about.tsresol == 10**9
        assert (about.tshigh << 32) + about.tslow == event.time
        assert about.wirelen == event.frame.length
        assert about.direction == (1 if isinstance(event, FrameArrived) else 2)


def test_scapy_reads_the_why(as_scapy_reads: list[Any]) -> None:
    comments = [[comment.decode() for comment in about.comments or []] for _, about in as_scapy_reads]
    assert comments[0] == ["asks who has this IP address (RFC 826)", "queued: 2us"]
    assert ["sends data of the program (RFC 9293 3.10.2)", "fault: drop the first hello",
            "dropped: dropped by a fault of the scenario"] in comments  # fmt: skip
    assert comments[-1] == ["ping asks (RFC 792)", "dropped: the queue of the port was full"]
    assert sum("discarded: " in comment for group in comments for comment in group) == 1


def tshark(capture: Path, *arguments: str) -> str:
    return subprocess.run(
        ["tshark", "-r", str(capture), *arguments], capture_output=True, text=True, check=True, timeout=60
    ).stdout


@needs_tshark
def test_tshark_finds_nothing_wrong(capture: Path) -> None:
    checks = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
    wrong = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    assert tshark(capture, *checks, "-Y", wrong) == ""


@needs_tshark
def test_tshark_reads_names_times_directions_and_comments(capture: Path) -> None:
    names = ["frame.interface_name", "frame.time_epoch", "frame.packet_flags_direction", "frame.packet_id"]
    fields = [part for name in [*names, "frame.comment"] for part in ("-e", name)]
    rows = tshark(capture, "-T", "fields", "-E", "aggregator=|", *fields).splitlines()
    expected = packets_of(list(sample()))
    for row, event in zip(rows, expected, strict=True):
        port, time, direction, number, comment = row.split("\t")
        assert port == event.port
        assert int(time.replace(".", "")) == event.time
        assert int(direction, 0) == (1 if isinstance(event, FrameArrived) else 2)
        assert int(number, 0) == event.frame.id
        assert comment.startswith(why(event.frame.reason))
        assert ("queued: " in comment) == (isinstance(event, FrameSent) and event.departs > event.time)


@needs_tshark
def test_tshark_learns_the_names_of_hosts(capture: Path) -> None:
    shown = tshark(capture, "-N", "n", "-Y", "icmp", "-T", "fields", "-e", "ip.src_host", "-e", "ip.dst_host")
    assert shown.strip() == "client\tserver"


@needs_tshark
def test_tshark_describes_the_file_as_ours(capture: Path) -> None:
    info = subprocess.run(["capinfos", str(capture)], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "Capture application: simnet" in info
    assert "Capture comment:     sample, seed 7" in info
    assert "Speed = 1000000000" in info
    assert "Time resolution = 0x09" in info


@needs_tshark
def test_tshark_reads_frames_of_every_length(tmp_path: Path) -> None:
    """Padding to 32 bits is where writers go wrong."""
    frames = [Frame(1, 2, 0x88B5, Raw(bytes(size)), id=size + 1) for size in range(9)]
    events: list[Event] = [FrameSent(time, "a:1", frame, time) for time, frame in enumerate(frames)]
    path = write(tmp_path, "sizes.pcapng", pcapng_bytes(events, Heading()))
    shown = json.loads(tshark(path, "-T", "json", "-e", "frame.len"))
    assert [int(row["_source"]["layers"]["frame.len"][0]) for row in shown] == [14 + size for size in range(9)]


def test_what_we_write_we_read(capture: Path) -> None:
    """All but table writes, calls and the like comes back; parents and causes have no place in pcapng."""
    kept = (FrameSent, FrameArrived, FrameDropped, FrameDiscarded, FaultFired)
    expected = [event for event in sample() if isinstance(event, kept)]
    found = list(open_trace(capture))
    assert found == expected
    for got, put in zip(found, expected, strict=True):
        assert isinstance(got, kept) and isinstance(put, kept)
        assert (got.frame.id, got.frame.reason) == (put.frame.id, put.frame.reason)


def test_streaming_and_saving_give_the_same_bytes(tmp_path: Path) -> None:
    stream = io.BytesIO()
    end = record(PcapngSink(stream, HEADING))
    again = io.BytesIO()
    sink = PcapngSink(again, HEADING)
    for event in sample():
        sink.put(event)
    sink.close(end)
    assert stream.getvalue() == again.getvalue()


def test_saving_what_was_read_changes_nothing(tmp_path: Path) -> None:
    once = pcapng_bytes(sample(), Heading())
    trace = open_trace(write(tmp_path, "once.pcapng", once))
    assert pcapng_bytes(trace, Heading()) == once


def test_a_late_drop_is_counted_in_the_statistics() -> None:
    frame = Frame(1, 2, 0x88B5, Raw(b"x"), id=7)
    other = Frame(1, 2, 0x88B5, Raw(b"y"), id=8)
    data = pcapng_bytes(
        [
            FrameSent(0, CLIENT, frame, 0),
            FrameSent(1, CLIENT, other, 1),
            FrameDropped(2, CLIENT, frame, reasons.DROP_CUT),
        ]
    )
    assert b"dropped: 1 the link is cut" in data
    assert data.count(b"dropped: ") == 1
    statistics = data[data.rindex(struct.pack("<I", 5)) :]
    assert struct.pack("<Q", 1) in statistics


def test_a_copy_made_by_a_link_is_only_seen_where_it_arrives() -> None:
    frame = Frame(1, 2, 0x88B5, Raw(b"x"), id=7, reason=reasons.DUPLICATED)
    data = pcapng_bytes([FrameDuplicated(0, CLIENT, frame), FrameArrived(1, "s1:p1", frame)])
    assert b"client:eth0" not in data.replace(b"client\0", b"")
    assert data.count(b"a copy made by the link") == 1


def test_notes_about_a_packet_stay_with_it(tmp_path: Path) -> None:
    frame = Frame(1, 2, 0x88B5, Raw(b"x"), id=7)
    events: list[Event] = [FrameSent(5, "a:1", frame, 5), Note(5, "a:1", "look here"), Note(6, "a:1", "elsewhere")]
    assert list(open_trace(write(tmp_path, "n.pcapng", pcapng_bytes(events)))) == events[:2]


def test_absurd_values_are_written_all_the_same(tmp_path: Path) -> None:
    """A trace read from a file may say anything."""
    frame = Frame(1, 2, 0x88B5, Raw(b"x"), id=2**70)
    events: list[Event] = [
        FrameSent(-5, "p" * 100_000, frame, 0),
        FrameArrived(2**80, "\ud800", frame),
        Note(2**80, "\ud800", "n" * 99_999),
    ]
    assert len(list(open_trace(write(tmp_path, "absurd.pcapng", pcapng_bytes(events))))) == 3


def test_every_reason_has_a_comment_of_its_own() -> None:
    """Else reading one back would be a guess."""
    numbers = {value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, int)}
    assert len({why(number) for number in numbers}) == len(numbers)
    assert NETWORK.devices
