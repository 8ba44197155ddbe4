"""Replays a capture and compares: which family makes which calls, and what came of it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tests.golden.application import Outcome, shown
from tests.golden.captures import Capture
from tests.golden.comparison import Comparison
from tests.golden.families import (
    bulk,
    datagrams,
    icmp,
    loss,
    many_sockets,
    neighbors,
    opening_and_closing,
    paths,
    retries,
    small_writes,
    traceroute,
)
from tests.golden.families.tcp_program import Family
from tests.golden.laboratory import Laboratory, Run, Schedule
from tests.golden.pairs import Difference

FAMILIES: Final[dict[str, Family]] = {
    **opening_and_closing.FAMILIES,
    **retries.FAMILIES,
    **bulk.FAMILIES,
    **small_writes.FAMILIES,
    **datagrams.FAMILIES,
    **icmp.FAMILIES,
    **neighbors.FAMILIES,
    **loss.FAMILIES,
    **many_sockets.FAMILIES,
    **paths.FAMILIES,
    **traceroute.FAMILIES,
}

NOT_REPLAYED: Final = {
    "17_ipv6_boot": "IPv6 has an issue of its own",
    "17b_ipv6_tcp": "IPv6 has an issue of its own",
    "21_dhcp": "programs that are not ours: DHCP clients and servers",
    "21b_dns": "programs that are not ours: dig and dnsmasq",
    "21d_tftp": "programs that are not ours: tftp and dnsmasq",
}


SCHEDULES: Final = (
    Schedule(15_000, 25_000),
    Schedule(15_000, 25_000, rate=1_000_000_000),
    Schedule(5_000, 40_000),
    Schedule(40_000, 20_000),
    Schedule(0, 0),
    Schedule(25_000, 0),
)
"""The recording is one of the things the kernel may do; a replay must be able to do it for some of these.

Deterministic behavior is the same under all of them; races are not.
"""


class Verdict(Struct, frozen=True):
    """What became of one capture.  `problem`: why it could not be replayed, else "".

    `calls`: calls with other results than recorded; how much a read gave may hang on a race.  `errors`: those of them
    that failed where they had not, or otherwise, or did not fail.
    """

    name: str
    frames: int
    differences: list[Difference]
    calls: list[str]
    errors: list[str]
    problem: str = ""
    schedule: int = 0
    """Which of `SCHEDULES` this is by."""

    @property
    def is_equal(self) -> bool:
        """Was it replayed, and did every interface see the same?"""
        return not self.problem and not self.differences


def judge(capture: Capture) -> Verdict:
    """Replay `capture` and compare: by the first of `SCHEDULES` that gives the recording, or by what comes next."""
    if capture.scenario not in FAMILIES:
        unknown = f"unknown family {capture.scenario}; known are {', '.join(FAMILIES)}; add it to tests/golden/families"
        return Verdict(capture.name, 0, [], [], [], NOT_REPLAYED.get(capture.scenario, unknown))
    closest: Verdict | None = None
    for number, schedule in enumerate(SCHEDULES):
        try:
            verdict = replace(judge_by(capture, schedule), schedule=number)
        except ValueError as problem:
            return Verdict(capture.name, 0, [], [], [], str(problem))
        if verdict.is_equal:
            return verdict
        if closest is None or len(verdict.differences) < len(closest.differences):
            closest = verdict
    assert closest is not None
    return closest


def judge_by(capture: Capture, schedule: Schedule) -> Verdict:
    """Replay `capture` by one schedule and compare."""
    run = replay(capture, schedule)
    comparison = Comparison(capture, run.frames)
    others = [outcome for outcome in run.outcomes if not _is_as_recorded(outcome)]
    errors = [_described(outcome) for outcome in others if _error(outcome.event.result) != _error(outcome.result)]
    calls = [_described(outcome) for outcome in others] + run.failures
    return Verdict(capture.name, comparison.compared, comparison.differences, calls, errors)


def replay(capture: Capture, schedule: Schedule) -> Run:
    """Make the calls of `capture` again, on simnet's hosts."""
    laboratory = Laboratory(capture, schedule)
    FAMILIES[capture.scenario](laboratory)
    return laboratory.replay()


def _is_as_recorded(outcome: Outcome) -> bool:
    return _without_ports(shown(outcome.result)) == _without_ports(outcome.event.result)


def _error(result: object) -> str:
    """-ECONNRESET, or "" for a call that did not fail."""
    return result if isinstance(result, str) and result.startswith("-") else ""


def _described(outcome: Outcome) -> str:
    event = outcome.event
    call = f"{event.start / 1e9:.6f} {event.node}/{event.app} {event.call}"
    return f"{call}: recorded {event.result}, now {shown(outcome.result)}"


def _without_ports(result: object) -> object:
    """Addresses without their ports, which are the kernel's choice."""
    if isinstance(result, list) and len(result) == 2 and isinstance(result[1], int):
        return result[0]
    if isinstance(result, list):
        return [_without_ports(item) for item in result]
    return result
