"""What a recording does not tell of the machine it was made on, and what decides races.

How long a program takes to wake up, how long a call holds its socket and how late a host's clock ticks is the kernel's
choice each time; so is what it draws at random.  A replay makes all choices the usual way, unless it is told otherwise;
it keeps a list, so that another replay can choose anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Choice(Struct, frozen=True):
    """The `number`-th thing that was chosen for `what` in a replay: a program ("B/server"), a clock ("B/clock")."""

    what: str
    number: int


PHASE = Choice("phase", 0)
"""By how many ns the clock tick stood elsewhere than the recording seems to show."""

SEED = Choice("seed", 0)
"""What the kernel draws at random: how long neighbors are reachable, ports."""


class Chosen(Struct, frozen=True):
    """What was chosen: from virtual time `start` for `length` ns something took its time."""

    choice: Choice
    start: int
    length: int


class Timing:
    """The choices of one replay: usual ones but for those in `others`; `made` lists all in their order."""

    def __init__(self, others: Mapping[Choice, int]) -> None:
        self.made: list[Chosen] = []
        self.others = others
        self._counts: dict[str, int] = {}

    def choose(self, what: str, start: int, usual: int) -> int:
        """How long what begins at `start` takes, in ns."""
        number = self._counts.get(what, 0)
        self._counts[what] = number + 1
        choice = Choice(what, number)
        length = self.others.get(choice, usual)
        self.made.append(Chosen(choice, start, length))
        return length
