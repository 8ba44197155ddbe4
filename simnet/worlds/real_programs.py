"""Runs the programs of a scenario on real sockets: one thread answers the requests of all of them in real time.

No call blocks, so one thread is enough, and programs take turns as they do in the simulated world: each goes on until
it has to wait.  Those that open a door go first, so that listeners listen before clients come.
"""

from __future__ import annotations

import os
import select
import selectors
import time
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from threading import Thread
from typing import Any, Final, Protocol

from simnet.apps.protocol import Call, Failed, Now, Print, Program, Ready, Request, Sleep
from simnet.apps.steps import StepFailed
from simnet.apps.steps import run as run_steps
from simnet.scenario import values
from simnet.scenario.step_values import Listen, OpenUdp
from simnet.units import SECOND
from simnet.worlds.call_text import arguments_text, result_text
from simnet.worlds.lateness import Lateness
from simnet.worlds.real_host import RealHost
from simnet.worlds.real_sockets import RealSockets

_EVENTS: Final = {"read": selectors.EVENT_READ, "write": selectors.EVENT_WRITE}
_QUIET_CALLS: Final = ("getpid",)
_FIRST_PID: Final = 1


class Reporter(Protocol):
    """Is told what programs do; `time` in nanoseconds since 1970."""

    def __call__(self, what: str, time: int, /, *details: Any) -> None: ...


class RealProgram:
    """One program on one host.

    `failure` is "" while it runs or after it ended well; `waits_for` says what it waits for when it does;
    `is_waiting_for_others`: without a limit of its own.
    """

    def __init__(self, program: values.Program, host: RealHost, pid: int) -> None:
        self.host: Final = program.host
        self.name: Final = program.name
        self.start: Final = program.start
        self.opens_door: Final = _opens_door(program)
        self.generator: Final[Program] = run_steps(program.steps)
        self.sockets: Final = RealSockets(host, pid)
        self.has_ended = False
        self.failure = ""
        self.waits_for = "its start"
        self.is_waiting_for_others = False
        self.waiting: Ready | None = None
        self.turn = 0
        """Counts its waits, so that a timer knows whether it is still the one that is waited for."""


class RealPrograms:
    """All programs of a run, in real time.  `now()` counts nanoseconds from `begin()`."""

    def __init__(
        self, programs: Sequence[values.Program], host_of: Callable[[str], RealHost], report: Reporter
    ) -> None:
        self.runs: Final = [
            RealProgram(program, host_of(program.host), pid) for pid, program in enumerate(programs, _FIRST_PID)
        ]
        self._report: Final = report
        self._selector: Final = selectors.DefaultSelector()
        self._timers: Final[list[tuple[int, int, RealProgram, int]]] = []
        self._timers_set = 0
        self._lingering: Final[dict[int, tuple[RealProgram, Call]]] = {}
        self._calls = 0
        self._started_at = 0
        self._after: list[RealProgram] = []
        self.turns = 0
        """How often a program has gone on."""
        self.lateness: Final = Lateness()

    def now(self) -> int:
        return time.monotonic_ns() - self._started_at

    def begin(self, started_at: int | None = None) -> None:
        """Start all programs whose time has come; time 0 is now, or was at `started_at` of the monotonic clock."""
        self._started_at = time.monotonic_ns() if started_at is None else started_at
        at_once = []
        for run in self.runs:
            if run.start.event:
                run.waits_for = f"{run.start.host} {run.start.event}"
                run.is_waiting_for_others = True
                self._after.append(run)
            elif run.start.delay:
                self._set_timer(run, run.start.delay)
            else:
                at_once.append(run)
        for run in sorted(at_once, key=lambda run: not run.opens_door):
            self._advance(run, run.generator.send, None)

    def live(self) -> list[RealProgram]:
        """Those that have not ended."""
        return [run for run in self.runs if not run.has_ended]

    def are_stuck(self) -> bool:
        """Does everyone who has not ended wait for somebody else, without a limit?"""
        return all(run.is_waiting_for_others for run in self.live())

    def close(self) -> None:
        """End every program where it stands."""
        for run in self.live():
            run.generator.close()
            run.sockets.close_all()
        self._selector.close()

    def attend(self, until: int, others: Sequence[Any]) -> list[Any]:
        """Let programs go on as their sockets and timers allow, or wait for that, until `until` at the latest.

        Returns at once when one of `others` can be read: those that can.
        """
        timeout = max(0, min(until, self._next_timer()) - self.now()) / SECOND
        ready, _, _ = select.select([self._selector.fileno(), *others], [], [], timeout)
        self.lateness.look()
        if self._selector.fileno() in ready:
            for key, _ in self._selector.select(0):
                if key.fd in self._lingering:
                    self._end_linger(key.fd)
                else:
                    self._resume(key.data, True)
        self._fire_timers()
        return [each for each in ready if each in others]

    def _next_timer(self) -> int:
        while self._timers:
            due, _, run, turn = self._timers[0]
            if run.turn == turn and not run.has_ended:
                return due
            heappop(self._timers)
        return 1 << 62

    def _fire_timers(self) -> None:
        while self._next_timer() <= self.now():
            due, _, run, _ = heappop(self._timers)
            self.lateness.due(self.now() - due)
            if run.waiting is None:
                self._advance(run, run.generator.send, None)
            else:
                self._resume(run, False)

    def _set_timer(self, run: RealProgram, due: int) -> None:
        self._timers_set += 1
        heappush(self._timers, (due, self._timers_set, run, run.turn))

    def _resume(self, run: RealProgram, answer: bool) -> None:
        """What `run` waited for has come, or its limit."""
        if run.waiting is None:
            return
        self._selector.unregister(run.sockets.real(run.waiting.fd))
        run.waiting = None
        self._advance(run, run.generator.send, answer)

    def _advance(self, run: RealProgram, send: Callable[[Any], Request], argument: Any) -> None:
        """Answer requests until the program has to wait."""
        run.turn += 1
        run.is_waiting_for_others = False
        self.turns += 1
        while True:
            try:
                request = send(argument)
            except StopIteration:
                self._ended(run, "")
                return
            except StepFailed as failure:
                self._ended(run, str(failure))
                return
            except Failed as failure:
                self._ended(run, f"a call failed with {failure.name}")
                return
            send = run.generator.send
            try:
                argument, must_wait = self._answer(run, request)
            except Failed as failure:
                send, argument, must_wait = run.generator.throw, failure, False
            if must_wait:
                return

    def _answer(self, run: RealProgram, request: Request) -> tuple[Any, bool]:
        """The answer to a request, and whether the program has to wait for it instead."""
        if isinstance(request, Call):
            if request.name == "close" and run.sockets.lingers(request.arguments[0]):
                self._linger(run, request)
                return None, True
            return self._call(run, request), False
        if isinstance(request, Ready):
            return self._wait_until_ready(run, request)
        if isinstance(request, Sleep):
            run.waits_for = "the end of a wait"
            self._set_timer(run, self.now() + request.time)
            return None, True
        if isinstance(request, Now):
            return self.now(), False
        assert isinstance(request, Print)
        self._report("program_output", time.time_ns(), run.host, run.name, request.text)
        return None, False

    def _call(self, run: RealProgram, call: Call) -> Any:
        try:
            value = run.sockets.make(call.name, call.arguments)
        except Failed as failure:
            if failure.name != "EAGAIN":
                self._report_call(run, call, "in progress" if failure.name == "EINPROGRESS" else failure.name)
            raise
        self._report_call(run, call, result_text(call.name, value))
        if call.name == "listen":
            self._happened("listens", run)
        return value

    def _linger(self, run: RealProgram, call: Call) -> None:
        """A close() that blocks, in a thread of its own: the other programs go on."""
        done, closing = os.eventfd(0), run.sockets.give_up(call.arguments[0])

        def close() -> None:
            closing.close()
            os.eventfd_write(done, 1)

        run.waits_for = "the end of close"
        self._lingering[done] = run, call
        self._selector.register(done, selectors.EVENT_READ, run)
        Thread(target=close, daemon=True).start()

    def _end_linger(self, done: int) -> None:
        run, call = self._lingering.pop(done)
        self._selector.unregister(done)
        os.close(done)
        self._report_call(run, call, result_text(call.name, None))
        self._advance(run, run.generator.send, None)

    def _report_call(self, run: RealProgram, call: Call, result: str) -> None:
        if call.name in _QUIET_CALLS:
            return
        self._calls += 1
        name = "connect" if call.name == "connect_result" else call.name
        self._report(
            "socket_call", time.time_ns(), run.host, run.name, self._calls, name, arguments_text(call), result
        )

    def _wait_until_ready(self, run: RealProgram, request: Ready) -> tuple[Any, bool]:
        real = run.sockets.real(request.fd)
        now = self.now()
        limit = now if request.deadline is None else request.deadline
        run.waits_for = f"{request.what} on socket {request.fd}"
        run.is_waiting_for_others = request.deadline is None
        run.waiting = request
        self._selector.register(real, _EVENTS[request.direction], run)
        if request.deadline is not None:
            self._set_timer(run, max(now, limit))
        return None, True

    def _ended(self, run: RealProgram, failure: str) -> None:
        run.has_ended = True
        run.failure = failure
        run.waits_for = ""
        run.sockets.close_all()
        if failure:
            self._report("note", time.time_ns(), run.host, f"program {run.name} failed: {failure}")
        self._happened("ends", run)

    def _happened(self, event: str, run: RealProgram) -> None:
        """`run` listens or ends: those that wait for it start."""
        waiting, self._after = self._after, []
        for waiter in waiting:
            start = waiter.start
            is_it = start.event == event and start.host == run.host and start.program in ("", run.name)
            if is_it and event == "ends" and not start.program:
                is_it = all(other.has_ended for other in self.runs if other.host == run.host and other is not waiter)
            if is_it:
                waiter.is_waiting_for_others = False
                self._set_timer(waiter, self.now() + start.delay)
            else:
                self._after.append(waiter)


def _opens_door(program: values.Program) -> bool:
    """Does it begin with something that others need before they come?"""
    first = program.steps[0] if program.steps else None
    return isinstance(first, Listen) or (isinstance(first, OpenUdp) and first.port != 0)
