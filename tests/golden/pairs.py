"""What the parts of the comparison share: a recorded frame and its counterpart, differences, the grain of timers."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from tests.golden.captures import Fields

JIFFY: Final = 4_000_000
LATE: Final = 2 * JIFFY
"""How late a kernel timer may fire, and how far two runs of one recording may be apart."""

Stream = tuple[object, ...]
"""What tells the flows at an interface apart, each way and kind."""


class Pair(Struct):
    """A recorded frame and its replayed counterpart, with their times; `order` is the replayed one's place."""

    recorded: Fields
    replayed: Fields
    time: int
    replay_time: int
    order: int
    place: Stream

    @property
    def diverged(self) -> int:
        """Until when both recordings were alike, as far as this frame tells."""
        return min(self.time, self.replay_time)

    @property
    def lateness(self) -> int:
        """How much later the replayed frame came."""
        return self.replay_time - self.time


class Difference(Struct, frozen=True):
    """The recorded frame and the replayed one (None: there is none), and what is not the same in them."""

    time: int
    what: str
    recorded: Fields | None
    replayed: Fields | None


def grain(duration: int) -> int:
    """How late a kernel timer of this duration may fire: the grain of its level of the timer wheel."""
    jiffies = duration // JIFFY
    level = 0
    while jiffies >= 63 << 3 * level:
        level += 1
    return 0 if level == 0 else JIFFY << 3 * level


def line(frame: Fields) -> Stream:
    """The connection's direction at this interface, whichever way the frame goes there."""
    ip, tcp = frame["ip"], frame["tcp"]
    return frame["if"], ip["src"], tcp["sport"], ip["dst"], tcp["dport"]


def back_line(frame: Fields) -> Stream:
    """The other direction."""
    ip, tcp = frame["ip"], frame["tcp"]
    return frame["if"], ip["dst"], tcp["dport"], ip["src"], tcp["sport"]
