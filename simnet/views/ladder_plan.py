"""The plan of a sequence diagram: where lanes, lines and words stand so that no words overlap.

Lines keep their slope: where words would collide, an arrow and all later ones move down together.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from simnet.trace.network import NetworkMap
from simnet.views import metrics
from simnet.views.arrows import runs, span, used_lanes
from simnet.views.clock import Clock
from simnet.views.hops import Hop
from simnet.views.labels import FULL_DETAIL, Labeler
from simnet.views.ladder_parts import (
    MARGIN,
    NAME_SIZE,
    NARROWEST_GAP,
    STRIP,
    SYMBOL_SIZE,
    TEXT_SIZE,
    Lane,
    Plan,
    Row,
    StateMark,
    flight,
    times_end,
)
from simnet.views.ladder_placing import place
from simnet.views.moments import StateMoment, Touches
from simnet.views.spacing import Wish, evened, gap_widths
from simnet.views.time_axis import TimeAxis

_FALL: Final = 24.0
"""How far the slowest line falls."""
_LABEL_ROOM: Final = 26.0
"""What a label leaves of its gap, for the line's ends."""
_COMFORTABLE_GAP: Final = 150.0
_NUDGE: Final = 3.0
_PASSES: Final = 60


def rows_of(hops: list[Hop], moments: list[StateMoment], lanes: list[str]) -> tuple[list[Row], list[StateMark]]:
    """Arrows and lone states in order, and each state with the row it belongs to."""
    places = {name: place for place, name in enumerate(lanes)}
    labeler = Labeler()
    rows = []
    for run in runs(hops, places):
        first = run.hops[0]
        rows.append(Row(run.start, first.order, run, labeler.label(first.frame, run.start)))
    of_hop = {id(hop): row for row in rows if row.run is not None for hop in row.run.hops}
    touches = Touches(hops)
    pairs = []
    for moment in moments:
        if moment.device not in places:
            continue
        arrival = touches.arrival(moment)
        hop = arrival or touches.departure(moment)
        row = of_hop[id(hop)] if hop is not None else Row(moment.time, moment.order, None, None)
        if hop is None:
            rows.append(row)
        pairs.append((moment, row, arrival is not None))
    rows.sort(key=lambda row: (row.time, row.order))
    index = {id(row): number for number, row in enumerate(rows)}
    return rows, [StateMark(moment, index[id(row)], is_end) for moment, row, is_end in pairs]


def plan(
    network: NetworkMap,
    hops: list[Hop],
    moments: list[StateMoment],
    lanes: list[str],
    widest: float,
    count: int,
) -> Plan:
    """A plan of the first `count` rows, `widest` points wide at most if the lanes can be that narrow."""
    rows, marks = rows_of(hops, moments, lanes)
    left_out = sum(row.run is not None for row in rows[count:])
    rows, marks = rows[:count], [mark for mark in marks if mark.row < count]
    lanes = used_lanes(lanes, [row.run for row in rows if row.run is not None])
    marks = [mark for mark in marks if mark.moment.device in lanes]
    clock = Clock(row.time for row in rows)
    placed, width = _lanes(network, rows, marks, lanes, clock, widest)
    times = [row.time for row in rows] + [mark.moment.time for mark in marks]
    flights = [flight(hop) for row in rows if row.run is not None for hop in row.run.hops]
    made = Plan(width, 0.0, placed, rows, marks, TimeAxis(times, flights, _FALL), clock)
    made.left_out, made.with_strip = left_out, _single_connections(marks)
    for _ in range(_PASSES):
        crowded = place(made)
        if not crowded:
            break
        for row in crowded:
            rows[row].bump += _NUDGE
    bottoms = [segment.y2 for segment in made.segments] + [y for text in made.texts for _, y in text.corners()]
    made.height = max([*bottoms, *(mark.y + 12 for mark in marks)]) + 16
    return made


def _lanes(
    network: NetworkMap, rows: list[Row], marks: list[StateMark], lanes: list[str], clock: Clock, widest: float
) -> tuple[list[Lane], float]:
    kinds = {device.name: device.kind for device in network.devices}
    addresses = network.host_addresses()
    heads = [
        max(metrics.bold_width(name, NAME_SIZE), metrics.width(addresses.get(name, ""), TEXT_SIZE), 1.5 * SYMBOL_SIZE)
        for name in lanes
    ]
    left = times_end(clock) + 16 + max(heads[0] / 2, _state_width(marks, lanes[0]))
    right = MARGIN + max(heads[-1] / 2, _state_width(marks, lanes[-1]))
    room = widest - left - right
    least = [max(NARROWEST_GAP, (a + b) / 2 + 12) for a, b in zip(heads, heads[1:], strict=False)]
    gaps: list[float] = []
    for detail in range(FULL_DETAIL, -1, -1):
        gaps = gap_widths(least, _wishes(rows, lanes, detail))
        if sum(gaps) <= room:
            break
    x, placed = left, []
    for name, gap in zip(lanes, [*evened(gaps, room, _COMFORTABLE_GAP, 4), 0.0], strict=True):
        placed.append(Lane(name, x, kinds.get(name), addresses.get(name, "")))
        x += gap
    # States of a lane within stand to its right and may reach beyond the last lane.
    return placed, max([x + right, *(lane.x + _state_width(marks, lane.name) + MARGIN for lane in placed)])


def _state_width(marks: list[StateMark], lane: str) -> float:
    texts = [mark.moment.text for mark in marks if mark.moment.device == lane]
    return max((metrics.width(text, TEXT_SIZE) + STRIP + 10 for text in texts), default=0.0)


def _wishes(rows: list[Row], lanes: list[str], detail: int) -> list[Wish]:
    places = {name: place for place, name in enumerate(lanes)}
    wishes = []
    for row in rows:
        if row.run is None or row.label is None:
            continue
        low, high = span(row.run, places)
        text = row.label.text(min(detail, 2) if row.label.remark else detail)
        if low < high < len(lanes):
            wishes.append(Wish(low, high, metrics.width(text, TEXT_SIZE) + _LABEL_ROOM))
    return wishes


def _single_connections(marks: list[StateMark]) -> set[str]:
    """The devices whose states belong to one connection, so that a strip can show them."""
    connections = {(mark.moment.device, mark.moment.connection) for mark in marks if mark.moment.connection}
    counts = Counter(device for device, _ in connections)
    return {device for device, count in counts.items() if count == 1}
