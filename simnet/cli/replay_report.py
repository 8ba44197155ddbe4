"""What a replay came to, for people and for machines."""

from __future__ import annotations

import json
from typing import Any, Final

from simnet.cli.report import JSON_VERSION
from simnet.scenario.values import Scenario
from simnet.views.clock import rough
from simnet.worlds.real_world import Replay

_WHERE: Final = {"loopback": "on loopback", "lab": "in the lab"}


def summary(result: Replay, world: str) -> list[str]:
    """What could not be judged, what to know, and one line of numbers."""
    lines = [f"--    {text} (cannot be seen {_WHERE[world]})" for text in result.unjudged]
    lines += [f"note: {remark}" for remark in result.remarks]
    frames = f"{result.frames} frame{'s' * (result.frames != 1)}"
    dropped = f", {result.dropped} lost on the way" if result.dropped else ""
    missed = f"{result.lost} packets missed by the capture" if result.lost else "no packet missed by the capture"
    return [*lines, f"{rough(result.end_ns)} replayed {_WHERE[world]}, {frames}{dropped}, {missed}"]


def json_object(scenario: Scenario, result: Replay, world: str) -> str:
    """The one object that `simnet replay --json` prints."""
    value: dict[str, Any] = {
        "version": JSON_VERSION,
        "scenario": scenario.name,
        "world": world,
        "ok": result.ok,
        "end_ns": result.end_ns,
        "frames": result.frames,
        "dropped": result.dropped,
        "missed_by_capture": result.lost,
        "expectations": [{"text": verdict.text, "ok": verdict.ok, "why": verdict.why} for verdict in result.verdicts],
        "not_judged": list(result.unjudged),
        "remarks": list(result.remarks),
        "hosts": {name: {"output": output} for name, output in result.output.items()},
    }
    return json.dumps(value, indent=2, ensure_ascii=False)
