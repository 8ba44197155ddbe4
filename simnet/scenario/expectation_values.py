"""Expectations as data: one class per kind.

`text` is the expectation in one line, as the author wrote it, for the verdict.  Every `matching` is a filter
expression (`simnet.filter.compile`), "" for all frames.  Each kind must fail when nothing at all matches it, except
`Never`, which must fail when no frame at all was seen at its place.
"""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct

from simnet.scenario.position import NOWHERE, Position

AT_END: Final = None


class Place(Struct, frozen=True, kw_only=True):
    """Where frames are looked at.

    `port`: a capture at "client:eth0": what it sends (FrameSent) and what reaches it (FrameArrived), in order.
    Or `senders`: what these ports put on their cable (FrameSent): two ports for `a -- b`, one for `a -> b`.
    With neither, every frame once, as it leaves the device that made it (FrameSent with parent 0).
    """

    port: str = ""
    senders: tuple[str, ...] = ()
    text: str = ""


EVERYWHERE: Final = Place()


class Expectation(Struct, frozen=True, kw_only=True):
    """What all kinds share."""

    kind: ClassVar[str] = ""
    text: str = ""
    at: Position = NOWHERE


class FramePattern(Struct, frozen=True, kw_only=True):
    """One item of a frame list.

    `matching`: the filter that the frame must match.  `direction`: "->" it was sent by the place's port (or by its
    first sender), "<-" it arrived there (or was sent by the second sender), "" either.
    `any_number`: the item is "..." and stands for any frames, or none.
    """

    text: str
    matching: str = ""
    direction: str = ""
    any_number: bool = False


class Frames(Expectation, frozen=True, kw_only=True):
    """Exactly these frames, in this order, among those that match."""

    kind: ClassVar[str] = "frames"
    frames: tuple[FramePattern, ...]
    seen: Place = EVERYWHERE
    matching: str = ""


class Hop(Expectation, frozen=True, kw_only=True):
    """What `device` does to each frame it forwards (child against parent), among parents that match.

    `rewritten`: fields that differ in every pair; `kept`: equal in every pair; `changed`: (field, difference).
    Fields are filter names, read with `simnet.filter.field`.
    """

    kind: ClassVar[str] = "hop"
    device: str
    rewritten: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    changed: tuple[tuple[str, int], ...] = ()
    matching: str = ""


class States(Expectation, frozen=True, kw_only=True):
    """The TCP states the `nth` connection of `host` goes through, from the first to the last.

    `port` not 0: only connections with this local or remote port are counted.
    """

    kind: ClassVar[str] = "states"
    host: str
    states: tuple[str, ...]
    port: int = 0
    nth: int = 1


class Output(Expectation, frozen=True, kw_only=True):
    """What the programs of `host` (or its `program`) printed and received, put together in order.

    `match`: "equals" (a last newline does not count), "contains" or "matches" (a regular expression, searched).
    """

    kind: ClassVar[str] = "output"
    host: str
    words: str
    match: str = "equals"
    program: str = ""


class Sockets(Expectation, frozen=True, kw_only=True):
    """How many sockets of `host` are in each TCP state at `time` (None: at the end); states not named are free."""

    kind: ClassVar[str] = "sockets"
    host: str
    counts: tuple[tuple[str, int], ...]
    time: int | None = AT_END


class Never(Expectation, frozen=True, kw_only=True):
    """No frame matches."""

    kind: ClassVar[str] = "never"
    matching: str
    seen: Place = EVERYWHERE


class Always(Expectation, frozen=True, kw_only=True):
    """Every frame that matches `matching` also matches `condition`."""

    kind: ClassVar[str] = "always"
    condition: str
    seen: Place = EVERYWHERE
    matching: str = ""


class Count(Expectation, frozen=True, kw_only=True):
    """How many frames match: from `minimum` to `maximum` (None: no limit).

    `of`: "seen" frames at the place; "delivered" frames that arrived at `host` (any port); "dropped" frames that
    were sent (at the place) and never arrived; "discarded" frames that arrived at `host` and went no further.
    `reason`: an int of `simnet.reasons`, for dropped and discarded ones; 0 for any.
    """

    kind: ClassVar[str] = "count"
    of: str
    minimum: int
    maximum: int | None
    matching: str = ""
    seen: Place = EVERYWHERE
    host: str = ""
    reason: int = 0


class Gaps(Expectation, frozen=True, kw_only=True):
    """The times between matching frames, one after the other; `within` is the share each may differ by."""

    kind: ClassVar[str] = "gaps"
    gaps: tuple[int, ...]
    within: float = 0.05
    matching: str = ""
    seen: Place = EVERYWHERE


class Cell(Struct, frozen=True):
    """A column of an expected row.  `text` as written: a device's name stands for its MAC or address there."""

    column: str
    text: str


class Table(Expectation, frozen=True, kw_only=True):
    """A table of `device` has exactly these rows, in any order; columns not named are free.

    When: at `time`; or once the device has dealt with the `nth` frame matching `matching` that arrived at it
    (`nth` > 0); or, with `time` None and `nth` 0, at the end.
    """

    kind: ClassVar[str] = "table"
    table: str
    device: str
    rows: tuple[tuple[Cell, ...], ...]
    time: int | None = AT_END
    nth: int = 0
    matching: str = ""


class Ends(Expectation, frozen=True, kw_only=True):
    """The run ends (nothing is left to do) between `earliest` and `latest` ns."""

    kind: ClassVar[str] = "ends"
    earliest: int = 0
    latest: int | None = None
