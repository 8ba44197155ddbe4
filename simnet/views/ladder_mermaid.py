"""The sequence diagram in Mermaid, which GitHub and many editors draw (https://mermaid.js.org).

Does not show: how long things take; Mermaid has no time axis, so each arrow begins with its time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.trace.network import Kind
from simnet.views.clock import Clock
from simnet.views.hops import Fate, Hop, Lanes, Observed, collect, end_to_end, ends_ill, everything, lane_order
from simnet.views.labels import RESENT, Labeler
from simnet.views.mermaid import escaped
from simnet.views.moments import StateMoment, states
from simnet.wire.frame import Frame

DEFAULT_ROWS: Final = 200
"""Mermaid refuses more than 50,000 characters; this many arrows stay below."""


def render(
    trace: Observed,
    *,
    lanes: Lanes = Lanes.AUTO,
    rows: int = DEFAULT_ROWS,
    keep: Callable[[Frame], bool] = everything,
    rest: str = "--rows all writes them",
) -> str:
    """The Mermaid file with at most `rows` arrows (0: all); AUTO gives every device a lane."""
    hops = collect(trace, keep)
    if lanes is Lanes.ENDS:
        hops = end_to_end(trace.network, hops)
    shown = hops[:rows] if rows > 0 else hops
    order = lane_order(trace.network, shown)
    ids = {name: f"p{number}" for number, name in enumerate(order)}
    kinds = {device.name: device.kind for device in trace.network.devices}
    lines = ["sequenceDiagram"]
    for name in order:
        word = "actor" if kinds.get(name) is Kind.HOST else "participant"
        lines.append(f"  {word} {ids[name]} as {escaped(name)}")
    clock = Clock(hop.sent for hop in shown)
    labeler = Labeler()
    end = shown[-1].sent if len(shown) < len(hops) else None
    moments = [moment for moment in states(trace) if moment.device in ids and (end is None or moment.time <= end)]
    entries: list[tuple[tuple[int, int], str]] = []
    entries += [((hop.sent, hop.order), _arrow(hop, ids, clock, labeler)) for hop in shown]
    entries += [((moment.time, moment.order), _state(moment, ids)) for moment in moments]
    lines += [text for _, text in sorted(entries, key=lambda entry: entry[0])]
    if len(shown) < len(hops):
        lines.append(f"  %% {len(hops) - len(shown):,} more arrows: {rest}")
    return "\n".join(lines) + "\n"


def _arrow(hop: Hop, ids: dict[str, str], clock: Clock, labeler: Labeler) -> str:
    line = "--" if hop.frame.reason in RESENT or hop.is_copy else "-"
    head = "x" if hop.fate is Fate.LOST else ">>"
    words = f"{clock.text(hop.sent)} {clock.unit} {labeler.label(hop.frame).text(2)}"
    if ends_ill(hop):
        words += f" — {ends_ill(hop)}"
    target = ids.get(hop.target, ids[hop.source])
    return f"  {ids[hop.source]}{line}{head}{target}: {escaped(words)}"


def _state(moment: StateMoment, ids: dict[str, str]) -> str:
    return f"  Note over {ids[moment.device]}: {escaped(moment.text)}"
