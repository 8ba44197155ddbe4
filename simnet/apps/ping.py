"""ping: echo requests on a raw ICMP socket, with the output of Linux's iputils ping.

Does not model: flood and broadcast ping, record route, round-trip statistics beyond the count.
"""

from __future__ import annotations

import struct
from collections.abc import Generator
from typing import Any

from simnet.apps.protocol import Call, Failed, Now, Print, Ready, Request, Sleep

_ECHO_REPLY, _UNREACHABLE, _ECHO_REQUEST, _TIME_EXCEEDED = 0, 3, 8, 11
_UNREACHABLE_TEXT = {
    0: ("Destination Net Unreachable", "ENETUNREACH"),
    1: ("Destination Host Unreachable", "EHOSTUNREACH"),
    2: ("Destination Protocol Unreachable", "ENOPROTOOPT"),
    3: ("Destination Port Unreachable", "ECONNREFUSED"),
    4: ("Frag needed and DF set", "EMSGSIZE"),
    13: ("Packet filtered", "EHOSTUNREACH"),
}


def ping(
    address: int, name: str, *, count: int, ttl: int, size: int, interval: int, timeout: int
) -> Generator[Request, Any, str]:
    """Send `count` echo requests; the value is "" if the last was answered, else an errno's name.

    `ttl` 0 is the host's default; times are nanoseconds, `size` bytes of data.
    """
    fd = yield Call("socket", "icmp")
    identifier = (yield Call("getpid")) & 0xFFFF
    if ttl:
        yield Call("setsockopt", fd, "ttl", ttl)
    shown = f"{name} ({_dotted(address)})" if name != _dotted(address) else name
    yield Print(f"PING {shown} {size}({size + 28}) bytes of data.\n")
    answers, outcome = 0, ""
    for sequence in range(1, count + 1):
        started = yield Now()
        try:
            yield Call("sendto", fd, _request(identifier, sequence, size), address, 0)
            outcome = yield from _answer(fd, identifier, sequence, started, started + timeout)
        except Failed as failure:
            outcome = failure.name
            yield Print(f"ping: sendmsg: {outcome}\n")
        answers += not outcome
        now = yield Now()
        if sequence < count and now < started + interval:
            yield Sleep(started + interval - now)
    loss = 100 * (count - answers) // count
    yield Print(f"{count} packets transmitted, {answers} received, {loss}% packet loss\n")
    yield Call("close", fd)
    return outcome


def _answer(
    fd: int, identifier: int, sequence: int, started: int, deadline: int
) -> Generator[Request, Any, str]:
    """Wait for what becomes of one request, print it, and give the outcome as an errno's name."""
    while True:
        if not (yield Ready(fd, "read", deadline)):
            yield Print(f"no answer yet for icmp_seq={sequence}\n")
            return "ETIMEDOUT"
        try:
            packet, sender, _ = yield Call("recvfrom", fd, 65536)
        except Failed as failure:
            if failure.name == "EAGAIN":
                continue
            raise
        header = (packet[0] & 15) * 4
        message = packet[header:]
        kind, code = message[0], message[1]
        if kind == _ECHO_REPLY and struct.unpack("!HH", message[4:8]) == (identifier, sequence):
            now = yield Now()
            took = (now - started) / 1_000_000
            yield Print(
                f"{len(message)} bytes from {_dotted(sender)}: icmp_seq={sequence} ttl={packet[8]} time={took:.3f} ms\n"
            )
            return ""
        if kind in (_UNREACHABLE, _TIME_EXCEEDED) and _quotes(message, identifier, sequence):
            text, outcome = "Time to live exceeded", "EHOSTUNREACH"
            if kind == _UNREACHABLE:
                text, outcome = _UNREACHABLE_TEXT.get(code, ("Destination Unreachable", "EHOSTUNREACH"))
            yield Print(f"From {_dotted(sender)} icmp_seq={sequence} {text}\n")
            return outcome


def _quotes(message: bytes, identifier: int, sequence: int) -> bool:
    """Is the packet quoted in this error our request?"""
    quote = message[8:]
    if len(quote) < 28 or quote[9] != 1:
        return False
    inner = quote[(quote[0] & 15) * 4 :]
    return inner[:1] == bytes([_ECHO_REQUEST]) and inner[4:8] == struct.pack("!HH", identifier, sequence)


def _request(identifier: int, sequence: int, size: int) -> bytes:
    data = bytes(index & 0xFF for index in range(size))
    head = struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, identifier, sequence)
    total = sum(struct.unpack(f"!{(len(head + data) + 1) // 2}H", (head + data).ljust((size + 9) // 2 * 2, b"\0")))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return head[:2] + struct.pack("!H", ~total & 0xFFFF) + head[4:] + data


def _dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
