from __future__ import annotations

import re

import pytest

from simnet.testing.packetdrill.parser import parse
from simnet.testing.packetdrill.problems import InvalidScript, Unsupported
from simnet.testing.packetdrill.script import (
    Anchor,
    Code,
    Command,
    Direction,
    Ellipsis,
    Flags,
    IcmpMessage,
    IpInfo,
    Items,
    Packet,
    Structure,
    Symbol,
    SystemCall,
    TcpOption,
    TcpSegment,
    UdpDatagram,
    When,
)
from simnet.testing.packetdrill.texts import call_text, packet_text
from simnet.units import MILLISECOND, SECOND


def packet(text: str) -> Packet:
    action = parse(f"0 {text}", {}).events[0].action
    assert isinstance(action, Packet)
    return action


def call(text: str) -> SystemCall:
    action = parse(f"0 {text}", {}).events[0].action
    assert isinstance(action, SystemCall)
    return action


def test_options_opening_events_and_closing() -> None:
    script = parse('--mtu=1400\n--x="a b"\n`open`\n0 `now`\n+1 %{ pass }%\n`close`', {})
    assert script.options == (("mtu", "1400"), ("x", "a b"))
    assert script.opening == Command("open") and script.opening_line == 3
    assert [(event.action, event.line) for event in script.events] == [(Command("now"), 4), (Code(" pass "), 5)]
    assert script.closing == Command("close")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+0.5", When(Anchor.PREVIOUS, 500 * MILLISECOND, 500 * MILLISECOND)),
        ("+ .25", When(Anchor.PREVIOUS, 250 * MILLISECOND, 250 * MILLISECOND)),
        ("1", When(Anchor.START, SECOND, SECOND)),
        ("+1~+2", When(Anchor.PREVIOUS, SECOND, 2 * SECOND)),
        ("1~2", When(Anchor.START, SECOND, 2 * SECOND)),
        ("*", When(Anchor.ANY, 0, 0)),
    ],
)
def test_times(text: str, expected: When) -> None:
    assert parse(f"0 `true` {text} > . 1:1(0) ack 1", {}).events[1].when == expected


def test_a_segment_with_everything() -> None:
    found = packet(
        "< (ect0, ttl 5) 5000 > 80 FP. 1:101(100) ack 7 win 9 urg 3 <nop,nop,TS val 1 ecr 2,sack 1:2 3:4,nop,nop>"
    )
    assert found == Packet(
        Direction.INBOUND,
        TcpSegment(
            0x19, 1, 100, 7, 9, 3,
            (
                TcpOption("nop"), TcpOption("nop"), TcpOption("TS", (1, 2)), TcpOption("sack", (1, 2, 3, 4)),
                TcpOption("nop"), TcpOption("nop"),
            ),
            5000, 80,
        ),
        IpInfo(ecn=2, ttl=5),
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "> . 1:1(0)",
        "> - 1:1(0) ack 5",
        "> SEW 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 8>",
        "> (ce) FP. 1:2(1) ack 4294967295",
        "> R 4294967295:4294967295(0) <...>",
        "< udp (100)",
        "< icmp unreachable frag_needed mtu 1400",
        "< icmp redirect code_1",
    ],
)
def test_what_is_written_reads_back(text: str) -> None:
    assert packet_text(packet(text)) == text


def test_other_protocols() -> None:
    assert packet("> udp 1 > 2 (77)").content == UdpDatagram(77, 1, 2)
    assert packet("< icmp unreachable host_prohibited [1:1461(1460)]").content == IcmpMessage(3, 10, seq=1)
    assert packet("< icmp type_255 code_9 id 4").content == IcmpMessage(255, 9, id=4)
    assert packet("< icmp unreachable port_unreachable [udp (50)]").content == IcmpMessage(3, 3, datagram=50)


def test_system_calls() -> None:
    found = call("...0.5 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)")
    assert found == SystemCall("connect", (3, Ellipsis.ANY, Ellipsis.ANY), -1, "EINPROGRESS", 500 * MILLISECOND)
    assert call("fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)").result == 2
    assert call("fcntl(3, F_SETFL, A|B) = 0").arguments[2] == Flags((Symbol("A"), Symbol("B")))
    assert call("setsockopt(3, S, L, {onoff=1, linger=0}, 8) = 0").arguments[3] == Structure({"onoff": 1, "linger": 0})
    sent = call("sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 40}, {..., 2}], msg_flags=0}, 0) = 42")
    assert isinstance(sent.arguments[1], Structure)
    assert sent.arguments[1].fields["msg_iov"] == Items((
        Structure(items=(Ellipsis.ANY, 40)), Structure(items=(Ellipsis.ANY, 2)),
    ))  # fmt: skip
    assert call_text(call("getsockopt(3, A, B, [1], [4]) = 0")) == "getsockopt(3, A, B, [1], [4])"


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("", "no event", 0),
        ("1 `true`", "not at time 0", 1),
        ("* > . 1:1(0)", "not at time 0", 1),
        ("0 `true`\n2 `true`\n1 `true`", "before that of an earlier event", 3),
        ("0 `true`\n* `true`", "only an outbound packet", 2),
        ("0 `true`\n+1~+2 < . 1:1(0) win 1", "only an outbound packet", 2),
        ("0 < . 1:1(0) ack 1", "needs a win", 1),
        ("0 < . 1:1(0) ack 1 win 1 <...>", "cannot have", 1),
        ("0 > . 1:1(0) <nop>", "not a multiple of 4", 1),
        ("0 > . 1:10(10)", "is not 10", 1),
        ("0 > X. 1:1(0)", "no TCP flag", 1),
        ("0 > . 1:1(0) <foo 1>", "no TCP option foo", 1),
        ("0 < icmp nonsense", "no ICMP type", 1),
        ("0 < icmp unreachable nonsense", "no ICMP code", 1),
        ("0 close(3 = 0", 'expected ","', 1),
        ("0 close(3)", 'expected "="', 1),
        ("0\n\n close(3) 0", 'expected "="', 3),
        ("0 = 5", "expected a packet", 1),
        ("0 close(3) = -1 EBADF (never closed", 'expected ")"', 1),
        ("0 `true` 5...1 read(3) = 0", "ends before it starts", 1),
    ],
)
def test_broken_rules_are_told_with_their_line(text: str, why: str, line: int) -> None:
    with pytest.raises(InvalidScript, match=re.escape(why)) as caught:
        parse(text, {})
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text", ["> S 0:0(0) <md5 1234>", "< gre", "< [ect01] . 1:1(0) win 1", "< icmp unreachable code_1 [raw (5)]"]
)
def test_what_is_not_modeled_says_so(text: str) -> None:
    with pytest.raises(Unsupported, match="not modeled"):
        parse(f"0 {text}", {})
