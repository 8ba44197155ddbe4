"""One draft on trial: what its steps come to, whether that hangs on timing, and whether the kernel does the same."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any, Final

import msgspec
import yaml

from simnet.errors import SimnetError
from simnet.scenario.load import loads
from simnet.scenario.values import Scenario
from simnet.trace.compare import compare
from simnet.trace.events import FaultFired, SocketCall
from simnet.trace.trace import Trace
from simnet.units import MILLISECOND, SECOND
from simnet.wire.summary import summary
from simnet.worlds import simulated
from simnet.worlds.side_by_side import both
from tests.worlds.differential.drafts import Draft
from tests.worlds.differential.late import run_late
from tests.worlds.differential.words import first_words

_LONGEST: Final = 12 * SECOND
_SHAKEN: Final = 6
_STEPS: Final = 60
_GRAIN: Final = 25 * MILLISECOND
"""How late a wake-up may be, and a share of a long timer on top."""
_SHARE: Final = 6
_MAIN: Final = {
    "send": "text", "reply": "text", "connect": "to", "connect udp": "to", "open udp": "port", "ping": "to",
}  # fmt: skip
_CHOSEN_PORT: Final = re.compile(r":(3[2-9]\d{3}|[4-6]\d{4})\b")
_FAILED: Final = re.compile(r"(\d+): it failed with (\w+)$", re.DOTALL)
_NOBODY: Final = re.compile(r"(\d+): nothing was received")


class Unfit(Exception):
    """The draft is no test: it takes too long, or what happens hangs on timing."""


def text_of(draft: Draft) -> str:
    """The scenario as YAML."""
    return yaml.safe_dump(draft, sort_keys=False, default_flow_style=None, width=118)


def settled(draft: Draft) -> Draft:
    """`draft` in which every step that fails in the simulated world says so.  Raises `Unfit`."""
    made = copy.deepcopy(draft)
    for _ in range(_STEPS):
        failures = _failures(_numbered(loads(text_of(made))))
        if not failures:
            return _without_idle_faults(made)
        for host, why in failures:
            _expect_failure(made["programs"][host], why)
    raise Unfit("it fails again and again")


def _numbered(scenario: Scenario) -> Scenario:
    """Every step says its number when it fails."""
    programs = tuple(
        msgspec.structs.replace(
            program,
            steps=tuple(msgspec.structs.replace(step, text=str(number)) for number, step in enumerate(program.steps)),
        )
        for program in scenario.programs
    )
    return msgspec.structs.replace(scenario, programs=programs)


def _failures(scenario: Scenario) -> list[tuple[str, str]]:
    """Host and reason of each program that does not run to its end."""
    result = simulated.run(scenario)
    if result.end_ns > _LONGEST:
        raise Unfit("it takes too long")
    words = (re.fullmatch(r"program \S+ of (\S+) runs to its end", verdict.text) for verdict in result.verdicts)
    return [
        (found[1], verdict.why)
        for found, verdict in zip(words, result.verdicts, strict=True)
        if found and not verdict.ok
    ]


def _expect_failure(steps: list[Any], why: str) -> None:
    nobody = _NOBODY.match(why)
    if nobody is not None:
        del steps[int(nobody[1])]
        return
    found = _FAILED.match(why)
    if found is None:
        raise Unfit(f"it cannot go on: {why}")
    number, name = int(found[1]), found[2]
    ((verb, given),) = steps[number].items() if isinstance(steps[number], dict) else ((steps[number], None),)
    if verb in ("close", "abort", "wait"):
        raise Unfit(f"{verb} fails")
    steps[number] = {verb: {**_as_map(verb, given), "fails": name}}
    if verb in ("connect", "connect udp", "accept", "open udp", "listen"):
        gone = steps[number][verb].get("as")
        steps[number + 1 :] = [step for step in steps[number + 1 :] if gone is not None and _via(step) != gone]


def _as_map(verb: str, given: Any) -> Draft:
    if isinstance(given, dict):
        return given
    if given is None:
        return {}
    return {_MAIN[verb]: given}


def _via(step: Any) -> str | None:
    if isinstance(step, dict):
        (given,) = step.values()
        if isinstance(given, dict):
            return given.get("via")
    return None


def _without_idle_faults(draft: Draft) -> Draft:
    """A fault that never fires only makes a cable slower."""
    if "faults" not in draft:
        return draft
    trace = simulated.run(loads(text_of(draft))).trace
    fired = {event.fault for event in trace if isinstance(event, FaultFired)}
    named = loads(text_of(draft)).faults
    kept = [given for given, value in zip(draft["faults"], named, strict=True) if value.text in fired]
    rest = {key: value for key, value in draft.items() if key != "faults"}
    return rest | ({"faults": kept} if kept else {})


# --- timing


def check_steady(draft: Draft, random: Random) -> None:
    """Raise `Unfit` if a little more or less time changes what happens in the simulated world."""
    first = simulated.run(loads(text_of(draft))).trace
    for _ in range(_SHAKEN):
        other = run_late(loads(text_of(_shaken(draft, random))), random)
        if difference(first, other):
            raise Unfit("it hangs on timing")


def _shaken(draft: Draft, random: Random) -> Draft:
    made = copy.deepcopy(draft)
    for host in made["hosts"].values():
        host["sysctl"] = {**host.get("sysctl", {}), "jiffy": f"{random.randint(0, 8)}ms"}
    for steps in made["programs"].values():
        for step in steps:
            if isinstance(step, dict) and "wait" in step:
                step["wait"] = f"{int(step['wait'][:-2]) * 1000 + random.randint(0, 6000)}us"
    for link in made["links"]:
        for properties in link.values():
            delay = int(properties.get("delay", "0ms")[:-2])
            properties["delay"] = f"{delay * 1000 + random.randint(1, 1500 if delay else 250)}us"
    return made


# --- both worlds


def against_kernel(scenario: Scenario, world: str = "lab") -> str:
    """The first difference between the simulated world and the real one; "" if there is none."""
    with _promptly():
        traces = both(scenario, world)
    return difference(*traces)


def draft_against_kernel(draft: Draft) -> str:
    """The same of a draft, in the lab."""
    return against_kernel(loads(text_of(draft)))


@contextmanager
def _promptly() -> Iterator[None]:
    """Ahead of whatever else this machine does, where that is allowed: real time is what is compared."""
    before = os.sched_getscheduler(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass
    try:
        yield
    finally:
        os.sched_setscheduler(0, before, os.sched_param(0))


def difference(a: Trace, b: Trace) -> str:
    """What differs: calls and their results, else frames, else times; "" if nothing."""
    return _of_calls(a, b) or _of_frames(a, b)


def _of_calls(a: Trace, b: Trace) -> str:
    here, there = _calls(a), _calls(b)
    for program in here.keys() | there.keys():
        for left, right in zip(_padded(here, program), _padded(there, program), strict=False):
            if left != right:
                return f"call of {program}: {left}; on the other side: {right}"
    return ""


def _padded(calls: dict[str, list[str]], program: str) -> Sequence[str]:
    return [*calls.get(program, []), "nothing more"]


def _calls(trace: Trace) -> dict[str, list[str]]:
    """The calls of each program with their results; what one read in several pieces is one."""
    found: dict[str, list[str]] = {}
    pieces: dict[str, tuple[str, int]] = {}
    for event in trace:
        if not isinstance(event, SocketCall):
            continue
        program = f"{event.device}/{event.program}"
        calls = found.setdefault(program, [])
        count = re.fullmatch(r"(\d+)(?: bytes)?", event.result)
        fd = event.arguments.partition(",")[0]
        if count and event.call in ("recv", "send"):
            key = f"{event.call} {fd}"
            before = pieces.get(program, ("", 0))
            total = int(count[1]) + (before[1] if before[0] == key else 0)
            if before[0] == key:
                calls.pop()
            pieces[program] = key, total
            calls.append(f"{key}: {total} bytes")
            continue
        pieces.pop(program, None)
        arguments = fd if event.call in ("recv", "send") else event.arguments
        calls.append(_CHOSEN_PORT.sub(":chosen", f"{event.call} {arguments}: {event.result}"))
    return found


def _of_frames(a: Trace, b: Trace) -> str:
    try:
        comparison = compare(a, b)
    except SimnetError:
        return ""  # no frames at all in either
    if comparison.first is not None:
        return first_words(comparison, a, b)
    latest: dict[str, tuple[int, int]] = {}
    for row in comparison.rows:
        assert row.a is not None and row.b is not None
        before = latest.get(row.a.place, (row.a.time, row.b.time))
        gaps = row.a.time - before[0], row.b.time - before[1]
        if abs(gaps[0] - gaps[1]) > _GRAIN + max(gaps) // _SHARE:
            here, there = (f"{gap / MILLISECOND:.1f} ms" for gap in gaps)
            return f"{row.a.place}: {here} after the frame before, or {there}: {summary(row.a.frame)}"
        latest[row.a.place] = row.a.time, row.b.time
    return ""
