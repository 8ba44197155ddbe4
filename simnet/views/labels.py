"""The words beside an arrow: what a frame is, its relative numbers, why it was sent, and the color of its kind."""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.trace.events import FrameSent
from simnet.trace.labels import Inference
from simnet.views.drawing import Role
from simnet.wire import tcp
from simnet.wire.arp import Arp
from simnet.wire.frame import Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import ICMP, TCP, UDP, Ipv4
from simnet.wire.summary import summary
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp

RESENT: Final = frozenset(
    (
        reasons.ARP_ASK_AGAIN,
        reasons.TCP_RETRANSMIT_TIMEOUT,
        reasons.TCP_RETRANSMIT_FAST,
        reasons.TCP_RETRANSMIT_PARTIAL,
        reasons.TCP_RETRANSMIT_SYN,
        reasons.TCP_RETRANSMIT_SYN_ACK,
        reasons.TCP_RETRANSMIT_FIN,
        reasons.TCP_RETRANSMIT_SACK,
        reasons.TCP_RETRANSMIT_SYN_DATA,
        reasons.TCP_TAIL_LOSS_PROBE,
    )
)
"""Reasons of frames that say again what was said before."""

_REMARKS: Final = {
    reasons.ARP_ASK_AGAIN: "again",
    reasons.ARP_PROBE: "probe",
    reasons.ARP_ANNOUNCE: "announcement",
    reasons.DUPLICATED: "duplicate",
    reasons.TCP_ACK_OUT_OF_ORDER: "duplicate ACK",
    reasons.TCP_ACK_OLD: "had it already",
    reasons.TCP_ACK_CHALLENGE: "challenge",
    reasons.TCP_WINDOW_UPDATE: "window update",
    reasons.TCP_RETRANSMIT_TIMEOUT: "again: timeout",
    reasons.TCP_RETRANSMIT_FAST: "again: 3 duplicate ACKs",
    reasons.TCP_RETRANSMIT_PARTIAL: "again: next hole",
    reasons.TCP_RETRANSMIT_SYN: "again: no answer",
    reasons.TCP_RETRANSMIT_SYN_ACK: "again: no answer",
    reasons.TCP_RETRANSMIT_FIN: "again: no answer",
    reasons.TCP_RETRANSMIT_SACK: "again: SACK",
    reasons.TCP_RETRANSMIT_SYN_DATA: "again: the SYN's data",
    reasons.TCP_LIMITED_TRANSMIT: "limited transmit",
    reasons.TCP_TAIL_LOSS_PROBE: "again: tail probe",
    reasons.TCP_ZERO_WINDOW_PROBE: "window probe",
    reasons.TCP_KEEP_ALIVE: "keep-alive",
}


class Label:
    """What to write at an arrow, in up to four lengths."""

    __slots__ = ("brief", "what", "remark", "numbers")

    def __init__(self, brief: str, what: str, remark: str, numbers: str) -> None:
        self.brief = brief
        self.what = what
        self.remark = remark
        self.numbers = numbers

    def text(self, detail: int) -> str:
        """0: "ARP 10.0.0.2?"; 1: "ARP who has 10.0.0.2?"; 2: with the remark; 3: with the numbers too."""
        words = self.what if detail else self.brief
        if detail >= 3 and self.numbers:
            words += f" {self.numbers}"
        if detail >= 2 and self.remark:
            words += f" ({self.remark})"
        return words


FULL_DETAIL: Final = 3


class Labeler:
    """Writes labels; remembers where each connection's sequence numbers began, to count from 0."""

    def __init__(self) -> None:
        self._starts: dict[tuple[int, int, int, int], int] = {}
        self._inference = Inference()

    def label(self, frame: Frame, sent: int | None = None) -> Label:
        """The words for `frame`; frames must come in order of time.

        Where its sender said no reason, as in a capture, `sent` (when it was) lets the remark be inferred.
        """
        what, tail = _parted(summary(frame))
        brief = what.replace(" who has", "").replace("ICMP echo", "echo")
        remark = _REMARKS.get(frame.reason) or self._inferred(frame, sent) or _window_remark(frame)
        return Label(brief, what, remark, tail or self._numbers(frame))

    def _inferred(self, frame: Frame, sent: int | None) -> str:
        if sent is None or frame.reason or frame.parent:
            return ""
        found = self._inference.label(FrameSent(sent, "", frame, sent))
        return "" if found is None else found.value

    def _numbers(self, frame: Frame) -> str:
        packet = frame.payload
        if not isinstance(packet, Ipv4) or not isinstance(packet.payload, Tcp):
            return ""
        segment = packet.payload
        way = (packet.src, segment.src_port, packet.dst, segment.dst_port)
        back = (packet.dst, segment.dst_port, packet.src, segment.src_port)
        if segment.flags & tcp.SYN and not segment.flags & tcp.ACK:
            self._starts.pop(back, None)  # a new connection between the same ports
        if segment.flags & tcp.SYN or (way not in self._starts and not segment.flags & tcp.RST):
            # Where the SYN was not seen, counting starts as if it had been the byte before.
            self._starts[way] = segment.seq - (not segment.flags & tcp.SYN)
        if not segment.flags & tcp.ACK:
            return self._relative("seq", segment.seq, way)
        if back not in self._starts:
            self._starts[back] = segment.ack - 1
        return f"{self._relative('seq', segment.seq, way)} {self._relative('ack', segment.ack, back)}".strip()

    def _relative(self, name: str, value: int, key: tuple[int, int, int, int]) -> str:
        start = self._starts.get(key)
        if start is None:
            return f"{name} {value}"
        offset = (value - start) & 0xFFFF_FFFF
        return f"{name} {offset if offset < 1 << 31 else offset - (1 << 32)}"


def _parted(text: str) -> tuple[str, str]:
    """A summary cut into what must be said and what may be left out."""
    if text.startswith("ARP ") and " is at " in text:
        kind = "ARP announcement" if text.startswith("ARP announcement") else "ARP reply"
        return kind, text.rpartition(" ")[2]
    if text.startswith("ARP who has "):
        return text.partition(" tell ")[0], ""  # the arrow's beginning says who asks
    head, found, tail = text.partition(" id ")
    return head, found.lstrip() + tail


def _window_remark(frame: Frame) -> str:
    """A closed window is worth a word: it is why the other side falls silent."""
    packet = frame.payload
    if not isinstance(packet, Ipv4) or not isinstance(packet.payload, Tcp):
        return ""
    segment = packet.payload
    return "zero window" if segment.window == 0 and not segment.flags & (tcp.SYN | tcp.RST) else ""


def role_of(frame: Frame) -> Role:
    """The color of the frame's kind."""
    packet = frame.payload
    if isinstance(packet, Arp):
        return Role.ARP
    if not isinstance(packet, Ipv4):
        return Role.OTHER
    if isinstance(packet.payload, Tcp):
        return _tcp_role(packet.payload)
    if isinstance(packet.payload, Udp) or packet.protocol == UDP:
        return Role.UDP
    if isinstance(packet.payload, Icmp) or packet.protocol == ICMP:
        return Role.ICMP
    return Role.DATA if packet.protocol == TCP else Role.OTHER


def _tcp_role(segment: Tcp) -> Role:
    if segment.flags & tcp.RST:
        return Role.LOST
    if segment.flags & tcp.SYN:
        return Role.OPEN
    if segment.flags & tcp.FIN:
        return Role.CLOSE
    return Role.DATA if segment.data else Role.ACK
