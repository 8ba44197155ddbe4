"""The simulated world: a scenario in virtual time, on simnet's own devices and stacks.

Does not model: the time that programs and system calls take (steps cost no virtual time).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from simnet.apps.protocol import Program
from simnet.apps.steps import run as run_steps
from simnet.checks.check import Evidence, check_all
from simnet.checks.verdict import Verdict
from simnet.engine.scheduler import FOREVER
from simnet.errors import RunawayError
from simnet.scenario import values
from simnet.scenario.values import Scenario
from simnet.stack.host_stack import HostStack
from simnet.topology.builder import build
from simnet.topology.network import Network
from simnet.topology.timeline import Timeline
from simnet.trace.conservation import Conservation
from simnet.trace.recorder import Recorder
from simnet.trace.sinks import Sink, Tee
from simnet.trace.spool import Spool
from simnet.trace.trace import Trace
from simnet.units import format_time
from simnet.worlds.describe import heading_of
from simnet.worlds.programs import Directory, ProgramRun

EVENT_LIMIT: Final = 5_000_000
"""Events after which a run is taken for a storm."""


class Described(Protocol):
    """What has a scenario to give: the `Network` of Python's own API."""

    def scenario(self) -> Scenario:
        """The scenario as values."""


class Result(Struct, frozen=True):
    """What a run gave.

    `ok`: every expectation holds.  `frames`: transmissions onto a link; `dropped`: those of them that never
    arrived.  `output`: what each host's programs printed.
    """

    trace: Trace
    verdicts: Sequence[Verdict]
    seed: int
    end_ns: int
    frames: int
    dropped: int
    output: dict[str, str]

    @property
    def ok(self) -> bool:
        return all(verdict.ok for verdict in self.verdicts)


def run(
    scenario: Scenario | Described, *, seed: int | None = None, until: int | None = None, sink: Sink | None = None
) -> Result:
    """Run `scenario`, or what a `Network` describes, and judge it.

    `seed` and `until` (ns) overrule the scenario's; `sink` gets every event too.

    Raises `RunawayError` for a run that does not end, `InternalError` if frames were lost from sight.
    """
    if not isinstance(scenario, Scenario) and not hasattr(scenario, "scenario"):
        found = type(scenario).__name__
        raise TypeError(f'run() takes a Scenario or a Network, found {found}; read a file with simnet.load("x.yaml")')
    value = scenario if isinstance(scenario, Scenario) else scenario.scenario()
    world = SimulatedWorld(value, seed=seed, sink=sink)
    world.run(value.until if until is None else until)
    return world.result()


class SimulatedWorld:
    """One run of a scenario, from its first event to its verdicts."""

    def __init__(self, scenario: Scenario, *, seed: int | None = None, sink: Sink | None = None) -> None:
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        self._spool = Spool()
        self._counts = Conservation()
        sinks: list[Sink] = [self._spool, self._counts]
        if sink is not None:
            sinks.append(sink)
        self._sink = Tee(*sinks)
        recorder = Recorder(self._sink)
        self.network: Network = build(scenario, seed=self.seed, observer=recorder)
        self._recorder = recorder
        self._directory = Directory()
        self._timeline = Timeline(self.network, scenario.timeline)
        self._add_programs()

    def _add_programs(self) -> None:
        for program in self.scenario.programs:
            self._add_program(program, self._requests_of(program), self.network.host(program.host).stack)

    def _add_program(self, program: values.Program, requests: Program, stack: HostStack) -> None:
        """Have `requests`, the steps of `program`, made on the sockets of `stack` when its start comes."""
        run = ProgramRun(
            host=program.host,
            name=program.name,
            ordinal=self.network.next_ordinal(),
            program=requests,
            sockets=stack.sockets.of_another_process(),
            scheduler=self.network.scheduler,
            observer=self._recorder,
            directory=self._directory,
        )
        self._directory.runs.append(run)
        start = program.start
        if start.event:
            self._directory.start_after(start.event, start.host, start.program, start.delay, run)
        else:
            run.start_at(start.delay)

    def _requests_of(self, program: values.Program) -> Program:
        return run_steps(program.steps)

    def run(self, until: int | None = None, limit: int = EVENT_LIMIT) -> None:
        """Go on until nothing is left to do, or `until`; raises `RunawayError` after `limit` events."""
        scheduler = self.network.scheduler
        try:
            scheduler.run(FOREVER if until is None else until, limit)
        except RunawayError as error:
            self._sink.close(scheduler.now)
            loop = self.network.busiest()
            raise RunawayError(
                f"{error} at {format_time(scheduler.now)}: a loop, probably; the busiest cables are {loop}. "
                "Look for a ring of switches, or set until: in the scenario"
            ) from None
        except BaseException:
            self._sink.close(scheduler.now)  # what happened until then is kept
            raise
        for note in self._unfinished():
            self._recorder.note(scheduler.now, *note)
        self._sink.close(scheduler.now)
        self.network.check_conservation()
        self._counts.verify(self._in_flight())

    def _in_flight(self) -> int:
        pending = self.network.scheduler.pending_events()
        return sum(pending.get(direction.ordinal, 0) for direction in self.network.directions()) + sum(
            host.loopback.sent - host.loopback.arrived for host in self.network.hosts()
        )

    def _hang(self, run: ProgramRun) -> str:
        """Why a program that has not ended can never end; "" if it serves others, or the run was cut short."""
        if run.has_ended or run.is_serving or not self.network.scheduler.is_quiet():
            return ""
        return (
            f"it still waits for {run.waits_for}, and nothing is left that could happen; let its peer send or close, "
            "give the step a timeout, or set until: in the scenario"
        )

    def _unfinished(self) -> list[tuple[str, str]]:
        """Programs that still wait, though nothing is left that could wake them."""
        return [
            (run.host, f"program {run.name} still waits for {run.waits_for}")
            for run in self._directory.runs
            if not run.has_ended
        ]

    def result(self) -> Result:
        """The trace, judged."""
        scenario = self.scenario
        end = self.network.scheduler.now
        heading = heading_of(scenario, self.seed)
        total = self._counts.total()
        events = self._spool
        verdicts = check_all(scenario.expect, Evidence(events, heading.network, end)) + self._conditions()
        return Result(
            trace=Trace(events, heading, end),
            verdicts=verdicts,
            seed=self.seed,
            end_ns=end,
            frames=total.sent,
            dropped=total.dropped,
            output=self._output(),
        )

    def _output(self) -> dict[str, str]:
        pieces: dict[str, list[str]] = {host.name: [] for host in self.scenario.hosts}
        for host, text in self._directory.printed:
            pieces.setdefault(host, []).append(text)
        return {host: "".join(texts) for host, texts in pieces.items()}

    def _conditions(self) -> list[Verdict]:
        """What must hold in every scenario, expected or not."""
        found = []
        for run in self._directory.runs:
            why = run.failure or self._hang(run)
            if why:
                found.append(Verdict(f"program {run.name} of {run.host} runs to its end", False, why))
        for fault in self.network.faults:
            if not fault.fired:
                why = "it never fired; look at its filter, or remove it"
                found.append(Verdict(f"fault {fault.name} fires", False, why))
        for entry, why in self._timeline.idle:
            found.append(Verdict(f"timeline: {entry.text} changes something", False, why))
        reached = len(self._timeline.applied) + len(self._timeline.idle)
        for entry in sorted(self.scenario.timeline, key=lambda entry: entry.time)[reached:]:
            found.append(Verdict(f"timeline: {entry.text} happens", False, "the run ended before"))
        if not self.scenario.expect:
            why = "it expects nothing, so it could not fail; add an expect: list"
            found.append(Verdict("the scenario has expectations", False, why))
        return found
