"""Values as they are written in a filter: numbers, addresses, networks, ranges, text and bytes."""

from __future__ import annotations

import re

from simnet.errors import FilterError
from simnet.filter.fields import Field, FieldKind, Value
from simnet.filter.lexer import Kind, Token
from simnet.wire.addresses import AddressError, parse_interface, parse_ip, parse_mac

_TRUE = ("1", "true")
_FALSE = ("0", "false")


def span(found: Field, token: Token) -> tuple[Value, Value]:
    """The first and last value that `token` stands for, as a value of `found`; raises `FilterError`."""
    kind = found.kind
    if kind is FieldKind.BYTES:
        whole = data(token)
        return whole, whole
    if token.kind is Kind.TEXT and kind in (FieldKind.NUMBER, FieldKind.FLAG):
        raise FilterError(f'{found.name} is a number; write {token.value or "it"} without quotes', token.column)
    if kind is FieldKind.FLAG:
        return _flag(found, token)
    if kind is FieldKind.MAC:
        return _mac(found, token)
    first, dots, last = token.value.partition("..")
    if not dots:
        return _network(found, token) if kind is FieldKind.IP else _one(found, token, first)
    low, high = _one(found, token, first)[0], _one(found, token, last)[0]
    if low > high:
        raise FilterError(f'the range "{token.value}" is empty: its first value is the larger one', token.column)
    return low, high


def data(token: Token) -> bytes:
    """Text in quotes, or bytes in hexadecimal such as 48:65:6c."""
    if token.kind is Kind.TEXT:
        return token.value.encode("utf-8", "surrogateescape")
    if re.fullmatch(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*", token.value):
        return bytes.fromhex(token.value.replace(":", ""))
    raise FilterError(
        f'"{token.value}" is neither text nor bytes; write "{token.value}" in quotes, or bytes as 48:65:6c',
        token.column,
    )


def _flag(found: Field, token: Token) -> tuple[int, int]:
    value = token.value.lower()
    if value not in _TRUE + _FALSE:
        raise FilterError(f'{found.name} is a flag; write 1 or 0, not "{token.value}"', token.column)
    number = 1 if value in _TRUE else 0
    return number, number


def _mac(found: Field, token: Token) -> tuple[int, int]:
    try:
        mac = parse_mac(token.value)
    except AddressError as error:
        raise FilterError(f"{found.name}: {error}", token.column) from None
    return mac, mac


def _network(found: Field, token: Token) -> tuple[int, int]:
    if "/" not in token.value:
        return _one(found, token, token.value)
    try:
        prefix = parse_interface(token.value)[1]
    except AddressError as error:
        raise FilterError(f"{found.name}: {error}", token.column) from None
    return prefix.network, prefix.broadcast


def _one(found: Field, token: Token, text: str) -> tuple[int, int]:
    if found.kind is FieldKind.IP:
        try:
            number = parse_ip(text)
        except AddressError as error:
            raise FilterError(f"{found.name}: {error}", token.column) from None
        return number, number
    if not re.fullmatch(r"[0-9]{1,20}|0[xX][0-9A-Fa-f]{1,16}", text):
        raise FilterError(f'{found.name} is a number; "{text}" is not', token.column)
    number = int(text, 16) if text[:2] in ("0x", "0X") else int(text)
    largest = (1 << found.bits) - 1
    if number > largest:
        raise FilterError(f"{found.name} is a number from 0 to {largest}; {text} is too large", token.column)
    return number, number
