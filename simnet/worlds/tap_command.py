"""A program in a namespace of ours, which ends, with all it started, when we do: it has a process namespace.

Source: pid_namespaces(7): when the first process of such a namespace ends, the kernel kills the others.  Where we may
not have one, the program itself is killed with us, but not what it has left in the background.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Final

from simnet.worlds import linux
from simnet.worlds.tap_sight import change_sight

_CLONE_NEWPID: Final = 0x2000_0000
_NOT_STARTED: Final = 126
_BY_SIGNAL: Final = 128
_OUTSIDE: Final = 0  # what a parent outside of the namespace is called inside


def run_command(command: Sequence[str], names: str) -> int:
    """Run `command`, which finds the lines `names` in /etc/hosts, to its end; its exit code.

    It is 128 + n if signal n ended it, as shells have it.
    """
    parent = os.getpid()
    try:
        linux.unshare(_CLONE_NEWPID)
        parent = _OUTSIDE
    except OSError:
        pass
    gate, opener = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(opener)
        _live(command, parent, gate, names)
    os.close(gate)
    os.write(opener, b"!")
    os.close(opener)
    _, status = os.waitpid(first, 0)
    return _exit_code(status)


def _live(command: Sequence[str], parent: int, gate: int, names: str) -> None:
    """The first process of the namespace: starts the program, buries the dead, and ends with the program's code."""
    code = _NOT_STARTED
    try:
        linux.die_with_parent(parent)
        if os.read(gate, 1):  # else our parent ended before we could tie ourselves to it
            if parent == _OUTSIDE:
                change_sight(names)
            program = os.fork()
            if program == 0:
                _become(command)
            code = _bury_until(program)
    finally:
        os._exit(code)


def _become(command: Sequence[str]) -> None:
    try:
        for number in (signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(command[0], list(command))
    except OSError as error:
        os.write(2, f"simnet: {command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(_NOT_STARTED)


def _bury_until(program: int) -> int:
    while True:
        ended, status = os.wait()
        if ended == program:
            return _exit_code(status)


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else _BY_SIGNAL - code
