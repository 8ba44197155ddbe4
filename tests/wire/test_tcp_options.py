"""TCP options: Linux's order is canonical, all else keeps its bytes."""

from __future__ import annotations

from random import Random

import pytest

from simnet.wire import tcp_options
from simnet.wire.tcp_options import ABSENT, NO_OPTIONS, TcpOptions
from tests.wire.corpus import random_options

LINUX = [
    ("020405b4 0402080a 00000001 00000002 01030307", TcpOptions(1460, 7, True, 1, 2)),
    ("020405b4 0101080a 00000001 00000002 01030307", TcpOptions(1460, 7, False, 1, 2)),
    ("020405b4 01010402 01030307", TcpOptions(1460, 7, True)),
    ("020405b4 01030300", TcpOptions(1460, 0)),
    ("020405b4", TcpOptions(1460)),
    ("02040000 0101080a 00000000 00000000 01030300", TcpOptions(0, 0, False, 0, 0)),
    ("0101080a 00000000 00000000", TcpOptions(ts_val=0)),
    ("0101080a 00000001 00000002", TcpOptions(ts_val=1, ts_ecr=2)),
    ("0402080a 00000001 00000002", TcpOptions(sack_permitted=True, ts_val=1, ts_ecr=2)),
    ("0101080a 00000001 00000002 0101050a 00000005 00000009", TcpOptions(ts_val=1, ts_ecr=2, sack=((5, 9),))),
    ("01010512 00000005 00000009 fffffff0 00000003", TcpOptions(sack=((5, 9), (0xFFFF_FFF0, 3)))),
]


@pytest.mark.rfc("9293", "3.1", "MUST-4")
@pytest.mark.parametrize(("text", "options"), LINUX)
def test_as_linux_writes_them(text: str, options: TcpOptions) -> None:
    data = bytes.fromhex(text)
    assert tcp_options.pack(options) == data
    assert options.length == len(data)
    read = tcp_options.parse(data)
    assert repr(read) == repr(options)
    assert read.raw is None


@pytest.mark.rfc("9293", "3.1", "MUST-4", "MUST-6", "MUST-7", "MUST-64")
@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("0402 020405b4 0101", TcpOptions(1460, sack_permitted=True)),
        ("020405b4 03030700", TcpOptions(1460, 7)),
        ("080a 00000001 00000002 0000", TcpOptions(ts_val=1, ts_ecr=2)),
        ("020405b4 020400ff", TcpOptions(255)),
        ("01010101", TcpOptions()),
        ("00020405", TcpOptions()),
        ("020405", TcpOptions()),
        ("02", TcpOptions()),
        ("0300 0207", TcpOptions()),
        ("02050102 03010101", TcpOptions()),
        ("0509 00000001 00000001 01", TcpOptions()),
        ("020405b4 fe04 f989 0303ff01", TcpOptions(1460, 255)),
    ],
)
def test_other_orders_and_broken_ones_keep_their_bytes(text: str, options: TcpOptions) -> None:
    data = bytes.fromhex(text)
    read = tcp_options.parse(data)
    assert read.raw == data == tcp_options.pack(read)
    assert read.length == len(data)
    fields = (read.mss, read.window_scale, read.sack_permitted, read.ts_val, read.ts_ecr, read.sack)
    assert fields == (
        options.mss, options.window_scale, options.sack_permitted, options.ts_val, options.ts_ecr, options.sack
    )  # fmt: skip


def test_none_is_one_value() -> None:
    assert tcp_options.parse(b"") is NO_OPTIONS
    assert NO_OPTIONS.mss == NO_OPTIONS.window_scale == NO_OPTIONS.ts_val == ABSENT


def test_any_bytes_come_back() -> None:
    random = Random(5)
    for _ in range(2000):
        data = bytes(
            random.choice((0, 1, 2, 3, 4, 5, 8, 10, random.getrandbits(8))) for _ in range(random.randrange(41))
        )
        assert tcp_options.pack(tcp_options.parse(data)) == data


def test_canonical_values_come_back() -> None:
    random = Random(6)
    for _ in range(500):
        options = random_options(random)
        assert repr(tcp_options.parse(tcp_options.pack(options))) == repr(options)
        assert len(tcp_options.pack(options)) == options.length
