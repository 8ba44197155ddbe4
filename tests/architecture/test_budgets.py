"""How large a room may be.  The list is printed; only a written reason raises a limit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from tests.architecture.sources import CORE, ROOT, folder_of, package

FILE, FILE_OUTSIDE_CORE, CLASS, FUNCTION = 400, 600, 300, 40

RAISED: dict[str, tuple[int, str]] = {
    "simnet/stack/tcp/connection.py Connection": (310, "the verbs of a program, one short method each, in one place"),
    "simnet/stack/profile.py Profile.__init__": (95, "a table: scenario/tunables.py says what each line means"),
}
"""What is larger, up to how many lines, and why it is better so.  Keys as in the printed list."""


class Room(NamedTuple):
    """A file, class or function; `name` as "simnet/x.py" or "simnet/x.py Class.method"."""

    name: str
    lines: int
    limit: int


def rooms() -> Iterator[Room]:
    """Everything with a budget."""
    for path, tree in package().items():
        lines = len((ROOT / path).read_text("utf-8").splitlines())
        yield Room(path, lines, FILE if folder_of(path) in CORE else FILE_OUTSIDE_CORE)
        yield from _inside(path, tree, "")


def _inside(path: str, tree: ast.AST, prefix: str) -> Iterator[Room]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            name = f"{prefix}{node.name}"
            limit = CLASS if isinstance(node, ast.ClassDef) else FUNCTION
            yield Room(f"{path} {name}", node.end_lineno - node.lineno + 1, limit)
            yield from _inside(path, node, f"{name}.")


def test_rooms_stay_small() -> None:
    largest = sorted(rooms(), key=lambda room: room.lines / room.limit, reverse=True)
    for room in largest[:25]:
        print(f"{room.lines:5} of {RAISED.get(room.name, (room.limit,))[0]:3}  {room.name}")
    over = [room for room in largest if room.lines > RAISED.get(room.name, (room.limit, ""))[0]]
    assert not over, "\n".join(f"{room.name}: {room.lines} lines, {room.limit} allowed" for room in over)


def test_no_limit_is_raised_without_need() -> None:
    needed = {room.name for room in rooms() if room.lines > room.limit}
    assert set(RAISED) <= needed
    assert all(reason for _limit, reason in RAISED.values())
