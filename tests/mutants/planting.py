"""Mutants: simnet with one wrong behavior, planted for a while, to see whether anything notices.

A mutant is data: in these functions, read this text instead of that.  Planting compiles the changed source and gives
the function its code, so whoever holds the function, by whatever name, gets the wrong one.  A mutant whose text is no
longer there, or there twice, cannot be planted and says so.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from inspect import getattr_static
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple


class Edit(NamedTuple):
    """In the function `place`, "stack.ip:IpLayer._forward" without the package's name, `old` reads `new`."""

    place: str
    old: str
    new: str

    @property
    def module(self) -> str:
        return f"simnet.{self.place.partition(':')[0]}"

    @property
    def function(self) -> str:
        """Its qualified name in the module."""
        return self.place.partition(":")[2]


class Mutant(NamedTuple):
    """`says`: what simnet does wrong, in one plain sentence."""

    name: str
    says: str
    edits: tuple[Edit, ...]


class NotPlantable(Exception):
    """The source is not as the mutant knows it."""


def mutant(name: str, says: str, *edits: tuple[str, str, str]) -> Mutant:
    """A mutant; each edit is (place, old, new)."""
    return Mutant(name, says, tuple(Edit(*edit) for edit in edits))


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Simnet is wrong inside the block, and right again after it."""
    changed = changed_codes(mutant)
    right = [(function, function.__code__) for function, _ in changed]
    try:
        for function, code in changed:
            function.__code__ = code
        yield
    finally:
        for function, code in right:
            function.__code__ = code


@cache
def changed_codes(mutant: Mutant) -> tuple[tuple[FunctionType, CodeType], ...]:
    """Each function that `mutant` changes, with its wrong code; raises `NotPlantable`."""
    result: list[tuple[FunctionType, CodeType]] = []
    for module in dict.fromkeys(edit.module for edit in mutant.edits):
        edits = [edit for edit in mutant.edits if edit.module == module]
        codes = _compiled(mutant.name, module, edits)
        for name in dict.fromkeys(edit.function for edit in edits):
            result.append((_function(module, name), codes[name]))
    return tuple(result)


def _compiled(mutant: str, module: str, edits: Sequence[Edit]) -> dict[str, CodeType]:
    """The code objects of `module` after `edits`, by qualified name."""
    file = _source(module)
    text = file.read_text("utf-8")
    for edit in edits:
        try:
            text = _edited(text, edit)
        except NotPlantable as problem:
            raise NotPlantable(f"mutant {mutant!r} in {module}: {problem}") from None
    return dict(_codes(compile(text, str(file), "exec", dont_inherit=True)))


def _source(module: str) -> Path:
    file = Path(str(import_module(module).__file__))
    if file.suffix != ".py":
        raise NotPlantable(f"{module} is compiled: mutants are planted in plain Python only")
    return file


def _edited(text: str, edit: Edit) -> str:
    """`text` with `edit` made, which must be possible in exactly one way."""
    lines = text.splitlines(keepends=True)
    first, last = _lines_of(text, edit.function)
    body = "".join(lines[first:last])
    count = body.count(edit.old)
    if count != 1:
        found = f"{count} times" if count else "no longer"
        raise NotPlantable(f"{edit.function} {found} contains {edit.old!r}; adapt the mutant to the new source")
    return "".join(lines[:first]) + body.replace(edit.old, edit.new) + "".join(lines[last:])


def _lines_of(text: str, function: str) -> tuple[int, int]:
    nodes: Sequence[ast.stmt] = ast.parse(text).body
    found: ast.stmt | None = None
    for name in function.split("."):
        found = next((node for node in nodes if getattr(node, "name", None) == name), None)
        if not isinstance(found, (ast.ClassDef, ast.FunctionDef)):
            raise NotPlantable(f"there is no {function} any more")
        nodes = found.body
    assert found is not None and found.end_lineno is not None
    return found.lineno - 1, found.end_lineno


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_qualname, constant
            yield from _codes(constant)


def _function(module: str, name: str) -> FunctionType:
    found: object = sys.modules[module]
    for part in name.split("."):
        found = getattr_static(found, part)
    if not isinstance(found, FunctionType):
        raise NotPlantable(f"{module}:{name} is a {type(found).__name__}, not a plain function")
    return found
