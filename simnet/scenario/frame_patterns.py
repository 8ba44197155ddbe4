"""Frames in words, as the lists of `frames:` write them; each becomes a filter.

    SYN   SYN+ACK   FIN+ACK     a TCP segment with exactly these flags and no data
    PSH+ACK 5   ACK any         the same with five bytes of data, or any number
    UDP   UDP 5                 a datagram; with five bytes of data
    ARP request   ARP reply   ARP
    ICMP echo request   ICMP echo reply   ICMP time exceeded   ICMP port unreachable …
    fragment   fragment 1480    a piece of an IP packet; with this many bytes
    any                         any frame
    ...                         any number of frames, or none
    -> SYN   <- SYN+ACK         sent from the place, or arriving there
"""

from __future__ import annotations

import re
from typing import Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario import tree, vocabulary
from simnet.scenario.expectation_values import FramePattern
from simnet.scenario.reader import Reader, short
from simnet.scenario.tree import Node, Scalar
from simnet.wire.tcp import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG

ANY_NUMBER: Final = "..."
_FLAGS: Final = {
    "SYN": SYN, "ACK": ACK, "PSH": PSH, "FIN": FIN, "RST": RST, "URG": URG, "ECE": ECE, "CWR": CWR,
}  # fmt: skip
ICMP_KINDS: Final = {
    "echo request": "icmp.type == 8",
    "echo reply": "icmp.type == 0",
    "unreachable": "icmp.type == 3",
    "net unreachable": "icmp.type == 3 && icmp.code == 0",
    "host unreachable": "icmp.type == 3 && icmp.code == 1",
    "protocol unreachable": "icmp.type == 3 && icmp.code == 2",
    "port unreachable": "icmp.type == 3 && icmp.code == 3",
    "fragmentation needed": "icmp.type == 3 && icmp.code == 4",
    "redirect": "icmp.type == 5",
    "time exceeded": "icmp.type == 11",
}
_FIXED: Final = {
    "any": "",
    "ARP": "arp",
    "ARP request": "arp.op == 1",
    "ARP reply": "arp.op == 2",
    "ICMP": "icmp",
    **{f"ICMP {kind}": condition for kind, condition in ICMP_KINDS.items()},
}
_SIZED: Final = {
    "UDP": ("udp", "udp.length == {}", 8),
    "TCP": ("tcp", "tcp.len == {}", 0),
    "fragment": ("(ip.flags.mf || ip.frag_offset > 0)", "ip.len == {}", 20),
}
_LARGEST_DATA: Final = 65_507
"""Bytes of data in the largest UDP datagram; a TCP segment's fit as well."""
WORDS: Final = (*_FLAGS, *_FIXED, *_SIZED, ANY_NUMBER)
_TEXT: Final = re.compile(r"(?:(->|<-)\s*)?(.*?)(?:\s+([0-9]{1,9}|any))?\s*", re.DOTALL)
_SLIP: Final = re.compile(r"[A-Za-z]{3}([-/, ][A-Za-z]{3})+")


def read_frames(reader: Reader, node: Node | None) -> tuple[FramePattern, ...]:
    """The items of a frame list."""
    found = []
    for item in reader.items(node, "frames", "[SYN, SYN+ACK, ACK]"):
        pattern = _frame(reader, item)
        if pattern is not None:
            found.append(pattern)
    if isinstance(node, tree.Sequence) and not node.items:
        reader.problem(node.at, "frames is empty, so nothing is expected; write for example [SYN, SYN+ACK, ACK]")
    return tuple(found)


def _frame(reader: Reader, node: Node) -> FramePattern | None:
    if isinstance(node, tree.Mapping):
        return _frame_with_filter(reader, node)
    text = reader.text(node, "frame", "SYN+ACK")
    if text is None or not isinstance(node, Scalar):
        return None
    found = parse_frame(text)
    if isinstance(found, FramePattern):
        return found
    reader.problem(node.at, found)
    return None


def _frame_with_filter(reader: Reader, node: tree.Mapping) -> FramePattern | None:
    fields = reader.fields(node, vocabulary.FRAME, "frame")
    if fields is None:
        return None
    where = reader.filter(reader.need(fields, "where", "frame", "{frame: ACK, where: tcp.window == 0}"), "where")
    frame = fields.get("frame")
    pattern = FramePattern(text="") if frame is None else _frame(reader, frame)
    if where is None or pattern is None:
        return None
    if pattern.any_number:
        reader.problem(node.at, '"..." stands for any frames; it takes no "where"')
        return None
    matching = f"{pattern.matching} && ({where})" if pattern.matching else where
    text = f"{pattern.text} where {where}".strip()
    return FramePattern(text=text, matching=matching, direction=pattern.direction)


def parse_frame(text: str) -> FramePattern | str:
    """The frame that `text` means, or what is wrong with it."""
    if len(text) > 100:
        return f'"{short(text)}" is not a frame; write for example SYN+ACK or UDP 5'
    if text.strip() == ANY_NUMBER:
        return FramePattern(text=ANY_NUMBER, any_number=True)
    parts = _TEXT.fullmatch(text)
    assert parts is not None  # every part of it may be missing
    direction, words, size = parts.groups()
    words, size = (size, None) if not words and size else (words, size)
    if size not in (None, "any") and int(size) > _LARGEST_DATA:
        return f"no packet carries {size} bytes; write at most {_LARGEST_DATA}"
    matching = _condition(" ".join(words.split()), size)
    if matching is None:
        return f'"{short(text)}" is not a frame{_hint(words)}'
    return FramePattern(text=text, matching=matching, direction=direction or "")


def _condition(words: str, size: str | None) -> str | None:
    """The filter for `words`; None if they mean nothing."""
    flags = words.split("+")
    if all(flag in _FLAGS for flag in flags):
        number = 0
        for flag in flags:
            number |= _FLAGS[flag]
        length = "" if size == "any" else f" && tcp.len == {size or 0}"
        return f"tcp.flags == 0x{number:03x}{length}"
    if words in _SIZED:
        condition, sized, header = _SIZED[words]
        return condition if size in (None, "any") else f"{condition} && {sized.format(int(size or 0) + header)}"
    return _FIXED.get(words) if size is None else None


def _hint(words: str) -> str:
    if _SLIP.fullmatch(words):
        flags = re.sub(r"[-/, ]", "+", words.upper())
        if all(flag in _FLAGS for flag in flags.split("+")):
            return f"; write {flags}"
    return did_you_mean(words, WORDS) or "; write for example SYN+ACK, PSH+ACK 5, UDP 5, ARP request or ICMP echo reply"
