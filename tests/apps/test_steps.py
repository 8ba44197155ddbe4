"""The interpreter of steps against a driver that answers from a script: it asks the right questions in order."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.apps.protocol import Call, Failed, Now, Print, Program, Ready, Sleep
from simnet.apps.steps import StepFailed, run
from simnet.scenario.step_values import (
    Accept,
    Close,
    Connect,
    Endpoint,
    Listen,
    Ping,
    Receive,
    ReceiveFrom,
    Repeat,
    Reply,
    Send,
    Wait,
)

SERVER = Endpoint(0x0A000002, 80, "server:80")


class Script:
    """Answers calls from a dict of name -> list of answers; an answer that is an exception is thrown."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = {"socket": [3, 4, 5], **answers}
        self.log: list[str] = []
        self.printed = ""
        self.is_ready = True
        self.now = 0

    def drive(self, program: Program) -> None:
        send, argument = program.send, None
        while True:
            try:
                request = send(argument)
            except StopIteration:
                return
            send, argument = program.send, None
            if isinstance(request, Call):
                self.log.append(request.name)
                waiting = self.answers.get(request.name, [])
                argument = waiting.pop(0) if waiting else None
                if isinstance(argument, Exception):
                    send = program.throw
            elif isinstance(request, Ready):
                self.log.append(f"ready {request.direction}")
                argument = self.is_ready
            elif isinstance(request, Sleep):
                self.now += request.time
            elif isinstance(request, Now):
                argument = self.now
            elif isinstance(request, Print):
                self.printed += request.text


def test_connect_waits_until_writable_and_asks_what_became_of_it() -> None:
    script = Script(connect=[Failed("EINPROGRESS")])
    script.drive(run([Connect(to=SERVER), Close()]))
    assert script.log == ["socket", "connect", "ready write", "connect_result", "close"]


def test_refused_connect_is_what_was_expected() -> None:
    script = Script(connect=[Failed("EINPROGRESS")], connect_result=[Failed("ECONNREFUSED")])
    script.drive(run([Connect(to=SERVER, fails="ECONNREFUSED")]))
    assert script.log[-1] == "close"


@pytest.mark.parametrize(
    ("fails", "result", "text"),
    [
        ("", Failed("ECONNREFUSED"), "it failed with ECONNREFUSED"),
        ("ETIMEDOUT", Failed("ECONNREFUSED"), "should have failed with ETIMEDOUT, but failed with ECONNREFUSED"),
        ("ETIMEDOUT", None, "should have failed with ETIMEDOUT, but it succeeded"),
    ],
)
def test_step_that_ends_otherwise_fails_the_program(fails: str, result: Any, text: str) -> None:
    script = Script(connect_result=[result], connect=[Failed("EINPROGRESS")])
    with pytest.raises(StepFailed, match=text):
        script.drive(run([Connect(to=SERVER, fails=fails, text="connect: server:80")]))


def test_timeout_is_etimedout() -> None:
    script = Script(connect=[Failed("EINPROGRESS")])
    script.is_ready = False
    script.drive(run([Connect(to=SERVER, timeout=5, fails="ETIMEDOUT")]))


def test_receive_counts_bytes_over_several_recvs() -> None:
    script = Script(accept=[(4, 0, 0)], recv=[Failed("EAGAIN"), b"he", b"llo"])
    script.drive(run([Listen(port=80), Accept(), Receive(until="count", count=5)]))
    assert script.printed == "hello"
    assert script.log[3:] == ["accept", "recv", "ready read", "recv", "recv"]


def test_receive_fails_when_the_stream_ends_early() -> None:
    script = Script(accept=[(4, 0, 0)], recv=[b"he", b""])
    with pytest.raises(StepFailed, match="ended after 2 of 5 bytes"):
        script.drive(run([Listen(port=80), Accept(), Receive(until="count", count=5)]))


def test_lines_are_cut_and_the_rest_is_kept() -> None:
    script = Script(accept=[(4, 0, 0)], recv=[b"one\ntw", b"o\n"])
    steps = [Listen(port=80), Accept(), Receive(until="line"), Receive(until="line")]
    script.drive(run(steps))
    assert script.printed == "one\ntwo\n"
    assert script.answers["recv"] == []


def test_send_goes_on_until_everything_is_taken() -> None:
    script = Script(send=[2, Failed("EAGAIN"), 3])
    script.drive(run([Connect(to=SERVER), Send(data=b"hello")]))
    assert script.log[2:] == ["send", "send", "ready write", "send"]


def test_reply_goes_to_the_sender() -> None:
    script = Script(recvfrom=[(b"x", 7, 9)])
    script.drive(run([ReceiveFrom(), Reply()]))
    assert script.log == ["socket", "recvfrom", "sendto"]


def test_repeat_and_wait() -> None:
    script = Script()
    script.drive(run([Repeat(times=3, steps=(Wait(time=5),))]))
    assert script.now == 15


def test_ping_prints_as_iputils_does() -> None:
    header = bytes([0x45]) + bytes(7) + bytes([63, 1]) + bytes(10)
    echo = header + bytes([0, 0, 0, 0, 0, 7, 0, 1]) + bytes(56)
    script = Script(getpid=[7], recvfrom=[(echo, 0x0A000002, 0)])
    script.drive(run([Ping(to=0x0A000002, name="server")]))
    assert script.printed.splitlines() == [
        "PING server (10.0.0.2) 56(84) bytes of data.",
        "64 bytes from 10.0.0.2: icmp_seq=1 ttl=63 time=0.000 ms",
        "1 packets transmitted, 1 received, 0% packet loss",
    ]


def test_ping_without_an_answer() -> None:
    script = Script(getpid=[7])
    script.is_ready = False
    script.drive(run([Ping(to=0x0A000002, name="10.0.0.2", fails="ETIMEDOUT")]))
    assert "no answer yet for icmp_seq=1" in script.printed
