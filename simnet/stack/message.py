"""What recvmsg() gives beside the bytes: flags and control messages (cmsg(3)).

Does not model: a control buffer that is too small (MSG_CTRUNC).
"""

from __future__ import annotations

from typing import Final

Address = tuple[int, int]
"""An IP address and a port."""


class Control:
    """One control message that holds a number."""

    __slots__ = ("level", "type", "value")

    def __init__(self, level: int, type: int, value: int) -> None:
        self.level: Final = level
        self.type: Final = type
        self.value: Final = value


class Message:
    """`peer`: who sent it, None on a connection; `flags`: what recvmsg() puts into msg_flags."""

    __slots__ = ("data", "peer", "flags", "controls")

    def __init__(self, data: bytes, peer: Address | None, flags: int, controls: tuple[Control, ...]) -> None:
        self.data: Final = data
        self.peer: Final = peer
        self.flags: Final = flags
        self.controls: Final = controls
