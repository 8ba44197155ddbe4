"""A scenario on a real kernel, seen from outside: the child that lives there, the recording, the verdicts."""

from __future__ import annotations

import socket
import sys
from collections import defaultdict
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
from simnet.trace.sinks import Sink, Tee
from simnet.trace.spool import Spool
from simnet.trace.trace import Trace
from simnet.units import MILLISECOND, format_time
from simnet.worlds.capture import Capture
from simnet.worlds.child import Channel, Child
from simnet.worlds.namespaces import NamespacesRefused
from simnet.worlds.performance import DEFAULT_LIMIT, Stage, perform
from simnet.worlds.recording import Reader, Recording
from simnet.worlds.simulated import Result

_WORTH_SAYING: Final = 10 * MILLISECOND


class Replay(Result, frozen=True):
    """What a replay gave: as a simulated run, and how far it can be relied on.

    `lost`: packets that the capture could not keep up with.  `late`: by how many ns programs or frames were late at
    most, because the machine was busy.  `unjudged`: expectations about what is not to be seen in this world.
    `remarks`: what a reader should know, in sentences.
    """

    lost: int
    late: int
    unjudged: Sequence[str]
    remarks: Sequence[str]


class _Tally:
    """Counts and gathers, as events come, what a result is to say of them."""

    def __init__(self) -> None:
        self.sent = 0
        self.dropped = 0
        self.printed: defaultdict[str, list[str]] = defaultdict(list)

    def put(self, event: Event) -> None:
        if isinstance(event, FrameSent):
            self.sent += 1
        elif isinstance(event, ProgramOutput):
            self.printed[event.device].append(event.text)
        elif isinstance(event, FrameDropped):
            self.dropped += 1

    def close(self, end_ns: int) -> None:
        """There is nothing to finish."""


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
        self._spool: Final = Spool()
        self._tally: Final = _Tally()
        self._sink: Final = Tee(self._spool, self._tally, *([] if sink is None else [sink]))
        self._recording: Recording | None = None

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
            if self._recording is not None:
                self._sink.close(self._recording.end)

    @property
    def heading(self) -> Heading:
        """Whose trace it is; when it began is known from its first event on."""
        epoch = 0 if self._recording is None else self._recording.epoch
        return Heading(self.scenario.name, None, self._network, epoch)

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
        self._recording = recording = Recording(
            main=child.channel, others=others, captures=captures, reader=reader, sink=self._sink, limit=limit
        )
        recording.follow()
        self._note_those_waiting(recording, limit)

    def _note_those_waiting(self, recording: Recording, limit: int) -> None:
        for host, program, what in recording.waiting:
            self._sink.put(Note(recording.end, host, f"program {program} still waits for {what}"))
        if recording.waiting and recording.has_reached_limit:
            self._remarks.append(f"it was ended at its limit of {format_time(limit)}, with programs still waiting")

    def result(self) -> Replay:
        """The trace, judged as far as it can be."""
        scenario, heading, tally = self.scenario, self.heading, self._tally
        recording = self._recording
        end, lost, late = (0, 0, 0) if recording is None else (recording.end, recording.lost, recording.late)
        frames_late = 0 if self._reader is None else self._reader.late
        judged = [each for each in scenario.expect if self._judged(each)]
        verdicts = check_all(judged, Evidence(self._spool, self._network, end)) + self._conditions()
        return Replay(
            trace=Trace(self._spool, heading, end),
            verdicts=verdicts,
            seed=scenario.seed,
            end_ns=end,
            frames=tally.sent,
            dropped=tally.dropped,
            output={host.name: "".join(tally.printed[host.name]) for host in scenario.hosts},
            lost=lost,
            late=max(late, frames_late),
            unjudged=[each.text for each in scenario.expect if not self._judged(each)],
            remarks=[*self._remarks, *_busy(late), *(() if self._reader is None else self._reader.remarks)],
        )

    def _conditions(self) -> list[Verdict]:
        """What must hold in every replay."""
        recording = self._recording
        if recording is None:
            return []
        found = [
            Verdict(f"program {program} of {host} runs to its end", False, why)
            for host, program, why in recording.failures
        ]
        if recording.lost:
            why = f"{recording.lost} packets were lost by the capture: it could not keep up; make the scenario smaller"
            found.append(Verdict("everything on the wire was captured", False, why))
        return found + ([] if self._reader is None else self._reader.conditions(recording.end))




def _busy(late: int) -> list[str]:
    if late < _WORTH_SAYING:
        return []
    return [f"this machine is busy: programs were late by up to {late // MILLISECOND} ms, so races may end otherwise"]
