"""The books balance, and every planted violation is found."""

from __future__ import annotations

from random import Random

import pytest

from simnet import reasons
from simnet.errors import InternalError
from simnet.trace.conservation import Conservation, check
from simnet.trace.events import Event, FrameArrived, FrameDropped, FrameDuplicated, FrameSent, Note
from simnet.wire.frame import Frame
from simnet.wire.payload import Raw
from tests.trace.samples import CLIENT, SERVER, sample


def frame(id: int) -> Frame:
    return Frame(1, 2, 0x88B5, Raw(b"x"), id)


A = frame(1)
B = frame(2)


def test_the_sample_is_conserved() -> None:
    check(sample(), in_flight=0)


def test_totals_and_links() -> None:
    books = Conservation()
    for event in sample():
        books.put(event)
    books.close(0)
    total = books.total()
    assert (total.sent, total.duplicated, total.arrived, total.dropped, total.in_flight) == (15, 1, 14, 2, 0)
    client = books.ports[CLIENT]
    assert (client.sent, client.duplicated, client.arrived, client.dropped) == (7, 1, 6, 2)


def test_frames_in_flight_are_counted_in_all_and_by_port() -> None:
    events = [FrameSent(0, CLIENT, A, 0), FrameSent(0, SERVER, B, 0), FrameArrived(1, SERVER, A), Note(1, "a", "b")]
    check(events, in_flight=1)
    check(events, in_flight={SERVER: 1})
    with pytest.raises(InternalError, match=r"on all links 2 sent \+ 0 duplicated is not 1 arrived \+ 0 dropped \+ 0"):
        check(events, in_flight=0)
    with pytest.raises(InternalError, match=r"on the link from client:eth0 1 sent .* 1 in flight; on the link from s"):
        check(events, in_flight={CLIENT: 1})
    with pytest.raises(InternalError, match="on the link from s1:p9 0 sent"):
        check(events, in_flight={SERVER: 1, "s1:p9": 3})


VIOLATIONS: list[tuple[list[Event], str]] = [
    ([FrameArrived(5, SERVER, A)], "at 5ns frame 1 at server:eth0 arrived but was not in flight"),
    ([FrameSent(0, CLIENT, A, 0), FrameArrived(1, SERVER, A), FrameArrived(2, SERVER, A)], "arrived but was not"),
    ([FrameSent(0, CLIENT, A, 0), FrameArrived(1, SERVER, B)], "frame 2 at server:eth0 arrived but was not in flight"),
    (
        [FrameSent(0, CLIENT, A, 0), FrameDropped(1, CLIENT, A, reasons.DROP_LOSS), FrameArrived(2, SERVER, A)],
        "arrived but was not in flight",
    ),
    (
        [FrameSent(0, CLIENT, A, 0), FrameArrived(1, SERVER, A), FrameDropped(2, CLIENT, A, reasons.DROP_CUT)],
        "was dropped but was in flight from nowhere",
    ),
    ([FrameSent(0, CLIENT, A, 0), FrameDropped(1, SERVER, A, reasons.DROP_CUT)], "was in flight from client:eth0"),
    ([FrameSent(0, CLIENT, A, 0), FrameSent(0, SERVER, A, 0)], "took off while a frame with its id was in flight"),
    ([FrameDuplicated(0, CLIENT, A)], "0 sent [+] 1 duplicated is not 0 arrived"),
]


@pytest.mark.parametrize(("events", "message"), VIOLATIONS)
def test_planted_violations_are_found(events: list[Event], message: str) -> None:
    with pytest.raises(InternalError, match=message):
        check(events, in_flight=0)


def test_any_single_event_left_out_or_doubled_is_found() -> None:
    story = list(sample())
    counted = [at for at, event in enumerate(story)
               if isinstance(event, (FrameSent, FrameArrived, FrameDropped, FrameDuplicated))]  # fmt: skip
    for at in counted:
        for changed in (story[:at] + story[at + 1 :], story[:at] + [story[at]] + story[at:]):
            with pytest.raises(InternalError, match="frames are not conserved"):
                check(changed, in_flight=0)


def test_two_wrongs_do_not_make_a_right() -> None:
    """A frame too many and one too few balance in the sum; frame by frame they do not."""
    events: list[Event] = [FrameSent(0, CLIENT, A, 0), FrameSent(0, CLIENT, B, 0)]
    events += [FrameArrived(1, SERVER, A), FrameArrived(2, SERVER, A)]
    with pytest.raises(InternalError, match="frame 1 at server:eth0 arrived but was not in flight"):
        check(events, in_flight=0)


def test_it_remembers_only_what_is_in_flight() -> None:
    books = Conservation()
    chance = Random(6)
    flying: list[Frame] = []
    for number in range(2_000):
        sent = frame(number + 1)
        books.put(FrameSent(number, CLIENT, sent, number))
        flying.append(sent)
        if len(flying) > 5:
            books.put(FrameArrived(number, SERVER, flying.pop(chance.randrange(len(flying)))))
    assert len(books._flying) == len(flying)
    books.verify(len(flying))


def test_only_the_first_violations_are_told() -> None:
    books = Conservation()
    for number in range(100):
        books.put(FrameArrived(number, SERVER, frame(number)))
    assert len(books.violations) == 10
