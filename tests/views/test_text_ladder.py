"""The ladder in a terminal, against texts checked line by line with the stories they tell."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest

from simnet import reasons
from simnet.trace.heading import Heading
from simnet.trace.network import Kind, NetworkMap
from simnet.trace.trace import Trace
from simnet.views import text_ladder
from simnet.views.hops import Lanes
from simnet.views.inference import network_of
from simnet.views.terminal import ASCII, UNICODE, Line, Terminal, cells, terminal_of
from tests.views.stories import Story, as_captured, flooding, handshake, lossy, network, who_has

HANDSHAKE = """\
     ms           client                 s1   r1               server
               192.168.1.10                                   10.0.0.80
                     │                    │    │                  │
  0.000              │                    │    │                  │ LISTEN
  0.000     SYN-SENT ├─ ARP 192.168.1.1? ─┼───▶│                  │
  0.002              │◀─── ARP reply ─────┼────┤                  │
  0.004              ├─────── SYN ────────┼───▶│                  │
  0.006              │                    │    ├─ ARP 10.0.0.80? ▶│
  5.006              │                    │    │◀── ARP reply ────┤
 10.006              │                    │    ├────── SYN ──────▶│ SYN-RECEIVED
 15.006  ESTABLISHED │◀──── SYN+ACK ──────┼────┼──────────────────┤
 20.008              ├─────── ACK ────────┼────┼─────────────────▶│ ESTABLISHED
 20.008              ├──── PSH+ACK 5 ─────┼────┼─────────────────▶│
 25.010              │◀────── ACK ────────┼────┼──────────────────┤
 25.010   FIN-WAIT-1 │◀─── PSH+ACK 5 ─────┼────┼──────────────────┤
 30.012              ├─────── ACK ────────┼────┼─────────────────▶│
 30.012              ├───── FIN+ACK ──────┼────┼─────────────────▶│ CLOSE-WAIT
 75.014   FIN-WAIT-2 │◀────── ACK ────────┼────┼──────────────────┤
135.016    TIME-WAIT │◀──── FIN+ACK ──────┼────┼──────────────────┤ LAST-ACK
140.018              ├─────── ACK ────────┼────┼─────────────────▶│ CLOSED

time in ms · ┼ passes on
"""

LOSSY = """\
      ms           client                         server
                  10.0.0.1                       10.0.0.2
                      │                              │
   0.000     SYN-SENT ├──────── SYN seq 0 ────────✗ lost on the link
1000.000              ├╌╌╌ SYN (again: no answer) ╌╌▶│ SYN-RECEIVED
1010.000  ESTABLISHED │◀─── SYN+ACK seq 0 ack 1 ─────┤
1020.000              ├────── ACK seq 1 ack 1 ──────▶│ ESTABLISHED
1022.000              ├──── ACK 1460 seq 1 ack 1 ───▶│
1023.000              ├─ ACK 1460 seq 1461 ack 1 ─✗  │
                   the queue of the port was full    │
1024.000              ├─ PSH+ACK 500 seq 2921 ack 1 ▶│
1034.000              │◀─── ACK (duplicate ACK) ─────┤
1250.000              ├╌ ACK 1460 (again: timeout) ╌▶│
1260.000              │◀──── ACK seq 1 ack 3421 ─────┤
1270.000              ├─ PSH+ACK 20 seq 3421 ack 1 ─▶│
1270.000              ├╌╌╌ PSH+ACK 20 (duplicate) ╌╌▶│
1280.000              │◀──── ACK seq 1 ack 3441 ─────┤
1790.000       CLOSED ├─── RST+ACK seq 3441 ack 1 ──▶│ CLOSED

time in ms · ✗ ends here · ╌ sent again · seq and ack count from 0
"""

FLOODING = """\
      ms     h1                         s1          h2         h3         h4
          10.0.0.1                               10.0.0.2   10.0.0.3   10.0.0.4
              |                          |           |          |          |
   0.000      +- ARP who has 10.0.0.2? --+---------->|--------->|--------->|
   0.002      |<------ ARP reply --------+-----------+          |          |
   0.004      +---------- SYN -----------+---------->| X wrong checksum    |
   1.006  link h1:eth0 -- s1:p1: cut     |           |          |          |
1000.006      +~~~~~~~~~ SYN ~~~~~~~~~X the link is cut         |          |
1001.006      |                          |<-- SYN ---|----------|----------+
1001.007      |                          +--- SYN ---|--------->|          |

time in ms - + passes on - X ends here - ~ sent again
"""


@pytest.mark.parametrize(
    ("story", "terminal", "expected"),
    [
        (handshake, Terminal(), HANDSHAKE),
        (lossy, Terminal(), LOSSY),
        (flooding, Terminal(glyphs=ASCII), FLOODING),
    ],
    ids=["handshake", "lossy", "flooding"],
)
def test_against_checked_texts(story: Callable[[], Story], terminal: Terminal, expected: str) -> None:
    assert text_ladder.draw(story(), terminal=terminal) == expected


@pytest.mark.parametrize("width", [40, 60, 80, 100, 132, 200])
@pytest.mark.parametrize("story", [handshake, lossy, flooding])
def test_no_line_is_wider_than_the_terminal(story: Callable[[], Story], width: int) -> None:
    text = text_ladder.draw(story(), terminal=Terminal(width))
    assert max(cells(line) for line in text.splitlines()) <= width


def test_a_wide_terminal_shows_numbers_from_zero() -> None:
    text = text_ladder.draw(handshake(), terminal=Terminal(130))
    assert "SYN seq 0 " in text
    assert "PSH+ACK 5 seq 1 ack 6" in text
    assert "seq and ack count from 0" in text


def test_end_points_only_hides_the_switch() -> None:
    text = text_ladder.draw(handshake(), lanes=Lanes.ENDS)
    assert text.splitlines()[0].split() == ["ms", "client", "r1", "server"]
    assert "├─────── SYN ───────▶│" in text


def test_too_many_lanes_become_a_list() -> None:
    hosts = [f"host{number}" for number in range(1, 31)]
    links = [f"{name}:eth0 10.0.0.{number}/24 -- s1:p{number}" for number, name in enumerate(hosts, 1)]
    story = Story(network(dict.fromkeys(hosts, Kind.HOST) | {"s1": Kind.SWITCH}, links))
    for number, name in enumerate(hosts[1:], 2):
        story.walk(number, f"{name} s1 host1", who_has("10.0.0.1", f"10.0.0.{number}"), reasons.ARP_ASK)
    lines = text_ladder.draw(story).splitlines()
    assert lines[0] == "0.000  host2  → host1  ARP who has 10.0.0.1?"
    assert len(lines) == 29 + 2


def test_at_most_the_asked_rows_and_a_word_about_the_others() -> None:
    text = text_ladder.draw(handshake(), rows=9, rest="ask for all")
    arrows = [line for line in text.splitlines() if re.match(r" *\d+\.\d{3} ", line)]
    assert len(arrows) == 9
    assert "… 8 rows left out: ask for all" in text
    assert "140.018" in text
    everything = text_ladder.draw(handshake(), rows=0)
    assert everything == HANDSHAKE


def test_a_filter_chooses_frames() -> None:
    text = text_ladder.draw(handshake(), keep=lambda frame: frame.ethertype == 0x0806)
    assert "SYN+ACK" not in text
    assert text.count("ARP reply") == 2
    assert text_ladder.draw(handshake(), keep=lambda frame: False) == "no frames\n"


def test_a_foreign_capture_gets_lanes_by_address() -> None:
    heads = text_ladder.draw(as_captured(lossy())).splitlines()[0]
    assert heads.split() == ["ms", "10.0.0.1", "10.0.0.2"]


def test_our_own_capture_is_drawn_without_a_map() -> None:
    story = handshake()
    story.network = NetworkMap()
    text = text_ladder.draw(story)
    assert text.splitlines()[0].split() == ["ms", "client", "s1", "r1", "server"]
    assert [device.kind for device in network_of(story).devices] == [Kind.HOST, Kind.HOST, Kind.SWITCH, Kind.ROUTER]


def test_a_trace_is_what_views_read() -> None:
    story = handshake()
    trace = Trace(list(story), Heading("handshake", 7, story.network))
    assert text_ladder.draw(trace) == HANDSHAKE
    assert "SYN+ACK" not in text_ladder.draw(trace.matching("arp"))


def test_a_terminal_gets_colors_and_a_pipe_does_not() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

        @property
        def encoding(self) -> str:  # type: ignore[override]
            return "utf-8"

    screen = terminal_of(Screen(), {"TERM": "xterm"})
    colored = text_ladder.draw(lossy(), terminal=screen)
    assert re.search(r"\x1b\[0;31m├─+ SYN seq 0 ─+✗ lost on the link\x1b\[0m\n", colored)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == LOSSY
    assert terminal_of(Screen(), {"NO_COLOR": "1"}).colors == {}
    assert terminal_of(Screen(), {"NO_COLOR": ""}).colors != {}
    assert terminal_of(Screen(), {"TERM": "dumb"}).colors == {}
    assert terminal_of(io.StringIO(), {}).colors == {}


def test_the_streams_encoding_decides_the_signs() -> None:
    def glyphs(encoding: str) -> object:
        return terminal_of(io.TextIOWrapper(io.BytesIO(), encoding=encoding), {}).glyphs

    assert glyphs("utf-8") is UNICODE
    assert glyphs("ascii") is ASCII
    assert glyphs("cp1252") is ASCII
    assert text_ladder.draw(handshake(), terminal=Terminal(glyphs=ASCII)).isascii()


def test_columns_decide_the_width() -> None:
    assert terminal_of(io.StringIO(), {"COLUMNS": "101"}).width == 101
    assert terminal_of(io.StringIO(), {"COLUMNS": "wide"}).width == 80


def test_wide_characters_keep_the_columns() -> None:
    line = Line(10)
    line.put(0, "你好", None)
    line.put(4, "|", None)
    assert line.render({}) == "你好|"
    assert cells("你好") == 4


def test_control_characters_never_reach_the_terminal() -> None:
    line = Line(10)
    line.put(0, "a\x1b[2J", None)
    assert line.render({}) == "a?[2J"
