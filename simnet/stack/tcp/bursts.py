"""How much leaves at once: bursts as Linux sizes them, and small segments held back (RFC 9293 3.7.4, 3.8.6.2.1)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import LOSS, RECOVERY, CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.send_queue import Piece, SendQueue
from simnet.stack.tcp.sent import RECORD_END
from simnet.stack.tcp.tcb import Tcb

NAGLE: Final = 0
NAGLE_OFF: Final = 1
CORKED: Final = 2
PUSH: Final = 4  # what is queued goes, Nagle or not
AS_CHOSEN: Final = 8  # as the socket's options say, which are asked only when a segment is small
SEND_NOW: Final = 0
BY_CWND: Final = 1  # a burst waits because the congestion window
BY_WINDOW: Final = 2  # or the peer's has no room for all of it,
BY_PROGRAM: Final = 3  # or for what the program may add
MAX_BURST: Final = 65_215  # bytes; Linux gso_max_size less headers
_MOST_DEFERRED: Final = 3  # segments, where tcp_tso_win_divisor is 0 (Linux tcp_max_tso_deferred_mss)
_MILLISECOND: Final = 1_000_000


class Bursts:
    """Rules about the next burst; `small_up_to` is the end of the last small segment sent (Minshall)."""

    __slots__ = ("_tcb", "_flight", "_window", "_rtt", "_queue", "small_up_to", "last_sent_at")

    def __init__(self, tcb: Tcb, flight: Flight, window: CongestionWindow, rtt: RoundTrip, queue: SendQueue) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self._rtt: Final = rtt
        self._queue: Final = queue
        self.small_up_to = 0
        self.last_sent_at = 0

    def must_wait(self, is_small: bool, rule: int) -> bool:
        """Nagle as Minshall amended it: a small segment waits while another small one is unacknowledged."""
        if not is_small:
            return False
        if rule & CORKED:
            return True
        return not rule & NAGLE_OFF and self._flight.packets_out > 0 and self.small_up_to > self._tcb.snd_una

    def split(self, piece: Piece, space: int, most: int, mss: int, nagle: int) -> int:
        """How many bytes of a long piece the next burst takes (Linux tcp_mss_split_point)."""
        if self._tcb.snd_up > self._tcb.snd_una:
            return mss  # an urgent pointer is different in each segment
        if most <= space and not self._queue.is_last(piece):
            return min(most, piece.size)
        needed = min(piece.size, space)
        if most <= needed:
            return most
        rest = needed % mss
        if rest and not nagle & PUSH and self.must_wait(True, nagle):
            return needed - rest
        return needed

    def should_defer(self, piece: Piece, space: int, in_flight: int, mss: int, limit_burst: int) -> int:
        """Why to wait, for more room makes a larger burst soon, or SEND_NOW (Linux tcp_tso_should_defer)."""
        tcb, window = self._tcb, self._window
        if window.phase is RECOVERY or window.phase is LOSS:
            return SEND_NOW
        if tcb.now - self.last_sent_at > _MILLISECOND:
            return SEND_NOW
        room = (window.cwnd - in_flight) * mss
        limit = space if space < room else room
        if limit >= limit_burst * mss or (limit >= piece.size and not self._queue.is_last(piece)):
            return SEND_NOW
        share = window.cwnd * mss
        divisor = tcb.profile.tcp_tso_win_divisor
        if not divisor:
            if limit > _MOST_DEFERRED * mss:
                return SEND_NOW
        elif limit >= (share if share < tcb.snd_wnd else tcb.snd_wnd) // divisor:
            return SEND_NOW
        first = self._flight.first()
        if first is None:
            return SEND_NOW
        srtt = self._rtt.srtt8 * 125  # nanoseconds
        remaining = first.sent_at + srtt - tcb.now
        if remaining > _MILLISECOND or remaining > srtt >> 1:
            return SEND_NOW  # the next acknowledgment is far: a smooth flow is worth more than a large burst
        if limit <= piece.size:
            return BY_WINDOW if limit == space else BY_CWND
        return SEND_NOW if piece.has_fin or piece.marks & RECORD_END else BY_PROGRAM

    def limit(self, mss: int) -> int:
        """Segments per burst: about 1 ms of the pace, more on short paths (Linux tcp_tso_autosize)."""
        window, srtt8 = self._window, self._rtt.srtt8
        if not srtt8:
            return max(MAX_BURST // mss, 1)
        profile, flight = self._tcb.profile, self._flight
        cwnd = window.cwnd if window.paced_until != flight.delivered else window.paced_cwnd
        ratio = profile.tcp_pacing_ss_ratio if cwnd < window.ssthresh >> 1 else profile.tcp_pacing_ca_ratio
        out = flight.packets_out
        size = mss * ratio * (cwnd if cwnd > out else out) * 80_000 // srtt8 >> 10
        if profile.tcp_tso_rtt_log:
            shift = self._rtt.minimum >> profile.tcp_tso_rtt_log
            if shift < 32:
                size += MAX_BURST >> shift
        segments = (size if size < MAX_BURST else MAX_BURST) // mss
        least = profile.tcp_min_tso_segs
        return segments if segments > least else least
