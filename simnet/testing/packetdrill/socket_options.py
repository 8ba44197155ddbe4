"""getsockopt and setsockopt as scripts write them: a number, a linger structure, a name."""

from __future__ import annotations

from simnet.stack.linux_errno import ENOPROTOOPT, SocketError
from simnet.stack.linux_socket import SO_LINGER, SOL_SOCKET
from simnet.stack.sockets import Sockets
from simnet.testing.packetdrill.arguments import argument, number, single
from simnet.testing.packetdrill.problems import Mismatch, Unsupported
from simnet.testing.packetdrill.script import Ellipsis, Expression, Structure, SystemCall
from simnet.testing.packetdrill.texts import call_text, expression_text

_NO_LINGER = -1
_INT_SIZE = 4
_LINGER_SIZE = 8


def setsockopt(call: SystemCall, sockets: Sockets, fd: int, now: int) -> None:
    """setsockopt(fd, level, name, value, length)."""
    try:
        _set(call, sockets, fd, now)
    except SocketError as error:
        raise _reading(error, call) from None


def _reading(error: SocketError, call: SystemCall) -> Exception:
    """An option that Linux knows and the stack does not is no failure of the script."""
    if error.number == ENOPROTOOPT and call.errno != "ENOPROTOOPT":
        return Unsupported(f"{call_text(call)} is not modeled")
    return error


def _set(call: SystemCall, sockets: Sockets, fd: int, now: int) -> None:
    level, name = number(argument(call, 1)), number(argument(call, 2))
    value = single(argument(call, 3))
    if isinstance(value, Structure):
        if (level, name) != (SOL_SOCKET, SO_LINGER):
            raise Unsupported(f"{call_text(call)} is not modeled")
        is_on = number(value.fields.get("onoff", 0))
        sockets.setsockopt(fd, level, name, number(value.fields.get("linger", 0)) if is_on else _NO_LINGER, now)
    elif isinstance(value, str):
        sockets.setsockopt_bytes(fd, level, name, value.encode("latin-1", "replace")[: number(argument(call, 4))])
    elif isinstance(value, Ellipsis):
        raise Unsupported(f"{call_text(call)} is not modeled")
    else:
        sockets.setsockopt(fd, level, name, number(value), now)


def getsockopt(call: SystemCall, sockets: Sockets, fd: int) -> None:
    """getsockopt(fd, level, name, value, length): compares both."""
    level, name = number(argument(call, 1)), number(argument(call, 2))
    expected = single(argument(call, 3))
    if isinstance(expected, str):
        _check_text(call, expected, sockets, fd)
        return
    try:
        found = sockets.getsockopt(fd, level, name)
    except SocketError as error:
        raise _reading(error, call) from None
    size = _INT_SIZE
    if (level, name) == (SOL_SOCKET, SO_LINGER):
        size = _LINGER_SIZE
        if isinstance(expected, Structure):
            wanted = number(expected.fields.get("linger", 0)) if number(expected.fields.get("onoff", 0)) else _NO_LINGER
            check_output(wanted, found, call)
    else:
        check_output(expected, found, call)
    if len(call.arguments) > 4:
        check_output(argument(call, 4), size, call)


def _check_text(call: SystemCall, expected: str, sockets: Sockets, fd: int) -> None:
    try:
        found = sockets.getsockopt_bytes(fd, number(argument(call, 1)), number(argument(call, 2)))
    except SocketError as error:
        raise _reading(error, call) from None
    room = number(single(argument(call, 4)))
    text = found[:room].rstrip(b"\0").decode("latin-1")
    if text != expected:
        raise Mismatch(f"{call.name} gives another text", 0, expected, text)
    check_output(argument(call, 4), min(room, len(found)), call)


def check_output(expected: Expression, found: int, call: SystemCall) -> None:
    """A value that a call wrote into memory; `...` takes any."""
    wanted = single(expected)
    if not isinstance(wanted, Ellipsis) and number(wanted) != found:
        raise Mismatch(f"{call.name} gives {found}, not {number(wanted)}", 0, expression_text(expected), f"[{found}]")
