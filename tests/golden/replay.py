"""Replays a capture and compares: which family makes which calls, and what came of it.

The way through this folder: `captures` are the recordings, `laboratory` builds their network, `families/` are their
programs, which speak to `application`.  `wire`, `cable`, `clock`, `departures`, `holds` and `journeys` take from a
recording how late its machine was.  `comparison` says what must be equal, `fields`, `counters`, `bulk` and `labels`
how it is compared.  What no recording tells is a choice of `timing`, for which `search` looks.  `report` prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from tests.golden.application import Outcome
from tests.golden.calls import shown
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
from tests.golden.laboratory import Laboratory
from tests.golden.pairs import Difference
from tests.golden.search import Attempt, search
from tests.golden.timing import PHASE, SEED, Choice, Chosen

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


USUAL: Final[Mapping[Choice, int]] = {}
"""What is chosen otherwise than usual: nothing."""


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
    choices: list[str] = []
    """What had to be chosen otherwise than usual to come closest."""

    @property
    def is_equal(self) -> bool:
        """Was it replayed, and did every interface see the same?"""
        return not self.problem and not self.differences


def judge(capture: Capture) -> Verdict:
    """Replay `capture` and compare; if it differs, look for choices of the recorded kernel that give the recording."""
    if capture.scenario not in FAMILIES:
        unknown = f"unknown family {capture.scenario}; known are {', '.join(FAMILIES)}; add it to tests/golden/families"
        return Verdict(capture.name, 0, [], [], [], NOT_REPLAYED.get(capture.scenario, unknown))
    try:
        others = search(capture, lambda others: _attempt(capture, others))
        return judge_by(capture, others)
    except ValueError as problem:
        return Verdict(capture.name, 0, [], [], [], str(problem))


def judge_by(capture: Capture, others: Mapping[Choice, int] = USUAL) -> Verdict:
    """Replay `capture` by the usual choices but for `others`, and compare."""
    laboratory = _laboratory(capture, others)
    run = laboratory.replay()
    comparison = Comparison(capture, run.frames)
    changed = [outcome for outcome in run.outcomes if not _is_as_recorded(outcome)]
    errors = [_described(outcome) for outcome in changed if _error(outcome.event.result) != _error(outcome.result)]
    calls = [_described(outcome) for outcome in changed] + run.failures
    choices = [_chosen(chosen, laboratory.origin) for chosen in laboratory.timing.made if chosen.choice in others]
    choices += [f"{choice.what}: {others[choice]}" for choice in (PHASE, SEED) if choice in others]
    return Verdict(capture.name, comparison.compared, comparison.differences, calls, errors, choices=choices)


def _laboratory(capture: Capture, others: Mapping[Choice, int]) -> Laboratory:
    laboratory = Laboratory(capture, others)
    FAMILIES[capture.scenario](laboratory)
    return laboratory


def _attempt(capture: Capture, others: Mapping[Choice, int]) -> Attempt:
    laboratory = _laboratory(capture, others)
    differences = Comparison(capture, laboratory.replay().frames).differences
    return Attempt(differences, laboratory.timing.made, laboratory.watcher.arrivals, laboratory.origin)


def _chosen(chosen: Chosen, origin: int) -> str:
    return f"{chosen.choice.what} at {(chosen.start - origin) / 1e9:.6f}: {chosen.length / 1000:g} us"


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
