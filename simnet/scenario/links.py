"""The link language, and which ports it means.

    a -- b          a link between the devices a and b
    a:eth0 -- b:p1  the same, with its ports named
    a -> b          one direction of it: what a sends
    a <- b          the other: what b sends
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from simnet.filter.near_miss import did_you_mean
from simnet.scenario.devices import Devices
from simnet.scenario.reader import Reader, one_of, short
from simnet.scenario.tree import Node, Scalar
from simnet.scenario.values import Link

EXAMPLE: Final = "client -- s1"
_END: Final = r"[^\s:<>]+(?::[^\s:<>]+)?"
_LINK: Final = re.compile(rf"\s*({_END})\s*(--|->|<-)\s*({_END})\s*")


class End(NamedTuple):
    """One end of a link as written; `port` "" if it is not named."""

    device: str
    port: str

    def __str__(self) -> str:
        return f"{self.device}:{self.port}" if self.port else self.device


class LinkText(NamedTuple):
    """A link as written; `arrow` is --, -> or <-."""

    first: End
    arrow: str
    second: End


def parse_link(text: str) -> LinkText | None:
    """The link that `text` means, None if it is none."""
    found = _LINK.fullmatch(text) if len(text) <= 300 else None
    if found is None:
        return None
    first, arrow, second = found.groups()
    return LinkText(_end(first), arrow, _end(second))


def _end(text: str) -> End:
    device, _, port = text.partition(":")
    return End(device, port)


def is_link(text: str) -> bool:
    """Does `text` look like a link rather than a port?"""
    return any(arrow in text for arrow in ("--", "->", "<-"))


def read_link_text(reader: Reader, node: Node | None, devices: Devices, name: str) -> LinkText | None:
    """A link between two devices that exist."""
    text = reader.text(node, name, EXAMPLE)
    if text is None or node is None:
        return None
    link = parse_link(text)
    if link is None:
        reader.problem(node.at, f'{name} "{short(text)}" is not a link; write two devices with -- between, {EXAMPLE}')
        return None
    for end in (link.first, link.second):
        if end.device not in devices.all:
            hint = did_you_mean(end.device, devices.all)
            at = reader.inside(node, text.find(end.device) + 1) if isinstance(node, Scalar) else node.at
            reader.problem(at, f'no device is called "{short(end.device)}"{hint}')
            return None
    return link


class Wiring:
    """Which ports are joined, as the timeline goes on."""

    def __init__(self, links: list[Link]) -> None:
        self.pairs = [(link.a, link.b) for link in links]
        self.gone: list[tuple[str, str]] = []

    def far_end(self, port: str) -> str | None:
        """The port at the other end of the cable in `port`."""
        for a, b in self.pairs:
            if port in (a, b):
                return b if port == a else a
        return None

    def move(self, port: str, new: str) -> None:
        """The cable in `port` now ends in `new`."""
        for index, pair in enumerate(self.pairs):
            if port in pair:
                self.gone.append(pair)
                self.pairs[index] = (port, new)

    def is_free_again(self, port: str) -> bool:
        """Was a cable in `port` that has been moved away?"""
        return self.far_end(port) is None and any(port in pair for pair in self.gone)

    def find(self, link: LinkText) -> list[tuple[str, str]]:
        """The ports of every link that `link` may mean, in its direction; former links if there is no present one."""
        for pairs in (self.pairs, self.gone):
            found = [(a, b) for a, b in pairs if _fits(link.first, a) and _fits(link.second, b)]
            found += [(b, a) for a, b in pairs if _fits(link.first, b) and _fits(link.second, a)]
            if found:
                return found
        return []


def _fits(end: End, port: str) -> bool:
    return str(end) == port if end.port else port.partition(":")[0] == end.device


def find_link(
    reader: Reader, node: Node | None, devices: Devices, wiring: Wiring, name: str
) -> tuple[str, str, str] | None:
    """The ports and the arrow of the link that a text names."""
    link = read_link_text(reader, node, devices, name)
    if link is None or node is None:
        return None
    found = wiring.find(link)
    if len(found) == 1:
        return found[0][0], link.arrow, found[0][1]
    if found:
        choice = one_of(tuple(f"{a} {link.arrow} {b}" for a, b in found))
        reader.problem(node.at, f"several links join {link.first} and {link.second}; write {choice}")
        return None
    near = [f"{a} {link.arrow} {b}" for a, b in wiring.pairs if link.first.device in (a.split(":")[0], b.split(":")[0])]
    hint = f"; {link.first.device} has {', '.join(near[:4])}" if near else ""
    reader.problem(node.at, f"no link joins {link.first} and {link.second}{hint}")
    return None
