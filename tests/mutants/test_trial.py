"""Trials: what counts as killing an expectation, and what does not."""

from __future__ import annotations

import pytest

import simnet
from simnet.scenario.load import loads
from tests.mutants.planting import Mutant, mutant
from tests.mutants.trial import killed_by, sound

pytestmark = pytest.mark.skipif(simnet.COMPILED, reason="the core is compiled, and mutants change plain Python only")

PAIR = """
name: pair
hosts:
  a: {address: 10.0.0.1/24}
  b: {address: 10.0.0.2/24}
links: [a -- b]
programs: {a: [ping: b]}
expect:
  - frames: [ARP request, ARP reply, ICMP echo request, ICMP echo reply]
    seen: a:eth0
  - always: ip.ttl == 64
    matching: ip
"""
SCENARIO = loads(PAIR)


def answering(old: str, new: str) -> Mutant:
    """A mutant of what answers a ping."""
    return mutant("test", "Pings are answered wrongly.", ("stack.icmp:IcmpLayer.echo_arrives", old, new))


def also(statement: str) -> Mutant:
    """One that does this before it answers."""
    return answering("host = self._host", f"host = self._host; {statement}")


@pytest.mark.parametrize(
    ("mutant", "killed"),
    [
        (answering("profile.ip_default_ttl", "63"), {1}),
        (answering("reply,", "message,"), set()),
        (answering("packet.tos", "packet.tos + 0"), set()),
        (also("return"), {0}),
    ],
    ids=["wrong-ttl", "storm", "harmless", "silent"],
)  # fmt: skip
def test_a_mutant_kills_the_expectations_that_no_longer_hold(mutant: Mutant, killed: set[int]) -> None:
    assert killed_by(mutant, sound(SCENARIO)) == killed


@pytest.mark.parametrize(
    "mutant",
    [
        also("raise ZeroDivisionError"),
        answering("host.send_ip(", "while True: pass\n        host.send_ip("),
        also("host.alarms.work.pending += 1; host.alarms.background(print).set(10**15)"),
    ],
    ids=["raises", "loops", "is-not-over-in-the-end"],
)  # fmt: skip
def test_a_run_that_raises_or_never_ends_kills_nothing(mutant: Mutant) -> None:
    assert killed_by(mutant, sound(SCENARIO), patience=0.2) == set()


def test_a_mutant_touches_the_scenarios_that_run_its_code() -> None:
    right = sound(SCENARIO)
    assert right.is_touched_by(also("return"))
    assert not right.is_touched_by(mutant("test", "", ("devices.hub:Hub.receive", "out is not port", "True")))


def test_a_scenario_that_fails_by_itself_is_refused() -> None:
    with pytest.raises(AssertionError, match="does not meet"):
        sound(loads(PAIR.replace("64", "63")))
