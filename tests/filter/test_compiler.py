"""What expressions mean, and what is said about those that mean nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet import filter
from simnet.errors import FilterError
from simnet.filter.fields import ALIASES, FIELDS
from tests.filter import frames


@pytest.mark.parametrize(
    "text",
    [
        "tcp",
        "ip && tcp",
        "!udp",
        "not udp",
        "not not tcp",
        "udp or tcp",
        "udp || arp || tcp",
        "udp && arp || tcp",
        "tcp || udp && arp",
        "!(udp || arp)",
        "tcp.port == 8080",
        "tcp.port eq 8080",
        "tcp.port == 0x1f90",
        "tcp.port in {80, 8080}",
        "tcp.port in {80 8080}",
        "tcp.port in {1..100, 8000..9000}",
        "tcp.port in 8000..9000",
        "tcp.port != 80",
        "!(tcp.port == 80)",
        "tcp.srcport > 39999",
        "tcp.srcport >= 40000 and tcp.srcport <= 40000",
        "ip.ttl < 64",
        "ip.ttl le 63",
        "ip.ttl ge 63",
        "ip.ttl lt 64 && ip.ttl gt 62",
        "ip.ttl ne 64",
        "ip.src == 10.0.0.1",
        "ip.src in 10.0.0.0/8",
        "ip.src == 10.0.0.0/8",
        "ip.dst in {10.0.0.0/8, 192.168.0.0/16}",
        "ip.addr == 192.168.1.80",
        "ip.addr in 10.0.0.0..10.0.0.9",
        "eth.src == 02:00:00:00:00:01",
        "eth.dst == 02-00-00-00-00-02",
        "eth.type == 0x0800",
        "tcp.flags.psh",
        "tcp.flags.push == 1",
        "tcp.flags.syn == false",
        "!tcp.flags.syn",
        "tcp.flags == 0x018",
        'data contains "ell"',
        "data contains 68:65",
        'data == "hello"',
        "tcp.payload matches '^h.*o$'",
        'tcp.payload != "world"',
        "tcp.seq == 4294967280",
        "frame.len == 71",
        "  tcp  ",
        "",
    ],
)
def test_is_true_of_a_segment_that_carries_hello(text: str) -> None:
    assert filter.compile(text).matches(frames.data_frame()) is True


@pytest.mark.parametrize(
    "text",
    [
        "udp",
        "arp.op == 1",
        "arp.op != 1",  # a field that is not there is never equal, and never different
        "tcp.options.mss != 1460",
        "tcp.port != 8080",  # one of the two ports is 8080
        "ip.addr != 10.0.0.1",
        "ip.src in 10.1.0.0/16",
        "tcp.flags.syn",
        "tcp.flags.ack == 0",
        "vlan",
        "ipv6",
        'data contains "world"',
        "tcp.payload matches '^ello'",
        "tcp.port in {80, 443}",
        "!tcp",
        "not (tcp || udp)",
        "tcp && udp",
    ],
)
def test_is_false_of_a_segment_that_carries_hello(text: str) -> None:
    assert filter.compile(text).matches(frames.data_frame()) is False


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("tcp.prot == 1", 1, 'unknown field "tcp.prot"; did you mean "tcp.port"?'),
        ("ip && TCP.Porn == 1", 7, 'unknown field "TCP.Porn"'),
        ("xyz", 1, 'unknown field "xyz"'),
        ("tcp.port = 80", 10, 'one "=" is not an operator; write "=="'),
        ("tcp & udp", 5, 'one "&" is not an operator; write "&&"'),
        ("tcp | udp", 5, 'one "|" is not an operator; write "||"'),
        ("data ~ x", 6, '"~" is not an operator; write "matches"'),
        ("tcp # udp", 5, '"#" has no meaning in a filter'),
        ("tcp.port ==", 12, 'expected a value after "==", the filter ends'),
        ("tcp.port == )", 13, 'expected a value after "==", found ")"'),
        ("tcp &&", 7, "expected a field such as tcp.port, the filter ends"),
        ("== 3", 1, 'expected a field such as tcp.port, found "=="'),
        ("(tcp", 1, 'this "(" is never closed; add ")"'),
        ("tcp)", 4, 'this ")" closes nothing'),
        ("tcp udp", 5, '"udp" does not belong here; join tests with "&&" or "||"'),
        ("tcp, udp", 4, 'a comma stands only between the values of a set; join tests with "&&" or "||"'),
        ("tcp.port in {80, 90", 13, 'this "{" is never closed; add "}"'),
        ("tcp.port in {}", 14, 'expected a value after "{", found "}"'),
        ('data contains "x', 15, 'the text that begins with " never ends; close it with "'),
        ("tcp.port == abc", 13, 'tcp.port is a number; "abc" is not'),
        ("tcp.port == 70000", 13, "tcp.port is a number from 0 to 65535; 70000 is too large"),
        ('tcp.port == "80"', 13, "tcp.port is a number; write 80 without quotes"),
        ("tcp.port in 90..80", 13, 'the range "90..80" is empty: its first value is the larger one'),
        ("tcp.flags.syn == 2", 18, 'tcp.flags.syn is a flag; write 1 or 0, not "2"'),
        ("tcp.flags.syn < 1", 17, '"<" needs one number or address, found "1"'),
        ("ip.src < 10.0.0.0/8", 10, '"<" needs one number or address, found "10.0.0.0/8"'),
        ("tcp == 1", 1, '"tcp" stands alone: it has no value to compare'),
        (
            "ip.src == 10.0.0.300", 11,
            'ip.src: "10.0.0.300" is not an IP address; write one such as 192.168.1.10',
        ),
        (
            "ip.src in 10.0.0.0/33", 11,
            'ip.src: "10.0.0.0/33" has a bad prefix length; write a number from 0 to 32 after the slash',
        ),
        (
            "eth.src == 02:00", 12,
            'eth.src: "02:00" is not a MAC address; write six hexadecimal pairs such as 02:00:00:00:00:01',
        ),
        ("data == hello", 9, '"hello" is neither text nor bytes; write "hello" in quotes, or bytes as 48:65:6c'),
        ("ip.src contains 10", 17, '"contains" searches bytes such as data; ip.src is an IP address'),
        ("data matches '('", 14, '"(" is not a regular expression: missing ), unterminated subpattern at position 0'),
        ("!" * 51 + "tcp", 51, "more than 50 nested parentheses or negations"),
        ("tcp || " * 2000, 1, "the filter has 14000 characters; at most 10000 are read"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_and_where(text: str, column: int, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        filter.compile(text)
    assert (caught.value.column, str(caught.value)) == (column, message)


@given(st.text(alphabet="tcpudip.=!&|<>(){},\"'/0129: \\\n\té", max_size=40))
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    try:
        compiled = filter.compile(text)
    except FilterError as error:
        assert 1 <= error.column <= len(text) + 1
    else:
        for frame in frames.all_frames():
            assert compiled.matches(frame) in (True, False)


_names = st.sampled_from([*FIELDS, *ALIASES])
_conditions = st.one_of(
    _names,
    st.builds("{} == {}".format, _names, st.integers(0, 1)),
    st.sampled_from(["tcp.port in {53, 8080}", "ip.src in 10.0.0.0/8", "ip.ttl < 64", "tcp.flags.syn"]),
)


@st.composite
def _expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, object]:
    """An expression, and the same as a Python value that `_evaluate` understands."""
    kind = draw(st.sampled_from(["leaf", "not", "and", "or"])) if depth else "leaf"
    if kind == "leaf":
        text = draw(_conditions)
        return text, text
    left_text, left = draw(_expressions(depth - 1))
    if kind == "not":
        return f"!({left_text})", ("not", left)
    right_text, right = draw(_expressions(depth - 1))
    return f"({left_text}) {kind} ({right_text})", (kind, left, right)


def _evaluate(tree: object, frame: object) -> bool:
    if isinstance(tree, str):
        return filter.compile(tree).matches(frame)  # type: ignore[arg-type]
    assert isinstance(tree, tuple)
    if tree[0] == "not":
        return not _evaluate(tree[1], frame)
    values = [_evaluate(part, frame) for part in tree[1:]]
    return all(values) if tree[0] == "and" else any(values)


@given(_expressions())
def test_joined_conditions_follow_logic(expression: tuple[str, object]) -> None:
    text, tree = expression
    try:
        compiled = filter.compile(text)
    except FilterError:
        return  # a leaf compares what has no value, or is not a number
    for frame in frames.all_frames():
        assert compiled.matches(frame) is _evaluate(tree, frame)
