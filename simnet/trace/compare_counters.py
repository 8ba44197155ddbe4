"""What no frame tells alone: how IP identifications count, what timestamps echo, who came first.

Each is compared from pair to pair, in the order of the first trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from simnet.trace.compare_row import Difference, Row
from simnet.trace.compare_sighting import UNKNOWN, Sighting
from simnet.units import MILLISECOND, format_time
from simnet.wire.icmp import ECHO_REPLY, ECHO_REQUEST

_CROSSING: Final = 500_000
_TICK: Final = MILLISECOND
_CLOCK_SLACK: Final = 20
_MODULUS: Final = 1 << 32
_HALF: Final = 1 << 31
_IDS: Final = 1 << 16
_ANY: Final = "any"
_OF_HOSTS: Final = "of hosts"


def count_on(rows: Sequence[Row], *, crossing: bool) -> None:
    """Add to `rows` the differences that only several frames together show; `crossing`: may flows change places?"""
    checks = (_Identifications(), _Clocks(), _Echoes(rows), _Order(_CROSSING if crossing else 0))
    for row in rows:
        for check in checks:
            row.differences += tuple(check.differences(row))


class _Identifications:
    """IP IDs that are not zero: of TCP they count the packets of a connection, others stay or change."""

    def __init__(self) -> None:
        self._last: dict[object, tuple[int, int]] = {}

    def differences(self, row: Row) -> Iterator[Difference]:
        a, b = row.a, row.b
        if a is None or b is None:
            one = a if b is None else b
            if one is not None and one.identification > 0:
                self._last.pop(_flow(one), None)  # what is left out is not counted
            return
        if a.identification <= 0 or b.identification <= 0:
            return
        last = self._last.get(_flow(a))
        self._last[_flow(a)] = a.identification, b.identification
        if last is None:
            return
        steps = (a.identification - last[0]) % _IDS, (b.identification - last[1]) % _IDS
        if a.stream[0] == "TCP" and steps[0] != steps[1]:
            yield Difference("ip.id", *(f"the last plus {step}" for step in steps))
        elif (steps[0] == 0) != (steps[1] == 0):
            yield Difference("ip.id", *("another than the last" if step else "the last again" for step in steps))


class _Clocks:
    """TSval must go with the time that has passed."""

    def __init__(self) -> None:
        self._first: dict[object, tuple[Sighting, Sighting]] = {}
        self._right: set[tuple[object, int, int]] = set()

    def differences(self, row: Row) -> Iterator[Difference]:
        a, b = row.a, row.b
        if a is None or b is None or a.clock == UNKNOWN or b.clock == UNKNOWN:
            return
        first_a, first_b = self._first.setdefault(_flow(a), (a, b))
        ticks = _signed(a.clock - first_a.clock), _signed(b.clock - first_b.clock)
        passed = a.time - first_a.time, b.time - first_b.time
        wrong = abs((ticks[1] - ticks[0]) * _TICK - (passed[1] - passed[0])) > _CLOCK_SLACK * _TICK
        seen = (a.stream, a.clock, b.clock)
        if not wrong or ticks[0] == ticks[1]:
            self._right.add(seen)
        elif seen not in self._right:  # it was not right where it was sent, and then held up
            words = (f"{tick} ticks after {format_time(time)}" for tick, time in zip(ticks, passed, strict=True))
            yield Difference("tcp.options.timestamp.tsval", *words)


class _Echoes:
    """TSecr must be the TSval of the same frame."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._a: dict[tuple[object, int], set[int]] = defaultdict(set)
        self._b: dict[tuple[object, int], set[int]] = defaultdict(set)
        self._rows = rows
        for number, row in enumerate(rows):
            for sighting, seen in ((row.a, self._a), (row.b, self._b)):
                if sighting is not None and sighting.clock != UNKNOWN:
                    seen[(sighting.place, sighting.stream), sighting.clock].add(number)

    def differences(self, row: Row) -> Iterator[Difference]:
        a, b = row.a, row.b
        if a is None or b is None or a.echo == UNKNOWN or b.echo == UNKNOWN:
            return
        here = self._a.get(((a.place, a.back), a.echo), set())
        there = self._b.get(((b.place, b.back), b.echo), set())
        if here & there or any(self._is_alone(number) for number in here | there):
            return  # what echoes a frame that has no counterpart cannot be told from right
        if here or there or (a.echo == 0) != (b.echo == 0):
            yield Difference("tcp.options.timestamp.tsecr", self._echoed(a, here, 0), self._echoed(b, there, 1))

    def _is_alone(self, number: int) -> bool:
        row = self._rows[number]
        return row.a is None or row.b is None

    def _echoed(self, sighting: Sighting, rows: set[int], side: int) -> str:
        echoed = [self._rows[number].a if side == 0 else self._rows[number].b for number in sorted(rows)]
        numbers = [str(each.number) for each in echoed if each is not None]
        if numbers:
            return f"echoes frame {' or '.join(numbers)}"
        return "echoes no frame seen" if sighting.echo else "zero"


class _Order:
    """Frames of a place come in the same order, but for close races of different flows.

    A race is close where both traces have both frames within `tolerance`.  Conversations of programs (TCP, UDP,
    pings) know nothing of one another: that either trace has them so close is enough, for there their order was luck.
    """

    def __init__(self, tolerance: int) -> None:
        self._tolerance = tolerance
        self._latest: dict[tuple[str, object], tuple[Sighting, Sighting]] = {}

    def differences(self, row: Row) -> Iterator[Difference]:
        a, b = row.a, row.b
        if a is None or b is None:
            return
        own: object = frozenset((a.stream, a.back)) if _is_of_program(a) else _OF_HOSTS
        groups: tuple[object, ...] = (_ANY,) if own == _OF_HOSTS else (_ANY, _OF_HOSTS, own)
        before = [self._latest.get((a.place, group)) for group in groups]
        for group in (_ANY, own):
            latest = self._latest.get((a.place, group))
            if latest is None or b.order > latest[1].order:
                self._latest[a.place, group] = a, b
        yield from self._too_late(a, b, before)

    def _too_late(
        self, a: Sighting, b: Sighting, latest: Sequence[tuple[Sighting, Sighting] | None]
    ) -> Iterator[Difference]:
        """The frame came after one of `latest` in the first trace, but well before it in the second."""
        for before_a, before_b in filter(None, latest):
            if b.order > before_b.order:
                continue
            apart = a.time - before_a.time, before_b.time - b.time
            if (min(apart) if _are_strangers(a, before_a) else max(apart)) > self._tolerance:
                yield Difference("order", f"after frame {before_a.number}", f"before frame {before_b.number}")
                return


def _is_of_program(sighting: Sighting) -> bool:
    """Is it of a conversation of programs, rather than what hosts tell one another because of those?"""
    kind, topic = sighting.stream[0], sighting.stream[1]
    return kind in ("TCP", "UDP") or kind == "ICMP" and topic in (ECHO_REQUEST, ECHO_REPLY)


def _are_strangers(a: Sighting, b: Sighting) -> bool:
    return _is_of_program(a) and _is_of_program(b) and a.stream not in (b.stream, b.back)


def _flow(sighting: Sighting) -> tuple[object, ...]:
    return sighting.place, sighting.way, sighting.stream


def _signed(ticks: int) -> int:
    return (ticks + _HALF) % _MODULUS - _HALF
