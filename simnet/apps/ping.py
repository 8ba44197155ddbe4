"""ping: echo requests on a raw ICMP socket, with the output of Linux's iputils ping.

Does not model: flood and broadcast ping, record route, round-trip statistics beyond the count.
"""

from __future__ import annotations

import struct
from collections.abc import Generator
from typing import Any

from simnet.apps.protocol import Call, Failed, Now, Print, Ready, Request

_ECHO_REPLY, _UNREACHABLE, _ECHO_REQUEST, _TIME_EXCEEDED = 0, 3, 8, 11
_UNREACHABLE_TEXT = {
    0: ("Destination Net Unreachable", "ENETUNREACH"),
    1: ("Destination Host Unreachable", "EHOSTUNREACH"),
    2: ("Destination Protocol Unreachable", "ENOPROTOOPT"),
    3: ("Destination Port Unreachable", "ECONNREFUSED"),
    4: ("Frag needed and DF set", "EMSGSIZE"),
    13: ("Packet filtered", "EHOSTUNREACH"),
}


class _Requests:
    """The echo requests of one ping: when each was sent, and what became of it ("" is an answer)."""

    def __init__(self, identifier: int, timeout: int) -> None:
        self.identifier = identifier
        self.timeout = timeout
        self.waiting: dict[int, int] = {}
        self.outcomes: dict[int, str] = {}

    def deadline(self) -> int | None:
        """When the oldest one waiting is given up."""
        return min(self.waiting.values()) + self.timeout if self.waiting else None

    def settle(self, sequence: int, outcome: str) -> int:
        """One is dealt with; the time when it was sent."""
        self.outcomes[sequence] = outcome
        return self.waiting.pop(sequence)


def ping(
    address: int, name: str, *, count: int, ttl: int, size: int, interval: int, timeout: int
) -> Generator[Request, Any, str]:
    """Send `count` echo requests, one each `interval`; the value is "" if the last was answered, else an errno's name.

    `ttl` 0 is the host's default; times are nanoseconds, `size` bytes of data.
    """
    fd = yield Call("socket", "icmp")
    requests = _Requests((yield Call("getpid")) & 0xFFFF, timeout)
    if ttl:
        yield Call("setsockopt", fd, "ttl", ttl)
    shown = f"{name} ({_dotted(address)})" if name != _dotted(address) else name
    yield Print(f"PING {shown} {size}({size + 28}) bytes of data.\n")
    for sequence in range(1, count + 1):
        now = yield Now()
        try:
            yield Call("sendto", fd, _request(requests.identifier, sequence, size), address, 0)
            requests.waiting[sequence] = now
        except Failed as failure:
            requests.outcomes[sequence] = failure.name
            yield Print(f"ping: sendmsg: {failure.name}\n")
        yield from _collect(fd, requests, now + interval if sequence < count else None)
    answers = sum(not outcome for outcome in requests.outcomes.values())
    loss = 100 * (count - answers) // count
    yield Print(f"{count} packets transmitted, {answers} received, {loss}% packet loss\n")
    yield Call("close", fd)
    return requests.outcomes[count]


def _collect(fd: int, requests: _Requests, until: int | None) -> Generator[Request, Any, None]:
    """Take what comes back until `until`, or (None) until nothing is waited for any more."""
    while requests.waiting or until is not None:
        given_up = requests.deadline()
        deadline = min(time for time in (until, given_up) if time is not None)
        if (yield Ready(fd, "read", deadline, "an answer")):
            yield from _take(fd, requests)
        elif deadline == until:
            return
        else:
            late = min(requests.waiting)
            requests.settle(late, "ETIMEDOUT")
            yield Print(f"no answer yet for icmp_seq={late}\n")


def _take(fd: int, requests: _Requests) -> Generator[Request, Any, None]:
    """Read one packet; print it if it belongs to one of our requests."""
    try:
        packet, sender, _ = yield Call("recvfrom", fd, 65536)
    except Failed as failure:
        if failure.name == "EAGAIN":
            return
        raise
    message = packet[(packet[0] & 15) * 4 :]
    kind, code = message[0], message[1]
    if kind == _ECHO_REPLY:
        identifier, sequence = struct.unpack("!HH", message[4:8])
        if identifier == requests.identifier and sequence in requests.waiting:
            took = ((yield Now()) - requests.settle(sequence, "")) / 1_000_000
            answer = f"{len(message)} bytes from {_dotted(sender)}: icmp_seq={sequence} ttl={packet[8]}"
            yield Print(f"{answer} time={took:.3f} ms\n")
    elif kind in (_UNREACHABLE, _TIME_EXCEEDED):
        quoted = _quoted(message, requests.identifier)
        if quoted in requests.waiting:
            text, outcome = "Time to live exceeded", "EHOSTUNREACH"
            if kind == _UNREACHABLE:
                text, outcome = _UNREACHABLE_TEXT.get(code, ("Destination Unreachable", "EHOSTUNREACH"))
            requests.settle(quoted, outcome)
            yield Print(f"From {_dotted(sender)} icmp_seq={quoted} {text}\n")


def _quoted(message: bytes, identifier: int) -> int:
    """The sequence number of our request that is quoted in an error; -1 if it quotes something else."""
    quote = message[8:]
    if len(quote) < 28 or quote[9] != 1:
        return -1
    inner = quote[(quote[0] & 15) * 4 :]
    if inner[:1] != bytes([_ECHO_REQUEST]) or inner[4:6] != struct.pack("!H", identifier):
        return -1
    return int.from_bytes(inner[6:8], "big")


def _request(identifier: int, sequence: int, size: int) -> bytes:
    data = bytes(index & 0xFF for index in range(size))
    head = struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, identifier, sequence)
    total = sum(struct.unpack(f"!{(len(head + data) + 1) // 2}H", (head + data).ljust((size + 9) // 2 * 2, b"\0")))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return head[:2] + struct.pack("!H", ~total & 0xFFFF) + head[4:] + data


def _dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
