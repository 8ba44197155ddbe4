"""Conversations: which frames belong together, who speaks with whom, and what they said.

Does not model: reassembly of IP fragments, which are a conversation of kind IP; IPv6.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final, NamedTuple

from simnet.trace.events import Event, FrameArrived, FrameSent
from simnet.trace.network import NetworkMap
from simnet.trace.tcp_numbers import Numbers
from simnet.trace.trace import Trace
from simnet.wire.addresses import AddressError, ip_text, parse_interface
from simnet.wire.arp import Arp
from simnet.wire.frame import Frame
from simnet.wire.icmp import ECHO_REPLY, ECHO_REQUEST, Icmp
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import ACK, SYN, Tcp
from simnet.wire.udp import Udp

ARP: Final = "ARP"
ICMP: Final = "ICMP"
IP: Final = "IP"
TCP: Final = "TCP"
UDP: Final = "UDP"

_NO_NUMBER: Final = 0


class End(NamedTuple):
    """One side of a conversation.  `port`: of TCP and UDP, else 0.  `name`: the host's, empty if unknown."""

    address: int
    port: int
    name: str

    def __str__(self) -> str:
        host = self.name or ip_text(self.address)
        return f"{host}:{self.port}" if self.port else host


class FlowFrame(NamedTuple):
    """A frame in its conversation.

    `side`: 0 if the end that began sent it, else 1.  `seq`, `ack`: of TCP, relative to the start; 0 elsewhere and
    where there is no acknowledgment.  `length`: bytes of the program it carries.
    """

    event: FrameSent | FrameArrived
    side: int
    seq: int
    ack: int
    length: int


class Flow:
    """One conversation: `ends[0]` began it, as far as is known."""

    def __init__(self, kind: str, ends: tuple[End, End]) -> None:
        self.kind = kind
        self.ends = ends
        self.frames: list[FlowFrame] = []
        self._numbers = (Numbers(), Numbers())

    def __str__(self) -> str:
        return f"{self.kind} {self.ends[0]} > {self.ends[1]}"

    @property
    def start_ns(self) -> int:
        return self.frames[0].event.time

    @property
    def end_ns(self) -> int:
        return self.frames[-1].event.time

    def messages(self, side: int) -> list[bytes]:
        """What `ends[side]` said, frame by frame, in the order seen; a resent segment is there again."""
        return [_said(frame.event.frame) for frame in self.frames if frame.side == side and frame.length]

    def stream(self, side: int) -> bytes:
        """What `ends[side]` said: for TCP in order, each byte once, up to the first one never seen."""
        if self.kind != TCP:
            return b"".join(self.messages(side))
        pieces = sorted((piece.seq, number) for number, piece in enumerate(self.frames) if self._speaks(piece, side))
        stream = bytearray()
        for seq, number in pieces:
            frame = self.frames[number].event.frame
            start = seq + (1 if _flags(frame) & SYN else 0) - 1
            if start > len(stream):
                break
            stream += _said(frame)[len(stream) - start :]
        return bytes(stream)

    def begins_anew(self, side: int, segment: Tcp) -> bool:
        """Is this the SYN of a later connection between the same ports?"""
        return bool(segment.flags & SYN) and self._numbers[side].is_new_start(segment.seq)

    def add(self, event: FrameSent | FrameArrived, side: int) -> None:
        payload = event.frame.payload
        segment = payload.payload if isinstance(payload, Ipv4) else None
        length = len(_said(event.frame))
        if not isinstance(segment, Tcp):
            self.frames.append(FlowFrame(event, side, _NO_NUMBER, _NO_NUMBER, length))
            return
        mine, theirs = self._numbers[side], self._numbers[1 - side]
        if segment.flags & SYN:
            mine.start(segment.seq)
        seq = mine.relative(segment.seq)
        ack = theirs.relative(segment.ack) if segment.flags & ACK else _NO_NUMBER
        self.frames.append(FlowFrame(event, side, seq, ack, length))

    @staticmethod
    def _speaks(frame: FlowFrame, side: int) -> bool:
        return frame.side == side and frame.length > 0


class FlowTable:
    """Sorts frames into conversations as they come; `flows` is in order of their first frames."""

    def __init__(self, network: NetworkMap) -> None:
        self.flows: list[Flow] = []
        self._names = host_names(network)
        self._current: dict[Hashable, Flow] = {}

    def add(self, event: FrameSent | FrameArrived) -> None:
        """Take a frame; one of no conversation (spanning tree, what cannot be read) is left out."""
        told = _ends(event.frame)
        if told is None:
            return
        kind, source, destination, topic = told
        key = (kind, topic, *sorted((source, destination)))
        flow = self._current.get(key)
        segment = event.frame.payload.payload if isinstance(event.frame.payload, Ipv4) else None
        if flow is not None and isinstance(segment, Tcp) and flow.begins_anew(_side(flow, source), segment):
            flow = None
        if flow is None:
            answers = isinstance(segment, Tcp) and segment.flags & (SYN | ACK) == SYN | ACK
            first, second = (destination, source) if answers else (source, destination)
            flow = self._current[key] = Flow(kind, (self._end(first), self._end(second)))
            self.flows.append(flow)
        flow.add(event, _side(flow, source))

    def _end(self, socket: tuple[int, int]) -> End:
        address, port = socket
        return End(address, port, self._names.get(address, ""))


def flows(trace: Trace, port: str = "") -> list[Flow]:
    """The conversations of `trace`, each frame once: where it was first sent, or as the interface `port` saw it."""
    table = FlowTable(trace.network)
    for event in _seen(trace.at_port(port)) if port else _originals(trace):
        table.add(event)
    return table.flows


def host_names(network: NetworkMap) -> dict[int, str]:
    """The device behind each address of `network`."""
    names: dict[int, str] = {}
    for device in network.devices:
        for entry in device.ports:
            for text in entry.addresses:
                try:
                    names.setdefault(parse_interface(text)[0], device.name)
                except AddressError:
                    continue  # a map read from a file may say anything
    return names


def _seen(events: Iterable[Event]) -> Iterable[FrameSent | FrameArrived]:
    return (event for event in events if isinstance(event, (FrameSent, FrameArrived)))


def _originals(trace: Trace) -> Iterable[FrameSent]:
    """Transmissions that are not a forwarded copy of another frame."""
    return (event for event in trace.frames() if event.frame.parent == 0)


def _side(flow: Flow, source: tuple[int, int]) -> int:
    return 0 if source == flow.ends[0][:2] else 1


def _ends(frame: Frame) -> tuple[str, tuple[int, int], tuple[int, int], int] | None:
    """Kind, source and destination as (address, port), and what else tells conversations apart."""
    packet = frame.payload
    if isinstance(packet, Arp):
        return ARP, (packet.sender_ip, 0), (packet.target_ip, 0), 0
    if not isinstance(packet, Ipv4):
        return None
    message = packet.payload
    if isinstance(message, Tcp):
        return TCP, (packet.src, message.src_port), (packet.dst, message.dst_port), 0
    if isinstance(message, Udp):
        return UDP, (packet.src, message.src_port), (packet.dst, message.dst_port), 0
    if isinstance(message, Icmp):
        topic = message.rest >> 16 if message.type in (ECHO_REQUEST, ECHO_REPLY) else -1
        return ICMP, (packet.src, 0), (packet.dst, 0), topic
    return IP, (packet.src, 0), (packet.dst, 0), packet.protocol


def _said(frame: Frame) -> bytes:
    packet = frame.payload
    message = packet.payload if isinstance(packet, Ipv4) else None
    return message.data if isinstance(message, (Tcp, Udp, Icmp)) else b""


def _flags(frame: Frame) -> int:
    packet = frame.payload
    segment = packet.payload if isinstance(packet, Ipv4) else None
    return segment.flags if isinstance(segment, Tcp) else 0
