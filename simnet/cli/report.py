"""What a run came to, for people and for machines."""

from __future__ import annotations

import json
from typing import Any, Final

from simnet.scenario.values import Scenario
from simnet.units import format_time
from simnet.worlds.simulated import Result

JSON_VERSION: Final = 1
"""Of the object below; its fields may grow in number, but keep their meaning within a version."""


def verdicts(result: Result) -> list[str]:
    """A line for each expectation, with its reason beneath it where it failed."""
    lines = []
    for verdict in result.verdicts:
        lines.append(f"{'ok  ' if verdict.ok else 'FAIL'}  {verdict.text}")
        if not verdict.ok:
            lines += [f"      {line}" for line in verdict.why.splitlines()]
    return lines


def summary(result: Result) -> str:
    """One line: how long it took and what was on the links."""
    frames = f"{result.frames} frame{'s' * (result.frames != 1)}"
    lost = f", {result.dropped} lost" if result.dropped else ""
    return f"{format_time(result.end_ns)} simulated, {frames}{lost}, seed {result.seed}"


def json_object(scenario: Scenario, result: Result) -> str:
    """The one object that `simnet run --json` prints."""
    value: dict[str, Any] = {
        "version": JSON_VERSION,
        "scenario": scenario.name,
        "ok": result.ok,
        "seed": result.seed,
        "end_ns": result.end_ns,
        "frames": result.frames,
        "dropped": result.dropped,
        "expectations": [{"text": verdict.text, "ok": verdict.ok, "why": verdict.why} for verdict in result.verdicts],
        "hosts": {name: {"output": output} for name, output in result.output.items()},
    }
    return json.dumps(value, indent=2, ensure_ascii=False)
