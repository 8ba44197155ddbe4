"""Reads the arguments of system calls: numbers, flags, addresses, buffers."""

from __future__ import annotations

from simnet.testing.packetdrill.names import CONSTANTS
from simnet.testing.packetdrill.problems import InvalidScript, Unsupported
from simnet.testing.packetdrill.script import Call, Ellipsis, Expression, Flags, Items, Structure, Symbol, SystemCall
from simnet.testing.packetdrill.texts import expression_text
from simnet.wire.addresses import parse_ip

_LARGEST = 1 << 26


def argument(call: SystemCall, index: int) -> Expression:
    """The argument at `index`, counted from 0."""
    if index >= len(call.arguments):
        raise InvalidScript(f"{call.name} has only {len(call.arguments)} arguments")
    return call.arguments[index]


def number(value: Expression) -> int:
    """A number, a known name, or several joined by `|`."""
    if isinstance(value, int):
        return value
    if isinstance(value, Symbol):
        if value.name not in CONSTANTS:
            raise Unsupported(f"{value.name} is not modeled")
        return CONSTANTS[value.name]
    if isinstance(value, Flags):
        total = 0
        for part in value.parts:
            total |= number(part)
        return total
    if isinstance(value, Call) and value.name in ("htons", "htonl") and len(value.arguments) == 1:
        return number(value.arguments[0])
    raise InvalidScript(f"expected a number, found {expression_text(value)}")


def single(value: Expression) -> Expression:
    """What stands alone in brackets: `[1]`; or a value without them."""
    if not isinstance(value, Items):
        return value
    if len(value.items) != 1:
        raise InvalidScript(f"expected one value in brackets, found {expression_text(value)}")
    return value.items[0]


def size(value: Expression) -> int:
    """A number of bytes to read or write."""
    length = number(value)
    if not 0 <= length <= _LARGEST:
        raise Unsupported(f"a buffer of {length} bytes is not modeled")
    return length


def is_null(value: Expression) -> bool:
    """Is this the null pointer?"""
    return value == Symbol("NULL")


def is_unspecified(value: Expression) -> bool:
    """Is this the address of no family, with or without braces?"""
    return Symbol("AF_UNSPEC") in (value, value.fields.get("sa_family") if isinstance(value, Structure) else None)


def address(value: Expression, default: tuple[int, int]) -> tuple[int, int]:
    """An IP address and a port; `...` is `default`."""
    if isinstance(value, Ellipsis):
        return default
    if not isinstance(value, Structure):
        raise InvalidScript(f"expected an address, found {expression_text(value)}")
    if value.fields.get("sa_family") != Symbol("AF_INET"):
        raise Unsupported(f"the address {expression_text(value)} is not modeled")
    host = value.fields.get("sin_addr")
    ip = default[0]
    if isinstance(host, Call) and len(host.arguments) == 1 and isinstance(host.arguments[0], str):
        ip = parse_ip(host.arguments[0])
    elif host is not None and not isinstance(host, Ellipsis):
        ip = number(host)
    port = value.fields.get("sin_port", Ellipsis.ANY)
    return ip, default[1] if isinstance(port, Ellipsis) else number(port)


def buffers(value: Expression) -> int:
    """Bytes that an iovec `[{..., 100}, {..., 200}]` holds."""
    if not isinstance(value, Items):
        raise InvalidScript(f"expected buffers, found {expression_text(value)}")
    total = 0
    for item in value.items:
        if not isinstance(item, Structure) or len(item.items) != 2:
            raise InvalidScript(f"expected {{..., length}}, found {expression_text(item)}")
        total += size(item.items[1])
    return size(total)


def message(value: Expression) -> Structure:
    """A msghdr."""
    if not isinstance(value, Structure):
        raise InvalidScript(f"expected a message, found {expression_text(value)}")
    return value


def room(message: Structure) -> int:
    """Bytes that the buffers of a msghdr hold."""
    return buffers(message.fields.get("msg_iov", Items(())))
