"""recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0, msg_control=[…]}, 0): what it must give."""

from __future__ import annotations

from typing import Final

from simnet.stack.linux_socket import SCM_TIMESTAMPING, SOL_SOCKET
from simnet.stack.message import Control, Message
from simnet.testing.packetdrill.arguments import number
from simnet.testing.packetdrill.problems import InvalidScript, Mismatch, Unsupported
from simnet.testing.packetdrill.script import Ellipsis, Expression, Items, Structure
from simnet.testing.packetdrill.texts import expression_text, seconds
from simnet.units import SECOND

_MSG_CTRUNC: Final = 0x08


def check_message(written: Structure, found: Message, beginning: int, tolerance: int) -> None:
    """Flags and control messages must be those of the script, in their order.

    Times count from `beginning`, the clock when the script began, give or take `tolerance`; ns.
    """
    control = written.fields.get("msg_control")
    flags = found.flags
    if control is None and found.controls:
        flags |= _MSG_CTRUNC
    wanted = written.fields.get("msg_flags", 0)
    if not isinstance(wanted, Ellipsis) and number(wanted) != flags:
        raise Mismatch(f"recvmsg gives msg_flags 0x{flags:x}, not 0x{number(wanted):x}")
    if control is None:
        return
    if not isinstance(control, Items):
        raise InvalidScript(f"expected control messages, found {expression_text(control)}")
    if len(control.items) != len(found.controls):
        raise Mismatch(f"recvmsg gives {len(found.controls)} control messages, not {len(control.items)}")
    for expression, one in zip(control.items, found.controls, strict=True):
        _check_control(expression, one, beginning, tolerance)


def _check_control(expression: Expression, found: Control, beginning: int, tolerance: int) -> None:
    if not isinstance(expression, Structure) or not {"cmsg_level", "cmsg_type", "cmsg_data"} <= set(expression.fields):
        raise InvalidScript(f"expected {{cmsg_level=…, cmsg_type=…, cmsg_data=…}}, found {expression_text(expression)}")
    fields = expression.fields
    kind = (number(fields["cmsg_level"]), number(fields["cmsg_type"]))
    if kind != (found.level, found.type):
        raise Mismatch("a control message is of another level or type", 0, str(kind), str((found.level, found.type)))
    data = fields["cmsg_data"]
    if isinstance(data, Structure):
        _check_structure(data, found, beginning, tolerance)
    elif found.error is not None or number(data) != found.value:
        raise Mismatch("a control message says something else", 0, expression_text(data), str(found.value))


def _check_structure(data: Structure, found: Control, beginning: int, tolerance: int) -> None:
    """An extended error, or the first of three times: seconds of the script, give or take the tolerance; 0: any."""
    error = found.error
    if error is not None:
        actual = {
            "ee_errno": error.errno, "ee_origin": error.origin, "ee_type": 0, "ee_code": error.code,
            "ee_info": error.info, "ee_data": error.data,
        }  # fmt: skip
        wanted = {name: number(value) for name, value in data.fields.items()}
        if any(actual.get(name) != value for name, value in wanted.items()):
            raise Mismatch("a control message says something else", 0, str(wanted), str(actual))
        return
    if (found.level, found.type) != (SOL_SOCKET, SCM_TIMESTAMPING) or set(data.fields) != {"scm_sec", "scm_nsec"}:
        raise Unsupported(f"the control message {expression_text(data)} is not modeled")
    time = number(data.fields["scm_sec"]) * SECOND + number(data.fields["scm_nsec"])
    if time and abs(found.value - beginning - time) > tolerance:
        actual_text = seconds(found.value - beginning)
        raise Mismatch("a control message tells another time", 0, seconds(time), actual_text)
