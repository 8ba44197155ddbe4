"""A comparison as text: the verdict, the first difference field by field, and both traces side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simnet.trace.compare import Comparison
from simnet.trace.compare_row import Finding, Row
from simnet.trace.compare_sighting import Sighting
from simnet.trace.network import NetworkMap
from simnet.views.comparison_rows import folded
from simnet.views.comparison_words import (
    ABSENT,
    Ends,
    both_words,
    milliseconds,
    named,
    place_words,
    sentence,
    value_words,
    verdict,
)
from simnet.views.drawing import Role
from simnet.views.labels import FULL_DETAIL, Label, Labeler
from simnet.views.terminal import PLAIN, Line, Terminal, cells, shortened

DEFAULT_ROWS: Final = 60
_WIDEST: Final = 160
_LONGEST_NAME: Final = 28
_MARKS: Final = {Finding.EQUAL: " ", Finding.DIFFERENT: "!", Finding.ONLY_A: "<", Finding.ONLY_B: ">"}
_ROLES: Final = {Finding.DIFFERENT: Role.LOST, Finding.ONLY_A: Role.ARP, Finding.ONLY_B: Role.ARP}


def draw(
    comparison: Comparison,
    *,
    names: tuple[str, str],
    networks: tuple[NetworkMap, NetworkMap] = (NetworkMap(), NetworkMap()),
    terminal: Terminal = PLAIN,
    rows: int = DEFAULT_ROWS,
    rest: str = "--full shows them",
) -> str:
    """The report as text that ends with a newline.

    `names`: of both traces.  At most `rows` rows of the alignment are shown (0: all); `rest` tells how to see more.
    """
    report = _Report(comparison, names, (Ends(networks[0]), Ends(networks[1])), terminal)
    return "\n".join([*report.heading(), *report.first(), *report.alignment(rows, rest)]) + "\n"


class _Report:
    """The parts of one report, line by line."""

    def __init__(
        self, comparison: Comparison, names: tuple[str, str], ends: tuple[Ends, Ends], terminal: Terminal
    ) -> None:
        self._comparison = comparison
        self._names = names
        self._ends = ends
        self._terminal = terminal
        self._width = min(terminal.width, _WIDEST)

    def heading(self) -> Iterator[str]:
        """Verdict and counts, what was compared, and by which rules."""
        comparison = self._comparison
        yield self._line((0, verdict(comparison), Role.OPEN if comparison.is_equal else Role.LOST))
        for letter, name in zip("AB", self._names, strict=True):
            yield self._line((0, f"{letter}: {name}", None))
        rules = ", ".join(comparison.normalized) or "nothing"
        yield self._line((0, f"seen at {comparison.where}; normalized (see --help): {rules}", Role.SOFT))

    def first(self) -> Iterator[str]:
        """The first difference in a sentence, then all fields of both frames."""
        row = self._comparison.first
        if row is None:
            return
        yield ""
        yield self._unbroken(f"first difference: {sentence(row, self._ends)}", Role.INK)
        yield ""
        fields = _fields(row)
        label = min(_LONGEST_NAME, max(cells(name) for name, *_ in fields))
        left = label + 4
        middle = left + max(4, (self._width - left) // 2)
        yield self._line((left, "A", Role.SOFT), (middle, "B", Role.SOFT))
        for name, a, b, differs in fields:
            role = Role.LOST if differs else None
            room = middle - left - 2
            yield self._line(
                (0, "!" if differs else " ", role),
                (2, shortened(name, label, self._terminal.glyphs), role),
                (left, shortened(a, room, self._terminal.glyphs), role),
                (middle, shortened(b, self._width - middle, self._terminal.glyphs), role),
            )

    def alignment(self, rows: int, rest: str) -> Iterator[str]:
        """Both traces side by side; what differs stands below its row."""
        columns = _Columns(self._comparison, self._width)
        labelers = Labeler(), Labeler()
        labels = {id(row): _labels(row, labelers) for row in self._comparison.rows}
        yield ""
        yield self._halves(columns, "", "A", "B", Role.SOFT)
        left_out = 0
        for row in folded(self._comparison.rows, rows):
            if isinstance(row, int):
                left_out += row
                yield self._line((columns.left, f"{self._terminal.glyphs.more} {row:,} rows", Role.SOFT))
                continue
            yield self._row(row, columns, labels[id(row)])
            for difference in row.differences:
                a, b = both_words(difference)
                yield self._halves(columns, "", f"{difference.name} {a}", f"{difference.name} {b}", Role.LOST)
        if left_out:
            yield self._line((0, f"{left_out:,} rows left out: {rest}", Role.SOFT))

    def _row(self, row: Row, columns: _Columns, labels: tuple[Label | None, Label | None]) -> str:
        role = _ROLES.get(row.finding)
        place = f"{_MARKS[row.finding]} {place_words(row.seen)}"
        room = min(columns.bar - columns.left - 1, self._width - columns.right)
        here = self._forms(row.a, labels[0], self._ends[0], columns)
        there = self._forms(row.b, labels[1], self._ends[1], columns)
        forms = list(zip(here, there, strict=True))
        # Both in the same words: what reads differently is different.
        fitting = [halves for halves in forms if max(map(cells, halves)) <= room]
        best = fitting[0] if fitting else forms[-1]
        left, right = (shortened(half, room, self._terminal.glyphs) for half in best)
        return self._halves(columns, place, left, right, role)

    def _forms(self, sighting: Sighting | None, label: Label | None, ends: Ends, columns: _Columns) -> list[str]:
        """The frame in fewer and fewer words; none at all if there is no frame."""
        if sighting is None or label is None:
            return [""] * (2 * FULL_DETAIL + 1)
        start = f"{sighting.number:>{columns.digits}} {milliseconds(sighting.time):>{columns.clock}} "
        source, target = ends.of(sighting)
        to = self._terminal.glyphs.to
        forms = [f"{source} {to} {target} {label.text(detail)}" for detail in range(FULL_DETAIL, 0, -1)]
        forms += [label.text(detail) for detail in range(FULL_DETAIL, -1, -1)]
        return [start + form for form in forms]

    def _halves(self, columns: _Columns, place: str, left: str, right: str, role: Role | None) -> str:
        glyphs = self._terminal.glyphs
        return self._line(
            (0, shortened(place, columns.left - 1, glyphs), role),
            (columns.left, shortened(left, columns.bar - columns.left - 1, glyphs), role),
            (columns.bar, glyphs.lane, Role.FAINT),
            (columns.right, shortened(right, self._width - columns.right, glyphs), role),
        )

    def _line(self, *pieces: tuple[int, str, Role | None]) -> str:
        line = Line(max(self._width, max(x + cells(text) for x, text, _ in pieces)))
        for x, text, role in pieces:
            line.put(x, text, role)
        return line.render(self._terminal.colors)

    def _unbroken(self, text: str, role: Role) -> str:
        """A sentence, however long: the terminal wraps it."""
        line = Line(cells(text))
        line.put(0, text, role)
        return line.render(self._terminal.colors)


class _Columns:
    """Where the columns of the alignment begin."""

    def __init__(self, comparison: Comparison, width: int) -> None:
        sightings = [one for row in comparison.rows for one in (row.a, row.b) if one is not None]
        self.digits = len(str(max(one.number for one in sightings)))
        self.clock = max(len(milliseconds(one.time)) for one in sightings)
        self.left = 3 + min(_LONGEST_NAME, max(cells(place_words(one)) for one in sightings))
        self.bar = self.left + (width - self.left) // 2
        self.right = self.bar + 2


def _labels(row: Row, labelers: tuple[Labeler, Labeler]) -> tuple[Label | None, Label | None]:
    a, b = (
        None if one is None else named(labeler.label(one.frame), one)
        for one, labeler in zip((row.a, row.b), labelers, strict=True)
    )
    return a, b


def _fields(row: Row) -> list[tuple[str, str, str, bool]]:
    """Every field of both frames, and those that only several frames show: name, A, B, does it differ?"""
    a, b = (_own_fields(one) for one in (row.a, row.b))
    told = {difference.name: both_words(difference) for difference in row.differences}
    fields = []
    for name in dict.fromkeys([*a, *b, *told]):
        left, right = told.get(name, (a.get(name, ABSENT), b.get(name, ABSENT)))
        if row.a is None or row.b is None:
            left, right = a.get(name, ""), b.get(name, "")
        fields.append((name, left, right, name in told))
    return fields


def _own_fields(sighting: Sighting | None) -> dict[str, str]:
    if sighting is None:
        return {}
    words = {"frame": str(sighting.number), "seen at": f"{milliseconds(sighting.time)} ms"}
    return words | {name: value_words(name, value) for name, value in sighting.fields().items()}
