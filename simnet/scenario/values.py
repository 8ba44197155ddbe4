"""The values a scenario is made of: devices, links, faults, timeline, and the whole.

Pure data, built alike by the YAML loader and by the Python API.  Times are int nanoseconds, rates int bit/s, sizes
int bytes, shares floats from 0 to 1, addresses ints as in `simnet.wire.addresses`.  Ports are named "device:port"
everywhere; the loader has resolved every name, so that nothing below needs to know the language.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from simnet.scenario.expectation_values import Expectation, Place
from simnet.scenario.position import NOWHERE, Position
from simnet.scenario.step_values import Program
from simnet.units import MICROSECOND, MILLISECOND, SECOND
from simnet.wire.addresses import Prefix

DEFAULT_RATE: Final = 1_000_000_000
DEFAULT_DELAY: Final = 1 * MICROSECOND
DEFAULT_MTU: Final = 1500
DEFAULT_QUEUE: Final = 100
DEFAULT_SEED: Final = 1
DEFAULT_AGEING: Final = 300 * SECOND
DEFAULT_REORDER_BY: Final = 1 * MILLISECOND

Sysctl = int | str | tuple[int, int]
"""The value of one tunable; times are nanoseconds, as in `Profile`."""


class Interface(Struct, frozen=True, kw_only=True):
    """A port of a host, router or gateway.  `name` is "eth0", without the device.

    `mac` None: the builder chooses one.  `mtu` None: that of the link plugged in (1500 without a link).
    """

    name: str
    address: int | None = None
    prefix: Prefix | None = None
    mac: int | None = None
    mtu: int | None = None
    at: Position = NOWHERE


class Route(Struct, frozen=True, kw_only=True):
    """Packets for `prefix` go to the neighbor `via`."""

    prefix: Prefix
    via: int
    at: Position = NOWHERE


class Host(Struct, frozen=True, kw_only=True):
    """A computer.  `gateway`: the next hop of its default route.  `profile`: "linux" or "rfc".

    `sysctl`: names without the "net.ipv4." prefix, as the attributes of `Profile`.
    `drawn_at`: (x, y) if the author placed it in the picture.
    """

    name: str
    interfaces: tuple[Interface, ...] = ()
    gateway: int | None = None
    routes: tuple[Route, ...] = ()
    profile: str = "linux"
    sysctl: dict[str, Sysctl] = {}
    drawn_at: tuple[float, float] | None = None
    at: Position = NOWHERE


class Switch(Struct, frozen=True, kw_only=True):
    """A learning switch.  `ports`: "p1", "p2" …: all that links or the timeline ever use, in their order."""

    name: str
    ports: tuple[str, ...] = ()
    ageing: int = DEFAULT_AGEING
    drawn_at: tuple[float, float] | None = None
    at: Position = NOWHERE


class Hub(Struct, frozen=True, kw_only=True):
    """A repeater.  `ports` as for a switch."""

    name: str
    ports: tuple[str, ...] = ()
    drawn_at: tuple[float, float] | None = None
    at: Position = NOWHERE


class Router(Struct, frozen=True, kw_only=True):
    """A router.  `routes` None: shortest paths, computed by the builder; else these and its own networks."""

    name: str
    interfaces: tuple[Interface, ...] = ()
    routes: tuple[Route, ...] | None = None
    profile: str = "linux"
    sysctl: dict[str, Sysctl] = {}
    drawn_at: tuple[float, float] | None = None
    at: Position = NOWHERE


class Forward(Struct, frozen=True, kw_only=True):
    """What arrives outside for `port` goes to `to_address`:`to_port` inside.  `protocol`: "tcp" or "udp"."""

    protocol: str
    port: int
    to_address: int
    to_port: int
    at: Position = NOWHERE


class Gateway(Struct, frozen=True, kw_only=True):
    """A router with source NAT; its ports are named "inside" and "outside", in this order in `interfaces`.

    `gateway`: the next hop of its default route, None where shortest paths serve.  `routes` as for a router.
    """

    name: str
    interfaces: tuple[Interface, ...] = ()
    gateway: int | None = None
    routes: tuple[Route, ...] | None = None
    forwards: tuple[Forward, ...] = ()
    profile: str = "linux"
    sysctl: dict[str, Sysctl] = {}
    drawn_at: tuple[float, float] | None = None
    at: Position = NOWHERE


class BurstLoss(Struct, frozen=True, kw_only=True):
    """Gilbert-Elliott: per frame, a burst begins with chance `enter` and ends with chance `leave`.

    Inside a burst a frame is lost with chance `loss`, outside with the direction's plain `loss`.
    """

    enter: float
    leave: float
    loss: float = 1.0


class Direction(Struct, frozen=True, kw_only=True):
    """The properties of one direction of a link.

    `jitter`: each frame takes up to this much longer, but frames never overtake each other by it.
    `reorder`: the chance that a frame is held back by `reorder_by`, so that later ones overtake it.
    `duplicate`, `corrupt`: chances per frame; a corrupted frame has one bit flipped.
    `queue`: frames that wait for the wire, the one being sent not counted.
    """

    rate: int = DEFAULT_RATE
    delay: int = DEFAULT_DELAY
    jitter: int = 0
    loss: float = 0.0
    burst_loss: BurstLoss | None = None
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_by: int = DEFAULT_REORDER_BY
    corrupt: float = 0.0
    mtu: int = DEFAULT_MTU
    queue: int = DEFAULT_QUEUE


class Link(Struct, frozen=True, kw_only=True):
    """A cable between the ports `a` and `b` ("client:eth0"); `there` is a to b, `back` is b to a."""

    a: str
    b: str
    there: Direction = Direction()
    back: Direction = Direction()
    at: Position = NOWHERE

    @property
    def name(self) -> str:
        """client:eth0 -- s1:p1."""
        return f"{self.a} -- {self.b}"


class Fault(Struct, frozen=True, kw_only=True):
    """Acts on frames that match the filter `matching` as they are put on a cable.

    `action`: "drop", "delay" (by `by` ns, so that others overtake), "duplicate" (`copies` more) or "corrupt" (one
    bit of the byte at offset `byte`, or of the last byte when it is None).
    `nth`: which of the matching frames, from 1, counted over the whole run; empty: every one.
    `senders`: ports whose outgoing frames count; empty: all.
    """

    action: str
    matching: str
    nth: tuple[int, ...] = ()
    senders: tuple[str, ...] = ()
    by: int = 0
    copies: int = 1
    byte: int | None = None
    text: str = ""
    at: Position = NOWHERE


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """Something that happens at `time`, whatever the programs do; see the kinds below."""

    time: int
    text: str = ""
    at: Position = NOWHERE


class Cut(TimelineEntry, frozen=True, kw_only=True):
    """The link between ports `a` and `b` is cut: what is on it is lost."""

    a: str
    b: str


class Mend(TimelineEntry, frozen=True, kw_only=True):
    """The link between ports `a` and `b` works again."""

    a: str
    b: str


class Move(TimelineEntry, frozen=True, kw_only=True):
    """The cable end at `old` (the far end of `port`'s cable) is plugged into `new`, a free port of another device.

    For `move: client, to: s1:p4`: `port` "client:eth0", `old` "s1:p1", `new` "s1:p4".
    """

    port: str
    old: str
    new: str


class Change(TimelineEntry, frozen=True, kw_only=True):
    """From now on `sender`'s direction of its link has the properties `direction`.

    A change of both directions is two entries of the same time.
    """

    sender: str
    direction: Direction


class SetSysctl(TimelineEntry, frozen=True, kw_only=True):
    """A tunable of `device` (a host, router or gateway) changes."""

    device: str
    sysctl: dict[str, Sysctl]


class Say(TimelineEntry, frozen=True, kw_only=True):
    """A remark for the reader of the ladder: a Note of the trace."""

    words: str
    device: str = ""


class Scenario(Struct, frozen=True, kw_only=True):
    """A network, programs on its hosts, faults, a timeline, and what is expected of it all.

    `until`: when the run ends at the latest; None: when nothing is left to do.
    """

    name: str
    about: str = ""
    seed: int = DEFAULT_SEED
    until: int | None = None
    hosts: tuple[Host, ...] = ()
    switches: tuple[Switch, ...] = ()
    hubs: tuple[Hub, ...] = ()
    routers: tuple[Router, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    links: tuple[Link, ...] = ()
    programs: tuple[Program, ...] = ()
    faults: tuple[Fault, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    expect: tuple[Expectation, ...] = ()
    order: tuple[str, ...] = ()
    """The names of all devices in the order of their declaration."""
    file: str = "<text>"


__all__ = [
    "BurstLoss", "Change", "Cut", "Direction", "Expectation", "Fault", "Forward", "Gateway", "Host", "Hub",
    "Interface", "Link", "Mend", "Move", "Place", "Position", "Program", "Route", "Router", "Say", "Scenario",
    "SetSysctl", "Switch", "Sysctl", "TimelineEntry",
]  # fmt: skip
