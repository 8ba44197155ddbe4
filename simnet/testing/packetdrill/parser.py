"""Reads a packetdrill script: options, commands, events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simnet.testing.packetdrill.cursor import Cursor
from simnet.testing.packetdrill.lexer import Kind, tokens
from simnet.testing.packetdrill.packet_parser import packet
from simnet.testing.packetdrill.problems import InvalidScript
from simnet.testing.packetdrill.script import (
    Action,
    Anchor,
    Call,
    Code,
    Command,
    Direction,
    Ellipsis,
    Event,
    Expression,
    Flags,
    Items,
    Packet,
    Script,
    Structure,
    Symbol,
    SystemCall,
    When,
)


def parse(text: str, symbols: Mapping[str, str]) -> Script:
    """The script that `text` is; raises `InvalidScript`, or `Unsupported` for a packet that is not modeled."""
    cursor = Cursor(tokens(text, symbols))
    options: list[tuple[str, str]] = []
    while cursor.is_kind(Kind.OPTION):
        name, _, value = cursor.take().text[2:].partition("=")
        options.append((name, value.strip('"')))
    opening, opening_line = None, cursor.now.line
    if cursor.is_kind(Kind.COMMAND):
        opening = Command(cursor.take().text)
    events: list[Event] = []
    closing = None
    while not cursor.is_kind(Kind.END):
        if cursor.is_kind(Kind.COMMAND) and cursor.after(1).kind is Kind.END:
            closing = Command(cursor.take().text)
            break
        events.append(_event(cursor))
    _check_times(events)
    return Script(tuple(options), opening, tuple(events), closing, opening_line)


def _check_times(events: Sequence[Event]) -> None:
    if not events:
        raise InvalidScript("the script has no event")
    first = events[0]
    if first.when.start != 0 or first.when.anchor is Anchor.ANY:
        raise InvalidScript("the first event is not at time 0", first.line)
    last = 0
    for event in events:
        if event.when.anchor is Anchor.START:
            if event.when.start < last:
                raise InvalidScript("this time is before that of an earlier event", event.line)
            last = event.when.start
        is_outbound = isinstance(event.action, Packet) and event.action.direction is Direction.OUTBOUND
        if not is_outbound and (event.when.anchor is Anchor.ANY or event.when.end != event.when.start):
            raise InvalidScript("only an outbound packet may come at any time, or within a range", event.line)


# --- events


def _event(cursor: Cursor) -> Event:
    line = cursor.now.line
    when = _when(cursor)
    line = max(line, cursor.now.line)
    return Event(when, _action(cursor, when), line)


def _when(cursor: Cursor) -> When:
    if cursor.skip_mark("*"):
        return When(Anchor.ANY, 0, 0)
    anchor = Anchor.PREVIOUS if cursor.skip_mark("+") else Anchor.START
    start = cursor.seconds()
    end = start
    if cursor.skip_mark("~"):
        cursor.skip_mark("+")
        end = cursor.seconds()
    return When(anchor, start, end)


def _action(cursor: Cursor, when: When) -> Action:
    if cursor.is_mark("<") or cursor.is_mark(">"):
        return packet(cursor)
    if cursor.is_kind(Kind.COMMAND):
        return Command(cursor.take().text)
    if cursor.is_kind(Kind.CODE):
        return Code(cursor.take().text)
    end = None
    if cursor.is_kind(Kind.ELLIPSIS):
        cursor.take()
        end = cursor.seconds()
        if end < when.start:
            raise InvalidScript("the call ends before it starts", cursor.now.line)
    return _system_call(cursor, end)


def _system_call(cursor: Cursor, end: int | None) -> SystemCall:
    if not cursor.is_kind(Kind.WORD):
        raise cursor.unexpected("a packet, a system call, a command or code")
    name = cursor.word()
    arguments = _arguments(cursor)
    cursor.need_mark("=")
    result = _expression(cursor)
    errno = cursor.word() if cursor.is_kind(Kind.WORD) else ""
    while cursor.skip_mark("("):
        while not cursor.skip_mark(")"):
            if cursor.take().kind is Kind.END:
                raise cursor.unexpected('")"')
    return SystemCall(name, arguments, result, errno, end)


# --- expressions


def _arguments(cursor: Cursor) -> tuple[Expression, ...]:
    cursor.need_mark("(")
    return _until(cursor, ")")


def _until(cursor: Cursor, close: str) -> tuple[Expression, ...]:
    found: list[Expression] = []
    while not cursor.skip_mark(close):
        found.append(_expression(cursor))
        if not cursor.is_mark(close):
            cursor.need_mark(",")
    return tuple(found)


def _expression(cursor: Cursor) -> Expression:
    first = _term(cursor)
    if not cursor.is_mark("|"):
        return first
    parts = [first]
    while cursor.skip_mark("|"):
        parts.append(_term(cursor))
    return Flags(tuple(parts))


def _term(cursor: Cursor) -> Expression:
    if cursor.is_kind(Kind.ELLIPSIS):
        cursor.take()
        return Ellipsis.ANY
    if cursor.is_kind(Kind.STRING):
        text = cursor.take().text
        while cursor.is_kind(Kind.STRING):
            text += cursor.take().text
        return text
    if cursor.is_kind(Kind.INTEGER):
        return cursor.integer()
    if cursor.skip_mark("["):
        return Items(_until(cursor, "]"))
    if cursor.skip_mark("{"):
        return _structure(cursor)
    name = cursor.word()
    return Call(name, _arguments(cursor)) if cursor.is_mark("(") else Symbol(name)


def _structure(cursor: Cursor) -> Structure:
    fields: dict[str, Expression] = {}
    items: list[Expression] = []
    while not cursor.skip_mark("}"):
        value = _expression(cursor)
        if cursor.skip_mark("="):
            if not isinstance(value, (Symbol, Call)):
                raise cursor.unexpected("the name of a field before the =")
            fields[value.name] = _expression(cursor)
        else:
            items.append(value)
        if not cursor.is_mark("}"):
            cursor.need_mark(",")
    return Structure(fields, tuple(items))
