"""The project's own files, read once for the tests of this folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CORE = ("wire", "engine", "stack", "devices")
TEXTS = (".py", ".md", ".yaml", ".toml", ".sh")


@cache
def package() -> dict[str, ast.Module]:
    """Every module of simnet, by its path in the project."""
    files = sorted((ROOT / "simnet").rglob("*.py"))
    assert files
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


def texts() -> Iterator[Path]:
    """Everything that people read: sources, tests, scenarios, pages."""
    for folder in ("simnet", "tests", "bench", "scenarios", "docs", ".ci"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and (file.suffix in TEXTS or not file.suffix):
                yield file
    for name in ("README.md", "pyproject.toml", "setup.py", ".gitignore"):
        yield ROOT / name


def folder_of(path: str) -> str:
    """The part of simnet that `path` belongs to: "wire", "cli" …; "" for the files at the top."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else ""


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every imported module with its line, wherever in `tree` the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def imports_at_load(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The imports that run when the module is loaded: those outside functions."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from imports(node)
        pending += ast.iter_child_nodes(node)
