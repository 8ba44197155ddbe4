"""What became of a script, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a script ended."""

    PASSED = "ok"
    FAILED = "FAIL"
    UNSUPPORTED = "unsupported"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`line` counts from 1, 0 for the whole script; `text` is that line; `history` what was exchanged so far."""

    verdict: Verdict
    line: int = 0
    why: str = ""
    text: str = ""
    expected: str = ""
    actual: str = ""
    history: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Did everything happen as the script says?"""
        return self.verdict is Verdict.PASSED

    def reason(self) -> str:
        """`why` in one line, for machines; unsupported and invalid scripts say so."""
        if self.verdict in (Verdict.UNSUPPORTED, Verdict.INVALID):
            return f"{self.verdict.value}: {self.why}"
        both = f" (expected {self.expected}; actual {self.actual})" if self.expected and self.actual else ""
        return self.why + both

    def lines(self, script: str) -> list[str]:
        """A report for people: the verdict, and for a failure everything that explains it."""
        place = f"{script}:{self.line}" if self.line else script
        if self.verdict is Verdict.PASSED:
            return [f"ok    {script}"]
        head = f"{self.verdict.value:<5} {place}: {self.why}"
        if self.verdict is not Verdict.FAILED:
            return [head]
        parts = [("script", self.text), ("expected", self.expected), ("actual", self.actual)]
        body = [f"      {name:<9} {text}" for name, text in parts if text]
        if self.history:
            body += ["      so far", *(f"        {entry}" for entry in self.history)]
        return [head, *body]
