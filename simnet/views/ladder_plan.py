"""The plan of a sequence diagram: where lanes, lines and words stand so that no words overlap.

Lines keep their slope: where words would collide, an arrow and all later ones move down together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, structs

from simnet.trace.network import Kind, NetworkMap
from simnet.views import metrics
from simnet.views.clock import Clock
from simnet.views.drawing import Anchor, Role, Text, Weight, polygons_overlap
from simnet.views.hops import Fate, Hop, Run, ends_ill, runs, span, stays, used_lanes
from simnet.views.labels import FULL_DETAIL, Label, Labeler, role_of
from simnet.views.moments import StateMoment, Touches
from simnet.views.spacing import Wish, evened, gap_widths
from simnet.views.time_axis import TimeAxis

TEXT_SIZE: Final = 8.0
NAME_SIZE: Final = 10.5
SYMBOL_SIZE: Final = 26.0
HEAD_HEIGHT: Final = 74.0
"""From the upper edge to the first moment."""
_MARGIN: Final = 12.0
_FALL: Final = 24.0
"""How far the slowest line falls."""
_LABEL_ROOM: Final = 26.0
"""What a label leaves of its gap, for the line's ends."""
_NARROWEST_GAP: Final = 46.0
_COMFORTABLE_GAP: Final = 150.0
_ABOVE: Final = -4.0
_BELOW: Final = 4.0 + metrics.ASCENT * TEXT_SIZE
"""How far a label's baseline lies from its line."""
LOOP_WIDTH: Final = 15.0
LOOP_HEIGHT: Final = 11.0
"""How far the line of a frame to oneself swings out and falls."""
_CLEARANCE: Final = 3.0
"""How far a label keeps from the line above it: its halo (1.5) and as much again."""
_LONG_WAY: Final = 45.0
"""A label that still collides this far down may lie below its line."""
_NUDGE: Final = 3.0
_PASSES: Final = 60
_STRIP: Final = 7.0
_BREADTH: Final = 1.5
"""How far a text keeps from a lane that it does not cross."""

Point = tuple[float, float]


class Lane(Struct, frozen=True):
    """A device and where its line stands."""

    name: str
    x: float
    kind: Kind | None
    address: str


class Segment(Struct, frozen=True):
    """The line of a hop."""

    hop: Hop
    row: int
    x1: float
    y1: float
    x2: float
    y2: float


class Row(Struct):
    """An arrow with its label, or a state that no arrow brought about."""

    time: int
    order: int
    run: Run | None
    label: Label | None
    bump: float = 0.0
    y: float = 0.0


class StateMark(Struct):
    """A state and where it begins."""

    moment: StateMoment
    row: int
    is_end: bool
    y: float = 0.0


class Plan(Struct):
    """Everything with its place."""

    width: float
    height: float
    lanes: list[Lane]
    rows: list[Row]
    marks: list[StateMark]
    axis: TimeAxis
    clock: Clock
    segments: list[Segment] = []
    texts: list[Text] = []
    cuts: list[tuple[float, int]] = []
    left_out: int = 0
    with_strip: set[str] = set()


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
    flights = [_flight(hop) for row in rows if row.run is not None for hop in row.run.hops]
    made = Plan(width, 0.0, placed, rows, marks, TimeAxis(times, flights, _FALL), clock)
    made.left_out, made.with_strip = left_out, single_connections(marks)
    for _ in range(_PASSES):
        crowded = _Attempt(made).place()
        if not crowded:
            break
        for row in crowded:
            rows[row].bump += _NUDGE
    bottoms = [segment.y2 for segment in made.segments] + [y for text in made.texts for _, y in text.corners()]
    made.height = max([*bottoms, *(mark.y + 12 for mark in marks)]) + 16
    return made


def _flight(hop: Hop) -> tuple[int, int]:
    """From when to when the line runs: from the first bit's departure, or at once if the queue was full."""
    start = hop.departs if hop.departs <= hop.ended else hop.sent
    return start, max(hop.ended, start)


def _lanes(
    network: NetworkMap, rows: list[Row], marks: list[StateMark], lanes: list[str], clock: Clock, widest: float
) -> tuple[list[Lane], float]:
    kinds = {device.name: device.kind for device in network.devices}
    addresses = network.host_addresses()
    heads = [
        max(metrics.bold_width(name, NAME_SIZE), metrics.width(addresses.get(name, ""), TEXT_SIZE), 1.5 * SYMBOL_SIZE)
        for name in lanes
    ]
    left = _MARGIN + metrics.width("0", TEXT_SIZE) * clock.width + 16 + max(heads[0] / 2, _state_width(marks, lanes[0]))
    right = _MARGIN + max(heads[-1] / 2, _state_width(marks, lanes[-1]))
    room = widest - left - right
    least = [max(_NARROWEST_GAP, (a + b) / 2 + 12) for a, b in zip(heads, heads[1:], strict=False)]
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
    return placed, max([x + right, *(lane.x + _state_width(marks, lane.name) + _MARGIN for lane in placed)])


def _state_width(marks: list[StateMark], lane: str) -> float:
    texts = [mark.moment.text for mark in marks if mark.moment.device == lane]
    return max((metrics.width(text, TEXT_SIZE) + _STRIP + 10 for text in texts), default=0.0)


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


class _Attempt:
    """One try at placing everything; tells which rows are too close to what stands above them."""

    def __init__(self, made: Plan) -> None:
        self._plan = made
        self._at = {lane.name: lane.x for lane in made.lanes}
        self._order = [lane.x for lane in made.lanes]
        self._crowded: set[int] = set()
        made.segments, made.texts, made.cuts = [], [], []

    def place(self) -> set[int]:
        """Places all; the rows that must move down."""
        self._settle()
        for number, row in enumerate(self._plan.rows):
            if row.run is not None:
                self._place_lines(number, row.run)
        self._keep_pitch()
        for mark in self._plan.marks:
            self._place_state(mark)
        for segment in self._plan.segments:
            if ends_ill(segment.hop):
                self._place_fate(segment)
        for number, row in enumerate(self._plan.rows):
            if row.run is not None and row.label is not None:
                self._place_label(number, row, row.label)
        self._place_times()
        return self._crowded

    def _settle(self) -> None:
        """Heights of rows and states: by time, plus what crowding added so far."""
        offset, starts = HEAD_HEIGHT, []
        for row in self._plan.rows:
            offset += row.bump
            row.y = offset
            starts.append((row.time, offset))
        for mark in self._plan.marks:
            row = self._plan.rows[mark.row]
            mark.y = row.y + self._plan.axis.height(mark.moment.time)
        for cut in self._plan.axis.cuts:
            before = [offset for time, offset in starts if time <= cut.after]
            after = [offset for time, offset in starts if time >= cut.before]
            top = self._plan.axis.height(cut.after) + (before[-1] if before else HEAD_HEIGHT)
            bottom = self._plan.axis.height(cut.before) + (after[0] if after else offset)
            self._plan.cuts.append(((top + bottom) / 2, cut.before - cut.after))

    def _place_lines(self, number: int, run: Run) -> None:
        row = self._plan.rows[number]
        for hop in run.hops:
            start, end = _flight(hop)
            y1, y2 = (row.y + self._plan.axis.height(time) for time in (start, end))
            x1 = self._at[hop.source]
            x2 = x1 if stays(hop) else self._far_end(hop, x1)
            if stays(hop):
                y2 = y1 + LOOP_HEIGHT
            if hop.fate is Fate.LOST:
                x2, y2 = x1 + 0.62 * (x2 - x1), y1 + 0.62 * (y2 - y1)
            self._plan.segments.append(Segment(hop, number, x1, y1, x2, y2))

    def _far_end(self, hop: Hop, x1: float) -> float:
        x2 = self._at.get(hop.target, x1)
        if x2 != x1:
            return x2
        right = [x for x in self._order if x > x1]
        left = [x for x in self._order if x < x1]
        return right[0] if right else left[-1] if left else x1 + _NARROWEST_GAP

    def _keep_pitch(self) -> None:
        """Arrows one after the other in the same gap keep a distance."""
        for loop in (segment for segment in self._plan.segments if stays(segment.hop)):
            for other in self._plan.segments:
                starts_within = loop.y1 <= other.y1 < loop.y2 + 3 and other.row > loop.row
                if starts_within and loop.x1 in (other.x1, other.x2):
                    self._crowded.add(other.row)
        lowest: dict[tuple[int, float], tuple[float, int]] = {}
        for segment in self._plan.segments:
            low, high = sorted((segment.x1, segment.x2))
            for index, (a, b) in enumerate(zip(self._order, self._order[1:], strict=False)):
                if a >= high or b <= low:
                    continue
                for x in (a, b):
                    y = self._height_at(segment, x)
                    last = lowest.get((index, x))
                    if last is not None and last[1] != segment.row and 0 <= y - last[0] < 4.0:
                        self._crowded.add(segment.row)
                    lowest[index, x] = (y, segment.row)

    @staticmethod
    def _height_at(segment: Segment, x: float) -> float:
        run = segment.x2 - segment.x1
        share = min(1.0, max(0.0, (x - segment.x1) / run)) if run else 0.0
        return segment.y1 + share * (segment.y2 - segment.y1)

    def _place_state(self, mark: StateMark) -> None:
        x = self._at[mark.moment.device]
        right = Text(x + _STRIP + 4, mark.y, mark.moment.text, TEXT_SIZE, Role.STATE, Anchor.START, Weight.BOLD)
        left = Text(x - _STRIP - 4, mark.y, mark.moment.text, TEXT_SIZE, Role.STATE, Anchor.END, Weight.BOLD)
        sides = (left, right) if x == self._order[0] else (right, left)
        shifts = (7.0, 10.0, 13.0, -3.0) if x not in (self._order[0], self._order[-1]) else (7.0,)
        candidates = [_moved(side, 0, shift) for shift in shifts for side in sides[: 2 if len(shifts) > 1 else 1]]
        self._put(candidates, mark.row, None)

    def _place_fate(self, segment: Segment) -> None:
        words = ends_ill(segment.hop)
        rightward = segment.x2 >= segment.x1
        beyond = 7.0 if segment.hop.fate is Fate.LOST else 9.0
        x, y = segment.x2, segment.y2
        right = Text(x + beyond, y + 3, words, TEXT_SIZE, Role.LOST, Anchor.START, halo=Role.PAPER)
        left = Text(x - beyond, y + 3, words, TEXT_SIZE, Role.LOST, Anchor.END, halo=Role.PAPER)
        below = Text(x, y + 15, words, TEXT_SIZE, Role.LOST, Anchor.MIDDLE, halo=Role.PAPER)
        inward = [_moved(right if not rightward else left, 0, shift) for shift in (9.0, 12.0)]
        outward = [_moved(right if rightward else left, 0, shift) for shift in (0.0, 4.0, 8.0)]
        between = structs.replace(below, x=(segment.x1 + self._far_end(segment.hop, segment.x1)) / 2)
        candidates = [*outward, below, between, *inward]
        inside = sorted((text for text in candidates if self._is_on_page(text)), key=self._lanes_crossed)
        self._put(inside or [_moved(below, self._times_end() + 4 - below.corners()[0][0], 0)], segment.row, segment)

    def _lanes_crossed(self, text: Text) -> int:
        xs = [x for x, _ in text.corners()]
        return sum(min(xs) < x + _BREADTH and x - _BREADTH < max(xs) for x in self._order)

    def _is_on_page(self, text: Text) -> bool:
        return all(self._times_end() + 4 <= x <= self._plan.width - 2 for x, _ in text.corners())

    def _times_end(self) -> float:
        return _MARGIN + metrics.width("0", TEXT_SIZE) * self._plan.clock.width

    def _place_label(self, number: int, row: Row, label: Label) -> None:
        own = [segment for segment in self._plan.segments if segment.row == number]
        if stays(own[0].hop):
            self._place_beside_loop(own[0], label)
            return
        longest = max(own, key=lambda segment: abs(segment.x2 - segment.x1))
        room = math.hypot(longest.x2 - longest.x1, longest.y2 - longest.y1) - 14
        texts = [label.text(detail) for detail in range(FULL_DETAIL, -1, -1)]
        fitting = [text for text in texts if metrics.width(text, TEXT_SIZE) <= room]
        words = fitting[0] if fitting else metrics.shortened(label.brief, TEXT_SIZE, max(room, 24))
        # Near the sender if the gap there is wide enough, else on the first line that is.
        width = metrics.width(words, TEXT_SIZE) + 14
        own.sort(key=lambda segment: abs(segment.x2 - segment.x1) < width)
        below = row.bump > _LONG_WAY
        candidates = [text for segment in own[:2] for text in self._along(segment, words, _ABOVE)]
        candidates += [text for segment in own[:2] for text in self._along(segment, words, _BELOW) if below]
        self._put(candidates, number, own[0])

    def _place_beside_loop(self, segment: Segment, label: Label) -> None:
        words = label.text(2)
        x, y = segment.x1 + LOOP_WIDTH + 4, segment.y1 + LOOP_HEIGHT / 2 + 3
        if x + metrics.width(words, TEXT_SIZE) > self._plan.width - 2:
            words = metrics.shortened(words, TEXT_SIZE, self._plan.width - 2 - x)
        role = role_of(segment.hop.frame)
        self._put([Text(x, y, words, TEXT_SIZE, role, halo=Role.PAPER)], segment.row, segment)

    def _along(self, segment: Segment, words: str, distance: float) -> Iterator[Text]:
        """Places at a `distance` from the line that leave its ends free."""
        dx, dy = segment.x2 - segment.x1, segment.y2 - segment.y1
        length = math.hypot(dx, dy) or 1.0
        angle = math.degrees(math.atan2(dy, dx))
        if abs(angle) > 90:
            angle -= math.copysign(180, angle)
        half = metrics.width(words, TEXT_SIZE) / 2
        nx, ny = -math.sin(math.radians(angle)), math.cos(math.radians(angle))
        role = Role.LOST if segment.hop.fate is Fate.LOST else role_of(segment.hop.frame)
        for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78):
            if share != 0.5 and (half + 6 > share * length or half + 9 > (1 - share) * length):
                continue
            x, y = segment.x1 + share * dx + nx * distance, segment.y1 + share * dy + ny * distance
            yield Text(x, y, words, TEXT_SIZE, role, Anchor.MIDDLE, angle=angle, halo=Role.PAPER)

    def _put(self, candidates: list[Text], row: int, own: Segment | None) -> None:
        """Takes the first candidate that is free, else the first and complains."""
        for text in candidates:
            if self._is_free(text, own):
                self._plan.texts.append(text)
                return
        self._plan.texts.append(candidates[0])
        # If a later arrow is in the way it must move down; moving both would change nothing.
        later = [segment.row for segment in self._lines_through(candidates[0], own) if segment.row > row]
        self._crowded.add(min(later, default=row))

    def _is_free(self, text: Text, own: Segment | None) -> bool:
        corners = text.corners()
        for other in self._plan.texts:
            if abs(other.y - text.y) < 60 and polygons_overlap(corners, other.corners()):
                return False
        return next(self._lines_through(text, own), None) is None

    def _lines_through(self, text: Text, own: Segment | None) -> Iterator[Segment]:
        """The lines but `own` that run through `text` or touch it from above."""
        corners = text.corners()
        rim = _raised(text, _CLEARANCE).corners()[:2] + corners[2:]
        top, bottom = min(y for _, y in rim) - 1, max(y for _, y in rim) + 1
        for segment in self._plan.segments:
            low, high = sorted((segment.y1, segment.y2))
            if segment is own or high < top or low > bottom:
                continue
            if polygons_overlap(rim, ((segment.x1, segment.y1), (segment.x2, segment.y2))):
                yield segment

    def _place_times(self) -> None:
        """The time of each row at the left, where it does not run into the one above."""
        right = self._times_end()
        last_y, last_text = -100.0, ""
        for row in self._plan.rows:
            y = row.y + self._plan.axis.height(row.time)
            text = self._plan.clock.text(row.time)
            if y - last_y >= TEXT_SIZE + 2 and text != last_text:
                self._plan.texts.append(Text(right, y + 3, text, TEXT_SIZE, Role.SOFT, Anchor.END))
                last_y, last_text = y, text


def _raised(text: Text, by: float) -> Text:
    """`text` moved upwards as its reader sees it."""
    angle = math.radians(text.angle)
    return _moved(text, math.sin(angle) * by, -math.cos(angle) * by)


def _moved(text: Text, dx: float, dy: float) -> Text:
    return structs.replace(text, x=text.x + dx, y=text.y + dy)


def single_connections(marks: list[StateMark]) -> set[str]:
    """The devices whose states belong to one connection, so that a strip can show them."""
    connections = {(mark.moment.device, mark.moment.connection) for mark in marks if mark.moment.connection}
    counts = Counter(device for device, _ in connections)
    return {device for device, count in counts.items() if count == 1}
