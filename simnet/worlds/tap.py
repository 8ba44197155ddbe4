"""The joined world: a simulated network in real time, with the kernel of a private namespace as one of its hosts.

Real programs run there and reach the simulated hosts, and the reverse; every frame is recorded as in any simulation.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from simnet.devices.link import Link
from simnet.devices.port import Port
from simnet.engine.randomness import stream
from simnet.engine.scheduler import FOREVER, KEY_BITS
from simnet.errors import MissingError
from simnet.scenario.values import DEFAULT_MTU
from simnet.topology.addressing import chosen_macs
from simnet.topology.builder import FIRST_LINK_ORDINAL, properties_of
from simnet.trace.sinks import Sink
from simnet.units import MILLISECOND, SECOND
from simnet.wire import ethernet
from simnet.wire.frame import Frame
from simnet.worlds import linux
from simnet.worlds.child import Child
from simnet.worlds.pacing import Interrupts, Pacing
from simnet.worlds.simulated import Result, SimulatedWorld
from simnet.worlds.tap_kernel import WAYS, FrameFile, KernelInterface, live
from simnet.worlds.tap_plan import Plan

INTERRUPTED: Final = 130
TIMED_OUT: Final = 124
_KILLED: Final = 137  # with everything in the namespace, by somebody else
_GRACE: Final = 1 * SECOND
"""How long the program may take to end after Ctrl-C, which it gets as well."""

_SETTLE: Final = 60 * MILLISECOND
_SETTLE_LIMIT: Final = 1 * SECOND
_FRAMES_AT_ONCE: Final = 64


class TapReport(Struct, frozen=True):
    """How it went between the two worlds.

    `way`: "tap" or "veth", and `why_not_tap`.  `code`: the program's exit code.  `to_kernel`, `from_kernel`: frames.
    `lost`: packets of the kernel that did not get here.  `refused`: frames that the kernel had no room for.
    `turns`, `late`, `latest`: see `Pacing`.
    """

    way: str
    why_not_tap: str
    code: int
    to_kernel: int
    from_kernel: int
    lost: int
    refused: int
    turns: int
    late: int
    latest: int


class TapWorld:
    """One run of a network that `plan` joins to the kernel."""

    def __init__(self, plan: Plan, *, seed: int | None = None, sink: Sink | None = None) -> None:
        self._plan: Final = plan
        self._world: Final = SimulatedWorld(plan.network, seed=seed, sink=sink)
        self._world.scenario = plan.whole  # what a viewer is shown
        network = self._world.network
        self._pacing: Final = Pacing(network.scheduler)
        self._made = network.next_ordinal() << KEY_BITS
        self._mac: Final = chosen_macs(plan.whole)[plan.link.a]
        self._port: Final = Port(
            name=plan.link.a, mac=self._mac, scheduler=network.scheduler, observer=network.observer,
            receive=self._leave,
        )  # fmt: skip
        self._plug_in(self._port)
        self._file: FrameFile | None = None
        self._way = ""
        self._why_not_tap = ""
        self._code: int | None = None
        self._heard_at = 0
        self._to_kernel = 0
        self._from_kernel = 0
        self._lost = 0
        self._refused = 0

    def _plug_in(self, port: Port) -> None:
        network, link = self._world.network, self._plan.link
        network.ports[port.name] = port
        network.links.append(
            Link(
                name=link.name,
                ordinal=FIRST_LINK_ORDINAL + 2 * len(network.links),
                a=port,
                b=network.ports[link.b],
                there=properties_of(link.there),
                back=properties_of(link.back),
                scheduler=network.scheduler,
                stream=lambda purpose: stream(self._world.seed, f"link {link.name}/{purpose}"),
                observer=network.observer,
            )
        )

    # --- frames

    def _leave(self, _: Any, frame: Frame, now: int) -> None:
        """`frame` has arrived at the kernel's port."""
        self._to_kernel += 1
        self._heard_at = now
        if self._file is None or not self._file.write(ethernet.pack(frame)):
            self._refused += 1

    def _take_in(self) -> None:
        """Put what the kernel sends on its cable, now; not all at once, for others wait as well."""
        assert self._file is not None
        for _ in range(_FRAMES_AT_ONCE):
            data = self._file.read()
            if data is None:
                return
            self._pacing.catch_up()
            frame = ethernet.parse(data)
            self._made += 1
            frame.id = self._made
            self._from_kernel += 1
            self._heard_at = self._pacing.now()
            self._port.transmit(frame)

    # --- its life

    def run(self, command: Sequence[str], *, ways: Sequence[str] = WAYS, limit: int = FOREVER) -> int:
        """Run `command` in the kernel's namespace to its end, or for `limit` ns; its exit code.

        After Ctrl-C the trace is whole all the same.  Raises `MissingError` if this machine does not allow it.
        """
        if sys.platform != "linux":
            raise MissingError(f"joining the kernel needs Linux, this is {sys.platform}; simulate instead: simnet run")
        if shutil.which(command[0]) is None:
            raise MissingError(_why_not(command[0]))
        interface, names = self._kernel_interface(), self._plan.names()
        child = Child(lambda channel: live(channel, interface, ways, command, names))
        try:
            with Interrupts() as interrupts:
                self._run(child, interrupts, limit)
        finally:
            child.end()
            if self._file is not None:
                self._file.close()
                self._file = None
        return self.report().code

    def _kernel_interface(self) -> KernelInterface:
        own = self._plan.interface
        assert own.address is not None and own.prefix is not None
        mtu = own.mtu or min(DEFAULT_MTU, self._plan.link.there.mtu)
        return KernelInterface(own.name, self._mac, mtu, own.address, own.prefix, self._plan.host.gateway)

    def _run(self, child: Child, interrupts: Interrupts, limit: int) -> None:
        message = child.channel.receive()
        if message is None:
            raise MissingError("the child that was to hold the namespace was killed at once; see the kernel's log")
        _, self._way, self._why_not_tap = message
        child.channel.send("descriptor")
        self._file = file = FrameFile(child.channel.receive_descriptors(1)[0], self._way)
        linux.sharpen_timers()
        pacing = self._pacing
        pacing.watch(file.fd, self._take_in)
        pacing.watch(child.channel.fileno(), lambda: self._hear(child))
        pacing.watch(interrupts.fd, interrupts.read)
        child.channel.send("go")
        pacing.start()
        pacing.run(lambda: self._code is not None or interrupts.count > 0, limit)
        if self._code is None and interrupts.count:
            patience = min(limit, pacing.now() + _GRACE)
            pacing.run(lambda: self._code is not None or interrupts.count > 1, patience)
        if self._code is None:
            self._code = INTERRUPTED if interrupts.count else TIMED_OUT
        else:
            self._settle()
        self._lost += file.lost()
        self._world.run(self._world.network.scheduler.now)

    def _settle(self) -> None:
        """What is under way may arrive: until both sides have been silent for a while."""
        pacing, scheduler = self._pacing, self._world.network.scheduler
        since = pacing.now()
        pacing.run(
            lambda: scheduler.is_quiet() and pacing.now() - max(self._heard_at, since) >= _SETTLE,
            since + _SETTLE_LIMIT,
        )

    def _hear(self, child: Child) -> None:
        if not child.channel.fill():
            self._pacing.unwatch(child.channel.fileno())
            if self._code is None:
                self._code = _KILLED
        while (message := child.channel.next_received()) is not None:
            _, self._code, dropped = message
            self._lost += dropped

    # --- what it gave

    def result(self) -> Result:
        """The trace, judged as that of a simulated run."""
        return self._world.result()

    def report(self) -> TapReport:
        """How it went."""
        return TapReport(
            way=self._way,
            why_not_tap=self._why_not_tap,
            code=TIMED_OUT if self._code is None else self._code,
            to_kernel=self._to_kernel,
            from_kernel=self._from_kernel,
            lost=self._lost,
            refused=self._refused,
            turns=self._pacing.turns,
            late=self._pacing.late,
            latest=self._pacing.latest,
        )


def _why_not(program: str) -> str:
    """Why `program` cannot be run."""
    if os.path.exists(program):
        return f"{program} is no program: it may not be executed; do: chmod +x {program}, or name another"
    return f"the program {program} is not installed here; install it, or name another"
