"""One direction of a link: times, order, faults, and what a cut does."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet import reasons
from simnet.devices.fault import Action, Fault
from simnet.devices.properties import Bursts, Properties
from simnet.units import SECOND
from simnet.wire import ethernet
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import UDP, Ipv4
from simnet.wire.payload import Raw
from simnet.wire.udp import Udp
from tests.devices.watching import Cable

shares = st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.0])
bursts = st.none() | st.builds(Bursts, enter=shares, leave=shares, loss=shares)
rates = st.sampled_from([1_000_000_000, 10_000_000_000, 7_000_000, 56_000, 3])
any_properties = st.builds(
    Properties, rate=rates, delay=st.integers(0, 10**7), jitter=st.integers(0, 10**6), loss=shares, bursts=bursts,
    duplicate=shares, reorder=shares, reorder_by=st.integers(0, 10**6), corrupt=shares,
    mtu=st.sampled_from([500, 1500]), queue=st.integers(0, 10),
)  # fmt: skip
send_times = st.lists(st.integers(0, 10**6), max_size=20).map(sorted)


def orderly(properties: Properties) -> Properties:
    """The same without held-back frames."""
    return Properties(
        rate=properties.rate, delay=properties.delay, jitter=properties.jitter, loss=properties.loss,
        duplicate=properties.duplicate, corrupt=properties.corrupt, queue=properties.queue,
    )  # fmt: skip


@given(any_properties, send_times, st.integers(0, 2 * 10**6))
def test_every_frame_is_accounted_for(properties: Properties, times: list[int], stop: int) -> None:
    cable = Cable(properties)
    cable.send(*times)
    cable.scheduler.run(until=stop)
    cable.check_balance()
    cable.run()
    assert cable.link.there.sent == len(times)


@given(any_properties, any_properties, send_times, st.integers(0, 10**6))
def test_no_frame_overtakes_unless_it_is_held_back(
    first: Properties, second: Properties, times: list[int], change: int
) -> None:
    cable = Cable(orderly(first))
    cable.at(change, lambda _: cable.link.change(cable.a, orderly(second)))
    cable.send(*times)
    cable.run()
    assert cable.order() == sorted(cable.order())


@given(any_properties, send_times, st.integers(0, 5))
def test_the_same_seed_gives_the_same_events(properties: Properties, times: list[int], seed: int) -> None:
    def events() -> list[object]:
        cable = Cable(properties, seed=seed)
        cable.send(*times)
        cable.run()
        return [
            tuple(ethernet.pack(part) + str(part.id).encode() if isinstance(part, Frame) else part for part in event)
            for event in cable.watcher.seen
        ]

    assert events() == events()


@given(rates, st.lists(st.integers(60, 1500), min_size=1, max_size=30))
def test_a_busy_wire_carries_exactly_its_rate(rate: int, lengths: list[int]) -> None:
    """The n-th of frames sent back to back has left after all their bits: rounding does not add up."""
    cable = Cable(Properties(rate=rate, delay=7))
    for length in lengths:
        cable.send(0, length=length)
    cable.run()
    bits = 0
    for length, (time, _) in zip(lengths, cable.arrived, strict=True):
        bits += 8 * length
        assert time == Fraction(bits * SECOND, rate) // 1 + 7


def test_a_frame_arrives_after_transmission_and_propagation() -> None:
    cable = Cable(Properties(rate=100_000_000, delay=5_000_000))
    cable.send(1_000, 1_000, length=1250)
    cable.run()
    sent = [(now, departs) for _, now, _, _, departs in cable.watcher.of("sent")]
    assert sent == [(1_000, 1_000), (1_000, 101_000)]
    assert [time for time, _ in cable.arrived] == [5_101_000, 5_201_000]


def test_the_other_direction_is_independent() -> None:
    cable = Cable(Properties(rate=100_000_000), back=Properties(rate=1_000_000, delay=0))
    cable.send(0, length=1250)
    cable.at(0, lambda _: cable.b.transmit(Frame(1, 2, 0x88B5, Raw(bytes(111)), 99)))
    cable.run()
    assert [(time, frame.id) for time, frame in cable.arrived] == [(101_000, 1), (1_000_000, 99)]


def test_jitter_only_delays() -> None:
    cable = Cable(Properties(delay=1_000, jitter=500))
    cable.send(*(20_000 * n for n in range(300)))
    cable.run()
    late = [time - 20_000 * n - 8_000 - 1_000 for n, (time, _) in enumerate(cable.arrived)]
    assert 0 <= min(late) < 5
    assert 495 < max(late) <= 500
    assert 200 < sum(late) / len(late) < 300


def test_a_held_back_frame_is_overtaken() -> None:
    cable = Cable(Properties(reorder=0.2, reorder_by=100_000))
    cable.send(*(10_000 * n for n in range(200)))
    cable.run()
    order = cable.order()
    assert sorted(order) == list(range(1, 201))
    regular = [(time, frame.id) for time, frame in cable.arrived if time == 10_000 * frame.id - 1_000]
    held = [frame.id for time, frame in cable.arrived if time == 10_000 * frame.id - 1_000 + 100_000]
    assert len(regular) + len(held) == 200
    assert 20 < len(held) < 60
    assert regular == sorted(regular)


def test_a_copy_follows_its_original() -> None:
    cable = Cable(Properties(duplicate=1.0))
    cable.send(0, 0)
    cable.run()
    ids = [(frame.id, frame.parent, frame.reason) for _, frame in cable.arrived]
    copy = (100 << 40) + 1
    assert ids == [
        (1, 0, 0), (copy, 1, reasons.DUPLICATED), (2, 0, 0), (copy + 1, 2, reasons.DUPLICATED),
    ]  # fmt: skip
    assert cable.arrived[0][1] == cable.arrived[1][1]


def test_corruption_flips_one_bit_and_keeps_the_identity() -> None:
    cable = Cable(Properties(corrupt=1.0))
    packet = Ipv4(0x0A000001, 0x0A000002, UDP, Udp(1000, 2000, bytes(500)))
    frame = Frame(2, 1, ETHERTYPE_IPV4, packet, 17)
    cable.at(0, lambda _: [cable.a.transmit(frame) for _ in range(50)])
    cable.run()
    positions = set()
    for _, arrived in cable.arrived:
        assert arrived.id == 17
        wrong = int.from_bytes(ethernet.pack(frame), "big") ^ int.from_bytes(ethernet.pack(arrived), "big")
        assert wrong.bit_count() == 1
        positions.add(wrong.bit_length())
        payload = arrived.payload
        is_unread = isinstance(payload, Raw) or isinstance(payload, Ipv4) and isinstance(payload.payload, Raw)
        assert is_unread or wrong.bit_length() > 8 * 528
    assert len(positions) > 40


def test_a_tag_does_not_count_against_the_mtu() -> None:
    cable = Cable(Properties(mtu=1500))
    for tag, size in ((-1, 1500), (-1, 1501), (5, 1500), (5, 1501)):
        frame = Frame(2, 1, 0x88B5, Raw(bytes(size)), size, tag=tag)
        cable.at(0, lambda frame: cable.a.transmit(frame), frame)
        cable.sent.append(frame)
    cable.run()
    assert [frame.id for _, frame in cable.arrived] == [1500, 1500]
    assert [event[4] for event in cable.watcher.of("dropped")] == [reasons.DROP_MTU] * 2


def test_new_properties_hold_for_frames_sent_later() -> None:
    cable = Cable(Properties(delay=1_000_000))
    cable.send(0)
    cable.at(1_000, lambda _: cable.link.change(cable.a, Properties(delay=2_000_000, rate=10_000_000)))
    cable.send(100_000)
    cable.run()
    assert [time for time, _ in cable.arrived] == [1_008_000, 2_900_000]
    assert cable.watcher.of("link") == [("link", 1_000, "a:eth0 -- b:eth0", "a:eth0 sends with rate 10mbps, delay 2ms")]


def test_a_shorter_delay_lets_nobody_overtake() -> None:
    cable = Cable(Properties(delay=1_000_000))
    cable.send(0)
    cable.at(1_000, lambda _: cable.link.change(cable.a, Properties(delay=0)))
    cable.send(20_000, 2_000_000)
    cable.run()
    assert [(time, frame.id) for time, frame in cable.arrived] == [(1_008_000, 1), (1_008_000, 2), (2_008_000, 3)]


def test_the_same_properties_again_are_no_change() -> None:
    cable = Cable(Properties())
    assert not cable.link.change(cable.a, Properties())
    assert cable.watcher.seen == []


class TestFaults:
    """Chosen frames, on purpose."""

    @staticmethod
    def with_fault(action: Action, *, nth: frozenset[int] = frozenset(), by: int = 0, copies: int = 1) -> Cable:
        cable = Cable(Properties(delay=0))

        def is_even(frame: Frame) -> bool:
            return frame.id % 2 == 0

        cable.fault(Fault(name="the fault", action=action, matches=is_even, nth=nth, by=by, copies=copies))
        cable.send(*range(0, 80_000, 10_000))
        cable.run()
        return cable

    def test_drop(self) -> None:
        cable = self.with_fault(Action.DROP)
        assert cable.order() == [1, 3, 5, 7]
        assert [event[4] for event in cable.watcher.of("dropped")] == [reasons.DROP_FAULT] * 4
        assert [(event[2], event[3].id) for event in cable.watcher.of("fault")] == [
            ("the fault", number) for number in (2, 4, 6, 8)
        ]

    def test_only_the_nth_match(self) -> None:
        assert self.with_fault(Action.DROP, nth=frozenset({1, 3})).order() == [1, 3, 4, 5, 7, 8]

    def test_delay_lets_others_overtake(self) -> None:
        cable = self.with_fault(Action.DELAY, nth=frozenset({1}), by=25_000)
        assert cable.order() == [1, 3, 4, 2, 5, 6, 7, 8]

    def test_duplicate(self) -> None:
        assert self.with_fault(Action.DUPLICATE, nth=frozenset({2}), copies=2).order() == [1, 2, 3, 4, 4, 4, 5, 6, 7, 8]

    def test_corrupt_flips_the_lowest_bit_of_the_last_byte(self) -> None:
        cable = self.with_fault(Action.CORRUPT, nth=frozenset({1}))
        for frame, (_, arrived) in zip(cable.sent, cable.arrived, strict=True):
            wrong = int.from_bytes(ethernet.pack(frame), "big") ^ int.from_bytes(ethernet.pack(arrived), "big")
            assert wrong == (1 if frame.id == 2 else 0)

    def test_one_fault_counts_over_all_directions(self) -> None:
        cable = Cable(Properties())
        fault = Fault(name="", action=Action.DROP, matches=lambda frame: True, nth=frozenset({2}))
        cable.link.there.add_fault(fault)
        cable.link.back.add_fault(fault)
        cable.send(0)
        cable.at(10, lambda _: cable.b.transmit(Frame(1, 2, 0x88B5, Raw(bytes(46)), 50)))
        cable.run()
        assert cable.order() == [1]
        assert (fault.matched, fault.fired) == (2, 1)


class TestCut:
    """What a cut cable does to frames and to its ports."""

    def test_queued_and_flying_frames_are_lost_and_later_ones_too(self) -> None:
        cable = Cable(Properties(delay=10_000))
        cable.send(0, 0, 0)  # one will be flying, one on the wire, one waiting
        cable.at(12_000, lambda _: cable.link.cut())
        cable.send(50_000)
        cable.run()
        assert cable.order() == []
        assert [(event[1], event[3].id, event[4]) for event in cable.watcher.of("dropped")] == [
            (12_000, 1, reasons.DROP_CUT), (12_000, 2, reasons.DROP_CUT), (12_000, 3, reasons.DROP_CUT),
            (50_000, 4, reasons.DROP_CUT),
        ]  # fmt: skip

    def test_a_mended_cable_is_idle_and_fast_again(self) -> None:
        cable = Cable(Properties(delay=10_000))
        cable.send(0, 0, 0)
        cable.at(1_000, lambda _: cable.link.cut())
        cable.at(2_000, lambda _: cable.link.mend())
        cable.send(3_000)
        cable.run()
        assert [(time, frame.id) for time, frame in cable.arrived] == [(21_000, 4)]

    def test_a_mended_cable_has_an_empty_queue(self) -> None:
        cable = Cable(Properties(delay=0, queue=2))
        cable.send(0, 0, 0)
        cable.at(1, lambda _: cable.link.cut())
        cable.at(2, lambda _: cable.link.mend())
        cable.send(3, 3, 3)
        cable.run()
        assert cable.order() == [4, 5, 6]

    def test_ports_hear_of_it_once(self) -> None:
        cable = Cable(Properties())
        heard: list[tuple[str, bool]] = []
        for port in (cable.a, cable.b):
            port.on_carrier = lambda port: heard.append((port.name, port.has_carrier))
        assert cable.link.cut()
        assert not cable.link.cut()
        assert heard == [("a:eth0", False), ("b:eth0", False)]
        assert cable.link.mend()
        assert not cable.link.mend()
        assert heard[2:] == [("a:eth0", True), ("b:eth0", True)]
        assert [event[3] for event in cable.watcher.of("link")] == ["cut", "mended"]

    def test_frames_of_the_other_direction_are_lost_as_well(self) -> None:
        cable = Cable(Properties())
        cable.at(0, lambda _: cable.b.transmit(Frame(1, 2, 0x88B5, Raw(bytes(46)), 50)))
        cable.at(10, lambda _: cable.link.cut())
        cable.run()
        assert [(event[2], event[3].id) for event in cable.watcher.of("dropped")] == [("b:eth0", 50)]


class TestMove:
    """One end of a cable is plugged into another port."""

    def test_frames_go_to_the_new_port_and_come_from_it(self) -> None:
        cable = Cable(Properties())
        new = cable.port("c:eth0")
        cable.send(0)
        cable.at(20_000, lambda _: cable.link.move(cable.b, new))
        cable.send(30_000)
        cable.at(40_000, lambda _: new.transmit(Frame(1, 2, 0x88B5, Raw(bytes(46)), 50)))
        cable.run()
        assert [(event[2], event[3].id) for event in cable.watcher.of("arrived")] == [
            ("b:eth0", 1), ("c:eth0", 2), ("a:eth0", 50),
        ]  # fmt: skip
        assert (cable.link.there.arrived, cable.link.back.arrived) == (2, 1)
        assert (cable.b.is_plugged, cable.b.has_carrier, new.is_plugged, new.has_carrier) == (False, False, True, True)

    def test_a_port_without_a_cable_drops(self) -> None:
        cable = Cable(Properties())
        cable.link.move(cable.b, cable.port("c:eth0"))
        cable.b.transmit(Frame(1, 2, 0x88B5, Raw(bytes(46)), 50))
        assert cable.watcher.of("sent")[0][2] == "b:eth0"
        assert cable.watcher.of("dropped")[0][4] == reasons.DROP_UNPLUGGED

    def test_moving_a_cut_cable_leaves_it_cut(self) -> None:
        cable = Cable(Properties())
        new = cable.port("c:eth0")
        cable.link.cut()
        cable.link.move(cable.b, new)
        carriers = [new.has_carrier]
        cable.link.mend()
        assert [*carriers, new.has_carrier] == [False, True]
        cable.send(0)
        cable.run()
        assert cable.watcher.of("arrived")[0][2] == "c:eth0"

    def test_a_port_takes_one_cable_only(self) -> None:
        cable = Cable(Properties())
        with pytest.raises(Exception, match="b:eth0 already has a cable"):
            cable.link.move(cable.a, cable.b)
