"""One segment in flight, and the marks it may bear (RFC 6675's scoreboard, Linux TCPCB_SACKED_ACKED and others)."""

from __future__ import annotations

from typing import Final

SACKED: Final = 1  # the peer holds it
RETRANSMITTED: Final = 2  # a retransmission is in flight
LOST: Final = 4
EVER_RETRANSMITTED: Final = 8
RECORD_END: Final = 16  # MSG_EOR: nothing that follows joins it
NOTICE: Final = 32  # the program is told when it has arrived
SETTLED: Final = 64  # RACK has judged it and will not look at it again until it is repeated
ENDS: Final = RECORD_END | NOTICE  # marks of a last byte
GONE: Final = -1  # the order of a segment that is not in flight any more


class Sent:
    """A segment in flight: its sequence space [seq, end), when it was last sent, and its marks."""

    __slots__ = ("seq", "end", "data", "flags", "sent_at", "order", "marks", "delivered", "burst")

    def __init__(
        self, seq: int, end: int, data: bytes, flags: int, sent_at: int, order: int, delivered: int, burst: int
    ) -> None:
        self.seq = seq
        self.end = end
        self.data = data
        self.flags = flags  # without the PSH that ends a burst
        self.sent_at = sent_at
        self.order = order  # of all transmissions, which may share one instant
        self.marks = 0
        self.delivered = delivered  # how many segments had been delivered when it was sent
        self.burst = burst  # segments of one burst carry one number
