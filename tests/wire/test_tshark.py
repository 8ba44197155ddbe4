"""tshark finds nothing malformed and no bad checksum in what we pack, and reads the same numbers."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from random import Random

import pytest

from simnet.wire import ethernet
from simnet.wire.addresses import ip_text, mac_text
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import OFFSET_MASK, Ipv4
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp
from tests.wire.corpus import FRAMES, random_frame

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")

GOOD, UNVERIFIED, NOT_PRESENT = "1", "2", "3"
ACCEPTED = ("", GOOD, UNVERIFIED, NOT_PRESENT)
STATES = ("ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status")
PREFERENCES = (
    "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "ip.defragment:FALSE",
    "tcp.relative_sequence_numbers:FALSE", "tcp.desegment_tcp_streams:FALSE", "tcp.analyze_sequence_numbers:FALSE",
)  # fmt: skip


def write_capture(path: Path, frames: list[Frame]) -> None:
    """A classic pcap with nanosecond times."""
    packed = [ethernet.pack(frame) for frame in frames]
    header = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 0x40000, 1)
    records = (struct.pack("<IIII", 1, i, len(data), len(data)) + data for i, data in enumerate(packed))
    path.write_bytes(header + b"".join(records))


def read_fields(path: Path, names: tuple[str, ...]) -> list[dict[str, str]]:
    """What tshark reads: one row per frame, the first occurrence of each field."""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=f", "-E", "separator=|"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    for name in names:
        command += ["-e", name]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return [dict(zip(names, line.split("|"), strict=True)) for line in result.stdout.splitlines()]


def expected_fields(frame: Frame) -> dict[str, str]:
    """Fields as tshark names and writes them."""
    fields = {"eth.dst": mac_text(frame.dst), "eth.src": mac_text(frame.src), "frame.len": str(frame.length)}
    packet = frame.payload
    if isinstance(packet, Ipv4):
        fields |= {
            "ip.src": ip_text(packet.src),
            "ip.dst": ip_text(packet.dst),
            "ip.ttl": str(packet.ttl),
            "ip.len": str(packet.length),
            "ip.id": f"0x{packet.identification:04x}",
            "ip.frag_offset": str(packet.fragment & OFFSET_MASK),
        }
        if isinstance(packet.payload, Udp):
            fields |= {"udp.length": str(packet.payload.length), "udp.srcport": str(packet.payload.src_port)}
        if isinstance(packet.payload, Tcp):
            fields |= segment_fields(packet.payload)
    return fields


def segment_fields(segment: Tcp) -> dict[str, str]:
    options = segment.options
    fields = {
        "tcp.srcport": str(segment.src_port),
        "tcp.dstport": str(segment.dst_port),
        "tcp.seq": str(segment.seq),
        "tcp.ack": str(segment.ack),
        "tcp.window_size_value": str(segment.window),
        "tcp.flags": f"0x{segment.flags:04x}",
        "tcp.len": str(len(segment.data)),
    }
    if options.mss >= 0:
        fields["tcp.options.mss_val"] = str(options.mss)
    if options.window_scale >= 0:
        fields["tcp.options.wscale.shift"] = str(options.window_scale)
    if options.ts_val >= 0:
        fields |= {
            "tcp.options.timestamp.tsval": str(options.ts_val),
            "tcp.options.timestamp.tsecr": str(options.ts_ecr),
        }
    return fields


NAMES = (
    "_ws.malformed", *STATES, "eth.dst", "eth.src", "frame.len", "ip.src", "ip.dst", "ip.ttl", "ip.len", "ip.id",
    "ip.frag_offset", "udp.length", "udp.srcport", "tcp.srcport", "tcp.dstport", "tcp.seq", "tcp.ack",
    "tcp.window_size_value", "tcp.flags", "tcp.len", "tcp.options.mss_val", "tcp.options.wscale.shift",
    "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr",
)  # fmt: skip


def test_the_corpus_is_well_formed(tmp_path: Path) -> None:
    frames = {name: frame for name, frame in FRAMES.items() if name not in ("runt", "IPv6")}
    write_capture(tmp_path / "corpus.pcap", list(frames.values()))
    rows = read_fields(tmp_path / "corpus.pcap", NAMES)
    assert len(rows) == len(frames)
    for (name, frame), row in zip(frames.items(), rows, strict=True):
        assert not row["_ws.malformed"], name
        assert all(row[state] in ACCEPTED for state in STATES), (name, row)
        expected = expected_fields(frame)
        assert {key: row[key] for key in expected} == expected, name


def test_checksums_of_random_frames_are_good(tmp_path: Path) -> None:
    random = Random(3)
    frames = [random_frame(random) for _ in range(600)]
    write_capture(tmp_path / "random.pcap", frames)
    rows = read_fields(tmp_path / "random.pcap", STATES)
    for frame, row in zip(frames, rows, strict=True):
        assert all(row[state] in ACCEPTED for state in STATES), (frame, row)
    verified = [row for row in rows if row["ip.checksum.status"] == GOOD]
    transports = [row for row in verified if GOOD in (row[state] for state in STATES[1:])]
    assert len(verified) > 300 and len(transports) > 200


def test_tshark_would_notice(tmp_path: Path) -> None:
    """The same check fails for a frame with one flipped bit."""
    data = bytearray(ethernet.pack(FRAMES["push"]))
    data[-1] ^= 1
    write_capture(tmp_path / "broken.pcap", [ethernet.parse(bytes(data))])
    assert read_fields(tmp_path / "broken.pcap", STATES)[0]["tcp.checksum.status"] not in ACCEPTED
