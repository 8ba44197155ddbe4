"""RACK: a segment is lost when one sent enough later has been delivered (RFC 8985, Linux tcp_recovery.c)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import LOSS, RECOVERY, CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.sent import EVER_RETRANSMITTED, RETRANSMITTED, Sent
from simnet.stack.tcp.tcb import Tcb

_PERSIST: Final = 16  # recoveries that a widened reordering window lasts
_STATIC_WINDOW: Final = 2  # bits of tcp_recovery; since Linux 6.17 the first, RACK itself, is always on
_NO_THRESHOLD: Final = 4


class Rack:
    """What the most recently sent, delivered segment tells about the others.  Times in nanoseconds."""

    __slots__ = (
        "_tcb", "_flight", "_window", "_rtt", "_order", "_rtt_ns", "is_advanced", "duplicate_seen",
        "steps", "persist", "_last_delivered", "_patience", "_longest",
    )  # fmt: skip

    def __init__(self, tcb: Tcb, flight: Flight, window: CongestionWindow, rtt: RoundTrip) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._rtt: Final = rtt
        self._order = 0
        self._rtt_ns = 0
        self.is_advanced = False
        self.duplicate_seen = False
        self.steps = 1
        self.persist = 0
        self._last_delivered = 0
        self._patience = 0  # how long after its sending a segment counts as lost
        self._longest = 0

    def advance(self, sent: Sent, now: int) -> None:
        """`sent` has been delivered (RFC 8985 6.2 step 2)."""
        rtt = now - sent.sent_at
        if sent.marks & (RETRANSMITTED | EVER_RETRANSMITTED) and rtt // 1000 < self._rtt.minimum:
            return  # too fast for the retransmission: the original was delivered
        self.is_advanced = True
        self._rtt_ns = rtt
        if sent.order > self._order:
            self._order = sent.order

    def widen(self, prior_delivered: int) -> None:
        """Adapt the reordering window to D-SACKs, once per round trip (RFC 8985 6.2 step 4)."""
        if not prior_delivered or self._tcb.profile.tcp_recovery & _STATIC_WINDOW:
            return
        if prior_delivered < self._last_delivered:
            self.duplicate_seen = False
        if self.duplicate_seen:
            self.steps = min(255, self.steps + 1)
            self.duplicate_seen = False
            self._last_delivered = self._flight.delivered
            self.persist = _PERSIST
        elif not self.persist:
            self.steps = 1

    def keep_wide(self) -> None:
        """The recovery was unnecessary: let the widened window last longer."""
        self.persist = min(_PERSIST, self.persist + 1)

    def reordering_window(self, reordering: int, reorderings_seen: int) -> int:
        """How much later a segment may arrive before it counts as lost."""
        if not reorderings_seen:
            if self._window.phase is RECOVERY or self._window.phase is LOSS:
                return 0
            if self._flight.sacked_out >= reordering and not self._tcb.profile.tcp_recovery & _NO_THRESHOLD:
                return 0
        quarter = (self._rtt.minimum >> 2) * self.steps
        return min(quarter, self._rtt.srtt8 >> 3) * 1000

    def detect(self, window: int) -> int:
        """Mark what is lost given the reordering `window`; the time until the next would be, 0 if none may."""
        self.is_advanced = False
        self._patience = self._rtt_ns + window
        self._longest = 0
        self._flight.sent_before(self._order, self._may_come)
        return self._longest

    def _may_come(self, sent: Sent) -> bool:
        """May `sent` still arrive?  If not, it is lost."""
        remaining = self._patience - (self._tcb.now - sent.sent_at)
        if remaining <= 0:
            self._flight.mark_lost(sent)
            return False
        if remaining > self._longest:
            self._longest = remaining
        return True

    def is_recent(self, sent: Sent) -> bool:
        """Was `sent` sent within the last round trip, so that a timeout must not call it lost yet?"""
        return self._rtt_ns - (self._tcb.now - sent.sent_at) > 0
