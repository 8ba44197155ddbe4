"""Programs as data: one class per verb of the steps language.

`verb` names the step; `msgspec.to_builtins(step, builtin_types=(bytes,))` turns it into plain dicts with the key
"verb", for an interpreter that imports nothing from simnet.

The sockets a step works on.  A program has a *current* socket (the newest open one that `connect`, `accept`,
`open udp` or `connect udp` made) and a current listener (the newest open one that `listen` made); `name` ("as" in
the language) gives a socket a name, `via` chooses a named one; "" means the current one.  `send to` and
`receive from` open an unbound UDP socket if the program has none.

`fails`: the errno's name with which the step must fail ("" = it must succeed).  `timeout` in ns: the step fails
with ETIMEDOUT after it; None waits for ever.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from simnet.scenario.position import NOWHERE, Position


class Endpoint(Struct, frozen=True):
    """An address and port; `text` is what the author wrote ("server:8080")."""

    address: int
    port: int
    text: str


class SocketOption(Struct, frozen=True):
    """A socket option; booleans are 0 or 1, times ns.  `name` is a key of `option_names.OPTIONS`."""

    name: str
    value: int


class Step(Struct, frozen=True, kw_only=True, tag_field="verb"):
    """What all steps share.  `text`: the step in one line, as the author wrote it."""

    verb: ClassVar[str] = ""
    fails: str = ""
    timeout: int | None = None
    text: str = ""
    at: Position = NOWHERE


class Listen(Step, frozen=True, kw_only=True, tag="listen"):
    """socket, setsockopt, bind, listen.  `address` 0: any local address; `port` 0: the system chooses."""

    verb: ClassVar[str] = "listen"
    port: int
    address: int = 0
    backlog: int = 128
    options: tuple[SocketOption, ...] = ()
    name: str = ""


class Accept(Step, frozen=True, kw_only=True, tag="accept"):
    """Wait for a connection on the listener `listener` ("from" in the language)."""

    verb: ClassVar[str] = "accept"
    listener: str = ""
    name: str = ""


class Connect(Step, frozen=True, kw_only=True, tag="connect"):
    """socket, setsockopt, bind if `local` is given, connect; TCP."""

    verb: ClassVar[str] = "connect"
    to: Endpoint
    local: Endpoint | None = None
    options: tuple[SocketOption, ...] = ()
    name: str = ""


class Send(Step, frozen=True, kw_only=True, tag="send"):
    """Send all of `data` (send() until everything is accepted)."""

    verb: ClassVar[str] = "send"
    data: bytes
    via: str = ""


class Receive(Step, frozen=True, kw_only=True, tag="receive"):
    """Receive and print.  `until`: "count": exactly `count` bytes; "once": one recv of at most `count`;
    "end": everything to the end of the stream; "line": one line, its newline included.

    An end of stream before `count` bytes or before the newline is a failure of the program.
    `encoding`: how the bytes become printed text.
    """

    verb: ClassVar[str] = "receive"
    until: str
    count: int = 65536
    encoding: str = "utf-8"
    via: str = ""


class OpenUdp(Step, frozen=True, kw_only=True, tag="open udp"):
    """A UDP socket, bound when `port` or `address` is not 0."""

    verb: ClassVar[str] = "open udp"
    port: int = 0
    address: int = 0
    options: tuple[SocketOption, ...] = ()
    name: str = ""


class ConnectUdp(Step, frozen=True, kw_only=True, tag="connect udp"):
    """A connected UDP socket: `send` and `receive` work on it, and ICMP errors reach it."""

    verb: ClassVar[str] = "connect udp"
    to: Endpoint
    local: Endpoint | None = None
    options: tuple[SocketOption, ...] = ()
    name: str = ""


class SendTo(Step, frozen=True, kw_only=True, tag="send to"):
    """One datagram."""

    verb: ClassVar[str] = "send to"
    to: Endpoint
    data: bytes
    via: str = ""


class ReceiveFrom(Step, frozen=True, kw_only=True, tag="receive from"):
    """One datagram, of which at most `count` bytes are kept and printed; its sender is remembered."""

    verb: ClassVar[str] = "receive from"
    count: int = 65536
    encoding: str = "utf-8"
    via: str = ""


class Reply(Step, frozen=True, kw_only=True, tag="reply"):
    """Answer: to the sender of the datagram received last, or on the TCP connection.

    `data` None: with the bytes received last (an echo).
    """

    verb: ClassVar[str] = "reply"
    data: bytes | None = None
    via: str = ""


class Shutdown(Step, frozen=True, kw_only=True, tag="shutdown"):
    """Close one direction.  `how`: "write" (sends a FIN), "read" or "both"."""

    verb: ClassVar[str] = "shutdown"
    how: str = "write"
    via: str = ""


class Close(Step, frozen=True, kw_only=True, tag="close"):
    """Close a socket; without `via` the current one, or the current listener if there is none."""

    verb: ClassVar[str] = "close"
    via: str = ""


class Abort(Step, frozen=True, kw_only=True, tag="abort"):
    """Close with SO_LINGER 0: the peer gets a reset."""

    verb: ClassVar[str] = "abort"
    via: str = ""


class SetOptions(Step, frozen=True, kw_only=True, tag="set"):
    """setsockopt on an open socket."""

    verb: ClassVar[str] = "set"
    options: tuple[SocketOption, ...]
    via: str = ""


class Wait(Step, frozen=True, kw_only=True, tag="wait"):
    """Do nothing for `time` ns."""

    verb: ClassVar[str] = "wait"
    time: int


class Ping(Step, frozen=True, kw_only=True, tag="ping"):
    """Send `count` echo requests, one each `interval`, and print what comes back.

    `name`: what the author wrote for the destination.  `ttl` 0: the host's default.  `size`: bytes of data.
    A request is given up after `timeout`.  With `fails`, the last request must end so: ETIMEDOUT (no answer),
    EHOSTUNREACH (nobody there, or the TTL ran out), ENETUNREACH.
    """

    verb: ClassVar[str] = "ping"
    to: int
    name: str
    count: int = 1
    ttl: int = 0
    size: int = 56
    interval: int = 1_000_000_000


class Print(Step, frozen=True, kw_only=True, tag="print"):
    """Print `words` and a newline."""

    verb: ClassVar[str] = "print"
    words: str


class Repeat(Step, frozen=True, kw_only=True, tag="repeat"):
    """Run `steps` `times` times."""

    verb: ClassVar[str] = "repeat"
    times: int
    steps: tuple[AnyStep, ...]


AnyStep = (
    Listen | Accept | Connect | Send | Receive | OpenUdp | ConnectUdp | SendTo | ReceiveFrom | Reply | Shutdown
    | Close | Abort | SetOptions | Wait | Ping | Print | Repeat
)  # fmt: skip


class Start(Struct, frozen=True, kw_only=True):
    """When a program starts: `delay` ns after time 0, or after an event.

    `event`: "" (time 0), "listens" (a `listen` step of the other program is done; without a program's name, the
    first of the host) or "ends" (the other program, or all of that host, ended).
    """

    delay: int = 0
    event: str = ""
    host: str = ""
    program: str = ""
    at: Position = NOWHERE


class Program(Struct, frozen=True, kw_only=True):
    """A program on a host.  `name`: "main" for a host's only, unnamed one."""

    host: str
    name: str = "main"
    steps: tuple[AnyStep, ...] = ()
    start: Start = Start()
    at: Position = NOWHERE
