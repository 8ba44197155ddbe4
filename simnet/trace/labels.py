"""What a TCP expert calls a frame at a glance: retransmission, duplicate ACK, zero window …

In a simulated run the sender said why, so the label is true.  In a capture it is inferred from the headers seen so
far, as Wireshark does, and may be wrong: where both apply, the true cause wins.
Does not model: SACK, timestamps, and the round-trip time, which would tell reordering from retransmission.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from simnet import reasons
from simnet.trace.events import FrameArrived, FrameSent
from simnet.trace.tcp_numbers import Numbers
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import ACK, FIN, RST, SYN, Tcp

_GAPS_KEPT: Final = 100


class Label(Enum):
    RETRANSMISSION = "retransmission"
    FAST_RETRANSMISSION = "fast retransmission"
    OUT_OF_ORDER = "out of order"
    DUPLICATE_ACK = "duplicate ACK"
    ZERO_WINDOW = "zero window"
    ZERO_WINDOW_PROBE = "zero-window probe"
    WINDOW_UPDATE = "window update"
    KEEP_ALIVE = "keep-alive"
    CHALLENGE_ACK = "challenge ACK"


_TRUE: Final = {
    reasons.TCP_RETRANSMIT_TIMEOUT: Label.RETRANSMISSION,
    reasons.TCP_RETRANSMIT_FAST: Label.FAST_RETRANSMISSION,
    reasons.TCP_RETRANSMIT_PARTIAL: Label.RETRANSMISSION,
    reasons.TCP_RETRANSMIT_SYN: Label.RETRANSMISSION,
    reasons.TCP_RETRANSMIT_SYN_ACK: Label.RETRANSMISSION,
    reasons.TCP_RETRANSMIT_FIN: Label.RETRANSMISSION,
    reasons.TCP_RETRANSMIT_SACK: Label.RETRANSMISSION,
    reasons.TCP_TAIL_LOSS_PROBE: Label.RETRANSMISSION,
    reasons.TCP_ACK_OUT_OF_ORDER: Label.DUPLICATE_ACK,
    reasons.TCP_ACK_OLD: Label.DUPLICATE_ACK,
    reasons.TCP_ACK_CHALLENGE: Label.CHALLENGE_ACK,
    reasons.TCP_WINDOW_UPDATE: Label.WINDOW_UPDATE,
    reasons.TCP_ZERO_WINDOW_PROBE: Label.ZERO_WINDOW_PROBE,
    reasons.TCP_KEEP_ALIVE: Label.KEEP_ALIVE,
}


def true_label(frame: Frame) -> Label | None:
    """What the sender's reason makes of `frame`; None if that is nothing special, or no reason is known."""
    return _TRUE.get(frame.reason)


class _Side:
    """What one end of a connection has sent so far, in numbers relative to its start."""

    def __init__(self) -> None:
        self.numbers = Numbers()
        self.next = -1  # after the highest byte seen; -1 before the first segment
        self.gaps: list[tuple[int, int]] = []  # ranges below `next` never seen
        self.ack = -1
        self.window = -1


class Inference:
    """Labels the frames of one viewpoint (a capture, a port of a trace), which it must see in order."""

    def __init__(self) -> None:
        self._sides: dict[tuple[int, int, int, int], _Side] = {}

    def label(self, event: FrameSent | FrameArrived) -> Label | None:
        """What this frame is, given those before it; the true cause where the trace knows it."""
        packet = event.frame.payload
        if not isinstance(packet, Ipv4) or not isinstance(packet.payload, Tcp):
            return None
        segment = packet.payload
        mine, theirs = self._both(packet, segment)
        inferred = _infer(mine, theirs, segment)
        if event.frame.reason == reasons.NONE or inferred is Label.ZERO_WINDOW:  # which is a fact of the header
            return inferred
        return true_label(event.frame)

    def _both(self, packet: Ipv4, segment: Tcp) -> tuple[_Side, _Side]:
        there = (packet.src, segment.src_port, packet.dst, segment.dst_port)
        back = (packet.dst, segment.dst_port, packet.src, segment.src_port)
        mine = self._sides.get(there)
        if mine is None or segment.flags & SYN and mine.numbers.is_new_start(segment.seq):
            mine = self._sides[there] = _Side()
            if not segment.flags & ACK:
                self._sides[back] = _Side()
        return mine, self._sides.setdefault(back, _Side())


def _infer(mine: _Side, theirs: _Side, segment: Tcp) -> Label | None:
    """The label of `segment`, which is then counted among what `mine` has sent."""
    if segment.flags & SYN:
        mine.numbers.start(segment.seq)
    seq = mine.numbers.relative(segment.seq)
    ack = theirs.numbers.relative(segment.ack) if segment.flags & ACK else -1
    length = len(segment.data) + bool(segment.flags & SYN) + bool(segment.flags & FIN)
    label = _of_data(mine, theirs, segment, seq, length) if length else _of_ack(mine, theirs, segment, seq, ack)
    _count(mine, seq, length)
    mine.ack = ack
    mine.window = segment.window
    return label


def _of_data(mine: _Side, theirs: _Side, segment: Tcp, seq: int, length: int) -> Label | None:
    if mine.next < 0:
        return None
    is_one_byte = len(segment.data) == 1 and length == 1
    if is_one_byte and theirs.window == 0 and seq == mine.next:
        return Label.ZERO_WINDOW_PROBE
    if is_one_byte and seq == mine.next - 1 and theirs.ack == mine.next:
        return Label.KEEP_ALIVE
    if seq >= mine.next:
        return None
    if any(start <= seq < end for start, end in mine.gaps):
        return Label.OUT_OF_ORDER
    return Label.RETRANSMISSION


def _of_ack(mine: _Side, theirs: _Side, segment: Tcp, seq: int, ack: int) -> Label | None:
    if segment.flags & RST or not segment.flags & ACK:
        return None
    if seq == mine.next - 1 and theirs.ack == mine.next:
        return Label.KEEP_ALIVE
    if segment.window == 0:
        return Label.ZERO_WINDOW
    if ack != mine.ack:
        return None
    if segment.window != mine.window:
        return Label.WINDOW_UPDATE
    return Label.DUPLICATE_ACK if theirs.next > ack else None


def _count(mine: _Side, seq: int, length: int) -> None:
    end = seq + length
    if mine.next < 0:
        mine.next = end
        return
    if seq > mine.next:
        mine.gaps = [*mine.gaps[-_GAPS_KEPT:], (mine.next, seq)]
    elif length:
        mine.gaps = [piece for start, stop in mine.gaps for piece in ((start, min(stop, seq)), (max(start, end), stop))
                     if piece[0] < piece[1]]  # fmt: skip
    mine.next = max(mine.next, end)
