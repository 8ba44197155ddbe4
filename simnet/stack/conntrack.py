"""Conversations through a gateway: who inside talks to whom outside, from which public port, and for how long.

Source: RFC 3022, RFC 5382, RFC 5508; the choices and lifetimes of Linux nf_conntrack and nf_nat.
Does not model: TCP window tracking, a limit on the number of conversations, port ranges below 1024 for
privileged source ports.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from simnet import reasons
from simnet.stack.host import StackHost
from simnet.units import SECOND
from simnet.wire import tcp
from simnet.wire.addresses import ip_text
from simnet.wire.icmp import ECHO_REPLY, ECHO_REQUEST, Icmp
from simnet.wire.ipv4 import ICMP, TCP, UDP
from simnet.wire.payload import Payload
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp

TABLE: Final = "nat"

# net.netfilter.nf_conntrack_*_timeout*
_UDP_UNANSWERED: Final = 30 * SECOND
_UDP_ANSWERED: Final = 120 * SECOND
_ICMP: Final = 30 * SECOND

_SWEEP_PAUSE: Final = 1 * SECOND
_FIRST_PORT: Final = 1024
_PORTS: Final = 65_536 - _FIRST_PORT
_PROTOCOL_NAMES: Final = {TCP: "tcp", UDP: "udp", ICMP: "icmp"}


class Phase(Enum):
    """How far a TCP conversation has come."""

    OPENING = "opening"
    ESTABLISHED = "established"
    CLOSING = "closing"
    RESET = "reset"


_TCP: Final = {
    Phase.OPENING: 120 * SECOND,
    Phase.ESTABLISHED: 432_000 * SECOND,
    Phase.CLOSING: 120 * SECOND,
    Phase.RESET: 10 * SECOND,
}

Key = tuple[int, int, int, int, int]


class Flow:
    """Protocol and ends of one packet.  The ports of an echo are its identifier on both sides."""

    __slots__ = ("protocol", "src", "src_port", "dst", "dst_port")

    def __init__(self, protocol: int, src: int, src_port: int, dst: int, dst_port: int) -> None:
        self.protocol: Final = protocol
        self.src: Final = src
        self.src_port: Final = src_port
        self.dst: Final = dst
        self.dst_port: Final = dst_port

    def reversed(self) -> Flow:
        """The flow of the answer."""
        return Flow(self.protocol, self.dst, self.dst_port, self.src, self.src_port)

    @property
    def key(self) -> Key:
        """For dicts."""
        return self.protocol, self.src, self.src_port, self.dst, self.dst_port

    def __str__(self) -> str:
        src, dst = ip_text(self.src), ip_text(self.dst)
        return f"{_PROTOCOL_NAMES[self.protocol]} {src}:{self.src_port} > {dst}:{self.dst_port}"


def flow_of(src: int, dst: int, payload: Payload) -> Flow | None:
    """The flow of a packet; None if it has none that could be translated."""
    if isinstance(payload, Tcp):
        return Flow(TCP, src, payload.src_port, dst, payload.dst_port)
    if isinstance(payload, Udp):
        return Flow(UDP, src, payload.src_port, dst, payload.dst_port)
    if isinstance(payload, Icmp) and payload.type in (ECHO_REQUEST, ECHO_REPLY):
        identifier = payload.rest >> 16
        return Flow(ICMP, src, identifier, dst, identifier)
    return None


class Conversation:
    """`inside`: as the inner host sees it, from itself to its peer.  `outside`: as the peer's network sees it."""

    __slots__ = ("inside", "outside", "expires", "is_answered", "phase")

    def __init__(self, inside: Flow, outside: Flow) -> None:
        self.inside: Final = inside
        self.outside: Final = outside
        self.expires: int = 0
        self.is_answered: bool = False
        self.phase: Phase = Phase.ESTABLISHED  # of one whose beginning was not seen

    @property
    def is_own(self) -> bool:
        """Is it one of the gateway itself, kept only so that nobody else takes its port?"""
        return self.inside.src == self.outside.src


class Conversations:
    """The conversations behind one public `address`."""

    __slots__ = ("_host", "_address", "_by_inside", "_by_outside", "_alarm")

    def __init__(self, host: StackHost, address: int) -> None:
        self._host: Final = host
        self._address: Final = address
        self._by_inside: Final[dict[Key, Conversation]] = {}
        self._by_outside: Final[dict[Key, Conversation]] = {}
        self._alarm: Final = host.alarms.background(self._sweep)

    def find_from_inside(self, flow: Flow, now: int) -> Conversation | None:
        """The conversation to which a packet of `flow` sent inside belongs."""
        return self._alive(self._by_inside.get(flow.key), now)

    def find_from_outside(self, flow: Flow, now: int) -> Conversation | None:
        """The conversation to which a packet of `flow` sent outside belongs."""
        return self._alive(self._by_outside.get(flow.reversed().key), now)

    def open_outward(self, flow: Flow, cause: int, now: int) -> Conversation | None:
        """Give `flow`, which goes out, a public port: its own if that is free.  None if none is left."""
        port = self._free_port(flow, now)
        if port < 0:
            return None
        dst_port = port if flow.protocol == ICMP else flow.dst_port
        return self._open(flow, Flow(flow.protocol, self._address, port, flow.dst, dst_port), cause, now)

    def open_inward(self, flow: Flow, to: int, to_port: int, cause: int, now: int) -> Conversation:
        """`flow` came from outside to a forwarded port: it goes on to `to`."""
        inside = Flow(flow.protocol, to, to_port, flow.src, flow.src_port)
        return self._open(inside, flow.reversed(), cause, now)

    def refresh_from_inside(self, conversation: Conversation, payload: Payload, now: int) -> None:
        """A packet of it went out."""
        self._refresh(conversation, payload, now)

    def refresh_from_outside(self, conversation: Conversation, payload: Payload, now: int) -> None:
        """A packet of it came in."""
        conversation.is_answered = True
        self._refresh(conversation, payload, now)

    def _open(self, inside: Flow, outside: Flow, cause: int, now: int) -> Conversation:
        conversation = Conversation(inside, outside)
        self._by_inside[inside.key] = conversation
        self._by_outside[outside.key] = conversation
        self._report(conversation, None, self._row(conversation), reasons.TRANSLATION_MADE, cause, now)
        return conversation

    def _free_port(self, flow: Flow, now: int) -> int:
        """Its own if free, else any other by chance, else (many are taken) the next free one; -1 if none is."""
        if self._is_free(flow, flow.src_port, now):
            return flow.src_port
        first = self._host.random(_PORTS)
        for step in range(_PORTS):
            port = _FIRST_PORT + (first + step) % _PORTS
            if self._is_free(flow, port, now):
                return port
        return -1

    def _is_free(self, flow: Flow, port: int, now: int) -> bool:
        dst_port = port if flow.protocol == ICMP else flow.dst_port
        key = flow.protocol, self._address, port, flow.dst, dst_port
        return self._alive(self._by_outside.get(key), now) is None

    def _alive(self, conversation: Conversation | None, now: int) -> Conversation | None:
        if conversation is not None and conversation.expires <= now:
            self._forget(conversation, now)
            return None
        return conversation

    def _refresh(self, conversation: Conversation, payload: Payload, now: int) -> None:
        conversation.expires = now + _lifetime(conversation, payload)
        if conversation.expires < self._alarm.due:
            self._alarm.set(conversation.expires)

    def _sweep(self, now: int) -> None:
        for conversation in list(self._by_inside.values()):
            if conversation.expires <= now:
                self._forget(conversation, now)
        if self._by_inside:
            earliest = min(conversation.expires for conversation in self._by_inside.values())
            self._alarm.set(max(earliest, now + _SWEEP_PAUSE))

    def _forget(self, conversation: Conversation, now: int) -> None:
        del self._by_inside[conversation.inside.key]
        del self._by_outside[conversation.outside.key]
        self._report(conversation, self._row(conversation), None, reasons.TRANSLATION_EXPIRED, 0, now)

    def _row(self, conversation: Conversation) -> str:
        return f"{ip_text(self._address)}:{conversation.outside.src_port}"

    def _report(
        self, conversation: Conversation, old: str | None, new: str | None, reason: int, cause: int, now: int
    ) -> None:
        host = self._host
        if host.observer is not None and not conversation.is_own:
            host.observer.table_changed(now, host.name, TABLE, str(conversation.inside), old, new, reason, cause)


def _lifetime(conversation: Conversation, payload: Payload) -> int:
    """How long it may be silent after `payload`, which may move it on to another phase."""
    if isinstance(payload, Udp):
        return _UDP_ANSWERED if conversation.is_answered else _UDP_UNANSWERED
    if not isinstance(payload, Tcp):
        return _ICMP
    if payload.flags & tcp.RST:
        conversation.phase = Phase.RESET
    elif payload.flags & tcp.FIN:
        conversation.phase = Phase.CLOSING
    elif payload.flags & tcp.SYN:
        conversation.phase = Phase.OPENING
    elif conversation.phase is Phase.OPENING and conversation.is_answered:
        conversation.phase = Phase.ESTABLISHED
    return _TCP[conversation.phase]
