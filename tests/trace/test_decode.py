"""Scapy takes frames apart for us, off the network, silently, and without ever raising."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from simnet.trace.decode import decode
from simnet.wire import ethernet
from simnet.wire.ipv4 import TCP, UDP
from simnet.wire.tcp import PSH, SYN
from simnet.wire.udp import Udp
from tests.trace.samples import ip_frame, segment

QUERY = bytes.fromhex("123401000001000000000000016101620000010001")
DNS = ethernet.pack(ip_frame(True, UDP, Udp(5353, 53, QUERY), 1))
SYN_BYTES = ethernet.pack(ip_frame(True, TCP, segment(True, 7, 0, SYN | PSH, b"data"), 1))


def test_layers_and_fields() -> None:
    layers = decode(SYN_BYTES)
    assert [name for name, _ in layers] == ["Ethernet", "IP", "TCP", "Raw"]
    fields = dict(layers[2][1])
    assert (fields["seq"], fields["sport"], fields["window"]) == ("7", "40000", "64240")
    assert "('MSS', 1460)" in fields["options"]
    assert dict(layers[3][1])["load"] == "b'data'"


def test_protocols_that_simnet_does_not_speak() -> None:
    layers = decode(DNS)
    assert [name for name, _ in layers] == ["Ethernet", "IP", "UDP", "DNS"]
    assert "a.b." in dict(layers[3][1])["qd"]


@pytest.mark.parametrize(
    ("link_type", "data", "first"),
    [
        (101, SYN_BYTES[14:], "IP"),
        (14, SYN_BYTES[14:], "IP"),
        (228, SYN_BYTES[14:], "IP"),
        (113, bytes(14) + b"\x08\0" + SYN_BYTES[14:], "cooked linux"),
        (0, b"\2\0\0\0" + SYN_BYTES[14:], "Loopback"),
        (105, b"\x80\0" + bytes(40), "802.11"),
        (54_321, b"whatever", "Raw"),
    ],
)
def test_link_types(link_type: int, data: bytes, first: str) -> None:
    assert decode(data, link_type)[0][0] == first


def test_nothing_at_all() -> None:
    assert decode(b"") == []


def test_broken_bytes_never_raise_and_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    chance = Random(8)
    with caplog.at_level(logging.DEBUG):
        for number in range(300):
            data = bytearray(DNS if number % 2 else SYN_BYTES)
            for _ in range(chance.randint(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            link_type = chance.choice((1, 1, 101, 113, 276))
            for name, fields in decode(bytes(data[: chance.randint(0, len(data))]), link_type):
                assert name and all(len(text) <= 400 for _, text in fields)
    assert [record for record in caplog.records if record.name.startswith("scapy")] == []


def test_long_values_are_cut() -> None:
    (_, fields), = decode(bytes(2_000), 54_321)  # fmt: skip
    assert fields[0][1].endswith("…")


def test_scapy_is_imported_late_and_never_touches_the_network(project: Path) -> None:
    """In a fresh interpreter, where opening a socket is an error."""
    program = """
import socket, sys
import simnet.trace.files, simnet.trace.flows, simnet.trace.labels, simnet.trace.decode, simnet.trace.recorder
assert "scapy" not in sys.modules
def refuse(*arguments, **named): raise AssertionError("a socket was opened")
socket.socket.__init__ = refuse
from simnet.trace.decode import decode
assert decode(bytes(60))[0][0]
from scapy.config import conf
assert conf.route_autoload is True
assert type(conf.ifaces).__name__ == "NetworkInterfaceDict"
assert conf.ifaces.providers
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=project, timeout=60)
    assert ended.stderr == ""
    assert ended.returncode == 0
