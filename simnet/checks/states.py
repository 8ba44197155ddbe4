"""Expectations about TCP states: the way of one connection, and how many sockets are in which state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from simnet.checks.verdict import Verdict
from simnet.scenario.expectation_values import Sockets, States
from simnet.trace.events import Event, StateChanged
from simnet.units import format_time


def check_states(expected: States, events: Sequence[Event]) -> Verdict:
    """The states that the nth connection of a host goes through."""
    ways = _ways(expected.host, events)
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


def _ways(host: str, events: Sequence[Event]) -> list[tuple[str, list[str]]]:
    """Each connection of `host` and its states in order; a name used again is another connection."""
    ways: list[tuple[str, list[str]]] = []
    current: dict[str, list[str]] = {}
    for event in events:
        if not isinstance(event, StateChanged) or event.device != host:
            continue
        way = current.get(event.connection)
        if way is None:
            way = current[event.connection] = [event.old]
            ways.append((event.connection, way))
        way.append(event.new)
        if event.new == "CLOSED":
            del current[event.connection]
    return ways


def _has_port(connection: str, port: int) -> bool:
    if port == 0:
        return True
    return any(end.rpartition(":")[2] == str(port) for end in connection.split(" > "))


def _path(way: Sequence[str]) -> str:
    return " > ".join(way)


def check_sockets(expected: Sockets, events: Sequence[Event]) -> Verdict:
    """How many sockets of a host are in each state at one moment."""
    states: dict[str, str] = {}
    for event in events:
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
