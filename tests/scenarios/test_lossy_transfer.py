"""TCP over a bad link, with much different luck: every byte arrives, and nothing is left behind.

Twenty seeds; `SIMNET_SEEDS=200 python -m pytest tests/scenarios/test_lossy_transfer.py` tries two hundred.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from simnet.scenario.load import load
from simnet.scenario.values import Scenario
from simnet.trace.events import FrameSent
from simnet.trace.trace import Trace
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import SYN, Tcp
from simnet.worlds.simulated import SimulatedWorld

SEEDS = range(1, int(os.environ.get("SIMNET_SEEDS", "20")) + 1)
SIZE = 1_000_000


@cache
def lossy_transfer() -> Scenario:
    return load(Path(__file__).parents[2] / "scenarios" / "lossy-transfer.yaml")


def bytes_sent(trace: Trace, port: str) -> bytes:
    """The stream that left `port`, put together from its segments by their numbers."""
    stream = bytearray()
    first = 0
    for event in trace:
        if not isinstance(event, FrameSent) or event.port != port or not isinstance(event.frame.payload, Ipv4):
            continue
        segment = event.frame.payload.payload
        assert isinstance(segment, Tcp)
        if segment.flags & SYN:
            first = segment.seq + 1
        place = (segment.seq - first) % (1 << 32)
        if segment.data:
            stream[place : place + len(segment.data)] = segment.data
    return bytes(stream)


@pytest.mark.parametrize("seed", SEEDS)
def test_data_is_intact_and_nothing_is_left_behind(seed: int) -> None:
    world = SimulatedWorld(lossy_transfer(), seed=seed)
    world.run(lossy_transfer().until)
    result = world.result()
    assert [verdict.why for verdict in result.verdicts if not verdict.ok] == []

    received = result.output["receiver"].encode()
    assert len(received) == SIZE
    assert [line for line in received.split(b"\n") if line][::1000] == [
        b"%07d abcdefghijklmnopqrstuvw" % offset for offset in range(0, SIZE, 32_000)
    ]
    assert received == bytes_sent(result.trace, "sender:eth0")

    scheduler = world.network.scheduler
    assert scheduler.now < (lossy_transfer().until or 0)
    assert scheduler.work.pending == 0
    assert scheduler.is_quiet()
    sockets = [state.value for host in world.network.hosts() for state, _ in host.stack.tcp.rows()]
    assert sockets == ["TIME-WAIT"]
