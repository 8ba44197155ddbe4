"""All expectations of a scenario against one trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from simnet.checks.frames import check_always, check_count, check_frames, check_gaps, check_never
from simnet.checks.hop import check_hop
from simnet.checks.output import check_ends, check_output
from simnet.checks.states import check_sockets, check_states
from simnet.checks.tables import check_table
from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import (
    Always,
    Count,
    Ends,
    Expectation,
    Frames,
    Gaps,
    Hop,
    Never,
    Output,
    Sockets,
    States,
    Table,
)
from simnet.trace.events import Event
from simnet.trace.network import NetworkMap


class Evidence(Struct, frozen=True):
    """What expectations are judged by: the events of a run, its network, and when it ended."""

    events: Sequence[Event]
    network: NetworkMap
    end_ns: int


def check(expectation: Expectation, evidence: Evidence) -> Verdict:
    """Judge one expectation."""
    return _CHECKS[type(expectation)](expectation, evidence)


def check_all(expectations: Sequence[Expectation], evidence: Evidence) -> list[Verdict]:
    """Judge all of them, in order."""
    return [check(expectation, evidence) for expectation in expectations]


_CHECKS: dict[type[Expectation], Callable[..., Verdict]] = {
    Frames: lambda expected, evidence: check_frames(expected, evidence.events),
    Never: lambda expected, evidence: check_never(expected, evidence.events),
    Always: lambda expected, evidence: check_always(expected, evidence.events),
    Count: lambda expected, evidence: check_count(expected, evidence.events),
    Gaps: lambda expected, evidence: check_gaps(expected, evidence.events),
    Hop: lambda expected, evidence: check_hop(expected, evidence.events),
    States: lambda expected, evidence: check_states(expected, evidence.events),
    Sockets: lambda expected, evidence: check_sockets(expected, evidence.events),
    Output: lambda expected, evidence: check_output(expected, evidence.events),
    Table: lambda expected, evidence: check_table(expected, evidence.events, evidence.network),
    Ends: lambda expected, evidence: check_ends(expected, evidence.end_ns),
}
