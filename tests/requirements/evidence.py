"""Which test shows which requirement: marks `rfc("9293", …, "MUST-17")` and the comments of conformance scripts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from os.path import relpath, sep
from pathlib import Path
from typing import NamedTuple

from tests.architecture.sources import ROOT

NUMBER = re.compile(r"\b(?:MUST|SHLD|MAY|REC)-\d+\b")
SCRIPTS = ROOT / "tests" / "conformance"


class Evidence(NamedTuple):
    """A test that shows a requirement."""

    number: str
    name: str
    file: Path

    def link(self, folder: Path) -> str:
        """As Markdown on a page in `folder`."""
        target = relpath(self.file, folder).replace(sep, "/")
        return f"[{self.name}]({target})"


def collected() -> dict[str, list[Evidence]]:
    """All evidence, by the number of the requirement."""
    found: dict[str, list[Evidence]] = {}
    for evidence in [*_of_scripts(), *_of_tests()]:
        found.setdefault(evidence.number, []).append(evidence)
    return found


def _of_scripts() -> Iterator[Evidence]:
    for file in sorted(SCRIPTS.glob("*.pkt")):
        comments = [line for line in file.read_text("utf-8").splitlines() if line.startswith("//")]
        for number in dict.fromkeys(NUMBER.findall("\n".join(comments))):
            yield Evidence(number, file.name, file)


def _of_tests() -> Iterator[Evidence]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for number in dict.fromkeys(_numbers(node.decorator_list)):
                    yield Evidence(number, node.name, file)


def _numbers(decorators: list[ast.expr]) -> Iterator[str]:
    """What the marks of one test name."""
    for decorator in decorators:
        if not isinstance(decorator, ast.Call) or ast.unparse(decorator.func) != "pytest.mark.rfc":
            continue
        words = [argument.value for argument in decorator.args if isinstance(argument, ast.Constant)]
        if words[:1] == ["9293"]:
            yield from NUMBER.findall(" ".join(map(str, words)))
