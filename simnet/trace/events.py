"""What happened in a run, as immutable values in order of time.

Times are nanoseconds since the start.  `port` is "host:eth0", `device` is "host".  Reasons are the ints of
`simnet.reasons`.  The names and fields are the file format's too: change them only with FORMAT_VERSION.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from simnet.wire.frame import Frame

FORMAT_VERSION: Final = 1


class _Event(Struct, frozen=True, gc=False, tag=True):
    """What all kinds share: a file tells them apart by their names.

    No event is part of a reference cycle, so the garbage collector need not look at millions of them.
    """


class FrameSent(_Event, frozen=True):
    """`frame` was handed to `port`; its first bit leaves at `departs` (later than `time` behind a queue)."""

    time: int
    port: str
    frame: Frame
    departs: int


class FrameArrived(_Event, frozen=True):
    """The last bit of `frame` reached `port`."""

    time: int
    port: str
    frame: Frame


class FrameDropped(_Event, frozen=True):
    """`frame`, which `port` sent, will never arrive."""

    time: int
    port: str
    frame: Frame
    reason: int


class FrameDuplicated(_Event, frozen=True):
    """The link behind `port` made the copy `frame`; its parent is the original."""

    time: int
    port: str
    frame: Frame


class FrameDiscarded(_Event, frozen=True):
    """`frame` had arrived at `port` and went no further."""

    time: int
    port: str
    frame: Frame
    reason: int


class TableChanged(_Event, frozen=True):
    """Row `key` of a device's `table` (mac, arp, routes, nat …); None means absent, so it can be undone."""

    time: int
    device: str
    table: str
    key: str
    old: str | None
    new: str | None
    reason: int
    cause: int


class StateChanged(_Event, frozen=True):
    """A TCP connection changed its state; `connection` is "local:port > remote:port"."""

    time: int
    device: str
    connection: str
    old: str
    new: str
    cause: int


class TcpSampled(_Event, frozen=True):
    """A connection's variables after a change."""

    time: int
    device: str
    connection: str
    sample: dict[str, int]


class SocketCall(_Event, frozen=True):
    """A program's socket call; `result` is its value as text, or the errno's name."""

    time: int
    device: str
    program: str
    id: int
    call: str
    arguments: str
    result: str


class ProgramOutput(_Event, frozen=True):
    """A program printed `text`, or received it from its peer."""

    time: int
    device: str
    program: str
    text: str


class FaultFired(_Event, frozen=True):
    """A fault of the scenario acted on `frame`."""

    time: int
    fault: str
    frame: Frame


class LinkChanged(_Event, frozen=True):
    """A link was cut, mended, moved or given new properties; `link` is "a:eth0 -- b:p1"."""

    time: int
    link: str
    change: str


class Note(_Event, frozen=True):
    """Something worth saying that is none of the other kinds."""

    time: int
    device: str
    text: str


Event = (
    FrameSent
    | FrameArrived
    | FrameDropped
    | FrameDuplicated
    | FrameDiscarded
    | TableChanged
    | StateChanged
    | TcpSampled
    | SocketCall
    | ProgramOutput
    | FaultFired
    | LinkChanged
    | Note
)
