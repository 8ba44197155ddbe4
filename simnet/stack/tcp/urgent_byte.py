"""The one byte that Linux makes of urgent data (RFC 9293 3.8.5, RFC 6093 2; Linux urg_seq, urg_data)."""

from __future__ import annotations

from enum import Enum


class Standing(Enum):
    """What has become of it."""

    AWAITED = 0  # the pointer was here before the byte
    ARRIVED = 1
    TAKEN = 2  # by recv() with MSG_OOB; its place in the stream is still to be passed


class UrgentByte:
    """`at`: its sequence number, one before where the urgent pointer points; `value`: itself, once it has arrived."""

    __slots__ = ("at", "value", "standing")

    def __init__(self, at: int) -> None:
        self.at = at
        self.value = b""
        self.standing = Standing.AWAITED
