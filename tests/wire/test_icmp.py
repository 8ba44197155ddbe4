"""ICMP: its checksum covers the message alone."""

from __future__ import annotations

import pytest

from simnet.wire import icmp
from simnet.wire.icmp import Icmp
from simnet.wire.payload import Raw


def test_an_echo_as_ping_sends_it() -> None:
    message = Icmp(icmp.ECHO_REQUEST, 0, 0x1F58 << 16 | 1, bytes(range(8)))
    assert icmp.pack(message) == bytes.fromhex("0800 cc96 1f58 0001 0001020304050607")
    assert icmp.parse(icmp.pack(message)) == message


def test_all_zero_has_the_checksum_of_zero() -> None:
    """The only message whose checksum is 0xFFFF; all zero bytes are not right."""
    assert icmp.pack(Icmp(0, 0, 0, b""))[2:4] == b"\xff\xff"
    assert icmp.parse(bytes(8)) == Raw(bytes(8))


def test_cut_or_wrong_stays_raw() -> None:
    data = icmp.pack(Icmp(8, 0, 1, b"data"))
    assert isinstance(icmp.parse(data[:7]), Raw)
    assert isinstance(icmp.parse(data[:-1] + b"b"), Raw)


@pytest.mark.parametrize("type", range(20))
def test_errors_quote(type: int) -> None:
    assert icmp.is_error(type) == (type in (3, 4, 5, 11, 12))
