"""What recvmsg() gives beside the bytes: flags and control messages (cmsg(3)).

Does not model: a control buffer that is too small (MSG_CTRUNC).
"""

from __future__ import annotations

from typing import Final

Address = tuple[int, int]
"""An IP address and a port."""


class ExtendedError:
    """An entry of a socket's error queue (Linux struct sock_extended_err)."""

    __slots__ = ("errno", "origin", "code", "info", "data")

    def __init__(self, errno: int, origin: int, code: int, info: int, data: int) -> None:
        self.errno: Final = errno
        self.origin: Final = origin
        self.code: Final = code
        self.info: Final = info
        self.data = data


class Control:
    """One control message: a number, a time in ns (SCM_TIMESTAMPING), or an `error` (IP_RECVERR)."""

    __slots__ = ("level", "type", "value", "error")

    def __init__(self, level: int, type: int, value: int, error: ExtendedError | None = None) -> None:
        self.level: Final = level
        self.type: Final = type
        self.value: Final = value
        self.error: Final = error


class Message:
    """`peer`: who sent it, None on a connection; `flags`: what recvmsg() puts into msg_flags."""

    __slots__ = ("data", "peer", "flags", "controls")

    def __init__(self, data: bytes, peer: Address | None, flags: int, controls: tuple[Control, ...]) -> None:
        self.data: Final = data
        self.peer: Final = peer
        self.flags: Final = flags
        self.controls: Final = controls
