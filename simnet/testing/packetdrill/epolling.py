"""epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}), epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from simnet.stack.alarms import NEVER
from simnet.testing.packetdrill.arguments import argument, number
from simnet.testing.packetdrill.descriptors import Descriptor
from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.problems import InvalidScript, Mismatch
from simnet.testing.packetdrill.script import Expression, Structure, SystemCall
from simnet.testing.packetdrill.texts import expression_text
from simnet.units import MILLISECOND

_DATA: Final = ("ptr", "fd", "u32", "u64")


def epoll_ctl(call: SystemCall, machine: Machine, epoll: Descriptor, watched: Descriptor) -> None:
    """epoll_ctl(epoll, operation, fd, {events=…, fd=…})."""
    events, value = _event(argument(call, 3))
    sockets = machine.stack.sockets
    sockets.epoll_ctl(epoll.number, number(argument(call, 1)), watched.number, events, value)


def epoll_wait(call: SystemCall, machine: Machine, epoll: Descriptor) -> Generator[int, None, int]:
    """epoll_wait(epoll, {events=…, fd=…}, most, milliseconds): how many are ready; the first must be the given one.

    If none is, the given one must be all 0.
    """
    most, timeout = number(argument(call, 2)), number(argument(call, 3))
    limit = NEVER if timeout < 0 else machine.now + timeout * MILLISECOND
    while True:
        found = machine.stack.sockets.epoll_wait(epoll.number, most)
        if found or machine.now >= limit:
            break
        yield limit
    wanted = _event(argument(call, 1))
    first = found[0] if found else (0, 0)
    if wanted != first:
        raise Mismatch("epoll_wait gives another event", 0, _text(wanted), _text(first))
    return len(found)


def _event(expression: Expression) -> tuple[int, int]:
    """`{events=EPOLLIN, fd=4}`: the events, and the caller's own value."""
    if isinstance(expression, Structure) and "events" in expression.fields:
        for name in _DATA:
            if name in expression.fields:
                return number(expression.fields["events"]), number(expression.fields[name])
    raise InvalidScript(f"expected {{events=…, fd=…}}, found {expression_text(expression)}")


def _text(event: tuple[int, int]) -> str:
    return f"{{events=0x{event[0]:x}, fd={event[1]}}}"
