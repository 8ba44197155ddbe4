"""System calls of Linux that Python 3.11 has no names for: unshare, setns, prctl, and the ioctl of ethtool.

Source: the manual pages unshare(2), setns(2), prctl(2), sched(7), and linux/ethtool.h.
Only functions import what other systems lack, so that this file can be loaded everywhere.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import Any, Final

CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWNET: Final = 0x4000_0000

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_TIMERSLACK: Final = 29
_SIGKILL: Final = 9
_PRIORITY: Final = 10
"""Before other programs that ask for real time without a special wish, such as packetdrill (1)."""
_SIOCETHTOOL: Final = 0x8946
_OFFLOADS: Final = {
    "rx": 0x15,
    "tx": 0x17,
    "sg": 0x19,
    "tso": 0x1F,
    "gso": 0x24,
    "gro": 0x2C,
}
"""The command of each offload (ETHTOOL_SRXCSUM and so on)."""


def unshare(flags: int) -> None:
    """Leave the namespaces in `flags` for new ones."""
    _check(_libc().unshare(flags), "unshare")


def setns(fd: int, flags: int) -> None:
    """This thread enters the namespace `fd` is open on."""
    _check(_libc().setns(fd, flags), "setns")


def die_with_parent(parent: int) -> None:
    """Be killed when the process `parent` (the thread in it that forked us) ends, however it ends.

    The kernel forgets this when credentials change: say it again after `unshare`.
    """
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it ended before we could say so


def become_dumpable() -> None:
    """Own the files in /proc/self again, which a process loses that has changed its user."""
    _prctl(_PR_SET_DUMPABLE, 1)


def sharpen_timers() -> None:
    """Wake up on time: without the 50 microseconds that Linux may add to save power."""
    _prctl(_PR_SET_TIMERSLACK, 1)


def go_first() -> None:
    """Run before ordinary processes as soon as there is something to do, if this user may (root may).

    Children inherit it, and a new user namespace does not take it away, though root there may not ask for it.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    except OSError:
        pass


def switch_offloads_off(interface: str, *names: str) -> list[str]:
    """Switch off offloads of `interface` in this thread's namespace; the names of those that stay on."""
    import ctypes
    import fcntl

    kept = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for name in names:
            value = ctypes.create_string_buffer(struct.pack("=II", _OFFLOADS[name], 0), 8)
            request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(sock, _SIOCETHTOOL, request)
            except OSError:
                kept.append(name)
    return kept


def _prctl(option: int, value: int) -> None:
    import ctypes

    zero = ctypes.c_ulong(0)
    _check(_libc().prctl(option, ctypes.c_ulong(value), zero, zero, zero), "prctl")


def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, name: str) -> None:
    if result != 0:
        import ctypes

        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
