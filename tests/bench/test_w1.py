"""The bench measures the same thing three times."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from bench import w1, workload
from bench.workload import Outcome

pytest.importorskip("resource", reason="CPU time is measured on Unix only")


@pytest.mark.parametrize("module", w1.PROGRAMS.values())
@pytest.mark.parametrize("routers", [0, 1, 4])
def test_every_program_delivers_the_same_at_the_same_nanosecond(module: str, routers: int) -> None:
    run = import_module(module).prepare(routers, 50)
    assert run() == Outcome(50, workload.expected_span(routers, 50))


def test_the_command_prints_figures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["w1", "--routers", "1", "--datagrams", "5000", "--runs", "1", "--json", "-"]
    monkeypatch.setattr("sys.argv", arguments)
    assert w1.main() == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["hops_per_second"]) == {"simnet", "SimPy", "ns.py"}
    assert figures["simnet_is_times_faster"]["SimPy"] > 0
