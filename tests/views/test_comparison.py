"""Comparisons in words, as text side by side, and as two ladders side by side."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from simnet.trace.compare import Comparison, compare
from simnet.trace.compare_row import Difference
from simnet.trace.labels import Label
from simnet.trace.trace import Trace
from simnet.views import comparison as text_view
from simnet.views import comparison_ladder, svg
from simnet.views.comparison_rows import ALL, folded
from simnet.views.comparison_words import Ends, both_words, sentence, verdict
from simnet.views.drawing import Group, Rectangle, Role, Text, flat
from simnet.views.terminal import ASCII, PLAIN, UNICODE, Terminal, cells
from tests.trace.comparing import changed, run_of, without
from tests.trace.test_compare import is_frame, set_bytes

RUN = run_of("close")
SLOW_TTL = changed(RUN, is_frame(5), set_bytes(22, b"\x07"))
NAMES = ("a.jsonl", "b.jsonl")


def both(wrong: Trace) -> tuple[Comparison, tuple[Ends, Ends]]:
    return compare(RUN, wrong), (Ends(RUN.network), Ends(wrong.network))


def test_the_first_difference_in_a_sentence() -> None:
    comparison, ends = both(SLOW_TTL)
    assert comparison.first is not None
    assert verdict(comparison) == "different: 24 equal, 2 different, 0 only in A, 0 only in B"
    assert sentence(comparison.first, ends) == (
        "Frame 5, ACK from client to server, sent by client:eth0 at 5.86us: ip.ttl is 64 in A, 7 in B."
    )


def test_the_sentence_says_what_an_expert_calls_the_frame() -> None:
    lossy = run_of("lossy-transfer")
    comparison = compare(lossy, lossy)
    resent = [row for row in comparison.rows if row.seen.label is Label.RETRANSMISSION]
    words = sentence(resent[0], (Ends(lossy.network), Ends(lossy.network)))
    assert "ACK 1448 (retransmission) from sender to receiver" in words


@pytest.mark.parametrize("side", ["A", "B"])
def test_a_missing_frame_in_a_sentence(side: str) -> None:
    other = without(RUN, 8)
    comparison = compare(RUN, other) if side == "B" else compare(other, RUN)
    ends = Ends(RUN.network), Ends(RUN.network)
    assert comparison.first is not None
    here = "A" if side == "B" else "B"
    assert sentence(comparison.first, ends).startswith(f"Frame 5 of {here}, ACK from client to server, sent by client")
    assert sentence(comparison.first, ends).endswith(f" is missing in {side}.")


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Difference("ip.src", 167772161, None), ("10.0.0.1", "absent")),
        (Difference("tcp.flags", "ACK", "PSH+ACK"), ("ACK", "PSH+ACK")),
        (Difference("data", b"hello", b"help"), ("5 bytes from byte 3: 'lo'", "4 bytes from byte 3: 'p'")),
        (Difference("data", b"\0\1", b""), ("2 bytes: 00 01", "0 bytes")),
        (Difference("data", b"x", b"y" * 20), ("1 byte: 'x'", "20 bytes: 'yyyyyyyyyyyyyyyy' …")),
        (Difference("tcp.seq", -1, 5), ("-1", "5")),
        (Difference("time", 1_500_000, 0), ("1.5ms", "0s")),
    ],
)
def test_values_in_words(difference: Difference, words: tuple[str, str]) -> None:
    assert both_words(difference) == words


def test_the_report_shows_both_frames_field_by_field_and_then_all() -> None:
    comparison, _ = both(SLOW_TTL)
    lines = text_view.draw(comparison, names=NAMES, networks=(RUN.network, RUN.network)).splitlines()
    assert lines[:3] == [verdict(comparison), "A: a.jsonl", "B: b.jsonl"]
    assert [" ".join(line.split()) for line in lines if line.startswith("! ip")] == ["! ip.ttl 64 7"]
    marked = [line for line in lines if line.startswith("! client") or line.startswith("! server")]
    assert [" ".join(line.split()[1:3]) for line in marked] == ["client:eth0 out", "server:eth0 in"]
    below = lines[lines.index(marked[0]) + 1]
    assert [half.strip() for half in below.split("│")] == ["ip.ttl 64", "ip.ttl 7"]
    assert sum(" out " in line or " in " in line for line in lines if "│" in line) == len(comparison.rows)


def test_an_equal_report_has_no_first_difference() -> None:
    comparison, _ = both(RUN)
    report = text_view.draw(comparison, names=NAMES)
    assert report.startswith("equal: 26 equal, 0 different") and "first difference" not in report


@pytest.mark.parametrize("width", [40, 80, 120, 300])
def test_the_table_fits_the_terminal(width: int) -> None:
    comparison, _ = both(SLOW_TTL)
    report = text_view.draw(comparison, names=NAMES, terminal=Terminal(width))
    table = [line for line in report.splitlines() if "│" in line]
    assert len(table) > 26 and all(cells(line) <= width for line in table)


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_equal_frames_read_alike(width: int) -> None:
    """Also where one side has a wider column."""
    report = text_view.draw(both(RUN)[0], names=NAMES, networks=(RUN.network,) * 2, terminal=Terminal(width))
    rows = [line for line in report.splitlines() if " out " in line or " in " in line][1:]
    assert len(rows) == 26
    for row in rows:
        here, there = row.split("│")
        assert here.split()[2:] == there.split()


def test_colors_and_characters_are_those_of_the_terminal() -> None:
    comparison, _ = both(SLOW_TTL)
    assert "\x1b[" not in text_view.draw(comparison, names=NAMES, terminal=PLAIN)
    colored = text_view.draw(comparison, names=NAMES, terminal=Terminal(80, UNICODE, {Role.LOST: "31"}))
    assert "\x1b[0;31m" in colored
    text_view.draw(comparison, names=NAMES, terminal=Terminal(80, ASCII)).encode("ascii")


def test_rows_far_from_any_difference_are_left_out_first() -> None:
    rows = both(SLOW_TTL)[0].rows
    assert folded(rows, ALL) == folded(rows, 1000) == list(rows)
    shown = folded(rows, 10)
    places = [number for number, row in enumerate(rows) if row.differences]
    assert [row for row in shown if not isinstance(row, int)] == list(rows)[places[0] - 3 : places[1] + 4][:10]
    assert sum(row if isinstance(row, int) else 1 for row in shown) == len(rows)
    equal = folded(both(RUN)[0].rows, 10)
    assert equal[:10] == list(both(RUN)[0].rows)[:10] or len(equal) == 11
    report = text_view.draw(both(SLOW_TTL)[0], names=NAMES, rows=10, rest="that way")
    assert report.endswith("rows left out: that way\n")


def test_the_picture_has_both_sides_and_marks_what_differs() -> None:
    comparison, _ = both(SLOW_TTL)
    drawing = comparison_ladder.draw(comparison, names=NAMES, networks=(RUN.network, RUN.network))
    texts = [shape.text for shape in flat(drawing.shapes) if isinstance(shape, Text)]
    assert texts.count("client") == texts.count("server") == 2
    assert "client:eth0  ip.ttl 64" in texts and "client:eth0  ip.ttl 7" in texts
    grounds = [shape for shape in flat(drawing.shapes) if isinstance(shape, Rectangle) and shape.fill is Role.TINT_5]
    assert len(grounds) == 2
    assert all(0 <= shape.x <= drawing.width and shape.y <= drawing.height for shape in flat(drawing.shapes)
               if isinstance(shape, Text))  # fmt: skip
    assert "ip.ttl is 64 in A, 7 in B" in drawing.description
    ElementTree.fromstring(svg.render(drawing))


def test_the_picture_says_what_is_missing() -> None:
    comparison = compare(RUN, without(RUN, 8))
    drawing = comparison_ladder.draw(comparison, names=NAMES)
    words = [shape.text for shape in flat(drawing.shapes) if isinstance(shape, Text)]
    assert [text for text in words if "missing" in text] == ["missing at client:eth0 out"]


def test_the_picture_shows_each_equal_frame_once_from_wherever_it_is_seen() -> None:
    routed = run_of("handshake")
    for at, count in (([], 15), (["client:eth0"], 13), (["server:eth0"], 13)):
        drawing = comparison_ladder.draw(compare(routed, routed, at=at), names=NAMES, networks=(routed.network,) * 2)
        arrows = [shape for shape in drawing.shapes if isinstance(shape, Group)]
        assert len(arrows) == 2 * count
