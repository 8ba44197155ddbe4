"""Problems in programs and when they start."""

from __future__ import annotations

import pytest

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
            "4:22: this program waits for itself and never starts",
        ),
        (
            IN_PROGRAMS + "a: {start: {after: b ends}, steps: [accept]}\n  b: {start: {after: a ends}, steps: [accept]}",
            "4:22: this program waits for itself and never starts\n"
            "5:22: this program waits for itself and never starts",
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
