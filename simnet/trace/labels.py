"""What a TCP expert calls a frame at a glance: retransmission, duplicate ACK, zero window …

In a simulated run the sender said why, so the label is true.  In a capture it is inferred from the headers seen so
far, much as Wireshark does (packet-tcp.c, tcp_analyze_sequence_number), and may be wrong: where both apply, the true
cause wins.  Does not model: SACK and timestamps, which would tell more retransmissions from reordering.
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
_UNKNOWN: Final = -1
_REORDERED: Final = 3_000_000
"""How late a segment may be for one that was overtaken, where no round-trip time is known (Wireshark's 3 ms)."""
_FAST: Final = 20_000_000
_DUPLICATES: Final = 2
"""A retransmission is fast this soon after so many duplicate ACKs (Wireshark's; the third may not have been seen)."""


class Label(Enum):
    RETRANSMISSION = "retransmission"
    FAST_RETRANSMISSION = "fast retransmission"
    SPURIOUS_RETRANSMISSION = "spurious retransmission"
    OUT_OF_ORDER = "out of order"
    DUPLICATE_ACK = "duplicate ACK"
    ZERO_WINDOW = "zero window"
    ZERO_WINDOW_PROBE = "zero-window probe"
    WINDOW_UPDATE = "window update"
    WINDOW_FULL = "window full"
    KEEP_ALIVE = "keep-alive"
    KEEP_ALIVE_ACK = "keep-alive ACK"
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
    """What one end of a connection has sent so far, in numbers relative to its start; `_UNKNOWN` before that."""

    def __init__(self) -> None:
        self.numbers = Numbers()
        self.next = _UNKNOWN  # after the highest byte seen
        self.next_time = 0  # when that was seen
        self.gaps: list[tuple[int, int]] = []  # ranges below `next` never seen
        self.ack = _UNKNOWN
        self.window = _UNKNOWN
        self.scale = _UNKNOWN  # of the window; known when both SYNs were seen
        self.last: Label | None = None
        self.duplicates = 0  # ACKs that said the same again
        self.duplicate_time = 0
        self.opened = _UNKNOWN  # when its SYN was seen
        self.round_trip = _UNKNOWN
        self.edge = _UNKNOWN  # the first number beyond the window it offers


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
        inferred = _infer(mine, theirs, segment, event.time)
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


def _infer(mine: _Side, theirs: _Side, segment: Tcp, now: int) -> Label | None:
    """The label of `segment`, which is then counted among what `mine` has sent."""
    if segment.flags & SYN:
        mine.numbers.start(segment.seq)
    seq = mine.numbers.relative(segment.seq)
    ack = theirs.numbers.relative(segment.ack) if segment.flags & ACK else _UNKNOWN
    length = len(segment.data) + bool(segment.flags & SYN) + bool(segment.flags & FIN)
    if length:
        label = _of_data(mine, theirs, segment, seq, length, now)
    else:
        label = _of_ack(mine, theirs, segment, seq, ack)
    _count(mine, seq, length, now)
    _remember(mine, theirs, segment, ack, label, now)
    return label


def _of_data(mine: _Side, theirs: _Side, segment: Tcp, seq: int, length: int, now: int) -> Label | None:
    if mine.next == _UNKNOWN:
        return None
    if len(segment.data) == 1 and length == 1:
        if theirs.window == 0 and seq in (mine.next, mine.next - 1):
            return Label.ZERO_WINDOW_PROBE
        if seq == mine.next - 1 and theirs.ack == mine.next:
            return Label.KEEP_ALIVE
    if seq < mine.next:
        if segment.data and seq + length <= theirs.ack:
            return Label.SPURIOUS_RETRANSMISSION
        return _of_old_data(mine, theirs, seq, now)
    is_plain = not segment.flags & (SYN | FIN | RST)
    return Label.WINDOW_FULL if is_plain and seq + length == theirs.edge else None


def _of_old_data(mine: _Side, theirs: _Side, seq: int, now: int) -> Label:
    """Of a segment that begins below the highest byte seen, and is not acknowledged yet."""
    if theirs.duplicates >= _DUPLICATES and theirs.ack == seq and now - theirs.duplicate_time < _FAST:
        return Label.FAST_RETRANSMISSION
    overtaken = mine.round_trip if mine.round_trip > 0 else theirs.round_trip if theirs.round_trip > 0 else _REORDERED
    fills_gap = any(start <= seq < end for start, end in mine.gaps)
    return Label.OUT_OF_ORDER if fills_gap and now - mine.next_time < overtaken else Label.RETRANSMISSION


def _of_ack(mine: _Side, theirs: _Side, segment: Tcp, seq: int, ack: int) -> Label | None:
    if segment.flags & RST or not segment.flags & ACK:
        return None
    if seq == mine.next - 1 and theirs.ack == mine.next:
        return Label.ZERO_WINDOW_PROBE if theirs.window == 0 else Label.KEEP_ALIVE
    if segment.window == 0:
        return Label.ZERO_WINDOW
    if ack != mine.ack:
        return None
    if segment.window != mine.window:
        return Label.WINDOW_UPDATE
    if theirs.last is Label.KEEP_ALIVE:
        return Label.KEEP_ALIVE_ACK
    return Label.DUPLICATE_ACK if theirs.next > ack else None


def _remember(mine: _Side, theirs: _Side, segment: Tcp, ack: int, label: Label | None, now: int) -> None:
    """What later labels need to know of this segment."""
    if segment.flags & SYN:
        mine.opened = now
        _agree_on_scale(mine, theirs, segment)
    elif mine.opened != _UNKNOWN and mine.round_trip == _UNKNOWN:
        mine.round_trip = now - mine.opened
    if label is Label.DUPLICATE_ACK:
        mine.duplicates, mine.duplicate_time = mine.duplicates + 1, now
    elif ack != mine.ack:
        mine.duplicates = 0
    mine.ack, mine.window, mine.last = ack, segment.window, label
    is_known = ack != _UNKNOWN and mine.scale != _UNKNOWN
    mine.edge = ack + (segment.window << (0 if segment.flags & SYN else mine.scale)) if is_known else _UNKNOWN


def _agree_on_scale(mine: _Side, theirs: _Side, segment: Tcp) -> None:
    """Windows are scaled if both SYNs offer it (RFC 7323 2.2)."""
    scale = segment.options.window_scale
    if not segment.flags & ACK:
        mine.scale = max(scale, 0)
    elif theirs.scale != _UNKNOWN:
        mine.scale = max(scale, 0)
        theirs.scale = theirs.scale if scale >= 0 else 0


def _count(mine: _Side, seq: int, length: int, now: int) -> None:
    end = seq + length
    if mine.next == _UNKNOWN:
        mine.next, mine.next_time = end, now
        return
    if seq > mine.next:
        mine.gaps = [*mine.gaps[-_GAPS_KEPT:], (mine.next, seq)]
    elif length:
        mine.gaps = [piece for start, stop in mine.gaps for piece in ((start, min(stop, seq)), (max(start, end), stop))
                     if piece[0] < piece[1]]  # fmt: skip
    if end > mine.next:
        mine.next, mine.next_time = end, now
