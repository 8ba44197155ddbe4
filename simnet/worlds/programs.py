"""Runs the programs of a scenario on simulated hosts: answers their requests from each host's socket table.

A program that waits is resumed by an event of its own at the same instant, so it acts after the segment that woke
it was dealt with completely, as on Linux, where acknowledgments leave before the program runs.
Calls cost no virtual time.
"""

from __future__ import annotations

from typing import Any

from simnet.apps.protocol import Call, Failed, Now, Print, Program, Ready, Request, Sleep
from simnet.apps.steps import StepFailed
from simnet.devices.observer import Observer
from simnet.engine.scheduler import FOREVER, KEY_BITS, Scheduler
from simnet.engine.timer import ForegroundTimer
from simnet.errors import InternalError
from simnet.stack.linux_errno import EAGAIN, EINPROGRESS, NAMES, SocketError
from simnet.stack.linux_socket import POLLERR, POLLHUP, POLLIN, POLLOUT
from simnet.stack.sockets import Sockets
from simnet.worlds.call_text import arguments_text, result_text
from simnet.worlds.socket_calls import SocketCalls

_EVENTS = {"read": POLLIN | POLLHUP | POLLERR, "write": POLLOUT | POLLERR | POLLHUP}
_QUIET_CALLS = ("getpid",)
_SERVING = ("accept", "recvfrom")
_ANSWERS_LIMIT = 1000
"""How often a socket may be found ready in a row without a call that succeeds."""


class ProgramRun:
    """One program on one host.

    `failure` is "" while it runs or after it ended well; `waits_for` says what it waits for when it does.
    `is_serving`: it waits for whoever comes, as a server does, and need not end.
    """

    def __init__(
        self,
        *,
        host: str,
        name: str,
        ordinal: int,
        program: Program,
        sockets: Sockets,
        scheduler: Scheduler,
        observer: Observer | None,
        directory: Directory,
    ) -> None:
        self.host = host
        self.name = name
        self.has_ended = False
        self.failure = ""
        self.waits_for = "its start"
        self.is_serving = False
        self._program = program
        self._scheduler = scheduler
        self._observer = observer
        self._directory = directory
        self._sockets = sockets
        self._calls = SocketCalls(sockets, pid=ordinal & 0xFFFF)
        self._key = ordinal << KEY_BITS
        self._wake_pending = False
        self._blocked = ""
        self._answers = 0
        self._waiting: Ready | None = None
        self._lingering: Call | None = None
        self._deadline = ForegroundTimer(scheduler, ordinal, self._deadline_passed)

    def start_at(self, time: int) -> None:
        """Begin at `time`."""
        self._at(time, self._begin)

    def _begin(self, _: Any) -> None:
        self._advance(None)

    def _at(self, time: int, act: Any) -> None:
        self._key += 1
        self._scheduler.at(time, self._key, act, None)

    def _advance(self, answer: Any) -> None:
        """Answer requests until the program has to wait."""
        send, argument = self._program.send, answer
        while True:
            try:
                request = send(argument)
            except StopIteration:
                self._ended("")
                return
            except StepFailed as failure:
                self._ended(str(failure))
                return
            except Failed as failure:
                self._ended(f"a call failed with {failure.name}")
                return
            send = self._program.send
            try:
                argument, must_wait = self._answer(request)
            except SocketError as error:
                send, argument, must_wait = self._program.throw, Failed(NAMES[error.number]), False
            if must_wait:
                return

    def _answer(self, request: Request) -> tuple[Any, bool]:
        """The answer to a request, and whether the program has to wait for it instead."""
        if isinstance(request, Call):
            return (None, True) if request.name == "close" and self._lingers(request) else (self._call(request), False)
        if isinstance(request, Ready):
            return self._wait_until_ready(request)
        if isinstance(request, Sleep):
            self.waits_for = "the end of a wait"
            self._at(self._scheduler.now + request.time, self._begin)
            return None, True
        if isinstance(request, Now):
            return self._scheduler.now, False
        self._print(request)
        return None, False

    def _print(self, request: Print) -> None:
        self._directory.printed.append((self.host, request.text))
        if self._observer is not None:
            self._observer.program_output(self._scheduler.now, self.host, self.name, request.text)

    def _call(self, call: Call) -> Any:
        now = self._scheduler.now
        self._key += 1
        cause = self._key
        try:
            value = self._calls.make(call.name, call.arguments, cause, now)
        except SocketError as error:
            if error.number == EAGAIN:
                self._blocked = call.name
            else:
                result = "in progress" if error.number == EINPROGRESS else NAMES[error.number]
                self._report(call, cause, result)
            raise
        self._answers = 0
        self._report(call, cause, result_text(call.name, value))
        if call.name == "listen":
            self._directory.listens(self, now)
        return value

    def _lingers(self, call: Call) -> bool:
        """Does close() wait for the peer to have everything (SO_LINGER)?  Then it goes on when it has, or in time."""
        self._key += 1
        fd: int = call.arguments[0]
        until = self._calls.linger(fd, self._key, self._scheduler.now)
        if not until:
            return False
        self._lingering = call
        self.waits_for = f"the peer's last acknowledgment on socket {fd}"
        self._sockets.watch(fd, self._changed)
        self._deadline.set(until)
        return True

    def _end_linger(self, call: Call) -> None:
        self._lingering = None
        self.waits_for = ""
        self._deadline.cancel()
        self._advance(self._call(call))

    def _report(self, call: Call, cause: int, result: str) -> None:
        if self._observer is None or call.name in _QUIET_CALLS:
            return
        name = "connect" if call.name == "connect_result" else call.name
        self._observer.socket_call(
            self._scheduler.now, self.host, self.name, cause, name, arguments_text(call), result
        )

    def _wait_until_ready(self, request: Ready) -> tuple[Any, bool]:
        if self._sockets.poll(request.fd) & _EVENTS[request.direction]:
            self._answers += 1
            if self._answers > _ANSWERS_LIMIT:
                raise InternalError(f"{self.host}: socket {request.fd} is ready, yet {self._blocked} would block")
            return True, False
        if request.deadline is not None and request.deadline <= self._scheduler.now:
            return False, False
        self._waiting = request
        self.waits_for = f"{request.what} on socket {request.fd}"
        self.is_serving = self._blocked in _SERVING
        self._sockets.watch(request.fd, self._changed)
        self._deadline.set(FOREVER if request.deadline is None else request.deadline)
        return None, True

    def _changed(self) -> None:
        """The socket may be ready: come back after whatever is going on."""
        if not self._wake_pending:
            self._wake_pending = True
            self._at(self._scheduler.now, self._look_again)

    def _look_again(self, _: Any) -> None:
        self._wake_pending = False
        if self._lingering is not None and not self._sockets.is_lingering(self._lingering.arguments[0]):
            self._end_linger(self._lingering)
        waiting = self._waiting
        if waiting is not None and self._sockets.poll(waiting.fd) & _EVENTS[waiting.direction]:
            self._resume(waiting, True)

    def _deadline_passed(self, now: int) -> None:
        if self._lingering is not None:
            self._end_linger(self._lingering)
        elif self._waiting is not None:
            self._resume(self._waiting, False)

    def _resume(self, waiting: Ready, answer: bool) -> None:
        self._waiting = None
        self.waits_for = ""
        self.is_serving = False
        self._sockets.unwatch(waiting.fd)
        self._deadline.cancel()
        self._advance(answer)

    def _ended(self, failure: str) -> None:
        self.has_ended = True
        self.failure = failure
        self.waits_for = ""
        now = self._scheduler.now
        self._calls.close_all(self._key, now)
        if failure and self._observer is not None:
            self._observer.note(now, self.host, f"program {self.name} failed: {failure}")
        self._directory.ends(self, now)


class Directory:
    """All programs of a run: which waits for which (`start: {after: server listens}`), and what they printed.

    `printed`: (host, text), in order.
    """

    def __init__(self) -> None:
        self.runs: list[ProgramRun] = []
        self.printed: list[tuple[str, str]] = []
        self._waiting: list[tuple[str, str, str, int, ProgramRun]] = []

    def start_after(self, event: str, host: str, program: str, delay: int, run: ProgramRun) -> None:
        """Start `run` `delay` ns after the first `event` ("listens", "ends") of that host's program ("": any)."""
        run.waits_for = f"{host} {event}"
        self._waiting.append((event, host, program, delay, run))

    def listens(self, run: ProgramRun, now: int) -> None:
        """`run` has begun to listen."""
        self._happened("listens", run, now)

    def ends(self, run: ProgramRun, now: int) -> None:
        """`run` has ended."""
        self._happened("ends", run, now)

    def _happened(self, event: str, run: ProgramRun, now: int) -> None:
        left = []
        for entry in self._waiting:
            wanted, host, program, delay, waiter = entry
            is_it = wanted == event and host == run.host and program in ("", run.name)
            if is_it and event == "ends" and not program:
                is_it = all(other.has_ended for other in self.runs if other.host == host and other is not waiter)
            if is_it:
                waiter.start_at(now + delay)
            else:
                left.append(entry)
        self._waiting = left
