"""The congestion window, and what a congestion control algorithm offers (RFC 5681, Linux tcp_cong.c)."""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol

from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.tcb import Tcb
from simnet.stack.timer_wheel import in_jiffies

INFINITE: Final = 0x7FFF_FFFF


class Phase(Enum):
    """Where loss recovery stands; Linux's tcp_ca_state."""

    OPEN = 0
    DISORDER = 1
    CWR = 2
    RECOVERY = 3
    LOSS = 4


# A member looked up in its Enum costs as much as a call (CPython 3.11): who asks for each segment takes it from here.
OPEN: Final = Phase.OPEN
DISORDER: Final = Phase.DISORDER
CWR: Final = Phase.CWR
RECOVERY: Final = Phase.RECOVERY
LOSS: Final = Phase.LOSS


class CongestionWindow:
    """cwnd and its companions, in segments; the usage fields tell whether it was the limit (RFC 7661)."""

    __slots__ = (
        "_tcb", "_flight", "cwnd", "ssthresh", "count", "clamp", "phase", "prior_cwnd", "prior_ssthresh",
        "is_limited", "_max_packets_out", "_usage_seq", "_used", "changed_at", "prr_delivered", "prr_out",
        "high_seq", "reordering", "paced_cwnd", "paced_until",
    )  # fmt: skip

    def __init__(self, tcb: Tcb, flight: Flight) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self.cwnd = tcb.profile.tcp_initial_cwnd
        self.ssthresh = INFINITE
        self.count = 0
        self.clamp = INFINITE
        self.phase = Phase.OPEN
        self.prior_cwnd = 0
        self.prior_ssthresh = 0
        self.is_limited = False
        self._max_packets_out = 0
        self._usage_seq = 0
        self._used = 0
        self.changed_at = 0
        self.prr_delivered = 0
        self.prr_out = 0
        self.paced_cwnd = 0  # what bursts are sized by until more than `paced_until` segments are delivered
        self.paced_until = -1
        self.reordering = tcb.profile.tcp_reordering  # so many duplicate ACKs may mean no loss
        self.high_seq = 0  # snd_nxt when the phase began; it ends when that is acknowledged

    def is_reducing(self) -> bool:
        """Does proportional rate reduction decide the window now?"""
        return self.phase is Phase.RECOVERY or self.phase is Phase.CWR

    def is_fully_used(self) -> bool:
        """May the window grow?  Only while it is what limits the sender."""
        if self.is_limited:
            return True
        return self.cwnd < self.ssthresh and self.cwnd < 2 * self._max_packets_out

    def current_ssthresh(self) -> int:
        """The threshold to remember: what the window stood for when it is not being reduced."""
        if self.is_reducing():
            return self.ssthresh
        return max(self.ssthresh, (self.cwnd >> 1) + (self.cwnd >> 2))

    def slow_start(self, acked: int) -> int:
        """Grow by `acked` up to the threshold; what is left over counts for congestion avoidance."""
        cwnd = self.cwnd + acked
        if cwnd > self.ssthresh:
            cwnd = self.ssthresh
        acked -= cwnd - self.cwnd
        self.cwnd = cwnd if cwnd < self.clamp else self.clamp
        return acked

    def avoid_congestion(self, every: int, acked: int) -> None:
        """Grow by one for each `every` segments acknowledged (RFC 3465)."""
        if self.count >= every:
            self.count = 0
            self.cwnd += 1
        self.count += acked
        if self.count >= every:
            more = self.count // every
            self.count -= more * every
            self.cwnd += more
        if self.cwnd > self.clamp:
            self.cwnd = self.clamp

    def sent(self, is_limited: bool, rto: int) -> None:
        """Note after each burst whether the window was the limit (Linux tcp_cwnd_validate)."""
        tcb, out = self._tcb, self._flight.packets_out
        if tcb.snd_una >= self._usage_seq or is_limited or (not self.is_limited and out > self._max_packets_out):
            self.is_limited = is_limited
            self._max_packets_out = out
            self._usage_seq = tcb.snd_nxt
        if self.is_limited or self.is_fully_used():
            self._used = 0
            self.changed_at = tcb.now
            return
        if out > self._used:
            self._used = out
        if tcb.profile.tcp_slow_start_after_idle:
            jiffy = tcb.profile.jiffy
            if in_jiffies(tcb.now, jiffy) - in_jiffies(self.changed_at, jiffy) >= rto:
                self._shrink_to_use()

    def keep_pace(self, cwnd: int) -> None:
        """The window was `cwnd`: that stays the pace until something new is acknowledged (sk_pacing_rate)."""
        if self.paced_until != self._flight.delivered:
            self.paced_cwnd = cwnd
            self.paced_until = self._flight.delivered

    def _shrink_to_use(self) -> None:
        if self.phase is Phase.OPEN:
            used = max(self._used, self._tcb.profile.tcp_initial_cwnd)
            if used < self.cwnd:
                self.keep_pace(self.cwnd)
                self.ssthresh = self.current_ssthresh()
                self.cwnd = (self.cwnd + used) >> 1
        self._used = 0
        self.changed_at = self._tcb.now

    def restart(self, idle: int, rto: int) -> None:
        """Halve the window for each RTO of silence, down to the initial window (RFC 2861)."""
        self.keep_pace(self.cwnd)
        floor = min(self._tcb.profile.tcp_initial_cwnd, self.cwnd)
        self.ssthresh = self.current_ssthresh()
        cwnd = self.cwnd
        idle -= rto
        while idle > 0 and cwnd > floor:
            cwnd >>= 1
            idle -= rto
        self.cwnd = max(cwnd, floor)
        self.changed_at = self._tcb.now
        self._used = 0


class CongestionControl(Protocol):
    """One algorithm, attached to one `CongestionWindow`."""

    name: str

    def threshold(self) -> int:
        """The new ssthresh after a loss."""

    def avoid(self, acked: int, now: int) -> None:
        """`acked` segments were newly acknowledged while the window may grow."""

    def undone(self) -> int:
        """The window to restore when the reduction proves to be unnecessary."""

    def acked(self, rtt: int, acked: int, now: int) -> None:
        """A round trip of `rtt` microseconds was seen (-1: none) with `acked` segments."""

    def lost(self) -> None:
        """A retransmission timeout: forget what was learned."""

    def started(self, now: int, last_sent_at: int) -> None:
        """Sending starts again with nothing in flight; the last segment with data left at `last_sent_at`."""
