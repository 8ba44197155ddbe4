"""Runs one script against a fresh host, in virtual time, by packetdrill's rules of time and tolerance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from simnet.stack.alarms import NEVER
from simnet.stack.linux_errno import SocketError
from simnet.stack.linux_socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET
from simnet.testing.packetdrill import injection
from simnet.testing.packetdrill.arguments import number
from simnet.testing.packetdrill.blocked import Blocked
from simnet.testing.packetdrill.calls import Calls
from simnet.testing.packetdrill.commands import run_command
from simnet.testing.packetdrill.descriptors import Descriptors
from simnet.testing.packetdrill.history import History
from simnet.testing.packetdrill.machine import Machine
from simnet.testing.packetdrill.names import ERRORS
from simnet.testing.packetdrill.outbound import Outbound
from simnet.testing.packetdrill.outcome import Outcome, Verdict
from simnet.testing.packetdrill.parser import parse
from simnet.testing.packetdrill.problems import InvalidScript, Mismatch, ScriptProblem, Unsupported
from simnet.testing.packetdrill.schedule import Schedule
from simnet.testing.packetdrill.script import (
    Code,
    Command,
    Direction,
    Ellipsis,
    Event,
    Packet,
    Script,
    SystemCall,
    TcpSegment,
)
from simnet.testing.packetdrill.sending import Result
from simnet.testing.packetdrill.settings import Settings, settings
from simnet.testing.packetdrill.snippets import Snippets
from simnet.testing.packetdrill.sysctls import stock
from simnet.testing.packetdrill.texts import call_text, packet_text, result_text, seconds
from simnet.testing.packetdrill.under_test import UnderTest
from simnet.units import SECOND
from simnet.wire.ipv4 import TCP, UDP

_CALL_PATIENCE: Final = 1 * SECOND
"""How long a call waits for the blocked one before it."""


def run(text: str, options: Iterable[tuple[str, str]] = (), symbols: Mapping[str, str] | None = None) -> Outcome:
    """Run the script `text`; `options` and `symbols` are those of the command line, which the script may override."""
    history = History()
    try:
        script = parse(text, symbols or {})
        Runner(script, settings([*options, *script.options]), history).play()
    except ScriptProblem as problem:
        return _outcome(problem, text, history)
    except RecursionError:
        return Outcome(Verdict.INVALID, why="it is nested too deeply")
    return Outcome(Verdict.PASSED, history=history.lines())


def _outcome(problem: ScriptProblem, text: str, history: History) -> Outcome:
    lines = text.splitlines()
    written = lines[problem.line - 1].strip() if 0 < problem.line <= len(lines) else ""
    if isinstance(problem, Mismatch):
        return Outcome(
            Verdict.FAILED, problem.line, problem.text, written, problem.expected, problem.actual, history.lines()
        )
    verdict = Verdict.UNSUPPORTED if isinstance(problem, Unsupported) else Verdict.INVALID
    return Outcome(verdict, problem.line, problem.text, written)


class Runner:
    """One run of one script."""

    __slots__ = (
        "_script", "_settings", "_machine", "_descriptors", "_calls", "_schedule", "_snippets", "_outbound", "_blocked",
        "_history",
    )  # fmt: skip

    def __init__(self, script: Script, settings: Settings, history: History) -> None:
        self._script: Final = script
        self._settings: Final = settings
        self._history: Final = history
        self._machine: Final = Machine(stock(), settings.local_ip, settings.remote_ip, settings.mtu)
        self._machine.profile.receive_offload = settings.mss
        self._machine.on_step = self._resume
        self._descriptors: Final = Descriptors()
        self._calls: Final = Calls(self._machine, settings, self._descriptors)
        self._schedule: Final = Schedule(settings, self._machine)
        self._snippets: Final = Snippets()
        self._outbound: Final = Outbound(self._machine, settings, self._descriptors, history)
        self._blocked: Blocked | None = None

    def play(self) -> None:
        """Everything in its order; raises what is wrong, with its line."""
        script = self._script
        if script.opening is not None:
            self._at(script.opening_line, script.opening)
        for event in script.events:
            try:
                self._happen(event)
            except ScriptProblem as problem:
                problem.line = problem.line or event.line
                if isinstance(problem, Mismatch):
                    self._outbound.tell_rest()
                raise
        if self._blocked is not None:
            self._machine.run_until(self._blocked.due)
        self._await_blocked(script.events[-1].line)
        if script.closing is not None:
            self._at(0, script.closing)

    def _at(self, line: int, command: Command) -> None:
        try:
            run_command(command.text, self._machine)
        except ScriptProblem as problem:
            problem.line = problem.line or line
            raise

    def _happen(self, event: Event) -> None:
        action = event.action
        window = self._schedule.window(event)
        if isinstance(action, Packet) and action.direction is Direction.OUTBOUND:
            self._outbound.expect(action, window, event.line)
        else:
            self._machine.run_until(window.start)
            if isinstance(action, SystemCall):
                self._await_blocked(event.line)
            late = self._machine.now - window.start
            if late > window.tolerance:
                raise Mismatch(f"this comes {seconds(late)} s late: what is before it took longer", event.line)
            if isinstance(action, Packet):
                self._inject(action)
            elif isinstance(action, SystemCall):
                self._call(action, event)
            elif isinstance(action, Command):
                self._at(event.line, action)
            elif isinstance(action, Code):
                self._snippets.run(action.text, self._info(), event.line)
        self._schedule.done(event, window)

    # --- packets in

    def _inject(self, packet: Packet) -> None:
        socket = self._receiver(packet)
        content = packet.content
        is_scaled = bool(self._settings.tcp_ts_ecr_scaled)
        self._history.add(self._machine.now, packet_text(packet))
        self._machine.inject(injection.packet(content, packet.ip, socket, self._settings.remote_ip, is_scaled))

    def _receiver(self, packet: Packet) -> UnderTest:
        """The socket under test; what a listener, or nobody, gets from outside is a new one."""
        socket = self._descriptors.under_test
        if socket is None or socket.is_listening and isinstance(packet.content, TcpSegment):
            protocol = UDP if not isinstance(packet.content, TcpSegment) and socket is None else TCP
            child = UnderTest(protocol, -1, self._settings.local_ip)
            child.local_port = socket.local_port if socket is not None else self._settings.bind_port
            child.remote = self._settings.remote_ip
            child.remote_port = self._descriptors.next_remote_port()
            self._descriptors.under_test = socket = child
        return socket

    # --- calls

    def _call(self, call: SystemCall, event: Event) -> None:
        start = self._machine.now
        steps = self._calls.steps(call)
        due, tolerance = start, self._settings.tolerance(0)
        if call.end is not None:
            due, tolerance = self._schedule.call_end(event, call.end)
        blocked = Blocked(call, event.line, steps, due, tolerance)
        if self._advance(blocked):
            return
        if call.end is None:
            raise Mismatch(f"{call_text(call)} blocks, and the script gives no time at which it returns", event.line)
        self._history.add(start, f"{call_text(call)} blocks")
        self._blocked = blocked

    def _resume(self) -> None:
        """Something happened: perhaps the blocked call can go on."""
        if self._blocked is not None:
            self._machine.wake_at = NEVER
            if self._advance(self._blocked):
                self._blocked = None

    def _advance(self, blocked: Blocked) -> bool:
        """One step; has the call returned?"""
        try:
            self._machine.wake_at = next(blocked.steps)
            return False
        except StopIteration as end:
            result: Result = end.value
        except ScriptProblem as problem:
            problem.line = problem.line or blocked.line
            raise
        self._machine.wake_at = NEVER
        self._returned(blocked, result)
        return True

    def _returned(self, blocked: Blocked, result: Result) -> None:
        call = blocked.call
        now = self._machine.now
        self._history.add(now, f"{call_text(call)} = {result_text(result.value, result.errno)}")
        self._check_result(call, result, blocked.line)
        if abs(now - blocked.due) > blocked.tolerance:
            raise Mismatch(
                f"{call.name} returns at {seconds(now)} s, not at {seconds(blocked.due)} s "
                f"give or take {seconds(blocked.tolerance)} s", blocked.line,
            )  # fmt: skip

    def _check_result(self, call: SystemCall, result: Result, line: int) -> None:
        if call.errno and call.errno not in ERRORS:
            raise InvalidScript(f"there is no errno {call.errno}", line)
        if isinstance(call.result, Ellipsis):
            return
        wanted = number(call.result)
        wanted_errno = ERRORS[call.errno] if call.errno else 0
        if result.descriptor is not None and wanted >= 0:
            self._descriptors.add(wanted, result.descriptor)
            return
        is_same = wanted == result.value and (not wanted_errno or wanted_errno == result.errno)
        if not is_same:
            raise Mismatch(
                f"{call.name} gives something else", line, result_text(wanted, wanted_errno),
                result_text(result.value, result.errno),
            )  # fmt: skip

    def _await_blocked(self, line: int) -> None:
        """Only one call can be under way: wait for the one that is."""
        if not self._machine.run_until_true(self._is_idle, self._machine.now + _CALL_PATIENCE):
            blocked = self._blocked
            assert blocked is not None
            raise Mismatch(f"{call_text(blocked.call)} still blocks", blocked.line or line)

    def _is_idle(self) -> bool:
        return self._blocked is None

    # --- code

    def _info(self) -> dict[str, int]:
        """TCP_INFO and the buffer sizes of SO_MEMINFO of the socket under test, if a descriptor for it is open."""
        socket = self._descriptors.under_test
        if socket is None or socket.fd < 0:
            return {}
        sockets = self._machine.stack.sockets
        try:
            info = sockets.info(socket.fd, self._machine.clock)
        except SocketError:
            return {}
        return {f"tcpi_{name}": value for name, value in info.items()} | {
            "SK_MEMINFO_RCVBUF": sockets.getsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF),
            "SK_MEMINFO_SNDBUF": sockets.getsockopt(socket.fd, SOL_SOCKET, SO_SNDBUF),
        }
