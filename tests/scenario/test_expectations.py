"""Problems in expectations."""

from __future__ import annotations

import pytest

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
            "until: 1s\nhosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}\nlinks: [a -- b]\nprograms: {a: [connect: b:80]}\nexpect:\n  - {sockets: {LISTEN: 1}, host: a, at: 2s}",
            "6:5: 2s never comes: the run ends at 1s",
        ),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected
