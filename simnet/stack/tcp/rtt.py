"""The round-trip time estimate and the retransmission timeout from it (RFC 6298, as Linux's tcp_rtt_estimator).

Does not model: that the late ACK of a lone small segment is no candidate for the smallest round trip when the window
of that has passed (FLAG_ACK_MAYBE_DELAYED).
"""

from __future__ import annotations

from typing import Final

from simnet.stack.profile import Profile
from simnet.stack.timer_wheel import in_jiffies, whole_jiffies
from simnet.units import MILLISECOND, SECOND

_FALLBACK: Final = 3 * SECOND  # RFC 6298 5.7, Linux TCP_TIMEOUT_FALLBACK
RTO_BASE: Final = 200 * MILLISECOND  # what retries are counted in, whatever the smallest timeout (Linux TCP_RTO_MIN)
_NO_MINIMUM: Final = (1 << 62) - 1


def backed_off(count: int, base: int, most: int) -> int:
    """How long `count` + 1 timeouts take, `base` at first, doubled up to `most` (Linux tcp_model_timeout)."""
    doublings = (most // base).bit_length() - 1
    if count <= doublings:
        return ((2 << count) - 1) * base
    return ((2 << doublings) - 1) * base + (count - doublings) * most


class RoundTrip:
    """Times in microseconds, `srtt8` times 8, `deviation4` and `variance4` times 4, as Linux keeps them."""

    __slots__ = (
        "_profile", "srtt8", "deviation4", "variance4", "_deviation_max4", "_measured_up_to", "rto", "backoff",
        "minimum", "_look_at", "_lowest", "_unmeasured", "rto_min",
    )  # fmt: skip

    def __init__(self, profile: Profile) -> None:
        self._profile: Final = profile
        self.srtt8 = 0
        self.deviation4 = profile.tcp_rto_initial // 1000
        self.variance4 = 0
        self._deviation_max4 = 0
        self._measured_up_to = 0
        self.rto_min = whole_jiffies(profile.tcp_rto_min, profile.jiffy)  # nanoseconds
        self.rto = profile.tcp_rto_initial  # nanoseconds
        self.backoff = 0
        self._unmeasured = 0  # what the timeout is without any sample; 0: what it begins with
        self.minimum = _NO_MINIMUM
        self._look_at = 0  # until then only a smaller round trip changes the minimum
        self._lowest: list[tuple[int, int]] = []  # the best of the window, those that may succeed it, and their times

    def has_sample(self) -> bool:
        """Has any round trip been measured?"""
        return self.srtt8 > 0

    def sample(self, measured: int, recent: int, snd_una: int, snd_nxt: int, now: int) -> None:
        """Take one measured round trip, in microseconds; `recent`: that of what was sent last, for the smallest."""
        if recent <= self.minimum or now > self._look_at:
            self._find_minimum(recent or 1, now)
        srtt8 = self.srtt8
        if srtt8 == 0:
            self._begin(measured, snd_nxt)
            self.set_rto()
            return
        error = measured - (srtt8 >> 3)
        self.srtt8 = srtt8 + error or 1
        deviation4 = self.deviation4
        if error < 0:
            error = -error - (deviation4 >> 2)
            if error > 0:
                error >>= 3  # a falling RTT must not raise the timeout
        else:
            error -= deviation4 >> 2
        self.deviation4 = deviation4 = deviation4 + error
        if deviation4 > self._deviation_max4:
            self._deviation_max4 = deviation4
            if deviation4 > self.variance4:
                self.variance4 = deviation4
        if snd_una > self._measured_up_to:
            self._end_round(snd_nxt)
        self.set_rto()

    def _find_minimum(self, measured: int, now: int) -> None:
        """The smallest round trip of the last tcp_min_rtt_wlen, by Kathleen Nichols' filter (Linux win_minmax.c).

        It keeps a second and a third choice from later quarters of the window.
        """
        now = in_jiffies(now, self._profile.jiffy)
        window, new, lowest = self._profile.tcp_min_rtt_wlen, (measured, now), self._lowest
        if measured <= self.minimum or now - lowest[2][1] > window:
            lowest = [new, new, new]
        else:
            if measured <= lowest[1][0]:
                lowest[1] = lowest[2] = new
            elif measured <= lowest[2][0]:
                lowest[2] = new
            age = now - lowest[0][1]
            if age > window:
                lowest = [lowest[1], lowest[2], new]
                if now - lowest[0][1] > window:
                    lowest = [lowest[1], lowest[2], new]
            elif lowest[1][1] == lowest[0][1] and age > window // 4:
                lowest[1] = lowest[2] = new
            elif lowest[2][1] == lowest[1][1] and age > window // 2:
                lowest[2] = new
        self._lowest = lowest
        self.minimum, began = lowest[0]
        # while the others are as old as the first, nothing smaller than them can come that is not smaller than it
        self._look_at = began + window // 4 if lowest[1] == lowest[0] else 0

    def _begin(self, measured: int, snd_nxt: int) -> None:
        """The first sample (RFC 6298 2.2)."""
        self.srtt8 = max(1, measured << 3)
        self.deviation4 = measured << 1
        self.variance4 = max(self.deviation4, self.rto_min // 1000)
        self._deviation_max4 = self.variance4
        self._measured_up_to = snd_nxt

    def _end_round(self, snd_nxt: int) -> None:
        """All that was in flight when the round began is acknowledged: the variance may fall."""
        if self._deviation_max4 < self.variance4:
            self.variance4 -= (self.variance4 - self._deviation_max4) >> 2
        self._measured_up_to = snd_nxt
        self._deviation_max4 = self.rto_min // 1000

    def set_rto(self) -> None:
        """RTO = SRTT + max(G, 4 * RTTVAR), RFC 6298 2.3, rounded up to the timer's grain; ends any back-off."""
        profile = self._profile
        rto = ((self.srtt8 >> 3) + self.variance4) * 1000
        jiffy = profile.jiffy
        if jiffy:  # whole_jiffies
            rto = -(-rto // jiffy) * jiffy
        self.rto = rto if rto < profile.tcp_rto_max else profile.tcp_rto_max
        self.backoff = 0

    def stay(self) -> None:
        """The same timeout again, without back-off (Linux tcp_thin_linear_timeouts)."""
        self.set_rto()
        self.rto = max(self.rto, self.rto_min)

    def back_off(self) -> None:
        """Double the timeout (RFC 6298 5.5)."""
        self.backoff += 1
        self.rto = min(self.rto * 2, self._profile.tcp_rto_max)

    def revert(self) -> None:
        """Take one doubling back (RFC 6069)."""
        backoff = self.backoff - 1
        self.restore()
        self.backoff = backoff
        self.rto = min(self.rto << backoff, self._profile.tcp_rto_max)

    def seed(self, rtt8: int) -> None:
        """Until data has been measured, wait as if round trips took `rtt8`, in microseconds times 8."""
        rtt = in_jiffies(rtt8 * 125, self._profile.jiffy)
        self.rto = rtt + max(2 * rtt, self.rto_min)

    def fall_back(self) -> None:
        """The handshake told no round trip, for a SYN was lost: be more patient from now on (RFC 6298 5.7)."""
        self._unmeasured = _FALLBACK
        backoff = self.backoff  # of the SYN
        self.restore()
        self.backoff = backoff
        self.deviation4 = _FALLBACK // 1000

    def restore(self) -> None:
        """Forget the back-off (a spurious timeout, or an answer to a probe)."""
        if self.srtt8:
            self.set_rto()
        else:
            self.rto = self._unmeasured or self._profile.tcp_rto_initial
            self.backoff = 0
