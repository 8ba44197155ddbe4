"""Expectations, frames in words, and problems in them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from simnet import filter, reasons
from simnet.scenario import vocabulary
from simnet.scenario.expectation_values import (
    Always,
    Cell,
    Count,
    Ends,
    Expectation,
    Frames,
    Gaps,
    Hop,
    Never,
    Output,
    Place,
    Sockets,
    States,
    Table,
)
from simnet.scenario.frame_expectations import DISCARD_REASONS, DROP_REASONS
from simnet.scenario.load import loads
from simnet.scenario.position import NOWHERE
from simnet.units import SECOND
from tests.scenario.reading import TWO_HOSTS, problems

IN_EXPECT = TWO_HOSTS + "programs: {a: [connect: b:80]}\nexpect:\n  - "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IN_EXPECT + "output", '5:5: an expectation is a map such as {output: world, host: client}; found "output"'),
        (IN_EXPECT + "{outptu: x, host: a}", '5:6: "outptu" is not a kind of expectation; did you mean "output"?'),
        (
            IN_EXPECT + "{host: a}",
            "5:5: an expectation needs one of frames, hop, states, output, sockets, never, always, count, "
            "delivered, dropped, discarded, gaps, table, ends",
        ),
        (IN_EXPECT + "{output: x}", '5:5: output needs "host"; write for example host: client'),
        (IN_EXPECT + "{output: x, host: b}", "5:5: b runs no program, so it prints nothing; add one under programs"),
        (IN_EXPECT + "{output: x, never: tcp}", '5:17: "output" and "never" are two expectations; write them apart'),
        (IN_EXPECT + "{output: x, host: a, program: door}", '5:5: a has no program "door"'),
        (
            IN_EXPECT + "{output: {containz: x}, host: a}",
            "5:14: output takes one of contains, matches and bytes\n"
            '5:15: output has no key "containz"; did you mean "contains"?',
        ),
        (
            IN_EXPECT + "{output: {matches: '('}, host: a}",
            '5:24: "(" is not a regular expression: missing ), unterminated subpattern at position 0',
        ),
        (IN_EXPECT + "{frames: [SYN-ACK]}", '5:15: "SYN-ACK" is not a frame; write SYN+ACK'),
        (IN_EXPECT + "{frames: [syn]}", '5:15: "syn" is not a frame; did you mean "SYN"?'),
        (
            IN_EXPECT + "{frames: [Handshake]}",
            '5:15: "Handshake" is not a frame; write for example SYN+ACK, PSH+ACK 5, UDP 5, ARP request or '
            "ICMP echo reply",
        ),
        (
            IN_EXPECT + "{frames: []}",
            "5:14: frames is empty, so nothing is expected; write for example [SYN, SYN+ACK, ACK]",
        ),
        (IN_EXPECT + "{frames: [...]}", '5:6: frames of "..." alone are always true; name a frame'),
        (IN_EXPECT + "{frames: SYN}", '5:14: frames must be a list such as [SYN, SYN+ACK, ACK]; found "SYN"'),
        (IN_EXPECT + "{frames: [SYN], seen: a:eth1}", '5:27: no cable is in port "eth1" of a; did you mean "eth0"?'),
        (IN_EXPECT + "{frames: [SYN], seen: c}", '5:27: no device is called "c"'),
        (
            IN_EXPECT + "{frames: [SYN], matching: tcp.port = 80}",
            '5:40: matching: one "=" is not an operator; write "=="',
        ),
        (
            IN_EXPECT + "{frames: [{frame: SYN}]}",
            '5:15: frame needs "where"; write for example {frame: ACK, where: tcp.window == 0}',
        ),
        (IN_EXPECT + "{hop: a, kept: [ip.src]}", "5:6: a is a host, which forwards nothing; name the device between"),
        (IN_EXPECT + "{hop: c, kept: [ip.src]}", '5:11: no device is called "c"'),
        (
            "hosts: [a]\nswitches: [s]\nexpect: [{hop: s, kept: [ip.scr]}]",
            '3:26: unknown field "ip.scr"; did you mean "ip.src"?',
        ),
        (
            "hosts: [a]\nswitches: [s]\nexpect: [{hop: s}]",
            "3:10: hop expects nothing; add rewritten, kept or changed",
        ),
        (IN_EXPECT + "{states: [SYN_SENT], host: a}", '5:15: state "SYN_SENT" is unknown; did you mean "SYN-SENT"?'),
        (
            IN_EXPECT + "{sockets: {ESTABLISHD: 1}, host: a}",
            '5:16: state "ESTABLISHD" is unknown; did you mean "ESTABLISHED"?',
        ),
        (
            IN_EXPECT + "{count: {at least: 5, at most: 3}}",
            "5:13: count can never be: at most 3 is less than at least 5",
        ),
        (IN_EXPECT + "{count: {at least: 0}}", "5:13: count is always true; write at least: 1, or a number"),
        (IN_EXPECT + "{count: many}", '5:13: count must be a number, 0 or more; found "many"'),
        (IN_EXPECT + "{gaps: [1]}", '5:13: gap "1" has no unit; write 1s'),
        (IN_EXPECT + "{dropped: 1, because: los}", '5:27: because "los" is unknown; did you mean "loss"?'),
        (
            IN_EXPECT + "{table: mac, device: a}",
            '5:5: table needs "rows"; write for example rows: [{mac: client, port: p1}]',
        ),
        (IN_EXPECT + "{table: macs, device: a, rows: []}", '5:13: table "macs" is unknown; did you mean "mac"?'),
        (
            IN_EXPECT + "{table: mac, device: a, rows: [{mac: c, port: p1}]}",
            '5:42: mac: "c" is not a MAC address; write six hexadecimal pairs such as 02:00:00:00:00:01',
        ),
        (
            IN_EXPECT + "{table: mac, device: a, rows: [{ip: a}]}",
            '5:37: a row of the table mac has no key "ip"; the keys are mac, port',
        ),
        (
            IN_EXPECT + "{table: mac, device: a, at: 1s, after: {nth: 1}, rows: []}",
            '5:37: "at" and "after" both say when; keep one',
        ),
        (IN_EXPECT + "{ends: {}}", "5:12: ends is always true; write for example {before: 2s}"),
        (IN_EXPECT + "{ends: {after: 2s, before: 1s}}", "5:12: ends can never be: before is earlier than after"),
        (
            "until: 1s\n" + IN_EXPECT + "{sockets: {LISTEN: 1}, host: a, at: 2s}",
            "6:5: 2s never comes: the run ends at 1s",
        ),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected


def _expectation(text: str) -> Expectation:
    network = "hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}\nswitches: [s]\nlinks: [a -- s, b -- s]\n"
    (expectation,) = loads(f"{network}programs: {{a: [connect: b:80]}}\nexpect: [{text}]\n").expect
    return expectation


def _value(text: str) -> Expectation:
    return replace(_expectation(text), text="", at=NOWHERE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{states: [CLOSED, SYN-SENT], host: a, port: 80, nth: 2}",
            States(host="a", states=("CLOSED", "SYN-SENT"), port=80, nth=2),
        ),
        ("{output: world, host: a}", Output(host="a", words="world")),
        ('{output: "", host: a}', Output(host="a", words="")),
        ("{output: 5, host: a, program: main}", Output(host="a", words="5", program="main")),
        ("{output: [one, two], host: a}", Output(host="a", words="one\ntwo")),
        ("{output: {contains: or}, host: a}", Output(host="a", words="or", match="contains")),
        ("{output: {matches: w.r}, host: a}", Output(host="a", words="w.r", match="matches")),
        ("{output: {bytes: 9}, host: a}", Output(host="a", words="0000000 a")),
        (
            "{sockets: {SYN-SENT: 3, LISTEN: 0}, host: a, at: 5s}",
            Sockets(host="a", counts=(("SYN-SENT", 3), ("LISTEN", 0)), time=5 * SECOND),
        ),
        ("{never: udp}", Never(matching="udp")),
        (
            "{never: udp, seen: a -> s}",
            Never(matching="udp", seen=Place(senders=("a:eth0",), text="a -> s")),
        ),
        (
            "{always: ip.ttl == 64, matching: ip, seen: b}",
            Always(condition="ip.ttl == 64", matching="ip", seen=Place(port="b:eth0", text="b")),
        ),
        (
            "{count: 3, matching: arp, seen: a -- s}",
            Count(
                of="seen", minimum=3, maximum=3, matching="arp",
                seen=Place(senders=("a:eth0", "s:p1"), text="a -- s"),
            ),
        ),
        ("{count: {at least: 2}}", Count(of="seen", minimum=2, maximum=None)),
        ("{count: {at most: 2}}", Count(of="seen", minimum=0, maximum=2)),
        ("{delivered: 1, host: b}", Count(of="delivered", minimum=1, maximum=1, host="b")),
        (
            "{dropped: {at least: 1}, because: loss}",
            Count(of="dropped", minimum=1, maximum=None, reason=reasons.DROP_LOSS),
        ),
        (
            "{discarded: 1, host: s, because: same port}",
            Count(of="discarded", minimum=1, maximum=1, host="s", reason=reasons.SAME_PORT),
        ),
        (
            "{gaps: [1s, 2s], within: 10%, matching: tcp.flags.syn}",
            Gaps(gaps=(SECOND, 2 * SECOND), within=0.1, matching="tcp.flags.syn"),
        ),
        (
            "{hop: s, kept: [ip.src], rewritten: [eth.src], changed: {ip.ttl: -1}, matching: ip}",
            Hop(device="s", kept=("ip.src",), rewritten=("eth.src",), changed=(("ip.ttl", -1),), matching="ip"),
        ),
        (
            "{table: mac, device: s, after: {nth: 2, matching: arp}, rows: [{mac: a, port: p1}]}",
            Table(table="mac", device="s", nth=2, matching="arp", rows=((Cell("mac", "a"), Cell("port", "p1")),)),
        ),
        (
            "{table: arp, device: a, at: 1s, rows: [{ip: 10.0.0.2, mac: b}]}",
            Table(table="arp", device="a", time=SECOND, rows=((Cell("ip", "10.0.0.2"), Cell("mac", "b")),)),
        ),
        ("{table: mac, device: s, rows: []}", Table(table="mac", device="s", rows=())),
        ("{ends: {after: 1s, before: 2s}}", Ends(earliest=SECOND, latest=2 * SECOND)),
    ],
)  # fmt: skip
def test_expectation_becomes_its_value(text: str, expected: Expectation) -> None:
    assert _value(text) == expected


def test_the_text_of_an_expectation_is_what_the_author_wrote_in_one_line() -> None:
    scenario = loads(f"{IN_EXPECT}frames:\n      - SYN     # first\n      - ...\n    seen: a:eth0\n")
    assert scenario.expect[0].text == "frames: [SYN, ...], seen: a:eth0"


@pytest.mark.parametrize(
    ("text", "matching", "direction"),
    [
        ("SYN", "tcp.flags == 0x002 && tcp.len == 0", ""),
        ("ACK+SYN", "tcp.flags == 0x012 && tcp.len == 0", ""),
        ("PSH+ACK 5", "tcp.flags == 0x018 && tcp.len == 5", ""),
        ("ACK any", "tcp.flags == 0x010", ""),
        ("-> FIN+ACK", "tcp.flags == 0x011 && tcp.len == 0", "->"),
        ("<- RST", "tcp.flags == 0x004 && tcp.len == 0", "<-"),
        ("TCP", "tcp", ""),
        ("UDP", "udp", ""),
        ("UDP 5", "udp && udp.length == 13", ""),
        ("ARP", "arp", ""),
        ("ARP request", "arp.op == 1", ""),
        ("<- ICMP time exceeded", "icmp.type == 11", "<-"),
        ("ICMP port unreachable", "icmp.type == 3 && icmp.code == 3", ""),
        ("fragment 1480", "(ip.flags.mf || ip.frag_offset > 0) && ip.len == 1500", ""),
        ("any", "", ""),
        ("-> any", "", "->"),
        ("{frame: <- ACK, where: tcp.window == 0}", "tcp.flags == 0x010 && tcp.len == 0 && (tcp.window == 0)", "<-"),
        ("{where: arp || udp}", "arp || udp", ""),
    ],
)
def test_frame_in_words_becomes_a_filter(text: str, matching: str, direction: str) -> None:
    expectation = _expectation(f"{{frames: [{text}]}}")
    assert isinstance(expectation, Frames)
    (frame,) = expectation.frames
    assert (frame.matching, frame.direction, frame.any_number) == (matching, direction, False)
    filter.compile(frame.matching)


def test_dots_stand_for_any_number_of_frames() -> None:
    expectation = _expectation("{frames: [SYN, ...]}")
    assert isinstance(expectation, Frames)
    assert [frame.any_number for frame in expectation.frames] == [False, True]


def test_reasons_have_words() -> None:
    assert DROP_REASONS["loss"] == reasons.DROP_LOSS
    assert DISCARD_REASONS["not for this mac"] == reasons.NOT_FOR_THIS_MAC
    for number in (*DROP_REASONS.values(), *DISCARD_REASONS.values()):
        assert reasons.text(number)


def test_every_kind_of_expectation_has_its_words() -> None:
    counted = {"count", "delivered", "dropped", "discarded"}
    kinds = {kind.kind for kind in Expectation.__subclasses__()}
    assert kinds | counted == vocabulary.EXPECTATIONS.keys()
