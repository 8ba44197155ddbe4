"""What a program in a namespace of ours sees of the machine: its own processes alone, and names of simulated hosts.

Source: mount_namespaces(7), mount(2).  It is convenience: where the kernel refuses, programs see what everybody sees.
Does not model: DNS; names are those of /etc/hosts, which nobody else sees.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Final

from simnet.worlds import linux

_CLONE_NEWNS: Final = 0x0002_0000
_MS_NOSUID_NODEV_NOEXEC: Final = 0x0E
_MS_BIND: Final = 0x1000
_MS_PRIVATE_ALL: Final = 0x4_4000
_MNT_DETACH: Final = 2
_HOSTS: Final = Path("/etc/hosts")
_PROC: Final = "/proc"


def change_sight(names: str) -> None:
    """This process, the first of a process namespace, sees that one in /proc, and the lines `names` in /etc/hosts."""
    try:
        linux.unshare(_CLONE_NEWNS)
        _mount("none", "/", None, _MS_PRIVATE_ALL)  # from here on nothing that is mounted shows outside
    except OSError:
        return
    try:
        _add_names(names)
    except OSError:
        pass
    try:
        _mount("proc", _PROC, "proc", _MS_NOSUID_NODEV_NOEXEC)
    except OSError:
        pass


def _add_names(names: str) -> None:
    """Cover /etc/hosts with a file that is nowhere on disk: it lies in a memory file system that is then hidden."""
    text = _HOSTS.read_text()
    _mount("none", _PROC, "tmpfs", _MS_NOSUID_NODEV_NOEXEC)
    try:
        file = Path(_PROC, "hosts")
        file.write_text(f"{text.rstrip()}\n{names}")
        file.chmod(0o644)
        _mount(str(file), str(_HOSTS), None, _MS_BIND)
    finally:
        _check(ctypes.CDLL(None, use_errno=True).umount2(_PROC.encode(), _MNT_DETACH))


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    name = None if kind is None else kind.encode()
    _check(libc.mount(source.encode(), target.encode(), name, ctypes.c_ulong(flags), None))


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
