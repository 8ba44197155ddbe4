"""The simulated world: what a run gives, what always counts as a failure, and that it touches no real network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simnet.errors import RunawayError
from simnet.scenario.load import loads
from simnet.scenario.network import Network
from simnet.trace.events import Note
from simnet.trace.sinks import MemorySink
from simnet.units import ms
from simnet.views import text_ladder
from simnet.worlds import simulated
from simnet.worlds.simulated import Result, SimulatedWorld

PAIR = """
name: pair
hosts:
  a: {address: 10.0.0.1/24}
  b: {address: 10.0.0.2/24}
links: [a -- b]
"""
UDP = """
programs:
  a: [open udp, send to: {to: "b:5000", text: hi}]
  b: [open udp: 5000, receive from]
expect:
  - {output: hi, host: b}
"""
SCENARIOS = Path(__file__).parents[2] / "scenarios"


def run(text: str) -> Result:
    return simulated.run(loads(text))


def test_result_counts_frames_and_keeps_each_hosts_output() -> None:
    result = run(PAIR + UDP)
    assert result.ok
    assert (result.frames, result.dropped, result.seed) == (3, 0, 1)
    assert result.output == {"a": "", "b": "hi"}
    assert result.end_ns == result.trace.end_ns > 0


def test_sink_gets_the_same_events_as_the_trace() -> None:
    sink = MemorySink()
    result = simulated.run(loads(PAIR + UDP), sink=sink)
    assert sink.events == list(result.trace)
    assert sink.end_ns == result.end_ns


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("programs: {a: [connect: b:80]}\nexpect: [{never: udp}]", "failed with ECONNREFUSED"),
        ("faults: [{drop: tcp}]\n" + UDP, "it never fired"),
        ("programs: {a: [open udp]}", "could not fail"),
    ],
)
def test_what_fails_a_run_without_being_expected(text: str, why: str) -> None:
    result = run(PAIR + text)
    assert not result.ok
    assert any(why in verdict.why for verdict in result.verdicts if not verdict.ok)


def test_the_name_of_a_file_is_not_yet_a_scenario() -> None:
    with pytest.raises(TypeError, match=r"found str; read a file with simnet\.load"):
        simulated.run("handshake.yaml")  # type: ignore[arg-type]


def test_server_may_wait_for_ever_and_a_note_says_so() -> None:
    result = run(PAIR + "programs: {b: [listen: 80, accept]}\nexpect: [{output: '', host: b}]")
    assert result.ok
    notes = [event.text for event in result.trace if isinstance(event, Note)]
    assert notes == ["program main still waits for a connection on socket 3"]


def test_program_that_can_never_end_fails_the_run_unless_it_is_cut_short() -> None:
    text = "programs: {a: [connect: b:80, receive: end], b: [listen: 80, accept, receive: end]}\n"
    text += "expect: [{states: [CLOSED, SYN-SENT, ESTABLISHED], host: a}]\n"
    hung = run(PAIR + text)
    assert ["still waits for data on" in verdict.why for verdict in hung.verdicts] == [False, True, True]
    assert run(PAIR + "until: 1s\nprograms: {a: [wait: 2s]}\nexpect: [{output: '', host: a}]").ok


def test_network_of_the_python_api_runs_as_it_is() -> None:
    net = Network(seed=7)
    a = net.host("a", "10.0.0.1/24")
    net.host("b", "10.0.0.2/24")
    net.link("a", "b", delay=ms(5))
    a.program(steps=[{"ping": "b"}])
    net.expect(count=2, matching="icmp")
    result = simulated.run(net)
    assert result.ok and result.seed == 7


def test_start_after_a_listener_and_after_an_end() -> None:
    result = run(
        PAIR
        + """
programs:
  b:
    door: {steps: [wait: 5ms, listen: 80, accept, receive: end, print: bye], start: 1ms}
    late: {steps: [print: late], start: {after: a ends}}
  a: {steps: [connect: b:80, send: x, close], start: {after: b listens}}
expect: [{output: "xbye\\n", host: b, program: door}]
"""
    )
    assert result.ok, result.verdicts
    assert sorted(result.output["b"]) == sorted("xbye\nlate\n")


def test_storm_is_stopped_and_its_cables_are_named() -> None:
    text = """
name: ring
hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}
switches: [s1, s2, s3]
links: [a -- s1, s1 -- s2, s2 -- s3, s3 -- s1, b -- s3]
programs: {a: [ping: 10.0.0.77]}
expect: [{never: udp}]
"""
    with pytest.raises(RunawayError, match=r"busiest cables are .*s\d:p\d"):
        SimulatedWorld(loads(text)).run(limit=20_000)


def test_host_that_talks_to_itself_has_a_ladder_of_one_lane() -> None:
    result = run(
        """
name: alone
hosts: {a: {address: 10.0.0.1/24}}
programs:
  a:
    door: [listen: 80, accept, receive: end, close]
    me: [connect: a:80, send: hi, close]
expect: [{output: hi, host: a}]
"""
    )
    assert result.ok
    assert "lo: SYN+ACK" in text_ladder.draw(result.trace)


def test_frames_of_one_host_to_itself_are_listed_where_they_fill_no_ladder() -> None:
    text = """
name: lo
hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24, c: 10.0.0.3/24}
switches: [s1]
links: [a -- s1, b -- s1, c -- s1]
programs: {a: [open udp, send to: {to: "a:5000", text: hi}, print: a remark that is far too long for one narrow lane]}
expect: [{never: tcp}]
"""
    ladder = text_ladder.draw(run(text).trace)
    assert "UDP 2 bytes" in ladder and "ICMP port unreachable" in ladder


def test_until_ends_a_run_early() -> None:
    world = SimulatedWorld(loads(PAIR + "programs: {a: [wait: 10s, print: x]}\nexpect: [{output: '', host: a}]"))
    world.run(until=1_000)
    assert world.result().ok
    assert world.result().end_ns == 1_000


def test_same_seed_same_events_and_no_socket_of_this_machine() -> None:
    """A run in a process of its own whose audit hook forbids every real socket, and twice the same trace."""
    program = """
import sys
def watch(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system")):
        raise SystemExit(f"the simulated world used {event} {arguments}")
sys.addaudithook(watch)
from simnet.scenario.load import load
from simnet.worlds.simulated import run
for name in sys.argv[1:]:
    result = run(load(name))
    assert result.ok, name
    print(name, result.end_ns, result.frames, hash(tuple(e.time for e in result.trace)))
"""
    names = [str(SCENARIOS / f"{name}.yaml") for name in ("handshake", "gateway-nat", "udp-broadcast", "ping")]
    runs = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program, *names],
            capture_output=True, text=True, check=False, cwd=SCENARIOS.parent, env={"PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        runs.append(done.stdout)
    assert runs[0] == runs[1]
