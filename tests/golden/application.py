"""The programs of the recordings, as generators over simnet's sockets: what goldenlib's `Ctx` and `LS` were there.

A program is written call for call like the recorded one.  Where the recorded program logged a call, the recording
is the clock: the call is not made before the recorded moment, and one that had to wait goes on not before it did
then, so that the reader is as late as the recorded one.  Its result is noted beside the recorded one.

Calls that were not logged (those of `plain`) take `CALL_COST` each, about what they took there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

from msgspec import Struct

from simnet.apps.protocol import Call, Failed, Ready, Request, Sleep
from simnet.engine.scheduler import Scheduler
from simnet.stack.sockets import Sockets
from simnet.wire.addresses import ip_text, parse_ip
from tests.golden.calls import as_recorded, short, without_ephemeral_ports
from tests.golden.captures import Event
from tests.golden.departures import Departures
from tests.golden.holds import Holds
from tests.golden.timing import Timing

CALL_COST = 20_000
_LONGEST_CALL = 500_000
"""A call that took longer had to wait; how long it held the socket then is not known."""

_TO_LOG = 3_000
"""From the end of a call to its entry in the log."""

_TO_SEND = 2_000
"""From the moment when a call acts to the frame that it sends."""

_HELD_TO_ACT = 10_000
"""For how long a call holds the socket before it acts."""

_WAKE_TO_RETURN = 15_000
"""Between a reader's wake-up and the return of its call."""

_TIMEOUT_LATE = 450_000
"""How late a time-out fires where the recording does not tell."""

_HOLDING = ("send", "sendall", "shutdown", "close")
_CHUNK = 65_536
_UNCLOCKED = ("TCP_INFO", "ip ", "ss", "/proc/", "$ ip route", "$ ip -", "$ bridge ", "exception")
"""Events that are no calls of the program: samples of other threads and looks at tables."""

Steps = Generator[Request, Any, Any]
Place = tuple[str, int]


class Outcome(Struct, frozen=True):
    """A logged call: its recorded and its new result."""

    event: Event
    result: Any


class Application:
    """One program on one node: its sockets, its recorded calls, and what came of them.

    `origin` is the virtual time of the recording's zero; `marks` are the events that programs wait for; `wake_up`
    is how long after what it waits for a program runs, `call_time` how long a call holds its socket, where the
    recording does not tell.
    """

    def __init__(
        self,
        *,
        node: str,
        name: str,
        events: Iterable[Event],
        sockets: Sockets,
        scheduler: Scheduler,
        origin: int,
        wake_up: int,
        call_time: int,
        timing: Timing,
        departures: Departures,
        holds: Holds,
        marks: set[str],
    ) -> None:
        self.node = node
        self.name = name
        self.sockets = sockets
        self.outcomes: list[Outcome] = []
        self.origin = origin
        self.not_before = 0
        self.held_until = 0
        self.timeout_at = 0
        self.next_at = 0
        self.strayed = ""
        self._wake_up = wake_up
        self._call_time = call_time
        self._timing = timing
        self._departures = departures
        self._holds = holds
        self._processes = 1000
        self._scheduler = scheduler
        self._marks = marks
        self._events = deque(event for event in events if not event.call.startswith(_UNCLOCKED))

    @property
    def now(self) -> int:
        """Virtual time."""
        return self._scheduler.now

    # --- time

    def sleep(self, seconds: float) -> Steps:
        """time.sleep; not beyond the next recorded call, so that variants may sleep for shorter."""
        time = self.now + round(seconds * 1e9)
        if self._events:
            time = min(time, max(self.now, self.origin + self._events[0].start))
        yield Sleep(time - self.now)

    def until(self, time: int) -> Steps:
        """Go on at virtual `time`, or now if it has passed."""
        if time > self.now:
            yield Sleep(time - self.now)

    def mark(self, name: str) -> None:
        """Set the event `name`."""
        self._marks.add(name)

    def wait(self, name: str) -> Steps:
        """Until the event `name` is set: look every so often, more often near the recorded next call."""
        yield Sleep(CALL_COST)
        while name not in self._marks:
            left = self.origin + self._events[0].start - self.now if self._events else 0
            yield Sleep(1_000_000 if left > 5_000_000 or left < 0 else CALL_COST)

    def awaits(self, call: str) -> bool:
        """Is a call whose text begins with `call` the next recorded one?"""
        return bool(self._events) and self._events[0].call.startswith(call)

    def rounds(self, call: str) -> Iterator[int]:
        """0, 1, 2 and so on, as long as a call whose text begins with `call` is the next recorded one."""
        number = 0
        while self.awaits(call):
            yield number
            number += 1

    def until_next(self) -> int:
        """How long until the next recorded call begins; 0 if it should have begun."""
        return max(self.origin + self._events[0].start - self.now, 0) if self._events else 0

    def next_call(self) -> str:
        """The next recorded call; "" when the recording has ended."""
        return self._events[0].call if self._events else ""

    def next_process(self) -> int:
        """A process id for a program that this one runs."""
        self._processes += 1
        return self._processes

    # --- recorded calls

    def take(self, call: str) -> Event | None:
        """The recorded event of `call`, the next one; None when the recording has ended.

        Or when the program took another way than the recorded one, which `strayed` tells: no clock from there on.
        """
        if not self._events:
            return None
        if without_ephemeral_ports(self._events[0].call) != without_ephemeral_ports(call):
            self.strayed = f"{self.node}/{self.name} calls {call}, recorded is {self._events[0].call}"
            self._events.clear()
            return None
        return self._events.popleft()

    def logged(self, call: str, operation: Steps, wakes: int = 1, calls: int = 1, fd: int | None = None) -> Steps:
        """Carry out `operation` when `call` was recorded.

        `wakes`: how often it waits; the recording tells when it was woken only if that is once.
        `calls`: how many calls it makes; the recording tells how long one took only if there is one.
        `fd`: the socket that it holds from shortly before it acts.
        """
        event = self.take(call)
        if event is None:
            return (yield from operation)
        acts = self.origin + max(event.start, self._departures.of(event) - _TO_SEND)
        if fd is not None and acts - _HELD_TO_ACT > self.origin + event.start:
            yield from self.until(self.origin + event.start)
            yield Sleep(self._choose(max(acts - _HELD_TO_ACT - self.now, 0)))
            self.sockets.hold(fd)
        yield from self.until(acts)
        self.not_before = self.origin + event.end - _WAKE_TO_RETURN if wakes == 1 else 0
        self.held_until = self.origin + event.end - _TO_LOG if calls == 1 else 0
        self.timeout_at = self.origin + event.end if event.result == "-timeout" else 0
        try:
            value = yield from operation
        except Failed as failure:
            self.outcomes.append(Outcome(event, f"-{failure.name}"))
            raise
        self.outcomes.append(Outcome(event, value))
        return value

    def note(self, text: str) -> Steps:
        """A remark of the recorded program, made at its recorded time."""
        event = self.take(text)
        if event is not None:
            yield from self.until(self.origin + event.start)

    # --- sockets

    def hold(self, fd: int) -> Steps:
        """The call to `fd` that has just been made takes its time, in which the socket is held."""
        until, self.held_until = self.held_until, 0
        if not self.now < until < self.now + _LONGEST_CALL:
            usual = self._holds.call(self.now - self.origin, self._call_time)
            until = self.now + self._choose(self._until_next(usual))
        if until > self.now:
            self.sockets.hold(fd)
            yield Sleep(until - self.now)
        self.sockets.release(fd, self.now)

    def copy(self, fd: int) -> Steps:
        """A reader's call holds the socket and copies, for about as long as it is recorded to."""
        self.sockets.hold(fd)
        yield Sleep(self._choose(self._holds.copy(self.now - self.origin)))

    def tcp(self, label: str = "") -> Generator[Request, Any, Logged]:
        """A TCP socket whose calls were logged, with `label` before their names."""
        return (yield from self._socket("tcp", label))

    def udp(self, label: str = "") -> Generator[Request, Any, Logged]:
        """A UDP socket whose calls were logged."""
        return (yield from self._socket("udp", label))

    def _socket(self, kind: str, label: str) -> Generator[Request, Any, Logged]:
        fd = yield Call("socket", kind)
        return Logged(Plain(self, fd), label)

    def wait_ready(self, fd: int, direction: str, timeout: float | None) -> Steps:
        """Wait for `fd`; fails with "timeout" after `timeout` seconds."""
        deadline = None
        if timeout is not None:
            deadline = self.timeout_at or self.now + round(timeout * 1e9) + _TIMEOUT_LATE
        if not (yield Ready(fd, direction, deadline)):
            raise Failed("timeout")
        not_before, self.not_before = self.not_before, 0
        if not_before:
            usual = max(not_before - self.now, 0)
        else:
            usual = max(self._holds.wake(self.now - self.origin, self._wake_up), 0)
        yield Sleep(self._choose(usual))

    def pause(self) -> Steps:
        """What lies between two calls that were not logged."""
        yield Sleep(self._choose(self._until_next(CALL_COST)))

    def _until_next(self, usual: int) -> int:
        """`usual`, or less if it is known when the next call begins."""
        return min(usual, max(self.next_at - self.now, 0)) if self.next_at else usual

    def _choose(self, usual: int) -> int:
        return self._timing.choose(f"{self.node}/{self.name}", self.now, usual)


class Plain:
    """A socket with Python's blocking calls, none of which is logged.

    Addresses are (text, port) as in Python.  `timeout` in seconds; None blocks for ever, 0 does not block.
    """

    def __init__(self, app: Application, fd: int) -> None:
        self.fd = fd
        self.timeout: float | None = None
        self._app = app

    def setsockopt(self, level: int, name: int, value: int) -> None:
        """Any option, by Linux's numbers."""
        self._app.sockets.setsockopt(self.fd, level, name, value, self._app.now)

    def bind(self, place: Place) -> Steps:
        yield Call("bind", self.fd, parse_ip(place[0]), place[1])

    def listen(self, backlog: int) -> Steps:
        yield Call("listen", self.fd, backlog)

    def connect(self, place: Place) -> Steps:
        try:
            yield Call("connect", self.fd, parse_ip(place[0]), place[1])
        except Failed as failure:
            if failure.name != "EINPROGRESS" or self.timeout == 0:
                raise
            self._app.held_until = 0
            yield from self._app.hold(self.fd)
            yield from self._app.wait_ready(self.fd, "write", self.timeout)
            yield Call("connect_result", self.fd)
            yield Call("connect", self.fd, parse_ip(place[0]), place[1])  # what the blocking call does itself

    def accept(self) -> Steps:
        fd, address, port = yield from self._blocking(Call("accept", self.fd), "read")
        return Plain(self._app, fd), (ip_text(address), port)

    def send(self, data: bytes) -> Steps:
        count = yield from self._blocking(Call("send", self.fd, data), "write")
        yield from self._app.pause()
        return count

    def sendall(self, data: bytes) -> Steps:
        while True:
            count = yield from self._blocking(Call("send", self.fd, data), "write")
            data = data[count:]
            if not data:
                return
            self._app.held_until = 0

    def recv(self, limit: int) -> Steps:
        return (yield from self._blocking(Call("recv", self.fd, limit), "read"))

    def sendto(self, data: bytes, place: Place) -> Steps:
        return (yield from self._blocking(Call("sendto", self.fd, data, parse_ip(place[0]), place[1]), "write"))

    def read(self, limit: int) -> Steps:
        """recv() that takes its time: it copies what is there and what comes meanwhile, then tells of the room."""
        while True:
            if self._app.sockets.unread(self.fd):
                yield from self._app.copy(self.fd)
            try:
                data = yield Call("recv", self.fd, limit)
            except Failed as failure:
                if failure.name != "EAGAIN" or self.timeout == 0:
                    raise
            else:
                yield from self._app.hold(self.fd)
                return data
            yield from self._app.wait_ready(self.fd, "read", self.timeout)

    def recvfrom(self, limit: int) -> Steps:
        data, address, port = yield from self._blocking(Call("recvfrom", self.fd, limit), "read")
        return data, (ip_text(address), port)

    def shutdown(self, how: int) -> Steps:
        yield Call("shutdown", self.fd, ("read", "write", "both")[how])
        self._app.sockets.release(self.fd, self._app.now)

    def close(self) -> Steps:
        yield Call("close", self.fd)

    def _blocking(self, call: Call, direction: str) -> Steps:
        while True:
            try:
                value = yield call
            except Failed as failure:
                if failure.name != "EBADF":
                    self._app.sockets.release(self.fd, self._app.now)
                if failure.name != "EAGAIN" or self.timeout == 0:
                    raise
            else:
                if isinstance(value, int) and value < len(call.arguments[1]):
                    self._app.held_until = 0  # it will have to wait
                yield from self._app.hold(self.fd)
                return value
            yield from self._app.wait_ready(self.fd, direction, self.timeout)


class Logged:
    """A socket that logs every call as goldenlib's `LS` did; `plain` is the one inside, `peer` who was accepted."""

    def __init__(self, plain: Plain, label: str = "", peer: Place = ("", 0)) -> None:
        self.plain = plain
        self.peer = peer
        self._label = label

    @property
    def _app(self) -> Application:
        return self.plain._app

    def _log(self, call: Callable[..., Steps], *arguments: Any, wakes: int = 1) -> Steps:
        """Make `call`, with as many bytes as the recorded program and with its numbers, whatever `arguments` say."""
        name = f"{self._label}." if self._label else ""
        name += call.__name__
        arguments = as_recorded(self._app.next_call(), name, arguments)
        text = ", ".join(short(argument) for argument in arguments)
        fd = self.plain.fd if call.__name__ in _HOLDING else None
        return (yield from self._app.logged(f"{name}({text})", call(*arguments), wakes, fd=fd))

    def bind(self, place: Place) -> Steps:
        return (yield from self._log(self.plain.bind, place))

    def listen(self, backlog: int) -> Steps:
        return (yield from self._log(self.plain.listen, backlog))

    def connect(self, place: Place) -> Steps:
        return (yield from self._log(self.plain.connect, place))

    def accept(self) -> Steps:
        plain, peer = yield from self._log(self.plain.accept)
        return Logged(plain, self._label, peer)

    def send(self, data: bytes) -> Steps:
        return (yield from self._log(self.plain.send, data))

    def sendall(self, data: bytes) -> Steps:
        return (yield from self._log(self.plain.sendall, data, wakes=2))

    def recv(self, limit: int) -> Steps:
        return (yield from self._log(self.plain.recv, limit))

    def sendto(self, data: bytes, place: Place) -> Steps:
        return (yield from self._log(self.plain.sendto, data, place))

    def recvfrom(self, limit: int) -> Steps:
        return (yield from self._log(self.plain.recvfrom, limit))

    def shutdown(self, how: int) -> Steps:
        return (yield from self._log(self.plain.shutdown, how))

    def close(self) -> Steps:
        return (yield from self._log(self.plain.close))

    def recv_exact(self, count: int) -> Steps:
        (count,) = as_recorded(self._app.next_call(), "recv_exact", (count,))
        return (yield from self._app.logged(f"recv_exact({count})", self._receive(count), wakes=2, calls=2))

    def recv_all(self) -> Steps:
        return (yield from self._app.logged("recv until b''", self._receive(1 << 60), wakes=2, calls=2))

    def _receive(self, count: int) -> Steps:
        got = 0
        while got < count:
            data = yield from self.plain.read(min(_CHUNK, count - got))
            if not data:
                break
            got += len(data)
        return got


def attempt(operation: Steps) -> Generator[Request, Any, Failed | None]:
    """Make a call that may fail; the failure, or None."""
    try:
        yield from operation
    except Failed as failure:
        return failure
    return None
