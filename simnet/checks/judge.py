"""Judging while events stream past: an expectation's judge is sent every event, then None, and returns its verdict.

So all expectations of a run need one pass over its trace, which may be far too long to be held in memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

from simnet.checks.verdict import Verdict
from simnet.trace.events import Event

Judge = Generator[None, Event | None, Verdict]
"""It may return before the end, when nothing that comes can change its mind."""


def judged(judges: Sequence[Judge], events: Iterable[Event]) -> list[Verdict]:
    """The verdicts of all `judges`, in order, after one pass over `events`, or as much of it as they need."""
    verdicts: dict[int, Verdict] = {}
    listening = _still_listening(dict(enumerate(judges)), None, verdicts)  # which starts a generator
    if listening:
        for event in events:
            listening = _still_listening(listening, event, verdicts)
            if not listening:
                break
    _still_listening(listening, None, verdicts)
    return [verdicts[number] for number in range(len(judges))]


def _still_listening(judges: dict[int, Judge], event: Event | None, verdicts: dict[int, Verdict]) -> dict[int, Judge]:
    """Those of `judges` that want more after `event`; the verdicts of the others are written down."""
    has_ended = False
    for number, judge in judges.items():
        try:
            judge.send(event)
        except StopIteration as end:
            verdicts[number] = end.value
            has_ended = True
    return {number: judge for number, judge in judges.items() if number not in verdicts} if has_ended else judges
