"""What a comparison came to, for machines, and in one line."""

from __future__ import annotations

import json
from typing import Any

from simnet.cli.report import JSON_VERSION
from simnet.trace.compare import Comparison
from simnet.trace.compare_row import Finding, Row
from simnet.trace.compare_sighting import Sighting
from simnet.trace.trace import Trace
from simnet.views.comparison_words import Ends, both_words, sentence, verdict
from simnet.wire.summary import summary


def json_object(comparison: Comparison, traces: tuple[Trace, Trace]) -> str:
    """The one object that `simnet compare --json` prints."""
    ends = Ends(traces[0].network), Ends(traces[1].network)
    value: dict[str, Any] = {
        "version": JSON_VERSION,
        "equal": comparison.is_equal,
        "frames": {finding.value: comparison.count(finding) for finding in Finding},
        "first_difference": None if comparison.first is None else _row(comparison.first, ends),
        "normalized": list(comparison.normalized),
    }
    return json.dumps(value, indent=2, ensure_ascii=False)


def one_line(comparison: Comparison, traces: tuple[Trace, Trace]) -> str:
    """The verdict, and the first difference if there is one."""
    ends = Ends(traces[0].network), Ends(traces[1].network)
    first = "" if comparison.first is None else f"\nfirst difference: {sentence(comparison.first, ends)}"
    return verdict(comparison) + first


def _row(row: Row, ends: tuple[Ends, Ends]) -> dict[str, Any]:
    fields = [(each.name, *both_words(each)) for each in row.differences]
    return {
        "text": sentence(row, ends),
        "kind": row.finding.value,
        "a": _frame(row.a),
        "b": _frame(row.b),
        "fields": [{"name": name, "a": a, "b": b} for name, a, b in fields],
    }


def _frame(sighting: Sighting | None) -> dict[str, Any] | None:
    if sighting is None:
        return None
    return {
        "frame": sighting.number,
        "time_ns": sighting.time,
        "port": sighting.place,
        "summary": summary(sighting.frame),
    }
