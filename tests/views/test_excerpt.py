"""A trace too long to be drawn is read once, and its middle is not kept."""

from __future__ import annotations

from collections.abc import Iterator

from simnet.filter import compile as filter_of
from simnet.trace.events import Event, FrameArrived, FrameSent
from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap, PortEntry
from simnet.views import ladder, mermaid, text_ladder
from simnet.views.drawing import Text
from simnet.views.excerpt import ALL, Excerpt
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import UDP, Ipv4
from simnet.wire.udp import Udp

NETWORK = NetworkMap(
    (DeviceEntry("a", Kind.HOST, (PortEntry("a:eth0"),)), DeviceEntry("b", Kind.HOST, (PortEntry("b:eth0"),))),
    (LinkEntry("a:eth0", "b:eth0", 0, 0),),
)


class Flood:
    """`count` datagrams from a to b; the even ones go to port 2."""

    network = NETWORK

    def __init__(self, count: int) -> None:
        self._count = count

    def __iter__(self) -> Iterator[Event]:
        for number in range(1, self._count + 1):
            frame = Frame(2, 1, ETHERTYPE_IPV4, Ipv4(1, 2, UDP, Udp(9, 1 + (number + 1) % 2, b"x")), number)
            yield FrameSent(number * 1000, "a:eth0", frame, number * 1000)
            yield FrameArrived(number * 1000 + 500, "b:eth0", frame)


def test_a_short_trace_is_whole() -> None:
    excerpt = Excerpt(Flood(10), first=10, last=10)
    assert list(excerpt) == list(Flood(10)) and excerpt.left_out == 0


def test_of_a_long_one_both_ends_are_kept_and_the_frames_between_counted() -> None:
    excerpt, events = Excerpt(Flood(100), first=10, last=20), list(Flood(100))
    assert list(excerpt) == [*events[:10], *events[-20:]]
    assert excerpt.left_out == 100 - 5 - 10


def test_only_chosen_frames_count() -> None:
    excerpt = Excerpt(Flood(100), filter_of("udp.dstport == 2").matches, first=60, last=40)
    assert excerpt.left_out == 0 and len(list(excerpt)) == 100


def test_all_is_all() -> None:
    assert len(list(Excerpt(Flood(100), first=ALL, last=2))) == 200


def test_ladders_say_how_much_they_leave_out_and_how_to_choose() -> None:
    flood = Flood(13_000)  # 26,000 events, of which 25,000 are kept: 10,000 rows at first, 2,500 at the end
    text = text_ladder.draw(flood, choose="draw some: simnet ladder FILE --filter udp")
    assert "… 12,440 rows and 500 frames left out" in text
    assert text.endswith("too many frames for a ladder; draw some: simnet ladder FILE --filter udp\n")
    words = [shape.text for shape in ladder.draw(flood, choose="draw some").shapes if isinstance(shape, Text)]
    assert any("too many for a ladder; draw some" in each for each in words)
    assert "more arrows: draw some" in mermaid.ladder(flood, choose="draw some")


def test_everything_is_drawn_in_a_time_that_grows_with_it() -> None:
    """Frames on no known link were once looked for among all that ever were under way."""
    flood = Flood(4000)
    flood.network = NetworkMap(NETWORK.devices)  # type: ignore[misc]
    assert len(text_ladder.draw(flood, rows=0).splitlines()) > 4000
