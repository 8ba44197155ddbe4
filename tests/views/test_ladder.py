"""The sequence diagram: no words overlap, slopes tell the delay, losses and repeats are marked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from simnet import reasons
from simnet.trace.events import FrameArrived, FrameSent
from simnet.trace.network import Kind
from simnet.units import MILLISECOND, SECOND
from simnet.views import ladder, text_ladder
from simnet.views.arrows import lane_order
from simnet.views.drawing import Dash, Drawing, Group, Path, Text, flat, texts_overlap
from simnet.views.hops import Lanes, collect
from simnet.views.journeys import end_to_end
from simnet.views.ladder_plan import plan
from simnet.views.moments import states
from simnet.views.time_axis import TimeAxis
from simnet.wire import tcp
from simnet.wire.frame import Frame
from tests.trace.comparing import run_of
from tests.views.stories import Story, Talk, as_captured, flooding, handshake, lossy, network, who_has


def crowd() -> Story:
    """Twelve hosts on a switch, all asking at once, so that labels have every reason to collide."""
    hosts = [f"h{number}" for number in range(1, 13)]
    links = [f"{name}:eth0 10.0.0.{number}/24 -- s1:p{number}" for number, name in enumerate(hosts, 1)]
    story = Story(network(dict.fromkeys(hosts, Kind.HOST) | {"s1": Kind.SWITCH}, links))
    for number, name in enumerate(hosts[1:], 2):
        story.walk(number, f"{name} s1 h1", who_has("10.0.0.1", f"10.0.0.{number}"), reasons.ARP_ASK)
    return story


def burst() -> Story:
    """Forty segments one after the other over a slow link, then silence."""
    line = "client:eth0 10.0.0.1/24 -- server:eth0 10.0.0.2/24"
    story = Story(network({"client": Kind.HOST, "server": Kind.HOST}, [line], {line: 20 * MILLISECOND}))
    talk = Talk("10.0.0.1", "10.0.0.2")
    for number in range(40):
        story.walk(number * 12_000, "client server", talk.says("client", tcp.ACK, b"x" * 1460), reasons.TCP_DATA)
        story.walk(20 * MILLISECOND + number * 12_000, "server client", talk.says("server", tcp.ACK), 106)
    return story


def talking_to_itself() -> Story:
    """A host pings itself over lo, then asks for its neighbor at the same instant."""
    story = lossy()
    for number in range(3):
        frame = Frame(0, 0, 0x0800, Talk("127.0.0.1", "127.0.0.1").says("client", tcp.SYN), 900 + number)
        story.add(FrameSent(0, "client:lo", frame, 0))
        story.add(FrameArrived(0, "client:lo", frame))
    return story


def test_a_frame_to_oneself_comes_back_to_its_lane() -> None:
    story = talking_to_itself()
    assert [hop.target for hop in collect(story, story.network) if hop.frame.id >= 900] == ["client"] * 3
    assert text_ladder.draw(story).count("├ lo: SYN") == 3


STORIES: list[Callable[[], Story]] = [handshake, lossy, flooding, crowd, burst, talking_to_itself]


def texts(drawing: Drawing) -> list[Text]:
    return [shape for shape in flat(drawing.shapes) if isinstance(shape, Text)]


@pytest.mark.parametrize("lanes", Lanes)
@pytest.mark.parametrize("story", STORIES)
def test_no_words_overlap_and_all_are_readable_on_a4(story: Callable[[], Story], lanes: Lanes) -> None:
    drawing = ladder.draw(story(), lanes=lanes)
    words = texts(drawing)
    found = [
        f"{word.text} on {other.text}"
        for index, word in enumerate(words)
        for other in words[index + 1 :]
        if texts_overlap(word, other)
    ]
    assert found == []
    if lanes is Lanes.AUTO:
        assert min(word.size for word in words) * drawing.a4_scale() >= 7
    for word in words:
        assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in word.corners()), word.text


def test_the_slope_is_the_delay() -> None:
    story = handshake()
    hops = collect(story, story.network)
    made = plan(story.network, hops, states(story), lane_order(story.network, hops), 612, 100)
    falls = {
        (segment.hop.source, segment.hop.target, segment.hop.ended - segment.hop.departs): round(
            segment.y2 - segment.y1, 3
        )
        for segment in made.segments
    }
    slow = {fall for (_, _, delay), fall in falls.items() if delay == 5 * MILLISECOND}
    fast = {fall for (_, _, delay), fall in falls.items() if delay < MILLISECOND}
    assert len(slow) == 1
    assert max(fast) < min(slow) / 100


def test_time_never_runs_up() -> None:
    story = burst()
    hops = collect(story, story.network)
    made = plan(story.network, hops, [], lane_order(story.network, hops), 612, 1000)
    starts = [segment.y1 for segment in made.segments]
    assert starts == sorted(starts)
    assert all(segment.y2 >= segment.y1 for segment in made.segments)


def test_idle_time_is_cut_and_says_how_long() -> None:
    axis = TimeAxis([0, 10, 10 + SECOND], [(0, 10)], 20.0)
    assert [(cut.after, cut.before) for cut in axis.cuts] == [(10, 10 + SECOND)]
    assert axis.height(10) == 20.0
    assert axis.height(10 + SECOND) < 60
    assert "+990ms" in {text.text for text in texts(ladder.draw(lossy()))}


def test_a_label_stands_clear_of_the_line_above() -> None:
    """By more than its halo, which would wipe that line out."""
    story = handshake()
    hops = collect(story, story.network)
    made = plan(story.network, hops, [], lane_order(story.network, hops), 612, 1000)
    level = sorted({round(segment.y1) for segment in made.segments if segment.y2 - segment.y1 < 0.1})
    assert len(level) > 1 and min(b - a for a, b in pairwise(level)) >= 4 + 0.76 * 8 + 3


def test_the_legend_explains_numbers_of_tcp_only() -> None:
    words = "seq and ack count from 0"
    assert words in {text.text for text in texts(ladder.draw(handshake()))}
    assert words not in {text.text for text in texts(ladder.draw(run_of("hub")))}  # pings have another seq


def test_time_under_way_is_never_cut() -> None:
    axis = TimeAxis([0, 500 * SECOND], [(0, SECOND), (0, 1000 * SECOND)], 20.0)
    assert axis.cuts == []


def test_losses_and_repeats_are_marked() -> None:
    drawing = ladder.draw(lossy())
    words = {text.text for text in texts(drawing)}
    assert {"lost on the link", "the queue of the port was full", "sent again", "ends here"} <= words
    pens = [shape.pen for shape in flat(drawing.shapes) if isinstance(shape, Path) and shape.pen is not None]
    dashed = [pen for pen in pens if pen.dash is Dash.DASHED]
    assert len(dashed) == 3 + 1  # SYN, data, the copy, and the legend
    titles = [shape.title for shape in drawing.shapes if isinstance(shape, Group) and shape.name.startswith("frame:")]
    assert any("sends again: no acknowledgment within the RTO (RFC 6298 5)" in title for title in titles)


def test_states_stand_beside_their_hosts() -> None:
    drawing = ladder.draw(handshake())
    states_ = {shape.title for shape in drawing.shapes if isinstance(shape, Group) and ": " in shape.title}
    wanted = "SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT".split()
    assert {f"client: {state}" for state in wanted} <= states_
    assert {"server: LISTEN", "server: CLOSE-WAIT", "server: LAST-ACK"} <= states_


def test_only_the_asked_rows_are_drawn_and_the_rest_is_told() -> None:
    drawing = ladder.draw(handshake(), rows=5, rest="ask for more")
    assert any("12 more arrows: ask for more" in text.text for text in texts(drawing))


def test_end_to_end_hides_what_only_passes_on() -> None:
    story = handshake()
    journeys = end_to_end(story.network, collect(story, story.network))
    assert {journey.source for journey in journeys} == {"client", "r1", "server"}
    assert all(journey.target != "s1" for journey in journeys)


def test_a_filter_chooses_frames_and_nothing_left_is_said() -> None:
    assert [text.text for text in texts(ladder.draw(lossy(), keep=lambda frame: False))] == ["no frames"]


def test_a_foreign_capture_gets_lanes_by_address() -> None:
    words = [text.text for text in texts(ladder.draw(as_captured(lossy())))]
    assert {"10.0.0.1", "10.0.0.2"} <= set(words)
    assert "client" not in words
