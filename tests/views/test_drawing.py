"""Tests of the shapes: boxes, turned texts, and text metrics against the fonts themselves."""

from __future__ import annotations

import pytest

from simnet.views import metrics
from simnet.views.drawing import (
    Anchor,
    Box,
    Circle,
    Drawing,
    Group,
    Pen,
    Rectangle,
    Role,
    Text,
    box_around,
    box_of,
    flat,
    line,
    moved,
    polygons_overlap,
    texts_overlap,
)


def test_touching_boxes_do_not_overlap() -> None:
    assert not Box(0, 0, 10, 10).overlaps(Box(10, 0, 20, 10))
    assert Box(0, 0, 10, 10).overlaps(Box(9.9, 9.9, 20, 20))


def test_a_turned_text_leaves_room_beside_itself() -> None:
    flat_text = Text(0, 0, "a long label on a line", 8)
    slanted = Text(0, 0, "a long label on a line", 8, angle=30)
    corner = Text(60, 8, "x", 8)
    assert box_of(slanted).overlaps(box_of(corner))
    assert not texts_overlap(slanted, corner)
    assert texts_overlap(slanted, flat_text)


def test_a_line_that_crosses_a_box_overlaps_it() -> None:
    square = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    assert polygons_overlap(square, ((-5.0, 5.0), (15.0, 6.0)))
    assert not polygons_overlap(square, ((-5.0, 5.0), (5.0, 15.1)))


def test_anchor_decides_where_the_text_lies() -> None:
    boxes = [box_of(Text(100, 50, "word", 10, anchor=anchor)) for anchor in (Anchor.END, Anchor.MIDDLE, Anchor.START)]
    assert boxes[0].right == pytest.approx(100)
    assert boxes[1].left + boxes[1].right == pytest.approx(200)
    assert boxes[2].left == pytest.approx(100)


def test_moving_a_group_moves_all_its_parts() -> None:
    parts = (Circle(0, 0, 5), Rectangle(Box(0, 0, 4, 4)), Text(3, 3, "x", 8), line(0, 0, 9, 9, Pen()))
    before = box_around(flat([Group(parts)]))
    after = box_around(flat([moved(Group(parts), 10, 20)]))
    assert after == Box(before.left + 10, before.top + 20, before.right + 10, before.bottom + 20)


@pytest.mark.parametrize(("width", "height", "scale"), [(100, 100, 1.0), (1572, 100, 0.5), (100, 1572, 0.5)])
def test_a_picture_shrinks_to_a4_either_way_round(width: float, height: float, scale: float) -> None:
    assert Drawing(width, height, "", "", ()).a4_scale() == pytest.approx(scale)


def test_widths_are_those_of_the_font_or_a_little_more() -> None:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    path = TextToPath()
    for weight, measure in (("normal", metrics.width), ("bold", metrics.bold_width)):
        font = FontProperties(family="DejaVu Sans", weight=weight, size=100)
        for text in ("PSH+ACK 5 seq 1 ack 6", "192.168.1.10/24", "WAVE To. AVAST", "iiiillll…→✗", "r1:lan_(x)"):
            real = path.get_text_width_height_descent(text, font, ismath=False)[0]
            assert real * 0.97 <= measure(text, 100) <= real * 1.10, (weight, text)


def test_letters_stay_between_ascent_and_descent() -> None:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(family="DejaVu Sans", size=100)
    extents = TextPath((0, 0), "ABCdfghjklpqyß0189/()", prop=font).get_extents()
    assert extents.y1 <= 100 * metrics.ASCENT + 0.6
    assert -extents.y0 <= 100 * metrics.DESCENT


def test_shortened_text_fits() -> None:
    assert metrics.shortened("short", 8, 100) == "short"
    cut = metrics.shortened("a very long label indeed", 8, 50)
    assert cut.endswith("…")
    assert metrics.width(cut, 8) <= 50


def test_roles_of_texts_exist_in_every_shape() -> None:
    group = Group((Text(0, 0, "a", 8, Role.INK), Group((Text(0, 0, "b", 8, Role.SOFT),))))
    assert [shape.text for shape in flat([group]) if isinstance(shape, Text)] == ["a", "b"]
