"""Reads programs: which host runs which steps, and when each starts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from typing import Final

from msgspec.structs import replace

from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree, vocabulary
from simnet.scenario.names import Names
from simnet.scenario.reader import Reader, kind_of, short
from simnet.scenario.step_values import AnyStep, Listen, Program, Repeat, Start
from simnet.scenario.steps import Steps
from simnet.scenario.tree import Node, Scalar

MAIN: Final = "main"
MAX_PROGRAMS: Final = 2_000
_AFTER: Final = re.compile(r"\s*([^\s/]+)(?:/(\S+))?\s+(listens|ends)\s*")


class Programs:
    """Reads the map `programs`."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self._reader = reader
        self._names = names
        self._found: list[Program] = []

    def read(self, node: Node | None) -> tuple[Program, ...]:
        """All programs, in the order of the file."""
        for key, value in self._reader.entries(node, "programs", "{client: [connect: server:8080, close]}"):
            host = self._names.host(key, "what runs a program")
            if host is not None:
                self._of_host(host, key, value)
        before = len(self._reader.problems)
        for program in self._found:
            self._check_start(program)
        if len(self._reader.problems) == before:
            self._check_order()
        return tuple(self._found)

    def _of_host(self, host: str, key: Scalar, node: Node) -> None:
        if isinstance(node, tree.Sequence):
            self._add(Program(host=host, steps=Steps(self._reader, self._names).read(node), at=key.at))
        elif not isinstance(node, tree.Mapping):
            found = kind_of(node)
            self._reader.problem(node.at, f"the program of {host} must be a list of steps, or a map; found {found}")
        elif {entry.text for entry, _ in node.entries} & {*vocabulary.PROGRAM, "python", "stdin"}:
            self._whole(host, MAIN, key, node)
        else:
            for name_key, value in node.entries:
                name = self._reader.name(name_key, "a program")
                if name is not None:
                    self._named(host, name, name_key, value)

    def _named(self, host: str, name: str, key: Scalar, node: Node) -> None:
        if isinstance(node, tree.Sequence):
            self._add(Program(host=host, name=name, steps=Steps(self._reader, self._names).read(node), at=key.at))
        else:
            self._whole(host, name, key, node)

    def _whole(self, host: str, name: str, key: Scalar, node: Node) -> None:
        what = f"program {host}" if name == MAIN else f"program {host}/{name}"
        if not isinstance(node, tree.Mapping):
            self._reader.problem(node.at, f"{what} must be a list of steps, or a map; found {kind_of(node)}")
            return
        before = len(self._reader.problems)
        fields = self._reader.fields(node, vocabulary.PROGRAM, what)
        if fields is None or "steps" not in fields and len(self._reader.problems) > before:
            return
        steps = Steps(self._reader, self._names).read(self._reader.need(fields, "steps", what, "steps: [...]"))
        start = self._start(fields.get("start"))
        self._add(Program(host=host, name=name, steps=steps, start=start, at=key.at))

    def _add(self, program: Program) -> None:
        if len(self._found) == MAX_PROGRAMS:
            self._reader.problem(program.at, f"more than {MAX_PROGRAMS} programs")
        if len(self._found) <= MAX_PROGRAMS:
            self._found.append(program)

    # --- when a program starts

    def _start(self, node: Node | None) -> Start:
        if node is None:
            return Start()
        if isinstance(node, Scalar):
            return Start(delay=self._reader.time(node, "start") or 0, at=node.at)
        fields = self._reader.fields(node, vocabulary.START, "start")
        if fields is None:
            return Start()
        wait = self._reader.time(fields.get("wait"), "wait") or 0
        after = fields.get("after")
        start = Start(delay=wait, at=node.at if after is None else after.at)
        return start if after is None else self._after(after, start)

    def _after(self, node: Node, start: Start) -> Start:
        example = "server listens"
        text = self._reader.text(node, "after", example)
        if text is None:
            return start
        found = _AFTER.fullmatch(text) if len(text) <= 200 else None
        if found is None:
            wanted = "HOST listens, HOST ends, HOST/PROGRAM listens or HOST/PROGRAM ends"
            self._reader.problem(node.at, f'after "{short(text)}" is not an event; write {wanted}')
            return start
        host, program, event = found.groups()
        if self._names.host(Scalar(host, True, node.at), "after") is None:
            return start
        return replace(start, host=host, program=program or "", event=event)

    def _check_start(self, program: Program) -> None:
        start = program.start
        if not start.event:
            return
        others = [other for other in self._found if other.host == start.host]
        if start.program:
            named = [other for other in others if other.name == start.program]
            if not named:
                hint = did_you_mean(start.program, [other.name for other in others])
                self._reader.problem(start.at, f'{start.host} has no program "{short(start.program)}"{hint}')
                return
            others = named
        if not others:
            self._reader.problem(start.at, f"{start.host} has no program, so it never {start.event}")
        elif start.event == "listens" and not any(_listens(other.steps) for other in others):
            self._reader.problem(start.at, f"no program of {start.host} has the step listen, so it never listens")

    def _check_order(self) -> None:
        """Programs that wait for each other never start."""
        waiting = {(program.host, program.name): program for program in self._found if program.start.event}
        before = {key: self._before(program.start) for key, program in waiting.items()}
        progress = True
        while progress:
            ready = [key for key, groups in before.items() if key in waiting and _is_met(groups, waiting.keys())]
            progress = bool(ready)
            for key in ready:
                del waiting[key]
        for program in waiting.values():
            text = "this program never starts: what it waits for waits for it in turn"
            self._reader.problem(program.start.at, text)

    def _before(self, start: Start) -> list[set[tuple[str, str]]]:
        """Groups of programs; one of each group must have started before."""
        named = [other for other in self._found if other.host == start.host and start.program in ("", other.name)]
        if start.event == "listens":
            return [{(other.host, other.name) for other in named if _listens(other.steps)}]
        return [{(other.host, other.name)} for other in named]


def _is_met(groups: list[set[tuple[str, str]]], waiting: Set[tuple[str, str]]) -> bool:
    return all(any(key not in waiting for key in group) for group in groups)


def _listens(steps: Iterable[AnyStep]) -> bool:
    return any(isinstance(step, Listen) or isinstance(step, Repeat) and _listens(step.steps) for step in steps)
