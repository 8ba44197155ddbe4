"""A packetdrill script as values.  Times are ns; sequence numbers are the script's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

# --- time


class Anchor(Enum):
    """What a time counts from."""

    START = "absolute"
    PREVIOUS = "relative"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class When:
    """From `start` to `end` after `anchor`; `end` is `start` but for a range."""

    anchor: Anchor
    start: int
    end: int


# --- packets


class Direction(Enum):
    """Seen from the host under test."""

    INBOUND = "<"
    OUTBOUND = ">"


@dataclass(frozen=True, slots=True)
class TcpOption:
    """One option: kind "mss", "wscale", "sackOK", "TS", "sack", "FO", "FOEXP", "nop", "eol" or "unknown", and its
    numbers: of Fast Open and of unknown options the bytes.
    """

    kind: str
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TcpSegment:
    """A segment as a script writes it.

    `flags`: the header's bits.  `ack`, `window`: None where not given; `options`: None for `<...>`.  Ports are 0
    where not given.
    """

    flags: int
    seq: int
    length: int
    ack: int | None = None
    window: int | None = None
    urgent: int | None = None
    options: tuple[TcpOption, ...] | None = ()
    src_port: int = 0
    dst_port: int = 0


@dataclass(frozen=True, slots=True)
class UdpDatagram:
    """`length` bytes of payload."""

    length: int
    src_port: int = 0
    dst_port: int = 0


@dataclass(frozen=True, slots=True)
class IcmpMessage:
    """An ICMP message about a TCP segment that starts at `seq`, or about a datagram of `datagram` bytes."""

    type: int
    code: int
    mtu: int = 0
    id: int = 0
    seq: int = 0
    datagram: int | None = None


@dataclass(frozen=True, slots=True)
class IpInfo:
    """What a packet line says of the IP header; None where nothing."""

    ecn: int | None = None
    tos: int | None = None
    ttl: int | None = None


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet line."""

    direction: Direction
    content: TcpSegment | UdpDatagram | IcmpMessage
    ip: IpInfo = IpInfo()


# --- system calls


class Ellipsis(Enum):
    """`...`: whatever suits."""

    ANY = "..."


@dataclass(frozen=True, slots=True)
class Symbol:
    """A word that stands for a number: SOL_SOCKET."""

    name: str


@dataclass(frozen=True, slots=True)
class Flags:
    """Alternatives joined by `|`."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """`{name=value, …}`; what has no name, as in `{..., 40}`, is in `items`."""

    fields: dict[str, Expression] = field(default_factory=dict)
    items: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """`htons(8080)`, `inet_addr("192.0.2.1")`."""

    name: str
    arguments: tuple[Expression, ...]


Expression = int | str | Ellipsis | Symbol | Flags | Items | Structure | Call
"""An argument; str is a quoted string."""


@dataclass(frozen=True, slots=True)
class SystemCall:
    """A call and the result that the script wants.

    `end`: when a call that may block returns, counted like the event's own time; None: at once.
    """

    name: str
    arguments: tuple[Expression, ...]
    result: Expression
    errno: str = ""
    end: int | None = None


# --- events


@dataclass(frozen=True, slots=True)
class Command:
    """A line for the shell."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Python statements over TCP_INFO."""

    text: str


Action = Packet | SystemCall | Command | Code


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is to happen; `line` counts from 1."""

    when: When
    action: Action
    line: int


@dataclass(frozen=True, slots=True)
class Script:
    """`options` in the order of the script, without the dashes; `opening` and `closing` are commands without a time."""

    options: tuple[tuple[str, str], ...]
    opening: Command | None
    events: tuple[Event, ...]
    closing: Command | None
    opening_line: int = 0
