"""Programs and when they start, and problems in them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from simnet.scenario.load import loads
from simnet.scenario.position import NOWHERE
from simnet.scenario.step_values import Start
from simnet.units import SECOND
from tests.scenario.reading import TWO_HOSTS, problems

IN_PROGRAMS = TWO_HOSTS + "programs:\n  "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IN_PROGRAMS + "c: [accept]", '4:3: no host is called "c"'),
        (
            "hosts: [a]\nswitches: [s]\nprograms: {s: [accept]}",
            "3:12: s is a switch; what runs a program must be a host",
        ),
        (IN_PROGRAMS + "a: accept", '4:6: the program of a must be a list of steps, or a map; found "accept"'),
        (
            IN_PROGRAMS + "a: {python: x.py}",
            '4:7: programs in Python ("python:") come later; for now write a list of steps',
        ),
        (
            IN_PROGRAMS + "a: {log: {python: x.py, stdin: ['514']}}",
            '4:13: programs in Python ("python:") come later; for now write a list of steps\n'
            '4:27: programs in Python, and their "stdin", come later; for now write a list of steps',
        ),
        (IN_PROGRAMS + "a: {start: 5ms}", '4:6: program a needs "steps"; write for example steps: [...]'),
        (IN_PROGRAMS + "a: {start: 5, steps: [accept]}", '4:14: start "5" has no unit; write 5ms'),
        (
            IN_PROGRAMS + "a: {start: {after: b is ready}, steps: [accept]}",
            '4:22: after "b is ready" is not an event; write HOST listens, HOST ends, HOST/PROGRAM listens '
            "or HOST/PROGRAM ends",
        ),
        (
            IN_PROGRAMS + "a: {start: {after: b listens}, steps: [accept]}",
            "4:22: b has no program, so it never listens",
        ),
        (
            IN_PROGRAMS + "a: {start: {after: b listens}, steps: [accept]}\n  b: [accept]",
            "4:22: no program of b has the step listen, so it never listens",
        ),
        (IN_PROGRAMS + "a: {start: {after: b/x ends}, steps: [accept]}\n  b: [accept]", '4:22: b has no program "x"'),
        (
            IN_PROGRAMS + "a: {start: {after: a ends}, steps: [accept]}",
            "4:22: this program never starts: what it waits for waits for it in turn",
        ),
        (
            IN_PROGRAMS
            + "a: {start: {after: b ends}, steps: [accept]}\n  b: {start: {after: a ends}, steps: [accept]}",
            "4:22: this program never starts: what it waits for waits for it in turn\n"
            "5:22: this program never starts: what it waits for waits for it in turn",
        ),
        (IN_PROGRAMS + "a: {start: {after: c ends}, steps: [accept]}", '4:22: no host is called "c"'),
        (
            IN_PROGRAMS + "a: {a b: [accept]}",
            '4:7: "a b" cannot be the name of a program; a name has letters, digits, _ and, between them, '
            "single - or .",
        ),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected


def _programs(text: str) -> list[tuple[str, str, Start]]:
    found = loads(f"{TWO_HOSTS}programs: {text}\n").programs
    return [(program.host, program.name, replace(program.start, at=NOWHERE)) for program in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: [accept]}", [("a", "main", Start())]),
        ("{a: []}", [("a", "main", Start())]),
        ("{a: {start: 200ms, steps: [accept]}}", [("a", "main", Start(delay=200_000_000))]),
        ("{a: {x: [accept], y: {start: 1s, steps: [close]}}}", [("a", "x", Start()), ("a", "y", Start(delay=SECOND))]),
        (
            "{a: {start: {after: b listens}, steps: [close]}, b: [listen: 80]}",
            [("a", "main", Start(event="listens", host="b")), ("b", "main", Start())],
        ),
        (
            "{a: {start: {after: b/x ends, wait: 1s}, steps: [close]}, b: {x: [close]}}",
            [("a", "main", Start(event="ends", host="b", program="x", delay=SECOND)), ("b", "x", Start())],
        ),
        (
            "{a: {start: {after: b listens}, steps: [close]}, b: [{repeat: 2, steps: [listen: 80]}]}",
            [("a", "main", Start(event="listens", host="b")), ("b", "main", Start())],
        ),
    ],
)
def test_programs_and_their_starts(text: str, expected: list[tuple[str, str, Start]]) -> None:
    assert _programs(text) == expected


def test_steps_may_stand_below_each_other() -> None:
    (program,) = loads(f"{TWO_HOSTS}programs:\n  a:\n    - listen: 80\n    - accept\n    - receive: end\n").programs
    assert [step.verb for step in program.steps] == ["listen", "accept", "receive"]


def test_a_program_may_wait_for_another_on_its_own_host() -> None:
    text = "{a: {x: [listen: 80], y: {start: {after: a listens}, steps: [close]}}}"
    assert [name for _, name, _ in _programs(text)] == ["x", "y"]


def test_a_long_row_of_programs_that_wait_for_the_next() -> None:
    waiting = ", ".join(f"p{n}: {{start: {{after: a/p{n + 1} ends}}, steps: []}}" for n in range(500))
    assert len(_programs(f"{{a: {{{waiting}, p500: []}}}}")) == 501


def test_too_many_programs() -> None:
    text = ", ".join(f"p{n}: []" for n in range(2002))
    assert problems(f"{TWO_HOSTS}programs: {{a: {{{text}}}}}")[0].endswith("more than 2000 programs")
