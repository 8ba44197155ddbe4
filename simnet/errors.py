"""What can go wrong, as a user meets it.

    SimnetError                  every error simnet raises on purpose; the command line exits with 2
    ├── ScenarioError            a scenario that cannot be run; holds every `Problem` found in the file
    ├── TraceError               a capture or trace file that cannot be read
    ├── FilterError              a filter expression that cannot be understood
    ├── MissingError             this machine lacks something (a privilege, a program, a library)
    ├── RunawayError             a run passed its limit on events or wall time; names the loop
    └── InternalError            simnet broke its own promise (conservation); please report

Each text says what was expected, what was found, where, and the way out.
"""

from __future__ import annotations


class SimnetError(Exception):
    """Every error simnet raises on purpose."""


class Problem:
    """One thing wrong in a text file: where it stands, what is wrong, how to mend it.

    `line` and `column` count from 1; 0 means the whole file.
    """

    __slots__ = ("file", "line", "column", "text")

    def __init__(self, file: str, line: int, column: int, text: str) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.text = text

    def __str__(self) -> str:
        if self.line == 0:
            return f"{self.file}: {self.text}"
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class ScenarioError(SimnetError):
    """A scenario that cannot be run; `problems` lists everything found, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class TraceError(SimnetError):
    """A capture or trace file that cannot be read."""


class FilterError(SimnetError):
    """A filter expression that cannot be understood; `column` counts from 1."""

    def __init__(self, text: str, column: int) -> None:
        super().__init__(text)
        self.column = column


class MissingError(SimnetError):
    """This machine lacks something the command needs: a privilege, a program, a library."""


class RunawayError(SimnetError):
    """A run passed its limit on events or wall time; the text names the loop."""


class InternalError(SimnetError):
    """simnet broke its own promise; the text says which."""
