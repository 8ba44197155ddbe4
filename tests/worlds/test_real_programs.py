"""Programs in real time, on sockets of this machine's own loopback."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from simnet.scenario.load import loads
from simnet.units import MILLISECOND, SECOND
from simnet.worlds.real_host import RealHost
from simnet.worlds.real_programs import RealPrograms

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="real worlds need Linux")

HOSTS = "name: x\nhosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}\nlinks: [a -- b]\nexpect: [{output: x, host: a}]\nprograms:\n"


class Heard:
    """Programs of a scenario, and what they reported: (what, host, details)."""

    def __init__(self, request: pytest.FixtureRequest, programs: str) -> None:
        self.reports: list[tuple[str, str, tuple[Any, ...]]] = []
        self.times: list[int] = []
        scenario = loads(HOSTS + programs)
        self.running = RealPrograms(scenario.programs, lambda name: RealHost(name, None), self._report)
        request.addfinalizer(self.running.close)

    def _report(self, what: str, time: int, /, *details: Any) -> None:
        self.reports.append((what, details[0], details[1:]))
        self.times.append(time)

    def run(self, limit: int = 2 * SECOND) -> None:
        self.running.begin()
        while self.running.live() and self.running.now() < limit:
            self.running.attend(limit, [])

    def output(self) -> list[tuple[str, str]]:
        return [(host, details[1]) for what, host, details in self.reports if what == "program_output"]


def test_programs_take_turns_and_those_that_open_doors_begin(request: pytest.FixtureRequest) -> None:
    heard = Heard(
        request,
        """
  a: [connect: "localhost:47811", send: hello, receive: end, print: done, close]
  b: [listen: {port: 47811, options: {reuse address: true}}, accept, receive: 5, send: world, close]
"""
    )
    heard.run()
    assert heard.output() == [("b", "hello"), ("a", "world"), ("a", "done\n")]
    calls = [(host, details[2]) for what, host, details in heard.reports if what == "socket_call"]
    assert calls[0] == ("b", "socket") and calls.index(("b", "listen")) < calls.index(("a", "connect"))
    assert not any(run.failure for run in heard.running.runs)


def test_times_are_kept(request: pytest.FixtureRequest) -> None:
    heard = Heard(request, "  a: [print: one, wait: 20ms, print: two]\n  b: {start: 10ms, steps: [print: three]}\n")
    heard.run()
    assert [text for _, text in heard.output()] == ["one\n", "three\n", "two\n"]
    assert heard.times[-1] - heard.times[0] >= 20 * MILLISECOND


def test_a_program_may_wait_for_another(request: pytest.FixtureRequest) -> None:
    heard = Heard(
        request,
        """
  a:
    first: [wait: 5ms, print: first]
    second: {start: {after: a/first ends}, steps: [print: second]}
    third: {start: {after: b ends}, steps: [print: third]}
  b: {start: {after: a/second ends}, steps: [print: b]}
"""
    )
    heard.run()
    assert [text for _, text in heard.output()] == ["first\n", "second\n", "b\n", "third\n"]


def test_a_limit_on_a_step_is_kept(request: pytest.FixtureRequest) -> None:
    heard = Heard(request, "  a: [open udp, receive from: {timeout: 20ms, fails: ETIMEDOUT}, print: enough]\n")
    heard.run()
    assert heard.output() == [("a", "enough\n")]


def test_a_failure_is_noted_and_ends_its_program_only(request: pytest.FixtureRequest) -> None:
    heard = Heard(request, '  a: [connect: "localhost:1", print: never]\n  b: [wait: 5ms, print: fine]\n')
    heard.run()
    failures = [run.failure for run in heard.running.runs]
    assert failures[0].endswith("it failed with ECONNREFUSED") and failures[1] == ""
    assert heard.output() == [("b", "fine\n")]
    assert [details for what, _, details in heard.reports if what == "note"] == [
        (f"program main failed: {failures[0]}",)
    ]


def test_who_waits_without_a_limit_is_stuck(request: pytest.FixtureRequest) -> None:
    heard = Heard(request, "  a: [open udp, receive from]\n  b: [wait: 10ms]\n")
    heard.running.begin()
    assert not heard.running.are_stuck()
    heard.running.attend(1 * SECOND, [])
    assert heard.running.are_stuck() and heard.running.live()[0].waits_for == "a datagram on socket 3"


def test_attending_ends_at_its_time(request: pytest.FixtureRequest) -> None:
    heard = Heard(request, "  a: [open udp, receive from]\n")
    heard.running.begin()
    heard.running.attend(15 * MILLISECOND, [])
    assert 15 * MILLISECOND <= heard.running.now() < 1 * SECOND
