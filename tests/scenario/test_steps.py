"""Steps: what each becomes, and problems in them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from simnet.scenario import step_values, tree, vocabulary
from simnet.scenario.content import numbered
from simnet.scenario.error_names import ERROR_NAMES
from simnet.scenario.position import NOWHERE
from simnet.scenario.step_values import Endpoint, SocketOption
from simnet.stack.linux_errno import NAMES
from simnet.units import SECOND
from tests.scenario.reading import TWO_HOSTS, problems, with_program

A = 10 << 24 | 1
B = 10 << 24 | 2

IN_PROGRAMS = TWO_HOSTS + "programs:\n  "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IN_PROGRAMS + "a: [lsten: 80]", '4:7: "lsten" is not a verb; did you mean "listen"?'),
        (
            IN_PROGRAMS + "a: [bind: 80]",
            '4:7: "bind" is not a verb; write "open udp: 7788" for UDP or "listen: 8080" for TCP',
        ),
        (
            IN_PROGRAMS + "a: [frobnicate]",
            '4:7: "frobnicate" is not a verb; the verbs are listen, accept, connect, send, receive, reply, '
            "open udp, connect udp, send to, receive from, shutdown, close, abort, set, wait, ping, print, "
            "repeat",
        ),
        (IN_PROGRAMS + "a: [[accept]]", "4:7: a step is a verb such as accept or listen: 8080; found a list"),
        (
            IN_PROGRAMS + "a: [{send: hello, via: x}]",
            '4:21: "via" belongs into the map of send; write send: {text: …, via: …}',
        ),
        (
            IN_PROGRAMS + "a: [{accept: , close: }]",
            "4:18: a step has one verb; begin the next step with a dash of its own",
        ),
        (IN_PROGRAMS + "a: [listen]", "4:7: listen needs a value; write for example listen: 8080"),
        (IN_PROGRAMS + "a: [listen: http]", '4:15: port must be a number from 1 to 65535; found "http"'),
        (IN_PROGRAMS + "a: [listen: 70000]", "4:15: port must be a number from 1 to 65535; found 70000"),
        (
            IN_PROGRAMS + "a: [listen: {port: 80, backlogg: 2}]",
            '4:26: listen has no key "backlogg"; did you mean "backlog"?',
        ),
        (IN_PROGRAMS + "a: [listen: {backlog: 2}]", '4:7: listen needs "port"; write for example listen: 8080'),
        (IN_PROGRAMS + "a: [connect: b]", '4:16: connect "b" has no port number; write for example server:8080'),
        (
            IN_PROGRAMS + "a: [connect: server:80]",
            '4:16: connect: no host is called "server"; write a host\'s name or an IP address',
        ),
        (IN_PROGRAMS + "a: [connect: bb:80]", '4:16: connect: no host is called "bb"; did you mean "b"?'),
        (
            IN_PROGRAMS + "a: [connect: {to: b:80, fails: ECONNREFUSE}]",
            '4:34: fails "ECONNREFUSE" is unknown; did you mean "ECONNREFUSED"?',
        ),
        (IN_PROGRAMS + "a: [connect: b:0]", "4:16: connect: port 0 does not exist; ports are 1 to 65535"),
        (
            "hosts: {a: 10.0.0.1/24, b: }\nlinks: [a -- b]\nprograms: {a: [connect: b:80]}",
            "3:25: b has no address; give it one",
        ),
        (
            "hosts: {a: 10.0.0.1/24, b: 10.0.0.256/24}\nlinks: [a -- b]\nprograms: {a: [connect: b:80]}",
            '1:28: address of b: "10.0.0.256" is not an IP address; write one such as 192.168.1.10',
        ),
        (
            "hosts: {a: 10.0.0.1/24}\nswitches: [s]\nprograms: {a: [connect: s:80]}",
            "3:25: s is a switch, which has no address",
        ),
        (IN_PROGRAMS + "a: [connect: {to: b:80, timeout: 3}]", '4:36: timeout "3" has no unit; write 3s'),
        (IN_PROGRAMS + "a: [send]", "4:7: send needs something to send; write for example send: hello"),
        (IN_PROGRAMS + "a: [send: {text: x, bytes: 5}]", "4:7: send has both text and bytes; keep one"),
        (
            IN_PROGRAMS + "a: [send: {text: 你好, encoding: ascii}]",
            '4:20: "你" has no bytes in ascii; write another encoding such as utf-8',
        ),
        (
            IN_PROGRAMS + "a: [send: {text: x, encoding: klingon}]",
            '4:33: the encoding "klingon" is unknown; write for example utf-8 or gbk',
        ),
        (
            IN_PROGRAMS + "a: [send: {hex: xyz}]",
            '4:19: "xyz" is not hexadecimal; write pairs of digits such as 00 ff',
        ),
        (
            IN_PROGRAMS + "a: [send: {bytes: 1GB}]",
            '4:21: bytes "1GB" has the unknown unit "GB"; the units are B, kB, MB, KiB, MiB',
        ),
        (
            IN_PROGRAMS + "a: [send to: b:80]",
            "4:16: send to needs a map; write send to: {to: server:7788, text: hello}",
        ),
        (
            IN_PROGRAMS + "a: [send to: {to: b:80}]",
            "4:7: send to needs something to send; write for example send to: {to: server:7788, text: hello}",
        ),
        (IN_PROGRAMS + "a: [receive: all]", '4:16: receive takes a number of bytes, end or line; found "all"'),
        (
            IN_PROGRAMS + "a: [receive: {exactly: 5, up to: 6}]",
            '4:7: receive has both "exactly" and "up to"; keep one',
        ),
        (IN_PROGRAMS + "a: [receive: {until: eof}]", '4:24: until "eof" is unknown; write end or line'),
        (
            IN_PROGRAMS + "a: [connect: {to: b:80, as: first}, send: {text: x, via: frist}]",
            '4:60: no socket is called "frist"; did you mean "first"?',
        ),
        (IN_PROGRAMS + "a: [close: x]", '4:14: no socket is called "x"; a step before this one names it with as'),
        (IN_PROGRAMS + "a: [set: nodelay]", "4:7: set needs a map; write for example set: {nodelay: true}"),
        (IN_PROGRAMS + "a: [set: {nodelay: yes}]", '4:22: nodelay must be true or false; found "yes"; write true'),
        (
            IN_PROGRAMS + "a: [set: {via: x}]",
            "4:7: set changes nothing; write for example set: {nodelay: true}\n"
            '4:18: no socket is called "x"; a step before this one names it with as',
        ),
        (IN_PROGRAMS + "a: [wait]", "4:7: wait needs a time; write for example wait: 100ms"),
        (IN_PROGRAMS + "a: [wait: 5]", '4:13: wait "5" has no unit; write 5ms'),
        (
            IN_PROGRAMS + "a: [ping: nowhere]",
            '4:13: ping: no host is called "nowhere"; write a host\'s name or an IP address',
        ),
        (IN_PROGRAMS + "a: [print]", "4:7: print needs a text; write for example print: hello"),
        (IN_PROGRAMS + "a: [repeat: 3]", '4:7: repeat needs "steps"; write for example {repeat: 10, steps: [...]}'),
        (
            IN_PROGRAMS + "a: [{repeat: x, steps: [accept]}]",
            '4:16: repeat must be a number from 1 to 1000000; found "x"',
        ),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("listen: 80", step_values.Listen(port=80)),
        (
            "listen: {port: 80, backlog: 2, as: door, address: a, "
            "options: {receive buffer: 4KiB, reuse address: true}}",
            step_values.Listen(
                port=80,
                backlog=2,
                name="door",
                address=A,
                options=(SocketOption("receive buffer", 4096), SocketOption("reuse address", 1)),
            ),
        ),
        ("connect: b:80", step_values.Connect(to=Endpoint(B, 80, "b:80"))),
        ("connect: b:eth0:80", step_values.Connect(to=Endpoint(B, 80, "b:eth0:80"))),
        ("connect: 10.9.9.9:80", step_values.Connect(to=Endpoint(10 << 24 | 9 << 16 | 9 << 8 | 9, 80, "10.9.9.9:80"))),
        ("connect: localhost:80", step_values.Connect(to=Endpoint(127 << 24 | 1, 80, "localhost:80"))),
        (
            "connect: {to: b:80, local: 5000, timeout: 3s, fails: ETIMEDOUT, as: x}",
            step_values.Connect(
                to=Endpoint(B, 80, "b:80"),
                local=Endpoint(0, 5000, "5000"),
                timeout=3 * SECOND,
                fails="ETIMEDOUT",
                name="x",
            ),
        ),
        (
            "connect: {to: b:80, local: a:5000}",
            step_values.Connect(to=Endpoint(B, 80, "b:80"), local=Endpoint(A, 5000, "a:5000")),
        ),
        ("accept", step_values.Accept()),
        ("accept: {as: first, timeout: 1s}", step_values.Accept(name="first", timeout=SECOND)),
        ("send: hello", step_values.Send(data=b"hello")),
        ("send: 010", step_values.Send(data=b"010")),
        ("send: on", step_values.Send(data=b"on")),
        ("send: 12:34:56", step_values.Send(data=b"12:34:56")),
        ('send: ""', step_values.Send(data=b"")),
        ('send: "GET / HTTP/1.0\\r\\n\\r\\n"', step_values.Send(data=b"GET / HTTP/1.0\r\n\r\n")),
        ("send: {text: 你好, encoding: gbk}", step_values.Send(data="你好".encode("gbk"))),
        ('send: {hex: "00 ff"}', step_values.Send(data=b"\x00\xff")),
        ("send: {bytes: 10}", step_values.Send(data=b"0000000 ab")),
        ("receive", step_values.Receive(until="once")),
        ("receive: 5", step_values.Receive(until="count", count=5)),
        ("receive: end", step_values.Receive(until="end")),
        ("receive: line", step_values.Receive(until="line")),
        ("receive: {up to: 5}", step_values.Receive(until="once", count=5)),
        ("receive: {exactly: 5, encoding: gbk}", step_values.Receive(until="count", count=5, encoding="gbk")),
        ("receive: {until: end}", step_values.Receive(until="end")),
        ("receive: {fails: ECONNRESET}", step_values.Receive(until="once", fails="ECONNRESET")),
        ("open udp", step_values.OpenUdp()),
        ("open udp: 7788", step_values.OpenUdp(port=7788)),
        (
            "open udp: {port: 7788, options: {broadcast: true}}",
            step_values.OpenUdp(port=7788, options=(SocketOption("broadcast", 1),)),
        ),
        ("connect udp: b:53", step_values.ConnectUdp(to=Endpoint(B, 53, "b:53"))),
        ("send to: {to: b:53, text: x}", step_values.SendTo(to=Endpoint(B, 53, "b:53"), data=b"x")),
        (
            "send to: {to: broadcast:53, bytes: 0}",
            step_values.SendTo(to=Endpoint(0xFFFF_FFFF, 53, "broadcast:53"), data=b""),
        ),
        ("receive from", step_values.ReceiveFrom()),
        ("receive from: {up to: 10, timeout: 1s}", step_values.ReceiveFrom(count=10, timeout=SECOND)),
        ("reply", step_values.Reply()),
        ("reply: no", step_values.Reply(data=b"no")),
        ("shutdown", step_values.Shutdown()),
        ("shutdown: both", step_values.Shutdown(how="both")),
        ("close", step_values.Close()),
        ("abort", step_values.Abort()),
        (
            "set: {nodelay: true, keepalive idle: 10s, ttl: 3}",
            step_values.SetOptions(
                options=(
                    SocketOption("nodelay", 1),
                    SocketOption("keepalive idle", 10 * SECOND),
                    SocketOption("ttl", 3),
                )
            ),
        ),
        ("wait: 1.5s", step_values.Wait(time=1_500_000_000)),
        ("ping: b", step_values.Ping(to=B, name="b", timeout=10 * SECOND)),
        (
            "ping: {to: b, count: 3, ttl: 1, size: 0, interval: 200ms, timeout: 1s, fails: EHOSTUNREACH}",
            step_values.Ping(
                to=B, name="b", count=3, ttl=1, size=0, interval=200_000_000, timeout=SECOND, fails="EHOSTUNREACH"
            ),
        ),
        ("print: done", step_values.Print(words="done")),
        (
            "{repeat: 3, steps: [accept]}",
            step_values.Repeat(times=3, steps=(step_values.Accept(text="accept", at=NOWHERE),)),
        ),
    ],
)
def test_step_becomes_its_value(text: str, expected: step_values.Step) -> None:
    (step,) = with_program(f"[{text}]").programs[0].steps
    assert without_place(step) == without_place(expected)
    assert step.text == tree.line(one_step(text))
    assert (step.at.line, step.at.column) == (3, len("programs: {a: [") + (2 if text.startswith("{") else 1))


def test_a_socket_named_before_can_be_used() -> None:
    steps = with_program("[listen: {port: 1, as: l}, accept: {from: l, as: c}, send: {text: x, via: c}, close: l]")
    listen, accept, send, close = steps.programs[0].steps
    assert isinstance(accept, step_values.Accept) and isinstance(send, step_values.Send)
    assert isinstance(close, step_values.Close)
    assert (accept.listener, send.via, close.via) == ("l", "c", "l")


def test_every_verb_has_a_value_class_of_its_name() -> None:
    assert {kind.verb for kind in step_values.AnyStep.__args__} == vocabulary.VERBS.keys()
    assert vocabulary.VERB_MEANINGS.keys() == vocabulary.VERBS.keys()


def test_steps_become_plain_data_for_other_processes() -> None:
    (step,) = with_program("[connect: b:80]").programs[0].steps
    data = msgspec.to_builtins(step, builtin_types=(bytes,))
    assert (data["verb"], data["to"]) == ("connect", {"address": B, "port": 80, "text": "b:80"})


def test_errors_are_linuxs() -> None:
    assert set(ERROR_NAMES) == set(NAMES.values())


@given(st.integers(0, 1_100_000))
def test_numbered_bytes_have_their_size_and_name_their_place(size: int) -> None:
    data = numbered(size)
    assert len(data) == size
    for offset in range(0, min(size, 999_968) - 31, 32 * 997):
        assert data[offset : offset + 8] == b"%07d " % offset


def without_place(step: step_values.Step) -> step_values.Step:
    if isinstance(step, step_values.Repeat):
        inner = tuple(without_place(each) for each in step.steps)
        return replace(step, steps=inner, text="", at=NOWHERE)
    return replace(step, text="", at=NOWHERE)


def one_step(text: str) -> tree.Node:
    node, _ = tree.parse(f"[{text}]", "s.yaml")
    assert isinstance(node, tree.Sequence)
    return node.items[0]
