"""What a ladder in a terminal says, row by row, before anything has a place: arrows, states, remarks, the legend."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from simnet.trace.network import NetworkMap
from simnet.views.arrows import Run, lane_order, runs
from simnet.views.clock import Clock
from simnet.views.drawing import Role
from simnet.views.hops import Fate, Hop, Lanes, ends_ill
from simnet.views.journeys import end_to_end
from simnet.views.labels import FULL_DETAIL, RESENT, Label, Labeler, role_of
from simnet.views.moments import Remark, StateMoment, Touches
from simnet.views.terminal import Line, Terminal, cells


class Row(Struct):
    """One line to be: an arrow, or a remark, or states on their own."""

    time: int
    order: int
    run: Run | None = None
    label: Label | None = None
    states: list[StateMoment] = []
    remark: str = ""


class Beside(Struct):
    """What happens beside the frames."""

    states: list[StateMoment]
    remarks: list[Remark]


class Page(Struct):
    """What gets lanes, and the arrows between them; without lanes it is a list."""

    lanes: list[str]
    hops: list[Hop]


class Shown(Struct):
    """The rows that are shown of `total`; None stands where some were left out.  `rest` tells how to see them.

    `beyond`: frames that were too many even to be counted in rows.
    """

    rows: list[Row | None]
    total: int
    beyond: int
    rest: str

    def left_out(self, terminal: Terminal) -> str:
        """The line that says so."""
        rows = f"{terminal.glyphs.more} {self.total - len(self.rows) + 1:,} rows"
        return f"{rows} and {self.beyond:,} frames left out" if self.beyond else f"{rows} left out: {self.rest}"


def pages(network: NetworkMap, hops: list[Hop], lanes: Lanes) -> Iterator[Page]:
    """The pages that might do, best first."""
    if lanes is not Lanes.ENDS:
        yield Page(lane_order(network, hops), hops)
    journeys = end_to_end(network, hops) or hops  # those of a host with itself have no two ends
    if lanes is not Lanes.HOPS:
        yield Page(lane_order(network, journeys), journeys)
    yield Page([], journeys)


def rows_of_page(page: Page, beside: Beside) -> list[Row]:
    """Everything that happens, in order of time; states stand beside the arrow that brings them about."""
    places = {name: place for place, name in enumerate(page.lanes)}
    labeler = Labeler()
    rows: list[Row] = []
    rows_of: dict[int, Row] = {}
    for run in runs(page.hops, places) if places else [Run([hop]) for hop in page.hops]:
        arrow = Row(run.start, run.hops[0].order, run, labeler.label(run.hops[0].frame, run.start), [])
        rows.append(arrow)
        rows_of |= {id(hop): arrow for hop in run.hops}
    touches = Touches(page.hops)
    for moment in beside.states:
        if places and moment.device not in places:
            continue
        hop = touches.arrival(moment) or touches.departure(moment)
        row = rows_of.get(id(hop)) if hop is not None else None
        if row is None:
            row = Row(moment.time, moment.order, states=[])
            rows.append(row)
        row.states.append(moment)
    rows += [Row(remark.time, remark.order, remark=remark.text, states=[]) for remark in beside.remarks]
    return sorted(rows, key=lambda row: (row.time, row.order))


def limited(body: list[Row], rows: int) -> list[Row | None]:
    """At most `rows` of `body`; None stands where some were left out."""
    if rows <= 0 or len(body) <= rows:
        return list(body)
    tail = rows // 3
    return [*body[: rows - tail], None, *body[len(body) - tail :]]


def hop_role(hop: Hop) -> Role:
    """What a hop is drawn as: lost, or by what its frame does."""
    return Role.LOST if hop.fate is Fate.LOST else role_of(hop.frame)


def legend(shown: Shown, clock: Clock, terminal: Terminal, detail: int) -> str:
    """One line that explains what was drawn, and only that."""
    glyphs = terminal.glyphs
    drawn = [row.run for row in shown.rows if row is not None and row.run is not None]
    hops = [hop for run in drawn for hop in run.hops]
    parts = [f"time in {clock.unit}"]
    if any(len(run.hops) > 1 for run in drawn):
        parts.append(f"{glyphs.through} passes on")
    if any(ends_ill(hop) for hop in hops):
        parts.append(f"{glyphs.lost} ends here")
    if any(hop.frame.reason in RESENT or hop.is_copy for hop in hops):
        parts.append(f"{glyphs.dashed} sent again")
    tcp_roles = (Role.OPEN, Role.DATA, Role.ACK, Role.CLOSE)
    if detail == FULL_DETAIL and any(role_of(hop.frame) in tcp_roles for hop in hops):
        parts.append("seq and ack count from 0")
    text = parts[0]
    for part in parts[1:]:
        longer = f"{text} {glyphs.dot} {part}"
        text = longer if cells(longer) <= terminal.width else text
    line = Line(terminal.width)
    line.put(0, text, Role.SOFT)
    return "\n" + line.render(terminal.colors) + "\n"
