"""All expectations of a scenario against one trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from simnet.checks.frames import judge_always, judge_count, judge_frames, judge_gaps, judge_never
from simnet.checks.hop import judge_hop
from simnet.checks.judge import Judge, judged
from simnet.checks.output import judge_ends, judge_output
from simnet.checks.states import judge_sockets, judge_states
from simnet.checks.tables import judge_table
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

    events: Iterable[Event]
    network: NetworkMap
    end_ns: int


def check(expectation: Expectation, evidence: Evidence) -> Verdict:
    """Judge one expectation."""
    return check_all([expectation], evidence)[0]


def check_all(expectations: Sequence[Expectation], evidence: Evidence) -> list[Verdict]:
    """Judge all of them, in order, in one pass over the events."""
    judges = [_JUDGES[type(expectation)](expectation, evidence) for expectation in expectations]
    return judged(judges, evidence.events)


_JUDGES: dict[type[Expectation], Callable[..., Judge]] = {
    Frames: lambda expected, evidence: judge_frames(expected),
    Never: lambda expected, evidence: judge_never(expected),
    Always: lambda expected, evidence: judge_always(expected),
    Count: lambda expected, evidence: judge_count(expected),
    Gaps: lambda expected, evidence: judge_gaps(expected),
    Hop: lambda expected, evidence: judge_hop(expected),
    States: lambda expected, evidence: judge_states(expected),
    Sockets: lambda expected, evidence: judge_sockets(expected),
    Output: lambda expected, evidence: judge_output(expected),
    Table: lambda expected, evidence: judge_table(expected, evidence.network),
    Ends: lambda expected, evidence: judge_ends(expected, evidence.end_ns),
}
