"""poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 1000)."""

from __future__ import annotations

from collections.abc import Generator

from simnet.stack.alarms import NEVER
from simnet.stack.linux_socket import POLLERR, POLLHUP, with_normal
from simnet.testing.packetdrill.arguments import argument, number
from simnet.testing.packetdrill.descriptors import Descriptors
from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.problems import InvalidScript, Mismatch
from simnet.testing.packetdrill.script import Ellipsis, Items, Structure, SystemCall
from simnet.units import MILLISECOND

_POLLNVAL = 0x20
_ALWAYS = POLLERR | POLLHUP


def poll(call: SystemCall, machine: Machine, descriptors: Descriptors) -> Generator[int, None, int]:
    """The number of descriptors that are ready, at once or when one is, at the latest after the time-out."""
    entries = argument(call, 0)
    if not isinstance(entries, Items):
        raise InvalidScript("poll expects a list of {fd=…, events=…}")
    timeout = number(argument(call, 2))
    limit = NEVER if timeout < 0 else machine.now + timeout * MILLISECOND
    while True:
        found = [_ready(entry, machine, descriptors) for entry in entries.items]
        if any(found) or machine.now >= limit:
            break
        yield limit
    for entry, events in zip(entries.items, found, strict=True):
        wanted = entry.fields.get("revents", Ellipsis.ANY) if isinstance(entry, Structure) else Ellipsis.ANY
        if not isinstance(wanted, Ellipsis) and number(wanted) != events:
            raise Mismatch(f"poll reports 0x{events:x}, not 0x{number(wanted):x}")
    return sum(1 for events in found if events)


def _ready(entry: object, machine: Machine, descriptors: Descriptors) -> int:
    if not isinstance(entry, Structure) or not {"fd", "events"} <= set(entry.fields):
        raise InvalidScript("poll expects {fd=…, events=…}")
    descriptor = descriptors.find(number(entry.fields["fd"]))
    if descriptor is None:
        return _POLLNVAL
    return with_normal(machine.stack.sockets.poll(descriptor.number)) & (number(entry.fields["events"]) | _ALWAYS)
