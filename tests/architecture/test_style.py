"""House rules that a machine can read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, package, texts

VAGUE = re.compile(r"(^|_)(util|utils|helper|helpers|manager|common|misc)(_|$)", re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MACHINE = re.compile(r"(?<![\w.])/(work|root|farm|home|Users)/|pypi\.org|pythonhosted\.org")
SESSION = re.compile(r"\bsessions?\b", re.IGNORECASE)
"""RFC 9293 says "connection"; what else the word may mean does not belong into a project."""

MUTATORS = frozenset(
    "add append appendleft clear discard extend insert pop popitem remove reverse setdefault sort update".split()
)
MUTABLE_CALLS = frozenset({"list", "dict", "set", "bytearray", "deque", "defaultdict", "Counter", "OrderedDict"})
MUTATED_ON_PURPOSE = {
    "simnet/reasons.py": "_reason fills the table of texts while the module is loaded, never after",
}


def _words(name: str) -> str:
    return CAMEL.sub("_", name)


def test_names_say_what_a_thing_is() -> None:
    vague = [path for path in package() if any(VAGUE.search(part) for part in Path(path).with_suffix("").parts)]
    vague += [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in package().items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and VAGUE.search(_words(node.name))
    ]
    assert not vague


def test_the_first_line_says_what_the_file_is() -> None:
    assert not [path for path, tree in package().items() if not ast.get_docstring(tree)]


def _module_names(tree: ast.Module) -> Iterator[tuple[str, ast.expr, bool]]:
    """Assigned names at the top of a module: (name, value, is it Final?)."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value, "Final" in ast.dump(node.annotation)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value, False


def _is_mutable(value: ast.expr) -> bool:
    if isinstance(value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)):
        return True
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in MUTABLE_CALLS


def _mutated(function: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that the function changes in place, with the line."""
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            if isinstance(node.value, ast.Name):
                yield node.value.id, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            if isinstance(node.func.value, ast.Name):
                yield node.func.value.id, node.lineno


def _local(function: ast.AST) -> set[str]:
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}


def _kept_state(path: str, tree: ast.Module) -> Iterator[str]:
    """Mutable names at the top of a module that are no constants, and changes to those that look like some."""
    names = {name: is_final for name, value, is_final in _module_names(tree) if _is_mutable(value)}
    yield from (f"{path}: {name} is mutable" for name, is_final in names.items() if not is_final and not name.isupper())
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            local = _local(function)
            for name, line in _mutated(function):
                if name in names and name not in local:
                    yield f"{path}:{line} changes {name}"
    yield from (f"{path}:{node.lineno} global" for node in ast.walk(tree) if isinstance(node, ast.Global))


def test_no_module_keeps_state() -> None:
    """Two hundred hosts, and two runs, live in one process: whatever changes belongs to an object."""
    found = [
        line
        for path, tree in package().items()
        if path not in MUTATED_ON_PURPOSE
        for line in _kept_state(path, tree)
        if not line.endswith("__all__ is mutable")
    ]
    assert not found, "\n".join(found)


def test_nothing_names_the_machine_it_was_written_on() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in texts()
        if file != Path(__file__)
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if MACHINE.search(line) or SESSION.search(line.replace('scope="session"', ""))
    ]
    assert not found, "\n".join(found)
