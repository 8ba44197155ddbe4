"""What happens in the child of a real world: the stage is set, the programs run, and all is reported to the parent.

The messages to the parent: ("captures", names, blocks of each, number of other descriptors, remarks) and, when it
says ("go",), all these descriptors; when it says ("begin",), ("begun", time) and then what programs do, named as in
`trace.recorder`; at last ("ended", time, failures, waiting, whether the limit was reached, lateness).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic_ns, time_ns
from typing import Final, Protocol

from simnet.scenario.values import Program
from simnet.units import MILLISECOND, SECOND
from simnet.worlds import linux
from simnet.worlds.child import Channel
from simnet.worlds.namespaces import Namespace
from simnet.worlds.real_host import RealHost
from simnet.worlds.real_programs import RealPrograms

LOOK_AGAIN: Final = 50 * MILLISECOND
SETTLE: Final = 250 * MILLISECOND
"""Silence after which a world without running programs and TCP timers is at its end: longer than a delayed ACK."""

NEIGHBOR_SETTLE: Final = 3_300 * MILLISECOND
"""The same while the kernel looks for a neighbor: it asks three times, a second apart."""

_RETRANSMISSION: Final = "01"
_WINDOW_PROBE: Final = "04"
_UNRESOLVED: Final = "0x0"


class Stage(Protocol):
    """The network in which programs run, set up in the child."""

    captures: Sequence[tuple[str, socket.socket, int]]
    """Each port's name, its capture, and the blocks of its ring."""

    watched: Sequence[Namespace]
    """Where the kernel may still have work to do when the programs have none."""

    descriptors: Sequence[int]
    """More open files for the parent."""

    remarks: Sequence[str]
    """What a reader of the trace should know."""

    settle: int
    """How much longer than usual something may be under way unseen, in ns."""

    def host(self, name: str) -> RealHost:
        """The host called `name`."""

    def begin(self, channel: Channel, started_at: int) -> None:
        """Time 0 was at `started_at` of the monotonic clock; programs start after this."""

    def happen(self, now: int) -> None:
        """Do what is due on the stage itself by `now`."""

    def next_due(self) -> int:
        """When it next has something to do."""

    def has_plans(self) -> bool:
        """Will it do something that may wake a program?"""
        return False

    def end(self) -> None:
        """The programs have ended: tell the parent what is left to tell."""


def perform(channel: Channel, stage: Stage, programs: Sequence[Program], limit: int) -> None:
    """Run `programs` on `stage` until nothing is left to do, `limit` ns have passed or the parent says stop."""
    linux.sharpen_timers()
    names, blocks = [name for name, _, _ in stage.captures], [blocks for _, _, blocks in stage.captures]
    channel.send("captures", names, blocks, len(stage.descriptors), list(stage.remarks))
    channel.receive()
    channel.send_descriptors([capture.fileno() for _, capture, _ in stage.captures] + list(stage.descriptors))
    channel.receive()
    running = RealPrograms(programs, stage.host, channel.post)
    started_at = monotonic_ns()
    channel.post("begun", time_ns())
    stage.begin(channel, started_at)
    running.begin(started_at)
    _until_the_end(channel, stage, running, limit)
    stage.end()
    failures = [(run.host, run.name, run.failure) for run in running.runs if run.failure]
    waiting = [(run.host, run.name, run.waits_for) for run in running.live()]
    channel.send("ended", time_ns(), failures, waiting, running.now() >= limit, running.lateness.longest)
    channel.receive()


def _until_the_end(channel: Channel, stage: Stage, running: RealPrograms, limit: int) -> None:
    """Attend to programs and stage until the limit, the parent's word, or silence.

    A look at which nothing had happened counts for no more silence than it was meant to take: on a busy machine
    the kernel may have been kept from its work for as long as we were.
    """
    silence, turns = 0, 0
    while (start := running.now()) < limit:
        channel.flush()
        until = min(limit, stage.next_due())
        if running.are_stuck():
            until = min(until, start + LOOK_AGAIN)
        if running.attend(until, [channel]):
            return  # the only thing the parent ever says is that it has enough
        now = running.now()
        silence = silence + min(now - start, LOOK_AGAIN) if running.turns == turns else 0
        turns = running.turns
        if stage.next_due() <= now:
            stage.happen(now)
        if silence < SETTLE + stage.settle or not running.are_stuck() or stage.has_plans():
            continue
        if any(_has_timers(namespace) for namespace in stage.watched):
            silence = 0  # what ends such a wait wakes a program only a moment later
        elif silence >= NEIGHBOR_SETTLE or not any(_seeks_neighbor(namespace) for namespace in stage.watched):
            return


def _has_timers(namespace: Namespace) -> bool:
    """Does a TCP socket wait for an acknowledgment or a window?"""
    with namespace.entered():
        lines = Path("/proc/thread-self/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[5][:2] in (_RETRANSMISSION, _WINDOW_PROBE) for line in lines)


def _seeks_neighbor(namespace: Namespace) -> bool:
    with namespace.entered():
        lines = Path("/proc/thread-self/net/arp").read_text().splitlines()[1:]
    return any(line.split()[2] == _UNRESOLVED for line in lines)


Build = Callable[[], Stage]
DEFAULT_LIMIT: Final = 60 * SECOND
