"""Field values against Wireshark's own, on the bytes of one frame of each kind."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from simnet import filter
from simnet.errors import FilterError
from simnet.filter.fields import ALIASES, FIELDS, Field, FieldKind
from simnet.wire import ethernet
from simnet.wire.addresses import ip_text, mac_text
from tests.filter import frames

# Ours alone, or where Wireshark means something else: its raw numbers have another name, its presence fields no value.
_OUR_OWN = {"data", "data.len", "vlan.priority", "ip.tos", "eth.type"}
_WIRESHARK_NAMES = {
    "tcp.seq": "tcp.seq_raw", "tcp.ack": "tcp.ack_raw", "tcp.window": "tcp.window_size_value",
    "ip.checksum": "ip.checksum", "arp.op": "arp.opcode", "arp.sha": "arp.src.hw_mac",
    "arp.spa": "arp.src.proto_ipv4", "arp.tha": "arp.dst.hw_mac", "arp.tpa": "arp.dst.proto_ipv4",
    "tcp.flags.psh": "tcp.flags.push", "tcp.flags.rst": "tcp.flags.reset", "tcp.options.mss": "tcp.options.mss_val",
    "tcp.options.wscale": "tcp.options.wscale.shift", "tcp.options.sack": "tcp.options.sack.count",
    "vlan.id": "vlan.id",
}  # fmt: skip


def _compared() -> list[Field]:
    return [
        field for field in FIELDS.values() if field.kind is not FieldKind.PROTOCOL and field.name not in _OUR_OWN
    ]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_every_field_has_wiresharks_value(tmp_path: Path) -> None:
    capture = tmp_path / "frames.pcap"
    given = [frame for frame in frames.all_frames() if frame.ethertype >= 0]
    with capture.open("wb") as stream:
        stream.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for frame in given:
            data = ethernet.pack(frame)
            stream.write(struct.pack("=IIII", 0, 0, len(data), len(data)) + data)
    compared = _compared()
    names = [_WIRESHARK_NAMES.get(field.name, field.name) for field in compared]
    command = ["tshark", "-r", str(capture), "-T", "fields", "-E", "separator=|", "-E", "aggregator=,"]
    command += ["-o", "tcp.relative_sequence_numbers:FALSE", "-o", "ip.defragment:FALSE"]
    for name in names:
        command += ["-e", name]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == len(given)
    for frame, line in zip(given, lines, strict=True):
        for field, theirs in zip(compared, line.split("|"), strict=True):
            ours = [read(frame) for read in field.reads]
            shown = [_number(value, field) for value in ours if value is not None and value != b""]
            expected = [_number(text, field) for text in theirs.split(",") if text]
            assert sorted(shown, key=str) == sorted(expected, key=str), (field.name, frame)


def _number(value: object, field: Field) -> object:
    """Both sides in one form."""
    if field.kind is FieldKind.BYTES:
        return value if isinstance(value, bytes) else bytes.fromhex(str(value).replace(":", ""))
    if field.kind is FieldKind.MAC:
        return mac_text(value) if isinstance(value, int) else value
    if field.kind is FieldKind.IP:
        return ip_text(value) if isinstance(value, int) else value
    if value in ("True", "False"):
        return int(value == "True")
    return int(str(value), 0)


@pytest.mark.parametrize(
    ("name", "frame", "value"),
    [
        ("frame.len", frames.data_frame(), 71),
        ("vlan.id", frames.arp_frame(), 5),
        ("vlan.priority", frames.arp_frame(), 3),
        ("data", frames.udp_frame(), b"ping"),
        ("data", frames.syn_frame(), None),
        ("data.len", frames.echo_frame(), 3),
        ("data.len", frames.syn_frame(), None),
        ("data", frames.llc_frame(), b"bpdu"),
        ("data", frames.runt_frame(), b"short"),
        ("eth.src", frames.runt_frame(), None),
        ("ip.tos", frames.udp_frame(), 0),
        ("llc", frames.llc_frame(), 1),
        ("eth.type", frames.arp_frame(), 0x0806),
        ("eth.type", frames.llc_frame(), 7),
        ("udp.srcport", frames.fragment_frame(), None),
        ("icmp.mtu", frames.too_big_frame(), 1400),
        ("icmp.mtu", frames.echo_frame(), None),
        ("ip.addr", frames.udp_frame(), frames.CLIENT),
        ("tcp.options.mss", frames.data_frame(), None),
        ("arp.src.proto_ipv4", frames.arp_frame(), frames.CLIENT),
    ],
)
def test_value(name: str, frame: frames.Frame, value: object) -> None:
    assert filter.field(frame, name) == value


def test_unknown_field_suggests_a_known_one() -> None:
    with pytest.raises(FilterError, match='unknown field "ip.tl"; did you mean "ip.ttl"'):
        filter.field(frames.syn_frame(), "ip.tl")


def test_no_alias_hides_a_field() -> None:
    assert not ALIASES.keys() & FIELDS.keys()


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_can_be_asked_of_every_frame(name: str) -> None:
    answers = {filter.compile(name).matches(frame) for frame in frames.all_frames()}
    reads = FIELDS[name].reads
    present = [frame for frame in frames.all_frames() if reads[0](frame) is not None]
    assert answers <= {True, False}
    assert present, "no frame of the test has this field"
