"""The sequence diagram as a `Drawing`: a lane per device, slanted lines whose slope is the delay, what was lost.

Idle time is cut out and marked; frames sent again are dashed; TCP states stand beside the lanes of their hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from simnet.trace.network import NetworkMap
from simnet.views import excerpt, ladder_paint
from simnet.views.arrows import lane_order
from simnet.views.drawing import Drawing, Role, Text
from simnet.views.excerpt import CHOOSE, FIRST, Excerpt
from simnet.views.hops import Hop, Lanes, Observed, collect, everything
from simnet.views.journeys import end_to_end
from simnet.views.ladder_parts import Plan
from simnet.views.ladder_plan import plan
from simnet.views.moments import StateMoment, states
from simnet.wire.frame import Frame

ONE_PAGE: Final = -1
"""As many arrows as an A4 page holds with letters of 7 points."""
ALL: Final = 0
_UPRIGHT: Final = (612.0, 892.0)
_ACROSS: Final = (892.0, 612.0)
"""Pages that shrink to A4 with letters of 8 points at 7."""
_FIRST_TRY: Final = 60


def draw(
    trace: Observed,
    *,
    title: str = "Sequence diagram",
    lanes: Lanes = Lanes.AUTO,
    rows: int = ONE_PAGE,
    keep: Callable[[Frame], bool] = everything,
    rest: str = "--rows all draws them",
    choose: str = CHOOSE,
) -> Drawing:
    """The picture of at most `rows` arrows; `rest` tells the reader how to see the others, `choose` how to choose
    some where they are too many for a ladder.

    `keep` chooses frames: `simnet.filter.compile("tcp").matches`.
    """
    events = Excerpt(trace, keep, first=FIRST if rows != ALL else excerpt.ALL)
    network = events.network
    hops = collect(events, network)
    if not hops:
        words = Text(24, 40, "no frames", 11, Role.INK)
        return Drawing(200, 64, title, "A sequence diagram without any frames.", (words,))
    moments = states(events)
    best: Plan | None = None
    for order, lines, page in _pages(network, hops, lanes):
        made = _fitted(network, lines, moments, order, page, rows)
        if best is None or _badness(made, page) < _badness(best, page):
            best = made
        if made.width <= page[0]:
            break
    assert best is not None
    return ladder_paint.paint(best, title, f"too many for a ladder; {choose}" if events.left_out else rest)


def _badness(made: Plan, page: tuple[float, float]) -> float:
    return max(0.0, made.width - page[0])


def _pages(
    network: NetworkMap, hops: list[Hop], lanes: Lanes
) -> Iterator[tuple[list[str], list[Hop], tuple[float, float]]]:
    """Lanes, lines and the paper for them, best first."""
    if lanes is not Lanes.ENDS:
        order = lane_order(network, hops)
        yield order, hops, _UPRIGHT
        yield order, hops, _ACROSS
    if lanes is not Lanes.HOPS:
        journeys = end_to_end(network, hops)
        order = lane_order(network, journeys)
        yield order, journeys, _UPRIGHT
        yield order, journeys, _ACROSS


def _fitted(
    network: NetworkMap,
    hops: list[Hop],
    moments: list[StateMoment],
    order: list[str],
    page: tuple[float, float],
    rows: int,
) -> Plan:
    """The plan of as many rows as asked for, or as the page holds."""
    count = rows if rows > 0 else _FIRST_TRY if rows == ONE_PAGE else len(hops)
    while True:
        made = plan(network, hops, moments, order, page[0], count)
        height = made.height + ladder_paint.foot_height(made)
        if rows != ONE_PAGE or height <= page[1] or count <= 1:
            return made
        count = max(1, min(count - 1, int(len(made.rows) * page[1] / height)))
