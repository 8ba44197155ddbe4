"""recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0, msg_control=[…]}, 0): what it must give."""

from __future__ import annotations

from typing import Final

from simnet.stack.message import Control, Message
from simnet.testing.packetdrill.arguments import number
from simnet.testing.packetdrill.problems import InvalidScript, Mismatch
from simnet.testing.packetdrill.script import Ellipsis, Expression, Items, Structure
from simnet.testing.packetdrill.texts import expression_text

_MSG_CTRUNC: Final = 0x08


def check_message(written: Structure, found: Message) -> None:
    """Flags and control messages must be those of the script, in their order."""
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
        _check_control(expression, one)


def _check_control(expression: Expression, found: Control) -> None:
    if not isinstance(expression, Structure) or not {"cmsg_level", "cmsg_type", "cmsg_data"} <= set(expression.fields):
        raise InvalidScript(f"expected {{cmsg_level=…, cmsg_type=…, cmsg_data=…}}, found {expression_text(expression)}")
    fields = expression.fields
    wanted = (number(fields["cmsg_level"]), number(fields["cmsg_type"]), number(fields["cmsg_data"]))
    actual = (found.level, found.type, found.value)
    if wanted != actual:
        raise Mismatch("a control message is something else", 0, _text(wanted), _text(actual))


def _text(control: tuple[int, int, int]) -> str:
    level, type, value = control
    return f"{{cmsg_level={level}, cmsg_type={type}, cmsg_data={value}}}"
