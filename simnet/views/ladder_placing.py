"""Places the lines and words of a sequence diagram, and tells which arrows are too close to what stands above them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from msgspec import structs

from simnet.views import metrics
from simnet.views.arrows import Run
from simnet.views.drawing import Anchor, Role, Text, Weight, polygons_overlap
from simnet.views.hops import Fate, Hop, ends_ill, stays
from simnet.views.labels import FULL_DETAIL, Label, role_of
from simnet.views.ladder_parts import (
    HEAD_HEIGHT,
    LOOP_HEIGHT,
    LOOP_WIDTH,
    NARROWEST_GAP,
    STRIP,
    TEXT_SIZE,
    Plan,
    Row,
    Segment,
    StateMark,
    flight,
)

_ABOVE: Final = -4.0
_BELOW: Final = 4.0 + metrics.ASCENT * TEXT_SIZE
"""How far a label's baseline lies from its line."""
_CLEARANCE: Final = 3.0
"""How far a label keeps from the line above it: its halo (1.5) and as much again."""
_BREADTH: Final = 1.5
"""How far a text keeps from a lane that it does not cross."""
_LONG_WAY: Final = 45.0
"""A label that still collides this far down may lie below its line."""


def place(made: Plan) -> set[int]:
    """Give everything in `made` its place; the rows that must move down."""
    return _Attempt(made).place()


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
            start, end = flight(hop)
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
        return right[0] if right else left[-1] if left else x1 + NARROWEST_GAP

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
        right = Text(x + STRIP + 4, mark.y, mark.moment.text, TEXT_SIZE, Role.STATE, Anchor.START, Weight.BOLD)
        left = Text(x - STRIP - 4, mark.y, mark.moment.text, TEXT_SIZE, Role.STATE, Anchor.END, Weight.BOLD)
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
        self._put(inside or [_moved(below, self._plan.times_end + 4 - below.corners()[0][0], 0)], segment.row, segment)

    def _lanes_crossed(self, text: Text) -> int:
        xs = [x for x, _ in text.corners()]
        return sum(min(xs) < x + _BREADTH and x - _BREADTH < max(xs) for x in self._order)

    def _is_on_page(self, text: Text) -> bool:
        return all(self._plan.times_end + 4 <= x <= self._plan.width - 2 for x, _ in text.corners())

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
        right = self._plan.times_end
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
