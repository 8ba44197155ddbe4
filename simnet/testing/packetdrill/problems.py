"""Why a script does not pass: it failed, it cannot be read, or it asks for what this runner does not know."""

from __future__ import annotations


class ScriptProblem(Exception):
    """`line` counts from 1; 0 means the whole script."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.line = line


class InvalidScript(ScriptProblem):
    """The script breaks a rule of the language."""


class Unsupported(ScriptProblem):
    """The script asks for something that is not modeled; it neither passes nor fails."""


class Mismatch(ScriptProblem):
    """The stack did something else than the script says; `expected` and `actual` show both, when there are two."""

    def __init__(self, text: str, line: int = 0, expected: str = "", actual: str = "") -> None:
        super().__init__(text, line)
        self.expected = expected
        self.actual = actual
