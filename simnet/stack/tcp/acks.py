"""When to acknowledge: quick, delayed or interactive (RFC 9293 3.8.6.3, RFC 5681 4.2, Linux tcp_input.c).

Linux answers the first 16 segments at once ("quick").  A program that replies within 40 ms makes the connection
"interactive": acknowledgments then wait up to 40 ms for data to ride on.
"""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.alarms import NEVER
from simnet.stack.tcp.deadlines import Deadlines
from simnet.stack.tcp.receive_window import ReceiveWindow
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.tcb import MSS_DEFAULT, MSS_MINIMUM, Tcb
from simnet.stack.timer_wheel import fires_at, in_jiffies, whole_jiffies
from simnet.wire.tcp import FIN, PSH

_ONE: Final = 1
_TWO: Final = 2
_LONG: Final = 1_000_000_000  # above any delay of an acknowledgment


class AckPolicy:
    """Decides whether an acknowledgment leaves now, later, or on the next data."""

    __slots__ = (
        "_tcb", "_window", "_rtt", "_alarm", "is_scheduled", "is_urgent", "why", "pingpong", "ato",
        "last_data_at", "_pushes", "_last_size", "_due", "_since", "_deadlines", "_compressed", "_duplicates",
        "_gap_at", "_is_collecting", "_collected", "longest",
    )  # fmt: skip

    def __init__(self, tcb: Tcb, window: ReceiveWindow, rtt: RoundTrip, deadlines: Deadlines) -> None:
        self._tcb: Final = tcb
        self._window: Final = window
        self._rtt: Final = rtt
        self._deadlines: Final = deadlines
        self._alarm: Final = deadlines.delayed_ack
        self._compressed = 0  # acknowledgments saved since the last
        self._duplicates = 0
        self._gap_at = 0
        self.is_scheduled = False
        self.is_urgent = False  # the protocol demands an immediate acknowledgment, once
        self.why = reasons.NONE  # the reason of a demanded acknowledgment
        self.pingpong = 0
        self.ato = 0  # how long to delay; 0 until data has arrived
        jiffy = tcb.profile.jiffy  # the peer must not time out (Linux tcp_delack_max)
        self.longest: Final = min(tcb.profile.tcp_delack_max, max(rtt.rto_min, 2 * jiffy) - jiffy)
        self.last_data_at = -(1 << 60)
        self._pushes = 0
        self._last_size = 0
        self._since = 0  # when the delay began
        self._due = 0  # when it is over, by its length alone
        self._is_collecting = False
        self._collected = 0

    def is_interactive(self) -> bool:
        """Does data usually follow within the delay?"""
        return self.pingpong >= self._tcb.profile.tcp_pingpong_thresh

    def set_interactive(self) -> None:
        """Let acknowledgments wait for data."""
        self.pingpong = self._tcb.profile.tcp_pingpong_thresh

    def choose(self, quick: int) -> bool:
        """TCP_QUICKACK was set to `quick`; must an acknowledgment leave now?"""
        self.pingpong = 0 if quick else self._tcb.profile.tcp_pingpong_thresh
        return quick != 0 and self.is_scheduled

    def be_quick(self) -> None:
        """Answer the next segments at once; also ends interactive mode (Linux tcp_enter_quickack_mode)."""
        self.add_quick(self._tcb.profile.tcp_quickack_segments)

    def add_quick(self, most: int) -> None:
        """As `be_quick`, for at most `most` segments."""
        self._raise_quick(most)
        self.pingpong = 0
        self.ato = self._tcb.profile.tcp_delack_min

    def _raise_quick(self, most: int) -> None:
        count = self._tcb.rcv_wnd // (2 * self._window.rcv_mss) or 2
        self._window.quick = max(self._window.quick, min(count, most))

    def demand(self, why: int) -> None:
        """Something arrived that must be acknowledged at once, for the reason `why`."""
        self.is_scheduled = True
        self.is_urgent = True
        self.why = why

    def expect(self, why: int) -> None:
        """Something arrived that wants an acknowledgment, by the usual rules."""
        self.is_scheduled = True
        self.why = why

    def data_arrived(self, length: int, flags: int) -> None:
        """`length` new bytes arrived in order (Linux tcp_event_data_recv)."""
        tcb, window = self._tcb, self._window
        self.is_scheduled = True
        if length != window.rcv_mss:
            self._measure(length, flags)
        else:
            self._last_size = 0
            if flags & PSH:
                self._pushes |= _ONE
        now, ato, least = tcb.now, self.ato, tcb.profile.tcp_delack_min
        if not ato:
            self._raise_quick(tcb.profile.tcp_quickack_segments)
            self.ato = least
        elif ato != least or now - self.last_data_at > least >> 1:
            self._adapt(ato, least)
        self.last_data_at = now
        if length >= 128 and window.limit < window.clamp and window.grow(length):
            window.quick |= 1

    def _adapt(self, ato: int, least: int) -> None:
        """The delay follows the gaps between arrivals, in whole jiffies."""
        tcb, jiffy = self._tcb, self._tcb.profile.jiffy
        gap = in_jiffies(tcb.now, jiffy) - in_jiffies(self.last_data_at, jiffy)
        half = in_jiffies(ato >> 1, jiffy)
        if gap <= least >> 1:
            self.ato = half + (least >> 1)
        elif gap < ato:
            self.ato = min(half + gap, self._rtt.rto)
        elif gap > self._rtt.rto:
            self._raise_quick(tcb.profile.tcp_quickack_segments)

    def early_data_arrived(self, length: int, flags: int) -> None:
        """`length` bytes arrived beyond a gap (Linux tcp_data_queue_ofo)."""
        self.expect(reasons.TCP_ACK_OUT_OF_ORDER)
        if length:
            self._measure(length, flags)

    def _measure(self, length: int, flags: int) -> None:
        """Learn the size of the peer's segments and where its program paused (Linux tcp_measure_rcv_mss)."""
        last_size, self._last_size = self._last_size, 0
        merged, whole = self._tcb.profile.receive_offload, length
        if merged and length > merged:
            length = merged
        if length >= self._window.rcv_mss:
            if length != self._window.rcv_mss:
                self._window.measured_segment(length, whole)
            if flags & PSH:
                self._pushes |= _ONE
            return
        with_header = length + (32 if self._tcb.has_timestamps else 20)
        if with_header >= MSS_DEFAULT + 20 or (with_header >= MSS_MINIMUM + 20 and not flags & (PSH | FIN)):
            self._last_size = length
            if length == last_size:
                self._window.rcv_mss = length
                return
        if self._pushes:
            self._pushes |= _TWO
        self._pushes |= _ONE

    def decide(self, unread: int, has_gap: bool) -> int:
        """After a segment: the reason to acknowledge now, or 0; the delay is set then if one is due."""
        tcb, window = self._tcb, self._window
        if self.is_urgent:
            reason = self.why or reasons.TCP_ACK_QUICK
        elif tcb.rcv_nxt - tcb.rcv_wup > window.rcv_mss and (unread < 1 or window.choose() >= tcb.rcv_wnd):
            reason = reasons.TCP_ACK_SECOND
        elif window.quick and self.pingpong < tcb.profile.tcp_pingpong_thresh:
            reason = self.why or reasons.TCP_ACK_QUICK
        elif has_gap:
            return self._compress()
        else:
            return self._delay()
        if self._is_collecting:
            self._collected = reason
            return 0
        return reason

    def collect(self) -> None:
        """Several segments are dealt with at once: acknowledge them together (Linux TCP_ACK_DEFERRED)."""
        if not self._is_collecting:
            self._is_collecting = True
            self._collected = 0

    def collected(self) -> int:
        """That was the last of them: the reason to acknowledge now, or 0 if none was or it was done meanwhile."""
        self._is_collecting = False
        return self._collected if self.is_scheduled else 0

    def _compress(self) -> int:
        """Beyond a gap: the first duplicate ACKs leave at once, then one in 5 % of a round trip, at most 1 ms."""
        tcb, profile = self._tcb, self._tcb.profile
        reason = self.why or reasons.TCP_ACK_OUT_OF_ORDER
        if not tcb.has_sack or self._compressed >= profile.tcp_comp_sack_nr:
            return reason
        if self._gap_at != tcb.rcv_nxt:
            self._gap_at = tcb.rcv_nxt
            self._duplicates = 0
        if self._duplicates < 3:
            self._duplicates += 1
            return reason
        self._compressed += 1
        rtt = self._window.rtt
        if self._rtt.srtt8 and self._rtt.srtt8 < rtt:
            rtt = self._rtt.srtt8
        due = tcb.now + min(profile.tcp_comp_sack_delay, rtt * 125 // 20)
        if self._compressed == 1:  # the timer of a delayed acknowledgment is not stopped when that leaves earlier
            delay_ends = fires_at(self._since, self._due - self._since, profile.jiffy)
            if tcb.now < delay_ends < due:
                due = delay_ends
        self._deadlines.compress(due)
        return 0

    def _delay(self) -> int:
        """Linux tcp_send_delayed_ack; a reason if an earlier delay is about to end anyway."""
        tcb, profile = self._tcb, self._tcb.profile
        delay = self.ato
        if delay > profile.tcp_delack_min:
            longest = profile.tcp_delack_max if self.is_interactive() or self._pushes else 500_000_000
            if self._rtt.srtt8:
                rtt = max(whole_jiffies((self._rtt.srtt8 >> 3) * 1000, profile.jiffy), profile.tcp_delack_min)
                longest = min(longest, rtt)
            delay = min(delay, longest)
        if delay > self.longest:
            delay = self.longest
        if self._alarm.due < NEVER:
            if self._due <= tcb.now + (delay >> 2):
                return self.why or reasons.TCP_ACK_DELAYED
            if tcb.now + delay >= self._due:
                return 0
        self._wait(delay)
        return 0

    def _wait(self, delay: int) -> None:
        self._since = self._tcb.now
        self._due = self._since + delay
        self._alarm.wait(self._tcb.now, delay, self._tcb.profile.jiffy)

    def sent(self) -> None:
        """A segment with the acknowledgment left."""
        window = self._window
        if window.quick:
            window.quick -= 1
            if not window.quick:
                self.ato = self._tcb.profile.tcp_delack_min
        self.is_scheduled = self.is_urgent = False
        self._pushes = 0
        self.why = 0
        if self._compressed:
            self._compressed = 0
            self._deadlines.end_compression()
        if self._alarm.due < NEVER:
            self._alarm.cancel()

    def data_sent(self) -> None:
        """Data left: if it answers what arrived within the delay, the connection is interactive."""
        now, last, jiffy = self._tcb.now, self.last_data_at, self._tcb.profile.jiffy
        if now - last < _LONG and in_jiffies(now, jiffy) - in_jiffies(last, jiffy) < self.ato and self.pingpong < 255:
            self.pingpong += 1

    def expired(self) -> bool:
        """The delay is over; must an acknowledgment leave (Linux tcp_delack_timer_handler)?"""
        if not self.is_scheduled:
            return False
        if self._compressed:
            return True
        if self.is_interactive():
            self.pingpong = 0
            self.ato = self._tcb.profile.tcp_delack_min
        else:
            self.ato = min(self.ato << 1, self._rtt.rto)
        return True

    def wait_for_data(self) -> None:
        """Delay the acknowledgment of a SYN-ACK: data is about to leave."""
        self.is_scheduled = True
        self.be_quick()
        self._wait(self._tcb.profile.tcp_delack_max)

    def read(self, copied: int, is_empty: bool) -> int:
        """The program read `copied` bytes: the reason to acknowledge now, or 0 (Linux tcp_cleanup_rbuf)."""
        tcb, window = self._tcb, self._window
        if self.is_scheduled:
            if tcb.rcv_nxt - tcb.rcv_wup > window.rcv_mss:
                return reasons.TCP_ACK_READ
            if copied and is_empty and (self._pushes & _TWO or (self._pushes and not self.is_interactive())):
                return reasons.TCP_ACK_READ
        if copied and not tcb.is_read_shut:
            offered = tcb.rcv_wup + tcb.rcv_wnd - tcb.rcv_nxt  # `window.offered()`
            if offered < 0:
                offered = 0
            if 2 * offered <= window.clamp:
                choice = window.choose()
                if choice and choice >= 2 * offered:
                    return reasons.TCP_WINDOW_UPDATE
        return 0
