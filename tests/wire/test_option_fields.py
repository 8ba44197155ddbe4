"""Options, each by name."""

from __future__ import annotations

import pytest

from simnet.wire import names
from simnet.wire.option_fields import option_fields


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("020405b4", "tcp.options.mss=1460"),
        ("030309", "tcp.options.window_scale=9 (times 512)"),
        ("0303ff", "tcp.options.window_scale=255 (times 16384)"),
        ("0402", "tcp.options.sack_permitted="),
        ("050a 00000001 00000002", "tcp.options.sack=1-2"),
        ("0512 00000001 00000002 00000003 00000004", "tcp.options.sack=1-2, 3-4"),
        ("080a 00000001 00000002", "tcp.options.timestamps=value 1, echo 2"),
        ("01", "tcp.options.nop="),
        ("00", "tcp.options.end="),
        ("2206 01020304", "tcp.options.fast_open=01 02 03 04"),
        ("1304 0102", "tcp.options.md5=01 02"),
        ("fd04 f989", "tcp.options.other=f9 89"),
        ("0203 05", "tcp.options.mss=05 [option length is 3 instead of 4]"),
        ("0200 05", "tcp.options.other=02 00 05 [option length is wrong]"),
        ("02", "tcp.options.other=02 [option length is wrong]"),
        ("0509", "tcp.options.other=05 09 [option length is wrong]"),
    ],
)
def test_tcp(text: str, expected: str) -> None:
    (field,) = option_fields(bytes.fromhex(text), 34, names.TCP_OPTIONS)
    assert repr(field) == expected
    assert (field.offset, field.width) == (34 * 8, len(bytes.fromhex(text)) * 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("94040000", "ip.options.router_alert=0"),
        ("0707040a000009", "ip.options.record_route=pointer 4: 10.0.0.9"),
        ("830b04 0a000001 0a000002", "ip.options.loose_route=pointer 4: 10.0.0.1 10.0.0.2"),
        ("890704 0a000001", "ip.options.strict_route=pointer 4: 10.0.0.1"),
        ("0702", "ip.options.record_route="),
        ("44040500", "ip.options.timestamp=05 00"),
        ("63030a", "ip.options.other=0a"),
    ],
)
def test_ipv4(text: str, expected: str) -> None:
    (field,) = option_fields(bytes.fromhex(text), 34, names.IP_OPTIONS)
    assert repr(field) == expected


def test_a_number_without_a_name_is_its_own_label() -> None:
    (field,) = option_fields(bytes.fromhex("fd04f989"), 0, names.TCP_OPTIONS)
    assert field.label == "Option 253"


def test_padding_belongs_to_the_end_option() -> None:
    fields = option_fields(bytes.fromhex("0402 00 0000"), 0, names.TCP_OPTIONS)
    assert [(field.name, field.width) for field in fields] == [
        ("tcp.options.sack_permitted", 16),
        ("tcp.options.end", 24),
    ]
