"""The arrows of a ladder as a list, for networks too wide for lanes."""

from __future__ import annotations

from typing import Final

from simnet.views.clock import Clock
from simnet.views.drawing import Role
from simnet.views.hops import ends_ill
from simnet.views.labels import FULL_DETAIL
from simnet.views.terminal import Line, Terminal, cells, shortened
from simnet.views.text_rows import Row, Shown, hop_role, legend

_LONGEST_NAME: Final = 16


def listed(shown: Shown, clock: Clock, terminal: Terminal) -> str:
    """The rows as lines of text, one below the other, with the legend."""
    runs_shown = [row.run for row in shown.rows if row is not None and row.run is not None]
    source_width = min(_LONGEST_NAME, max((cells(run.hops[0].source) for run in runs_shown), default=0))
    target_width = min(_LONGEST_NAME, max((cells(run.hops[-1].target) for run in runs_shown), default=0))
    lines = []
    for row in shown.rows:
        line = Line(terminal.width)
        lines.append(line)
        if row is None:
            line.put(0, shown.left_out(terminal), Role.SOFT)
            continue
        time = clock.text(row.time)
        line.put(clock.width - len(time), time, Role.SOFT)
        x = clock.width + 2
        if row.run is None or row.label is None:
            text = row.remark or ", ".join(f"{moment.device} {moment.text}" for moment in row.states)
            line.put(x, shortened(text, terminal.width - x, terminal.glyphs), Role.STATE)
        else:
            _list_arrow(line, x, row, source_width, target_width, terminal)
    return "".join(line.render(terminal.colors) + "\n" for line in lines) + legend(shown, clock, terminal, FULL_DETAIL)


def _list_arrow(line: Line, x: int, row: Row, source_width: int, target_width: int, terminal: Terminal) -> None:
    assert row.run is not None and row.label is not None
    hop, glyphs = row.run.hops[0], terminal.glyphs
    line.put(x, shortened(hop.source, source_width, glyphs), Role.INK)
    x += source_width + 1
    line.put(x, glyphs.to, Role.SOFT)
    x += cells(glyphs.to) + 1
    line.put(x, shortened(hop.target or "?", target_width, glyphs), Role.INK)
    x += target_width + 2
    text = row.label.text(FULL_DETAIL)
    if ends_ill(hop):
        text += f"  {glyphs.lost} {ends_ill(hop)}"
    text += "".join(f"  [{moment.device} {moment.text}]" for moment in row.states)
    line.put(x, shortened(text, terminal.width - x, glyphs), hop_role(hop))
