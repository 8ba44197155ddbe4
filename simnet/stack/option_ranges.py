"""What setsockopt() takes, refuses and adjusts (tcp(7), ip(7), socket(7))."""

from __future__ import annotations

from typing import Final

from simnet.stack.linux_errno import EINVAL, SocketError
from simnet.stack.linux_socket import (
    IP_MTU_DISCOVER,
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_OMIT,
    IP_TTL,
    IPPROTO_IP,
    IPPROTO_TCP,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    TCP_MAXSEG,
    TCP_SYNCNT,
    TCP_USER_TIMEOUT,
)

MIN_RCVBUF: Final = 2304
MIN_SNDBUF: Final = 4608

RANGES: Final = {
    (IPPROTO_TCP, TCP_KEEPIDLE): (1, 32_767),
    (IPPROTO_TCP, TCP_KEEPINTVL): (1, 32_767),
    (IPPROTO_TCP, TCP_KEEPCNT): (1, 127),
    (IPPROTO_TCP, TCP_SYNCNT): (1, 127),
    (IPPROTO_TCP, TCP_USER_TIMEOUT): (0, 0x7FFF_FFFF),
    (IPPROTO_IP, IP_MTU_DISCOVER): (IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT),
}
"""What setsockopt() takes; for the rest it answers EINVAL."""


def check_range(level: int, name: int, value: int) -> None:
    """Raises EINVAL for a value that the option cannot have."""
    low, high = RANGES.get((level, name), (value, value))
    if (level, name) == (IPPROTO_IP, IP_TTL) and value != -1:  # -1: whatever the host uses
        low, high = 1, 255
    elif (level, name) == (IPPROTO_TCP, TCP_MAXSEG) and value:
        low, high = 88, 32_767
    if not low <= value <= high:
        raise SocketError(EINVAL)


def buffer_size(value: int, most: int, least: int) -> int:
    """What SO_RCVBUF and SO_SNDBUF make of `value`: twice as much, to have room for headers; -1 is a large number."""
    return max(2 * min(value & 0xFFFF_FFFF, most), least)
