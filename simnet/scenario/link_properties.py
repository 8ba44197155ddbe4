"""Reads the properties of a link: rate, delay, loss and the rest, for both directions or one."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from simnet.scenario import vocabulary
from simnet.scenario.reader import Fields, Reader
from simnet.scenario.tree import Node, Scalar
from simnet.scenario.values import DEFAULT_REORDER_BY, BurstLoss, Direction

USUAL: Final = Direction()


def read_link_properties(reader: Reader, node: Node | None) -> tuple[Direction, Direction]:
    """The properties of both directions, first to second and back; what is not given is the default."""
    return read_both(reader, node, USUAL, USUAL)


def read_both(reader: Reader, node: Node | None, there: Direction, back: Direction) -> tuple[Direction, Direction]:
    """As `there` and `back`, with the changes in `node`."""
    if node is None or isinstance(node, Scalar) and node.is_null():
        return there, back
    fields = reader.fields(node, vocabulary.LINK, "link")
    if fields is None:
        return there, back
    changes = _changes(reader, fields)
    there_only = read_one(reader, fields.get("->"), replace(there, **changes))
    return there_only, read_one(reader, fields.get("<-"), replace(back, **changes))


def read_one(reader: Reader, node: Node | None, old: Direction) -> Direction:
    """As `old`, with the changes in `node`, which are of one direction."""
    if node is None:
        return old
    fields = reader.fields(node, vocabulary.DIRECTION, "direction")
    return old if fields is None else replace(old, **_changes(reader, fields))


def _changes(reader: Reader, fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {
        "rate": reader.rate(fields.get("rate"), "rate"),
        "delay": reader.time(fields.get("delay"), "delay"),
        "jitter": reader.time(fields.get("jitter"), "jitter"),
        "loss": reader.share(fields.get("loss"), "loss"),
        "burst_loss": _burst_loss(reader, fields),
        "duplicate": reader.share(fields.get("duplicate"), "duplicate"),
        **_reorder(reader, fields.get("reorder")),
        "corrupt": reader.share(fields.get("corrupt"), "corrupt"),
        "mtu": reader.number(fields.get("mtu"), "mtu", 68, 65535),
        "queue": reader.number(fields.get("queue"), "queue", 0, 1_000_000),
    }
    return {name: value for name, value in found.items() if value is not None}


def _reorder(reader: Reader, node: Node | None) -> dict[str, float | int | None]:
    if node is None:
        return {}
    if isinstance(node, Scalar):
        return {"reorder": reader.share(node, "reorder")}
    fields = reader.fields(node, vocabulary.REORDER, "reorder")
    if fields is None:
        return {}
    share = reader.share(reader.need(fields, "share", "reorder", "{share: 1%, by: 5ms}"), "share")
    by = reader.time(fields.get("by"), "by")
    return {"reorder": share, "reorder_by": DEFAULT_REORDER_BY if by is None else by}


def _burst_loss(reader: Reader, direction: Fields) -> BurstLoss | None:
    node = direction.get("burst loss")
    fields = reader.fields(node, vocabulary.BURST_LOSS, "burst loss") if node is not None else None
    if fields is None:
        return None
    example = "{enter: 1%, leave: 25%}"
    enter = reader.share(reader.need(fields, "enter", "burst loss", example), "enter")
    leave = reader.share(reader.need(fields, "leave", "burst loss", example), "leave")
    loss = reader.share(fields.get("loss"), "loss")
    if enter is None or leave is None:
        return None
    if leave == 0:
        reader.problem(fields.at_key("leave"), "a burst that never ends loses everything; write leave: 25%")
        return None
    return BurstLoss(enter=enter, leave=leave, loss=1.0 if loss is None else loss)
