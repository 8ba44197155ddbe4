"""The five requests a program makes of whoever runs it: call, wait until ready, wait, now, print.

A program is a generator: it yields a request and is sent the answer.  The simulated world answers from a host's
socket table in virtual time, the real ones from the kernel's sockets; the program cannot tell.
A failed call is thrown into the generator as `Failed`, whose `name` is the errno's ("ECONNREFUSED").
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

_AWAITED: Final = {
    "accept": "a connection",
    "recv": "data",
    "recvfrom": "a datagram",
    "send": "room to send",
    "sendto": "room to send",
}
"""What a call that would block waits for, in words."""


class Failed(Exception):
    """A call failed; `name` is the errno's name, the same on every platform."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Call:
    """Make the socket call `name`; answered with its value.  No call ever blocks: EAGAIN, EINPROGRESS.

    Calls: socket(kind: "tcp" | "udp" | "icmp") -> fd, bind(fd, address, port), listen(fd, backlog),
    connect(fd, address, port), connect_result(fd) (fails with what became of connect), accept(fd) -> (fd, address,
    port), send(fd, data) -> count, sendto(fd, data, address, port) -> count, recv(fd, count) -> bytes,
    recvfrom(fd, count) -> (bytes, address, port), setsockopt(fd, name, value), shutdown(fd, how), close(fd),
    getpid() -> a number.  Addresses are ints.
    """

    __slots__ = ("name", "arguments")

    def __init__(self, name: str, *arguments: Any) -> None:
        self.name = name
        self.arguments = arguments


class Ready:
    """Wait until `fd` can be read ("read") or written ("write"), or until `deadline` (ns; None: for ever).

    `what` says to people what is waited for.  Answered with True, or False when the deadline passed.
    """

    __slots__ = ("fd", "direction", "deadline", "what")

    def __init__(self, fd: int, direction: str, deadline: int | None = None, what: str = "an event") -> None:
        self.fd = fd
        self.direction = direction
        self.deadline = deadline
        self.what = what


class Sleep:
    """Wait for `time` nanoseconds."""

    __slots__ = ("time",)

    def __init__(self, time: int) -> None:
        self.time = time


class Now:
    """Answered with the time in nanoseconds."""

    __slots__ = ()


class Print:
    """Show `text`, exactly as it is."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


Request = Call | Ready | Sleep | Now | Print
Program = Generator[Request, Any, None]
"""A running program: yields requests, ends by returning; an exception means that it failed."""


def blocking(call: Call, direction: str, deadline: int | None) -> Generator[Request, Any, Any]:
    """Make `call` as a blocking program would: wait until it can be done.

    Fails with ETIMEDOUT when `deadline` passes first.
    """
    while True:
        try:
            return (yield call)
        except Failed as failure:
            if failure.name != "EAGAIN":
                raise
        if not (yield Ready(call.arguments[0], direction, deadline, _AWAITED[call.name])):
            raise Failed("ETIMEDOUT")
