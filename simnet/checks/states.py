"""Expectations about TCP states: the way of one connection, and how many sockets are in which state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from simnet.checks.judge import Judge
from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Sockets, States
from simnet.trace.events import StateChanged
from simnet.units import format_time


def judge_states(expected: States) -> Judge:
    """The states that the nth connection of a host goes through."""
    ways: list[tuple[str, list[str]]] = []
    current: dict[str, list[str]] = {}
    while (event := (yield)) is not None:
        if isinstance(event, StateChanged) and event.device == expected.host:
            _go_on(event, ways, current)
    return _compared(expected, ways)


def _go_on(event: StateChanged, ways: list[tuple[str, list[str]]], current: dict[str, list[str]]) -> None:
    """Add a state to the way of its connection; a name used again is another connection."""
    way = current.get(event.connection)
    if way is None:
        way = current[event.connection] = [event.old]
        ways.append((event.connection, way))
    way.append(event.new)
    if event.new == "CLOSED":
        del current[event.connection]


def _compared(expected: States, ways: Sequence[tuple[str, list[str]]]) -> Verdict:
    chosen = [way for name, way in ways if _has_port(name, expected.port)]
    if len(chosen) < expected.nth:
        why = f"{expected.host} has {len(chosen)} such connections, expected at least {expected.nth}"
        return Verdict(expected.text, False, why)
    way = chosen[expected.nth - 1]
    for number, (found, wanted) in enumerate(zip(way, expected.states, strict=False), 1):
        if found != wanted:
            return Verdict(expected.text, False, f"state {number} is {found}, expected {wanted}; it went {_path(way)}")
    if len(way) != len(expected.states):
        return Verdict(expected.text, False, f"the connection went {_path(way)}")
    return Verdict(expected.text, True)


def _has_port(connection: str, port: int) -> bool:
    if port == 0:
        return True
    return any(end.rpartition(":")[2] == str(port) for end in connection.split(" > "))


def _path(way: Sequence[str]) -> str:
    return " > ".join(way)


def judge_sockets(expected: Sockets) -> Judge:
    """How many sockets of a host are in each state at one moment."""
    states: dict[str, str] = {}
    while (event := (yield)) is not None:
        if expected.time is not None and event.time > expected.time:
            break
        if isinstance(event, StateChanged) and event.device == expected.host:
            states[event.connection] = event.new
    counts = Counter(states.values())
    when = "at the end" if expected.time is None else f"at {format_time(expected.time)}"
    for state, wanted in expected.counts:
        if counts[state] != wanted:
            why = f"{expected.host} has {counts[state]} in {state} {when}, expected {wanted}"
            return Verdict(expected.text, False, why)
    return Verdict(expected.text, True)
