"""The pictures of the shipped scenarios: no word leaves the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.scenario.load import load
from simnet.views import ladder
from simnet.views.drawing import Text
from simnet.worlds.simulated import run
from tests.scenarios.shipped import FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_word_is_on_the_page(file: Path) -> None:
    drawing = ladder.draw(run(load(file)).trace, title=file.stem)
    words = [shape for shape in drawing.shapes if isinstance(shape, Text)]
    assert words
    outside = [text.text for text in words if not all(0 <= x <= drawing.width for x, _ in text.corners())]
    assert outside == []
