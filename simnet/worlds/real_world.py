"""A scenario on a real kernel, seen from outside: the child that lives there, the recording, the verdicts."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from simnet.checks.check import Evidence, check_all
from simnet.checks.verdict import Verdict
from simnet.errors import MissingError
from simnet.scenario.expectation_values import Expectation
from simnet.scenario.values import Scenario
from simnet.trace.events import Event, FrameDropped, FrameSent, Note, ProgramOutput
from simnet.trace.heading import Heading
from simnet.trace.network import NetworkMap
from simnet.trace.sinks import MemorySink, Sink, Tee
from simnet.trace.trace import Trace
from simnet.units import format_time
from simnet.worlds.capture import Capture
from simnet.worlds.child import Channel, Child
from simnet.worlds.namespaces import NamespacesRefused
from simnet.worlds.performance import DEFAULT_LIMIT, Stage, perform
from simnet.worlds.recording import Reader, Recording
from simnet.worlds.simulated import Result


class Replay(Result, frozen=True):
    """What a replay gave: as a simulated run, and how far it can be relied on.

    `lost`: packets that the capture could not keep up with.  `unjudged`: expectations about what is not to be seen
    in this world.  `remarks`: what a reader should know, in sentences.
    """

    lost: int
    unjudged: Sequence[str]
    remarks: Sequence[str]


class Way:
    """How to replay: what is built in the child (told why the way before was refused), and who reads what is captured.
    """

    def __init__(self, build: Callable[[str], Stage], reader: Reader) -> None:
        self.build: Final = build
        self.reader: Final = reader


class RealWorld:
    """One replay, in the first of `ways` for which this machine lets us have what it needs.

    `judged` says which expectations can be judged by what is seen here.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        ways: Sequence[Way],
        network: NetworkMap,
        judged: Callable[[Expectation], bool],
        sink: Sink | None = None,
    ) -> None:
        self.scenario: Final = scenario
        self._ways: Final = ways
        self._network: Final = network
        self._judged: Final = judged
        self._remarks: list[str] = []
        self._reader: Reader | None = None
        self._memory: Final = MemorySink()
        self._sink: Final[Sink] = self._memory if sink is None else Tee(self._memory, sink)
        self._epoch = 0
        self._end = 0
        self._lost = 0
        self._failures: list[tuple[str, str, str]] = []

    def run(self, limit: int | None = None) -> None:
        """Replay it; it ends after `limit` ns at the latest, by default the scenario's own, or a minute."""
        if sys.platform != "linux":
            raise MissingError(f"a replay needs the kernel of Linux, this is {sys.platform}; simulate it: simnet run")
        limit = limit or self.scenario.until or DEFAULT_LIMIT
        refusal = ""
        try:
            for way in self._ways:
                try:
                    self._go(way, refusal, limit)
                    return
                except NamespacesRefused as error:
                    refusal = str(error)
            raise NamespacesRefused(refusal)
        finally:
            self._sink.close(self._end)

    def _go(self, way: Way, refusal: str, limit: int) -> None:
        programs = self.scenario.programs
        child = Child(lambda channel: perform(channel, way.build(refusal), programs, limit))
        open_here: list[Any] = []
        try:
            self._record(child, way.reader, limit, open_here)
        finally:
            child.end()
            for each in open_here:
                each.close()

    def _record(self, child: Child, reader: Reader, limit: int, open_here: list[Any]) -> None:
        self._reader = reader
        message = child.channel.receive()
        if message is None:
            raise MissingError("the child that was to hold the namespaces was killed at once; see the kernel's log")
        _, names, blocks, further, self._remarks = message
        reader.begin(names)
        child.channel.send("go")
        descriptors = child.channel.receive_descriptors(len(names) + further)
        captures = [Capture(fd, number, blocks[number]) for number, fd in enumerate(descriptors[: len(names)])]
        others = [Channel(socket.socket(fileno=fd)) for fd in descriptors[len(names) :]]
        open_here += [*captures, *others]
        child.channel.send("begin")
        recording = Recording(
            main=child.channel, others=others, captures=captures, reader=reader, sink=self._sink, limit=limit
        )
        try:
            recording.follow()
        finally:
            self._epoch, self._end, self._lost = recording.epoch, recording.end, recording.lost
            self._failures = recording.failures
        self._note_those_waiting(recording, limit)

    def _note_those_waiting(self, recording: Recording, limit: int) -> None:
        for host, program, what in recording.waiting:
            self._sink.put(Note(self._end, host, f"program {program} still waits for {what}"))
        if recording.waiting and recording.has_reached_limit:
            self._remarks.append(f"it was ended at its limit of {format_time(limit)}, with programs still waiting")

    def result(self) -> Replay:
        """The trace, judged as far as it can be."""
        scenario, events, end = self.scenario, self._memory.events, self._end
        judged = [each for each in scenario.expect if self._judged(each)]
        heading = Heading(scenario.name, None, self._network, self._epoch)
        verdicts = check_all(judged, Evidence(events, self._network, end)) + self._conditions()
        return Replay(
            trace=Trace(events, heading, end),
            verdicts=verdicts,
            seed=scenario.seed,
            end_ns=end,
            frames=sum(isinstance(event, FrameSent) for event in events),
            dropped=sum(isinstance(event, FrameDropped) for event in events),
            output=self._output(events),
            lost=self._lost,
            unjudged=[each.text for each in scenario.expect if not self._judged(each)],
            remarks=[*self._remarks, *(() if self._reader is None else self._reader.remarks)],
        )

    def _output(self, events: Sequence[Event]) -> dict[str, str]:
        pieces: dict[str, list[str]] = {host.name: [] for host in self.scenario.hosts}
        for event in events:
            if isinstance(event, ProgramOutput):
                pieces[event.device].append(event.text)
        return {name: "".join(texts) for name, texts in pieces.items()}

    def _conditions(self) -> list[Verdict]:
        """What must hold in every replay."""
        found = [
            Verdict(f"program {program} of {host} runs to its end", False, why)
            for host, program, why in self._failures
        ]
        if self._lost:
            why = f"{self._lost} packets were lost by the capture: it could not keep up; make the scenario smaller"
            found.append(Verdict("everything on the wire was captured", False, why))
        return found + ([] if self._reader is None else self._reader.conditions(self._end))


