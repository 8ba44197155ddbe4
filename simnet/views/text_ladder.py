"""The ladder in a terminal: one lane per device, time running down, each frame an arrow with its name on it.

Hops that follow one another without a pause are one arrow through the lanes.  A network too wide for the terminal
is shown by its end points, a still wider one as a list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.views.arrows import used_lanes
from simnet.views.clock import Clock
from simnet.views.excerpt import ALL, CHOOSE, FIRST, Excerpt
from simnet.views.hops import Lanes, Observed, collect, everything
from simnet.views.moments import remarks, states
from simnet.views.terminal import PLAIN, Terminal
from simnet.views.text_grid import grid_of, is_readable, margins_below, margins_of
from simnet.views.text_list import listed
from simnet.views.text_paint import painted
from simnet.views.text_rows import Beside, Shown, limited, pages, rows_of_page
from simnet.wire.frame import Frame

DEFAULT_ROWS: Final = 60


def draw(
    trace: Observed,
    *,
    terminal: Terminal = PLAIN,
    lanes: Lanes = Lanes.AUTO,
    rows: int = DEFAULT_ROWS,
    keep: Callable[[Frame], bool] = everything,
    rest: str = "--rows all shows them",
    choose: str = CHOOSE,
) -> str:
    """The ladder as text that ends with a newline.

    At most `rows` arrows and remarks are shown (0: all), the first two thirds and the last; `rest` tells the reader
    how to see the others, `choose` how to choose some where they are too many for a ladder.  `keep` chooses frames:
    `simnet.filter.compile("tcp").matches`.
    """
    events = Excerpt(trace, keep, first=FIRST if rows > 0 else ALL)
    network = events.network
    hops = collect(events, network)
    if not hops:
        return "no frames\n"
    too_many = f"too many frames for a ladder; {choose}\n" if events.left_out else ""
    beside = Beside(states(events), remarks(events))
    for page in pages(network, hops, lanes):
        body = rows_of_page(page, beside)
        shown = limited(body, rows)
        clock = Clock([row.time for row in shown if row is not None])
        if not page.lanes:
            break
        page.lanes = used_lanes(page.lanes, [row.run for row in shown if row is not None and row.run is not None])
        for margins in (margins_of(page, shown), margins_below(page, shown, clock)):
            grid = grid_of(network, page, shown, clock, terminal, margins)
            if lanes is not Lanes.AUTO or is_readable(grid, shown, terminal):
                return painted(grid, Shown(shown, len(body), events.left_out, rest), clock, terminal) + too_many
    return listed(Shown(shown, len(body), events.left_out, rest), clock, terminal) + too_many
