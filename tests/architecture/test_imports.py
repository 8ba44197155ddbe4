"""Who may import what.  The directions between folders are import-linter's contracts in pyproject.toml."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

from tests.architecture.sources import ROOT, folder_of, imports, imports_at_load, package

LINUX_ONLY = frozenset({"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"})
"""Modules that do not exist everywhere; only `worlds` may touch the system below it."""

LINUX_CALLS = frozenset({"fork", "forkpty", "geteuid", "getuid", "mkfifo", "setns", "setuid", "unshare"})

HEAVY = frozenset({"asyncio", "greenlet", "matplotlib", "networkx", "numpy", "rich", "scapy"})
"""Imported by the function that needs them, never when a module is loaded."""


def test_folders_import_downwards_only() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    result = subprocess.run(
        [*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_nothing_outside_worlds_needs_linux() -> None:
    found = []
    for path, tree in package().items():
        if folder_of(path) == "worlds":
            continue
        found += [f"{path}:{line} {name}" for name, line in imports(tree) if name.split(".")[0] in LINUX_ONLY]
        found += [
            f"{path}:{node.lineno} os.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
            and node.attr in LINUX_CALLS
        ]
    assert not found


def test_heavy_libraries_wait_for_the_function_that_needs_them() -> None:
    assert not [
        f"{path}:{line} {name}"
        for path, tree in package().items()
        for name, line in imports_at_load(tree)
        if name.split(".")[0] in HEAVY
    ]


def test_no_import_for_types_only() -> None:
    """Needing one means that the layer is wrong."""
    assert not [
        f"{path}:{node.lineno}"
        for path, tree in package().items()
        for node in ast.walk(tree)
        if "TYPE_CHECKING" in (getattr(node, "id", ""), getattr(node, "attr", ""))
    ]


def test_nothing_inside_uses_the_facade() -> None:
    """`simnet/__init__.py` is for those who use simnet; inside, a name comes from where it lives."""
    modules = {path.split("/")[1].removesuffix(".py") for path in package()}
    found = []
    for path, tree in package().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "simnet":
                found += [f"{path}:{node.lineno} {alias.name}" for alias in node.names if alias.name not in modules]
            if isinstance(node, ast.Import) and any(alias.name == "simnet" for alias in node.names):
                found.append(f"{path}:{node.lineno} simnet")
    assert not found


def test_scapy_is_imported_in_one_module() -> None:
    """scapy is GPL-2.0-only: what needs it stays in one place."""
    users = {path for path, tree in package().items() if any(n.split(".")[0] == "scapy" for n, _ in imports(tree))}
    assert len(users) <= 1, users
