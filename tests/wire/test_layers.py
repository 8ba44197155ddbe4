"""How bytes and values become text."""

from __future__ import annotations

import pytest

from simnet.wire import layout
from simnet.wire.layers import data_layer, header_layer, value_text


@pytest.mark.parametrize("data", ["hello", "tab\there", "你好", "a\r\nb\n\n"])
def test_text_is_shown_as_text(data: str) -> None:
    layer = data_layer("Data", data.encode(), 0, len(data.encode()))
    assert {field.label for field in layer.fields} == {"Text"}
    assert "".join(eval_text(field.value) for field in layer.fields) == data
    assert sum(field.width for field in layer.fields) == len(data.encode()) * 8


def eval_text(shown: str) -> str:
    return shown[1:-1].replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t")


@pytest.mark.parametrize(
    "data", [b"\0", b"hello\0", b"\xff\xfe", b"\x1b[31mred", "\u202eright to left".encode(), b"\x7f"]
)
def test_what_could_upset_a_terminal_is_shown_in_hexadecimal(data: bytes) -> None:
    (field,) = data_layer("Data", b"?" + data, 1, 1 + len(data)).fields
    assert (field.label, field.value, field.offset, field.width) == ("Bytes", data.hex(" "), 8, len(data) * 8)


def test_long_data_is_cut() -> None:
    (field,) = data_layer("Data", bytes(100), 0, 100).fields
    assert field.value.endswith("00 … 36 more bytes")
    (field,) = data_layer("Data", b"x" * 1000, 0, 1000).fields
    assert len(field.value) < 250 and field.value.endswith("…'")
    fields = data_layer("Data", b"x\n" * 100, 0, 200).fields
    assert len(fields) == 41
    assert fields[-1].value == "… 60 more lines"
    assert fields[-1].offset + fields[-1].width == 1600


def test_of_a_cut_header_the_complete_fields_are_shown() -> None:
    layer = header_layer("UDP", layout.UDP, b"\x00\x50\x00\x51\x00", 0, 5)
    assert [field.value for field in layer.fields] == ["80", "81"]
    assert layer.notes() == ["cut: 5 of 8 bytes"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("eth.type", 0x0806, "0x0806 (ARP)"),
        ("eth.type", 0x9999, "0x9999"),
        ("vlan.type", 38, "38 (length)"),
        ("arp.op", 2, "2 (reply)"),
        ("arp.op", 9, "9"),
        ("ip.proto", 17, "17 (UDP)"),
        ("ip.proto", 253, "253"),
        ("ip.frag_offset", 185, "185 (byte 1480)"),
        ("icmp.type", 8, "8 (echo request)"),
        ("icmp.type", 99, "99"),
        ("llc.dsap", 0x42, "0x42 (spanning tree)"),
        ("llc.dsap", 0x41, "0x41"),
        ("tcp.seq", 7, "7"),
    ],
)
def test_values_in_words(name: str, value: int, text: str) -> None:
    assert value_text(name, value) == text
