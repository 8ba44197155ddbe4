"""The simulated world in the form of the loopback world: all hosts of a scenario on one simulated `lo`.

It gives the very trace that a replay on a real `lo` gives, so that the two can be compared: the same addresses, the
same segment sizes, no cables, no ARP.  Does not model: the time the kernel takes to pass a packet on (none passes).
"""

from __future__ import annotations

from typing import Any, Final

from simnet.apps.protocol import Call, Failed, Program, Request
from simnet.apps.steps import run as run_steps
from simnet.scenario.step_values import Listen, OpenUdp
from simnet.scenario.values import Host, Scenario
from simnet.trace.events import Event, FrameArrived, FrameSent
from simnet.trace.heading import Heading
from simnet.trace.trace import Trace
from simnet.wire import ethernet
from simnet.wire.addresses import Prefix
from simnet.worlds.capture import Captured
from simnet.worlds.lo_limits import check_loopback, interfaces_of
from simnet.worlds.loopback import LoopbackHost, LoopbackReader, shared_doors
from simnet.worlds.replay import check_kernel
from simnet.worlds.simulated import SimulatedWorld

_ALL_BITS: Final = 32
_EVERYBODY: Final = "everybody"
_USUAL_MTU: Final = 1500


def run(scenario: Scenario, *, seed: int | None = None) -> Trace:
    """Run `scenario` with all its hosts on one `lo`.  Raises `SimnetError` if one `lo` cannot carry it."""
    check_kernel(scenario)
    check_loopback(scenario)
    world = _OneLo(scenario, seed)
    world.run(scenario.until)
    return _as_on_lo(world.result().trace, scenario)


class _OneLo(SimulatedWorld):
    """One host with the addresses of all, on which everybody's programs run."""

    def __init__(self, scenario: Scenario, seed: int | None) -> None:
        self._original: Final = scenario
        running = {program.host for program in scenario.programs}
        sysctl = next((host.sysctl for host in scenario.hosts if host.name in running), {})
        everybody = Host(name=_EVERYBODY, sysctl=sysctl)
        bare = Scenario(
            name=scenario.name, seed=scenario.seed, until=scenario.until, hosts=(everybody,), file=scenario.file
        )
        super().__init__(bare, seed=seed)

    def _add_programs(self) -> None:
        scenario, network = self._original, self.network
        stack = network.host(_EVERYBODY).stack
        stack.loopback.mtu = scenario.links[0].there.mtu if scenario.links else _USUAL_MTU
        for _, interface in interfaces_of(scenario):
            address = interface.address or 0
            stack.add_address(stack.loopback, address, Prefix(address, _ALL_BITS))
        shared = shared_doors(scenario)
        hosts = {host.name: LoopbackHost(host, None, shared) for host in scenario.hosts}
        programs = sorted(scenario.programs, key=lambda program: not _opens_door(program.steps))
        for program in programs:
            self._add_program(program, _at_home(run_steps(program.steps), hosts[program.host]), stack)


def _opens_door(steps: tuple[Any, ...]) -> bool:
    return any(isinstance(step, Listen | OpenUdp) for step in steps)


def _at_home(program: Program, host: LoopbackHost) -> Program:
    """`program`, whose sockets keep to the addresses of `host`."""
    kinds: dict[int, str] = {}
    bound: set[int] = set()
    act, argument = program.send, None
    while True:
        try:
            request = act(argument)
        except StopIteration:
            return
        try:
            argument, act = (yield from _answered(request, host, kinds, bound)), program.send
        except Failed as failure:
            argument, act = failure, program.throw


def _answered(request: Request, host: LoopbackHost, kinds: dict[int, str], bound: set[int]) -> Any:
    """Ask for `request` as it is on the shared `lo`; returns the answer."""
    if not isinstance(request, Call):
        return (yield request)
    if request.name == "socket":
        fd = yield request
        kinds[fd] = request.arguments[0]
        bound.discard(fd)
        return fd
    if request.name == "bind":
        fd, *place = request.arguments
        bound.add(fd)
        return (yield Call("bind", fd, *host.to_bind(kinds[fd], (place[0], place[1]))))
    if request.name in ("connect", "sendto"):
        fd, *data = request.arguments[:-2]
        if fd not in bound:
            bound.add(fd)
            source = host.source(kinds[fd])
            if source is not None:
                yield Call("bind", fd, *source)
        address, port = request.arguments[-2:]
        return (yield Call(request.name, fd, *data, *host.to_reach(kinds[fd], (address, port))))
    return (yield request)


def _as_on_lo(trace: Trace, scenario: Scenario) -> Trace:
    """The frames of `lo`, at the ports of the hosts they went between."""
    reader = LoopbackReader(scenario)
    events: list[Event] = []
    for event in trace:
        if isinstance(event, FrameSent):
            data = ethernet.pack(event.frame)
            seen = list(reader.captured(Captured(event.time, 0, True, data, len(data), False), event.time))
            for each in seen:
                if isinstance(each, FrameSent):
                    each.frame.reason = event.frame.reason
            events += seen
        elif not isinstance(event, FrameArrived):
            events.append(event)
    return Trace(events, Heading(scenario.name, trace.seed, reader.network), trace.end_ns)
