"""Text is readable: WCAG contrast of every text color on every ground, in both themes."""

from __future__ import annotations

import pytest

from simnet.views.drawing import Role
from simnet.views.theme import DARK, GROUNDS, LIGHT, Theme, contrast

NOT_FOR_TEXT = {role for role in Role if role.value.endswith("-fill")} | {Role.FAINT, *GROUNDS}


def test_contrast_is_the_wcag_formula() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the W3C's own example of too little
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_reads_on_every_ground(theme: Theme) -> None:
    weak = [
        (role.value, ground.value, contrast(theme[role], theme[ground]))
        for role in Role
        if role not in NOT_FOR_TEXT
        for ground in GROUNDS
        if contrast(theme[role], theme[ground]) < 4.5
    ]
    assert weak == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_symbols_stand_out_from_their_surfaces(theme: Theme) -> None:
    for kind in ("host", "switch", "hub", "router", "gateway", "state"):
        assert contrast(theme[Role(kind)], theme[Role(f"{kind}-fill")]) >= 3.0


def test_themes_paint_every_role() -> None:
    assert set(LIGHT) == set(DARK) == set(Role)
