"""CUBIC with HyStart, in the integers of Linux's tcp_cubic.c (RFC 9438)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import CongestionWindow
from simnet.stack.tcp.tcb import Tcb

_SCALE: Final = 1024
_BETA: Final = 717  # of 1024: multiply the window by 0.7
_BETA_SCALE: Final = 8 * (_SCALE + _BETA) // 3 // (_SCALE - _BETA)
_CUBE_RTT_SCALE: Final = 410  # C = 0.4, times 1024
_CUBE_FACTOR: Final = (1 << 40) // _CUBE_RTT_SCALE
_CLOCK_BITS: Final = 10  # CUBIC's time unit is 1/1024 s

_HYSTART_LOW_WINDOW: Final = 16
_HYSTART_SAMPLES: Final = 8
_HYSTART_ACK_DELTA: Final = 2_000  # microseconds
_HYSTART_DELAY_MIN: Final = 4_000
_HYSTART_DELAY_MAX: Final = 16_000
_MANY: Final = 0xFFFF_FFFF
_SECOND: Final = 1_000_000_000

_ROOTS: Final = (
    0, 54, 54, 54, 118, 118, 118, 118, 123, 129, 134, 138, 143, 147, 151, 156,
    157, 161, 164, 168, 170, 173, 176, 179, 181, 185, 187, 190, 192, 194, 197, 199,
    200, 202, 204, 206, 209, 211, 213, 215, 217, 219, 221, 222, 224, 225, 227, 229,
    231, 232, 234, 236, 237, 239, 240, 242, 244, 245, 246, 248, 250, 251, 252, 254,
)  # fmt: skip


def cubic_root(number: int) -> int:
    """The cube root as Linux approximates it: a table, then one Newton step; the error is below 0.2 %."""
    bits = number.bit_length()
    if bits < 7:
        return (_ROOTS[number] + 35) >> 6
    bits = ((bits * 84) >> 8) - 1
    root = ((_ROOTS[number >> (bits * 3)] + 10) << bits) >> 6
    root = 2 * root + number // (root * (root - 1))
    return (root * 341) >> 10


class Cubic:
    """A window that grows with the cube of the time since the last loss."""

    __slots__ = (
        "name", "_tcb", "_window", "_every", "_last_max", "_last_cwnd", "_last_time", "_origin", "_k", "_epoch",
        "_ack_count", "_reno_cwnd", "_delay_min", "_hystart_found", "_round_start", "_last_ack",
        "_round_end", "_round_rtt", "_round_samples", "_jiffy", "_quiet_until", "_blind_until",
    )  # fmt: skip

    def __init__(self, tcb: Tcb, window: CongestionWindow) -> None:
        self.name = "cubic"
        self._tcb: Final = tcb
        self._window: Final = window
        self._jiffy: Final = tcb.profile.jiffy or 1_000_000  # the grain of the clock by which the curve is followed
        self._quiet_until = 0  # while cwnd stands, the curve is looked at every 1/32 s
        self._blind_until = 0  # for a second after a loss, round trips tell nothing
        self._every = 0
        self._last_max = 0
        self._last_cwnd = 0
        self._last_time = 0
        self._origin = 0
        self._k = 0
        self._epoch = 0
        self._ack_count = 0
        self._reno_cwnd = 0
        self._delay_min = 0
        self._hystart_found = False
        self._round_start = 0
        self._last_ack = 0
        self._round_end = 0
        self._round_rtt = _MANY
        self._round_samples = 0

    def threshold(self) -> int:
        """0.7 of the window; remembers where the loss was, a little lower if it came early (fast convergence)."""
        self._epoch = self._blind_until = 0
        cwnd = self._window.cwnd
        self._last_max = cwnd * (_SCALE + _BETA) // (2 * _SCALE) if cwnd < self._last_max else cwnd
        return max(cwnd * _BETA // _SCALE, 2)

    def avoid(self, acked: int, now: int) -> None:
        """Slow start below the threshold, the cubic curve above."""
        window = self._window
        if not window.is_limited and not window.is_fully_used():
            return
        if window.cwnd < window.ssthresh:
            acked = window.slow_start(acked)
            if not acked:
                return
        self._update(window.cwnd, acked, now)
        window.avoid_congestion(self._every, acked)

    def undone(self) -> int:
        """The window before the reduction."""
        return max(self._window.cwnd, self._window.prior_cwnd)

    def lost(self) -> None:
        """After a timeout nothing learned holds."""
        self._every = self._last_max = self._last_cwnd = self._last_time = self._origin = self._k = 0
        self._epoch = self._ack_count = self._reno_cwnd = self._delay_min = self._blind_until = 0
        self._hystart_found = False
        self._begin_round(self._tcb.now // 1000)

    def started(self, now: int, last_sent_at: int) -> None:
        """A pause of the program must not count as time without loss."""
        if self._epoch:
            tick = now // self._jiffy
            self._set_epoch(min(self._epoch + tick - last_sent_at // self._jiffy, tick))

    def _update(self, cwnd: int, acked: int, now: int) -> None:
        self._ack_count += acked
        if now < self._quiet_until and self._last_cwnd == cwnd:
            return
        tick = now // self._jiffy
        if not self._epoch or tick != self._last_time:
            self._last_cwnd = cwnd
            self._last_time = tick
            self._quiet_until = (tick + _SECOND // self._jiffy // 32 + 1) * self._jiffy
            if not self._epoch:
                self._begin_epoch(cwnd, acked, tick)
            self._follow_curve(cwnd, tick - self._epoch)
        self._be_fair_to_reno(cwnd)
        if self._every < 2:
            self._every = 2

    def _begin_epoch(self, cwnd: int, acked: int, tick: int) -> None:
        self._set_epoch(max(tick, 1))
        self._ack_count = acked
        self._reno_cwnd = cwnd
        if self._last_max <= cwnd:
            self._k = 0
            self._origin = cwnd
        else:
            self._k = cubic_root(_CUBE_FACTOR * (self._last_max - cwnd))
            self._origin = self._last_max

    def _set_epoch(self, tick: int) -> None:
        self._epoch = tick
        self._blind_until = tick * self._jiffy + _SECOND

    def _follow_curve(self, cwnd: int, elapsed: int) -> None:
        jiffy = self._jiffy
        elapsed += -(-self._delay_min * 1000 // jiffy)
        time = (elapsed << _CLOCK_BITS) * jiffy // 1_000_000_000
        offset = abs(time - self._k)
        delta = (_CUBE_RTT_SCALE * offset * offset * offset) >> (10 + 3 * _CLOCK_BITS)
        target = self._origin - delta if time < self._k else self._origin + delta
        self._every = cwnd // (target - cwnd) if target > cwnd else 100 * cwnd
        if not self._last_max and self._every > 20:
            self._every = 20

    def _be_fair_to_reno(self, cwnd: int) -> None:
        """Never slower than Reno would be (RFC 9438 4.3)."""
        delta = (cwnd * _BETA_SCALE) >> 3
        if self._ack_count > delta:
            steps = -(-self._ack_count // delta) - 1
            self._ack_count -= steps * delta
            self._reno_cwnd += steps
        if self._reno_cwnd > cwnd:
            self._every = min(self._every, cwnd // (self._reno_cwnd - cwnd))

    # --- HyStart: leave slow start before the first loss (RFC 9406's ancestor)

    def acked(self, rtt: int, acked: int, now: int) -> None:
        """Watch the delay while in slow start."""
        if rtt < 0 or now < self._blind_until:
            return
        rtt = rtt or 1
        if not self._delay_min or self._delay_min > rtt:
            self._delay_min = rtt
        window = self._window
        if not self._hystart_found and window.cwnd < window.ssthresh and self._tcb.profile.tcp_hystart:
            self._look_for_queue(rtt, now // 1000)

    def _begin_round(self, clock: int) -> None:
        self._round_start = self._last_ack = clock
        self._round_end = self._tcb.snd_nxt
        self._round_rtt = _MANY
        self._round_samples = 0

    def _look_for_queue(self, rtt: int, clock: int) -> None:
        window = self._window
        if self._tcb.snd_una > self._round_end:
            self._begin_round(clock)
        if window.cwnd < _HYSTART_LOW_WINDOW:
            return
        if clock - self._last_ack <= _HYSTART_ACK_DELTA:
            self._last_ack = clock
            if clock - self._round_start > (self._delay_min + self._ack_delay(rtt)) >> 1:
                self._hystart_found = True
                window.ssthresh = window.cwnd
        self._round_rtt = min(self._round_rtt, rtt)
        if self._round_samples < _HYSTART_SAMPLES:
            self._round_samples += 1
            return
        margin = min(max(self._delay_min >> 3, _HYSTART_DELAY_MIN), _HYSTART_DELAY_MAX)
        if self._round_rtt > self._delay_min + margin:
            self._hystart_found = True
            window.ssthresh = window.cwnd

    def _ack_delay(self, rtt: int) -> int:
        """How long the peer may gather four bursts of 64 KiB, at most 1 ms."""
        rate = 2 * self._window.cwnd * self._tcb.mss * 1_000_000 // rtt
        return min(1000, 65_536 * 4 * 1_000_000 // rate) if rate else 0
