"""The interpreter of a scenario's programs: one handler for each verb of the steps language.

`run(steps)` is a generator of requests (see `protocol`); `steps` are objects with the attributes documented in the
scenario language: `verb`, `fails`, `timeout`, `text` and each verb's own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from simnet.apps.ping import ping
from simnet.apps.protocol import Call, Failed, Now, Print, Program, Ready, Request, Sleep, blocking

Handler = Generator[Request, Any, None]
_CHUNK = 65536
_PING_TIMEOUT = 10_000_000_000


class StepFailed(Exception):
    """A step did not do what the scenario says; the text names step, expectation and outcome."""


class _Sockets:
    """The sockets of one program by name, and which is current."""

    def __init__(self) -> None:
        self.streams: list[tuple[int, str]] = []
        self.listeners: list[tuple[int, str]] = []
        self.datagrams: set[int] = set()

    def open(self, fd: int, name: str) -> None:
        self.streams.append((fd, name))

    def find(self, name: str) -> int:
        """The socket called `name`, or the current one."""
        places = self.streams if not name else self.streams + self.listeners
        for fd, other in reversed(places):
            if not name or other == name:
                return fd
        what = f'no open socket is called "{name}"' if name else "no socket is open"
        raise StepFailed(f"{what}; connect, accept or open udp comes first")

    def listener(self, name: str) -> int:
        """The listener called `name`, or the newest."""
        for fd, other in reversed(self.listeners):
            if not name or other == name:
                return fd
        raise StepFailed("no listener is open; listen comes first")

    def to_close(self, name: str) -> int:
        """The socket that `close` means."""
        if name or self.streams:
            return self.find(name)
        return self.listener("")

    def forget(self, fd: int) -> None:
        self.streams = [entry for entry in self.streams if entry[0] != fd]
        self.listeners = [entry for entry in self.listeners if entry[0] != fd]


class _Run:
    """One program's memory: its sockets, and what it received last."""

    def __init__(self) -> None:
        self.sockets = _Sockets()
        self.sender: dict[int, tuple[int, int]] = {}
        self.received: dict[int, bytes] = {}
        self.left: dict[int, bytes] = {}

    def deadline(self, step: Any) -> Generator[Request, Any, int | None]:
        if step.timeout is None:
            return None
        now: int = yield Now()
        return now + int(step.timeout)


def run(steps: Iterable[Any]) -> Program:
    """Do `steps` one after the other; raises `StepFailed` where one does not go as written."""
    yield from _steps(_Run(), steps)


def _steps(memory: _Run, steps: Iterable[Any]) -> Handler:
    for step in steps:
        outcome = ""
        try:
            yield from _VERBS[step.verb](memory, step)
        except Failed as failure:
            outcome = failure.name
        if outcome == step.fails:
            continue
        if not outcome:
            raise StepFailed(f"{step.text}: it should have failed with {step.fails}, but it succeeded")
        wish = f"it should have failed with {step.fails}, but" if step.fails else "it"
        raise StepFailed(f"{step.text}: {wish} failed with {outcome}")


def _set_options(fd: int, options: Iterable[Any]) -> Handler:
    for option in options:
        yield Call("setsockopt", fd, option.name, option.value)


def _listen(memory: _Run, step: Any) -> Handler:
    fd = yield Call("socket", "tcp")
    yield from _set_options(fd, step.options)
    try:
        yield Call("bind", fd, step.address, step.port)
        yield Call("listen", fd, step.backlog)
    except Failed:
        yield Call("close", fd)
        raise
    memory.sockets.listeners.append((fd, step.name))


def _accept(memory: _Run, step: Any) -> Handler:
    deadline = yield from memory.deadline(step)
    call = Call("accept", memory.sockets.listener(step.listener))
    fd, _, _ = yield from blocking(call, "read", deadline)
    memory.sockets.open(fd, step.name)


def _connect(memory: _Run, step: Any) -> Handler:
    deadline = yield from memory.deadline(step)
    fd = yield Call("socket", "tcp")
    try:
        yield from _set_options(fd, step.options)
        if step.local is not None:
            yield Call("bind", fd, step.local.address, step.local.port)
        yield from _finish_connect(fd, step, deadline)
    except Failed:
        yield Call("close", fd)
        raise
    memory.sockets.open(fd, step.name)


def _finish_connect(fd: int, step: Any, deadline: int | None) -> Handler:
    try:
        yield Call("connect", fd, step.to.address, step.to.port)
    except Failed as failure:
        if failure.name != "EINPROGRESS":
            raise
        if not (yield Ready(fd, "write", deadline, "the end of connect")):
            raise Failed("ETIMEDOUT") from None
        yield Call("connect_result", fd)


def _send(memory: _Run, step: Any) -> Handler:
    fd = memory.sockets.find(step.via)
    yield from _send_all(fd, step.data, (yield from memory.deadline(step)))


def _send_all(fd: int, data: bytes, deadline: int | None) -> Handler:
    view = memoryview(data)
    while True:
        count = yield from blocking(Call("send", fd, bytes(view)), "write", deadline)
        view = view[count:]
        if not view:
            return


def _receive(memory: _Run, step: Any) -> Handler:
    fd = memory.sockets.find(step.via)
    deadline = yield from memory.deadline(step)
    gathered = bytearray(memory.left.pop(fd, b""))  # bytes would be copied whole with every piece
    ended = False
    while not ended and not _is_enough(step, gathered):
        wanted = step.count - len(gathered) if step.until in ("count", "once") else _CHUNK
        piece = yield from blocking(Call("recv", fd, wanted), "read", deadline)
        ended = not piece
        gathered += piece
    data = bytes(gathered)
    if step.until == "line" and b"\n" in data:
        data, memory.left[fd] = data[: data.index(b"\n") + 1], data[data.index(b"\n") + 1 :]
    memory.received[fd] = data
    yield from _print(data, step.encoding)
    if ended and step.until == "count":
        raise StepFailed(f"{step.text}: the stream ended after {len(data)} of {step.count} bytes")
    if ended and step.until == "line":
        raise StepFailed(f"{step.text}: the stream ended before a newline came")


def _is_enough(step: Any, data: bytearray) -> bool:
    if step.until == "count":
        return len(data) >= int(step.count)
    if step.until == "once":
        return bool(data)
    return bool(step.until == "line" and b"\n" in data)


def _print(data: bytes, encoding: str) -> Handler:
    if data:
        yield Print(data.decode(encoding, "backslashreplace"))


def _open_udp(memory: _Run, step: Any) -> Handler:
    fd = yield Call("socket", "udp")
    yield from _set_options(fd, step.options)
    if step.port or step.address:
        yield Call("bind", fd, step.address, step.port)
    memory.sockets.open(fd, step.name)


def _connect_udp(memory: _Run, step: Any) -> Handler:
    fd = yield Call("socket", "udp")
    yield from _set_options(fd, step.options)
    if step.local is not None:
        yield Call("bind", fd, step.local.address, step.local.port)
    yield Call("connect", fd, step.to.address, step.to.port)
    memory.sockets.open(fd, step.name)


def _datagram_socket(memory: _Run, via: str) -> Generator[Request, Any, int]:
    if not via and not memory.sockets.streams:
        fd = yield Call("socket", "udp")
        memory.sockets.open(fd, "")
    return memory.sockets.find(via)


def _send_to(memory: _Run, step: Any) -> Handler:
    fd = yield from _datagram_socket(memory, step.via)
    deadline = yield from memory.deadline(step)
    yield from blocking(Call("sendto", fd, step.data, step.to.address, step.to.port), "write", deadline)


def _receive_from(memory: _Run, step: Any) -> Handler:
    fd = yield from _datagram_socket(memory, step.via)
    deadline = yield from memory.deadline(step)
    call = Call("recvfrom", fd, step.count)
    data, address, port = yield from blocking(call, "read", deadline)
    memory.sender[fd] = (address, port)
    memory.received[fd] = data
    yield from _print(data, step.encoding)


def _reply(memory: _Run, step: Any) -> Handler:
    fd = memory.sockets.find(step.via)
    data = memory.received.get(fd, b"") if step.data is None else step.data
    deadline = yield from memory.deadline(step)
    if fd in memory.sender:
        address, port = memory.sender[fd]
        yield from blocking(Call("sendto", fd, data, address, port), "write", deadline)
    else:
        yield from _send_all(fd, data, deadline)


def _shutdown(memory: _Run, step: Any) -> Handler:
    yield Call("shutdown", memory.sockets.find(step.via), step.how)


def _close(memory: _Run, step: Any) -> Handler:
    fd = memory.sockets.to_close(step.via)
    memory.sockets.forget(fd)
    yield Call("close", fd)


def _abort(memory: _Run, step: Any) -> Handler:
    fd = memory.sockets.to_close(step.via)
    memory.sockets.forget(fd)
    yield Call("setsockopt", fd, "linger", 0)
    yield Call("close", fd)


def _set(memory: _Run, step: Any) -> Handler:
    yield from _set_options(memory.sockets.to_close(step.via), step.options)


def _wait(memory: _Run, step: Any) -> Handler:
    yield Sleep(step.time)


def _ping(memory: _Run, step: Any) -> Handler:
    timeout = _PING_TIMEOUT if step.timeout is None else step.timeout
    outcome = yield from ping(
        step.to, step.name, count=step.count, ttl=step.ttl, size=step.size, interval=step.interval, timeout=timeout
    )
    if outcome:
        raise Failed(outcome)


def _say(memory: _Run, step: Any) -> Handler:
    yield Print(step.words + "\n")


def _repeat(memory: _Run, step: Any) -> Handler:
    for _ in range(step.times):
        yield from _steps(memory, step.steps)


_VERBS: dict[str, Callable[[_Run, Any], Handler]] = {
    "listen": _listen,
    "accept": _accept,
    "connect": _connect,
    "send": _send,
    "receive": _receive,
    "open udp": _open_udp,
    "connect udp": _connect_udp,
    "send to": _send_to,
    "receive from": _receive_from,
    "reply": _reply,
    "shutdown": _shutdown,
    "close": _close,
    "abort": _abort,
    "set": _set,
    "wait": _wait,
    "ping": _ping,
    "print": _say,
    "repeat": _repeat,
}
