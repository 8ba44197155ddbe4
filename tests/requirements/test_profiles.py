"""The page of profiles lists every tunable that differs, with its true values; the textbook behaves as it says."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from simnet.stack.profile import Profile, linux, rfc
from simnet.stack.tcp.states import State
from simnet.units import MILLISECOND, SECOND, parse_time
from simnet.wire.tcp import ACK, PSH, SYN
from simnet.wire.tcp_options import TcpOptions
from tests.architecture.sources import ROOT
from tests.stack.tcp.pair import CALL, PORT, A, Pair
from tests.stack.tcp.test_conformance import Peer

ISN = 1000
PEER = TcpOptions(mss=1000, sack_permitted=True)


class Textbook(Peer):
    """A peer of a host that has the rfc profile."""

    def __init__(self) -> None:
        super().__init__(ISN)
        self.pair = Pair(isn=ISN, rule=lambda number, sent: [], profile=rfc)


def value(text: str) -> int | str:
    """A value as the page writes it."""
    if re.fullmatch(r"\d+m?s", text):
        return parse_time(text)
    return int(text) if text.isdigit() else text


def test_the_page_lists_what_differs() -> None:
    page = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \| .+ \|$", page, re.M)
    listed = {name: (value(first), value(second)) for name, first, second in rows if name != "tunable"}
    ours, theirs = linux(), rfc()
    names = [name for name in Profile.__slots__ if getattr(ours, name) != getattr(theirs, name)]
    assert listed == {name: (getattr(ours, name), getattr(theirs, name)) for name in names}


def test_what_the_page_names_exists() -> None:
    page = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    targets = re.findall(r"\]\(\.\./(tests/[^)]+)\)", page)
    assert len(targets) > 50
    assert not [target for target in targets if not (ROOT / target).is_file()]


def test_the_window_begins_with_three_segments_and_three_duplicates_make_a_loss() -> None:
    peer = Textbook()
    listener = peer.listen()
    peer.say(SYN, options=PEER)
    peer.say(ACK, 1, 1)
    connection = listener.accept()
    assert connection is not None
    peer.heard()
    connection.send(bytes(10_000), CALL, peer.pair.now)
    assert [text.split()[1] for text in peer.heard()] == ["1", "1001", "2001"]
    peer.say(ACK, 1, 3001)
    peer.say(ACK, 1, 3001)
    assert not [text for text in peer.heard() if text.split()[1] == "3001"]
    blocks = [((ISN + 4001), (ISN + end)) for end in (5001, 6001, 7001)]
    answers = [peer.say(ACK, 1, 3001, options=TcpOptions(sack=(block,))) for block in blocks]
    repeated = [[text for text in sent if text.split()[1] == "3001"] for sent in answers]
    assert [len(sent) for sent in repeated] == [0, 0, 1]


@pytest.mark.rfc("6298", "2.4", "5.5")
def test_the_timeout_is_a_second_at_least_and_doubles_exactly() -> None:
    peer = Textbook()
    connection = peer.established()
    connection.send(b"hello", CALL, peer.pair.now)
    peer.wait(20 * SECOND)
    times = [sent.time for sent in peer.pair.sent if sent.segment.data]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == [SECOND * (1 << doubling) for doubling in range(len(gaps))] and len(gaps) >= 3


def test_a_syn_is_repeated_for_three_minutes() -> None:
    pair = Pair(rule=lambda number, sent: [], profile=rfc)
    alice = pair.connect()
    pair.run()
    seconds = [sent.time // SECOND for sent in pair.sent]
    assert seconds == [0, 1, 3, 7, 15, 31, 63, 127]
    assert pair.now == 247 * SECOND and alice.state is State.CLOSED


@pytest.mark.rfc("9293", "3.8.6.3", "MUST-40, SHLD-18, SHLD-19")
def test_acknowledgments_wait_for_200_ms_or_for_a_second_segment() -> None:
    peer = Textbook()
    connection = peer.established()
    assert peer.say(PSH | ACK, 1, 1, b"x" * 536) == []
    assert peer.wait(199 * MILLISECOND) == [] and peer.wait(MILLISECOND) == ["A 1 537 0"]
    assert peer.say(ACK, 537, 1, b"x" * 536) == []
    peer.say(ACK, 1073, 1, b"x" * 536)
    connection.receive(5000, CALL, peer.pair.now)
    assert peer.heard() == ["A 1 1609 0"]


def test_every_segment_beyond_a_gap_is_answered_at_once() -> None:
    peer = Textbook()
    peer.established()
    assert [peer.say(ACK, 1001 + 10 * number, 1, b"x" * 10) for number in range(20)] == [["A 1 1 0"]] * 20


def test_the_tail_waits_for_the_timeout() -> None:
    peer = Textbook()
    listener = peer.listen()
    peer.say(SYN, options=PEER)
    peer.wait(100 * MILLISECOND)
    peer.say(ACK, 1, 1)
    connection = listener.accept()
    assert connection is not None
    connection.send(bytes(3000), CALL, peer.pair.now)
    peer.heard()
    assert peer.wait(999 * MILLISECOND) == []
    assert peer.wait(200 * MILLISECOND)[0].split()[1] == "1"


def test_time_wait_lasts_four_minutes() -> None:
    pair = Pair(profile=rfc)
    alice, bob = pair.established()
    alice.close(CALL, pair.now)
    pair.run_for(SECOND)
    bob.close(CALL, pair.now)
    pair.run_for(239 * SECOND)
    assert pair.a.tcp.is_connected(A, 40_000, pair.b.address, PORT)
    pair.run_for(2 * SECOND)
    assert not pair.a.tcp.is_connected(A, 40_000, pair.b.address, PORT)
