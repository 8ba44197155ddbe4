"""The bulk transfers of the bench really carry their bytes, at the pace the bottleneck allows."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip("resource", reason="CPU time is measured on Unix only")

import simnet
from bench import compiled, w2_nspy, w2_simnet, w3_simnet
from bench.dumbbell import BOTTLENECK_DELAY, BOTTLENECK_RATE

SIZE = 500_000
AT_BEST = SIZE * 8 * 1_000_000_000 // BOTTLENECK_RATE + BOTTLENECK_DELAY


@pytest.mark.parametrize("control", ["cubic", "reno"])
@pytest.mark.parametrize("flows", [1, 3])
def test_simnet_delivers_every_byte(flows: int, control: str) -> None:
    outcome = w2_simnet.prepare(flows, SIZE, 0.0, control)()
    assert outcome.delivered == flows * SIZE
    assert AT_BEST < outcome.span < 10 * flows * AT_BEST


def test_losses_are_repaired() -> None:
    outcome = w2_simnet.prepare(1, SIZE, 0.02)()
    assert outcome.delivered == SIZE
    assert outcome.segments > SIZE // 1448 + 1


@pytest.mark.parametrize("control", ["cubic", "reno"])
def test_peer_delivers_whole_segments(control: str) -> None:
    outcome = w2_nspy.prepare(1, SIZE, 0.0, control)()
    assert SIZE <= outcome.delivered < SIZE + 1448
    assert outcome.span > AT_BEST


def test_every_short_connection_comes_to_its_end() -> None:
    assert w3_simnet.run(50)["connections"] == 50


def test_the_bench_of_the_compiled_core_reads_what_programs_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "BYTES", 2_000_000)  # long enough to take CPU time
    _, arguments, figure = compiled.programs()[1]
    line = json.loads(compiled.run([sys.executable, "-m", *arguments], compiled.TOP, {}))
    assert line[figure] > 0
    assert w3_simnet.run(50)["core"] == ("compiled" if simnet.COMPILED else "plain")
