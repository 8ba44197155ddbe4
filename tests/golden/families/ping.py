"""ping as iputils does it: the next request goes out when it is time, answered or not.

Requests leave at the recorded times where the recording shows them; elsewhere the interval is as late as the
kernel's timer behind it.
"""

from __future__ import annotations

import struct
from collections.abc import Generator

from msgspec import Struct

from simnet.apps.protocol import Call, Failed, Ready, Request
from simnet.stack.linux_socket import IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_PMTUDISC_DONT, IP_TTL, IPPROTO_IP
from simnet.stack.timer_wheel import fires_at
from simnet.units import MICROSECOND, MILLISECOND
from simnet.wire.addresses import parse_ip
from tests.golden.application import Application, Steps
from tests.golden.captures import Capture, nanoseconds

_ECHO_REPLY, _ECHO_REQUEST, _REDIRECT = 0, 8, 5
_START = 1_500_000
"""From the start of the program to its first request."""

_JIFFY = 4 * MILLISECOND
_WAKE_UP = 20 * MICROSECOND
"""ping waits by SO_RCVTIMEO: a kernel timer, and then the time until the program runs again."""


class Ping(Struct, frozen=True):
    """One command line: ping ARGUMENTS."""

    arguments: tuple[str, ...]

    def option(self, letter: str, default: str) -> str:
        """The value of an option."""
        if letter not in self.arguments:
            return default
        return self.arguments[self.arguments.index(letter) + 1]

    @property
    def count(self) -> int:
        return int(self.option("-c", "1"))


def ping(app: Application, capture: Capture, *arguments: str) -> Steps:
    """Run ping; the value is its exit code."""
    command = Ping(arguments)
    event = app.take("$ ping " + " ".join(arguments))
    times: dict[int, int] = {}
    if event is not None:
        yield from app.until(app.origin + event.start)
        times = _recorded_times(capture, app.node, event.start, event.end)
    try:
        answers = yield from _talk(app, command, times)
    except Failed:
        return 2
    return 0 if answers else 1


def _recorded_times(capture: Capture, node: str, start: int, end: int) -> dict[int, int]:
    """When which request left."""
    times: dict[int, int] = {}
    for frame in capture.frames:
        time = nanoseconds(frame["t"])
        is_own = frame["if"].startswith(f"{node}:") and (frame["dir"] == "out" or frame["if"].endswith(":lo"))
        if start <= time <= end and is_own and frame.get("icmp", {}).get("type") == _ECHO_REQUEST:
            times.setdefault(frame["icmp"]["seq"], time)
    return times


def _talk(app: Application, command: Ping, times: dict[int, int]) -> Generator[Request, object, int]:
    """Send all requests and wait for what becomes of them; the number of replies."""
    fd = yield Call("socket", "icmp")
    identifier = app.next_process()
    assert isinstance(fd, int)
    ttl = int(command.option("-t", "0"))
    if ttl:
        app.sockets.setsockopt(fd, IPPROTO_IP, IP_TTL, ttl, app.now)
    discovery = {"do": IP_PMTUDISC_DO, "dont": IP_PMTUDISC_DONT}.get(command.option("-M", ""))
    if discovery is not None:
        app.sockets.setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, discovery, app.now)
    interval = nanoseconds(float(command.option("-i", "1")))
    patience = nanoseconds(float(command.option("-W", "10")))
    size = int(command.option("-s", "56"))
    replies = ends = 0
    earliest = due = app.now + _START
    for number in range(1, command.count + 1):
        due = app.origin + times[number] if number in times else due
        while (yield Ready(fd, "read", due)):
            replies, ends = yield from _read(fd, identifier, replies, ends)
            if number not in times and app.now >= earliest:
                break
        message = request(identifier, number, size)
        try:
            yield Call("sendto", fd, message, parse_ip(command.arguments[-1]), 0)
        except Failed as failure:
            if failure.name != "EMSGSIZE":
                raise
            ends += 1
        earliest = app.now + interval
        due = fires_at(app.now, interval, _JIFFY) + _WAKE_UP
    deadline = app.now + patience
    while ends < command.count and (yield Ready(fd, "read", deadline)):
        replies, ends = yield from _read(fd, identifier, replies, ends)
    yield Call("close", fd)
    return replies


def _read(fd: int, identifier: int, replies: int, ends: int) -> Generator[Request, object, tuple[int, int]]:
    """Take one message; the new numbers of replies and of requests whose fate is known."""
    answer = yield Call("recvfrom", fd, 65_536)
    assert isinstance(answer, tuple)
    packet = answer[0]
    message = packet[(packet[0] & 15) * 4 :]
    if message[0] == _ECHO_REPLY and int.from_bytes(message[4:6], "big") == identifier:
        return replies + 1, ends + 1
    is_error = message[0] not in (_ECHO_REPLY, _ECHO_REQUEST, _REDIRECT)
    return replies, ends + is_error


def request(identifier: int, number: int, size: int) -> bytes:
    """An echo request with `size` bytes of data."""
    data = struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, identifier, number) + bytes(index & 0xFF for index in range(size))
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) & 1))
    return data[:2] + struct.pack("!H", -sum(words) % 0xFFFF) + data[4:]
