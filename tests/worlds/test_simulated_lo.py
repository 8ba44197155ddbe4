"""All hosts on one simulated `lo`: the very trace that the kernel's `lo` gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.errors import SimnetError
from simnet.scenario.load import load, loads
from simnet.trace.compare import compare
from simnet.trace.events import FrameArrived, ProgramOutput
from simnet.wire.summary import summary
from simnet.worlds import simulated_lo
from tests.worlds.test_loopback import CONVERSATION, TALK

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def test_hosts_speak_with_their_own_addresses_and_without_arp() -> None:
    trace = simulated_lo.run(loads(TALK))
    sent = list(trace.frames())
    assert [summary(event.frame) for event in sent] == CONVERSATION
    assert sent[0].port == "client:eth0" and sent[1].port == "server:eth0"
    arrived = [event.port for event in trace.each(FrameArrived)]
    assert arrived[:2] == ["server:eth0", "client:eth0"] and len(arrived) == len(sent)
    assert {event.device: event.text for event in trace.each(ProgramOutput)} == {"server": "hello", "client": "world"}


def test_segments_are_as_large_as_on_the_link() -> None:
    text = TALK.replace("links: [client -- server]", "links: [client -- server: {mtu: 900}]")
    trace = simulated_lo.run(loads(text.replace("send: hello", "send: {bytes: 3000}").replace("receive: 5,", "", 1)))
    assert max(event.frame.length for event in trace.frames()) == 914


def test_the_same_seed_gives_the_same_trace() -> None:
    scenario = loads(TALK)
    first, again = (list(simulated_lo.run(scenario)) for _ in range(2))
    assert first == again
    assert compare(simulated_lo.run(scenario), simulated_lo.run(scenario, seed=5)).is_equal


def test_what_one_lo_cannot_carry_is_refused() -> None:
    with pytest.raises(SimnetError, match="lab"):
        simulated_lo.run(load(SCENARIOS / "lossy-transfer.yaml"))
