"""The error queue of a socket: what it tells of data that was sent (recvmsg with MSG_ERRQUEUE).

Does not model: ICMP errors in it (IP_RECVERR), times of received data, hardware times, statistics beside a time.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from simnet.stack.linux_errno import ENOMSG
from simnet.stack.linux_socket import (
    IP_RECVERR,
    IPPROTO_IP,
    MSG_ERRQUEUE,
    MSG_TRUNC,
    SCM_TIMESTAMPING,
    SO_EE_CODE_ZEROCOPY_COPIED,
    SO_EE_ORIGIN_TIMESTAMPING,
    SO_EE_ORIGIN_ZEROCOPY,
    SOL_SOCKET,
)
from simnet.stack.message import Control, ExtendedError, Message


class _Entry:
    """`time` in ns, -1 for none; `has_data`: the segment hangs on it, for which recvmsg() offers no room here."""

    __slots__ = ("error", "time", "has_data")

    def __init__(self, error: ExtendedError, time: int, has_data: bool) -> None:
        self.error: Final = error
        self.time: Final = time
        self.has_data: Final = has_data


class ErrorQueue:
    """Oldest first."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque()

    def is_empty(self) -> bool:
        """Is there nothing to tell?"""
        return not self._entries

    def add_time(self, kind: int, key: int, time: int, has_data: bool) -> None:
        """Of the byte `key`: SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK at `time`, which is -1 if unwanted."""
        error = ExtendedError(ENOMSG, SO_EE_ORIGIN_TIMESTAMPING, 0, kind, key)
        self._entries.append(_Entry(error, time, has_data))

    def add_copies(self, first: int, last: int) -> None:
        """The buffers of the calls `first` to `last` with MSG_ZEROCOPY may be used again; neighbors become one."""
        if self._entries:
            before = self._entries[-1].error
            if before.origin == SO_EE_ORIGIN_ZEROCOPY and before.data + 1 == first:
                before.data = last
                return
        error = ExtendedError(0, SO_EE_ORIGIN_ZEROCOPY, SO_EE_CODE_ZEROCOPY_COPIED, first, last)
        self._entries.append(_Entry(error, -1, False))

    def take(self) -> Message | None:
        """The oldest as recvmsg() gives it; None if there is none."""
        if not self._entries:
            return None
        entry = self._entries.popleft()
        controls = [Control(IPPROTO_IP, IP_RECVERR, 0, entry.error)]
        if entry.time >= 0:
            controls.insert(0, Control(SOL_SOCKET, SCM_TIMESTAMPING, entry.time))
        return Message(b"", None, MSG_ERRQUEUE | (MSG_TRUNC if entry.has_data else 0), tuple(controls))
