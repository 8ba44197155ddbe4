"""How much a program may write ahead of its peer (SO_SNDBUF, Linux sk_stream_is_writeable, tcp_sndbuf_expand).

As Linux does, it counts memory: the bytes, and a head for each piece that waits and for each burst in flight; a run
of SACKed segments has one, for Linux merges them (tcp_shift_skb_data), and one that is cut out of its burst to be sent
again has its own (tcp_fragment).
"""

from __future__ import annotations

from collections import deque
from typing import Final

from simnet.stack.tcp.congestion.control import CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.send_queue import SendQueue
from simnet.stack.tcp.tcb import Tcb

_OVERHEAD: Final = 512  # room for headers (MAX_TCP_HEADER) and shared info of a full segment
_HEAD: Final = 256
_PIECE: Final = 832  # what ss(8) shows as memory of one buffer in the write queue, beside its bytes
_MOST_HELD: Final = 2  # bursts of one segment, or one of several, that a device may hold before the next has to wait
_WHATEVER: Final = 1 << 30


class SendBuffer:
    """`size` in bytes; `is_wanted`: a send() found no room; `is_asked`: so did a poll(), or a send().

    `is_held`: after the last acknowledgment only the first burst left at once (Linux tcp_small_queue_check).
    """

    __slots__ = ("_tcb", "_flight", "_window", "size", "is_wanted", "is_asked", "is_held", "_queue", "_ends", "_held")

    def __init__(self, tcb: Tcb, flight: Flight, window: CongestionWindow, queue: SendQueue) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self.size = tcb.options.send_buffer
        self.is_wanted = False
        self.is_asked = False
        self.is_held = False
        self._held = 0
        self._queue: Final = queue
        self._ends: deque[int] = deque()  # of the bursts in flight

    def expand(self) -> None:
        """Room for two congestion windows, unless SO_SNDBUF was set."""
        tcb = self._tcb
        if tcb.options.is_send_buffer_locked:
            return
        largest = tcb.mss if tcb.mss > tcb.mss_clamp else tcb.mss_clamp
        memory = (1 << (largest + _OVERHEAD - 1).bit_length()) + _HEAD
        segments, reordering = self._window.cwnd, self._window.reordering
        if segments < 10 or segments <= reordering:
            segments = max(10, reordering + 1)
        size = 2 * segments * memory
        if size > self.size:
            self.size = max(self.size, min(size, tcb.profile.tcp_wmem_max))

    def options_changed(self) -> None:
        """SO_SNDBUF may have been set."""
        if self._tcb.options.is_send_buffer_locked:
            self.size = self._tcb.options.send_buffer

    def begin_sending(self) -> None:
        """Bursts are about to leave in one go; with nothing older in flight no limit holds them back."""
        self.is_held = False
        self._held = 0 if self._flight.packets_out else -_WHATEVER

    def sent(self, end: int, segments: int) -> None:
        """A burst of `segments` up to `end` left."""
        self._ends.append(end)
        if self._held >= _MOST_HELD:
            self.is_held = True
        self._held += _MOST_HELD if segments > 1 else 1

    def queued(self) -> int:
        """The memory of what was accepted from the program and not acknowledged (Linux sk_wmem_queued)."""
        tcb, flight, ends = self._tcb, self._flight, self._ends
        while ends and ends[0] <= tcb.snd_una:
            ends.popleft()
        is_cut = flight.sacked_out or tcb.snd_una < flight.repeated_until
        heads = flight.heads() if is_cut else len(ends)
        return tcb.write_seq - tcb.snd_una + (heads + self._queue.count()) * _PIECE

    def is_full(self) -> bool:
        """Must a program wait?"""
        return self.queued() >= self.size or self._unsent() >= self._most_unsent()

    def _unsent(self) -> int:
        return self._tcb.write_seq - self._tcb.snd_nxt

    def _most_unsent(self) -> int:
        """So much may wait without having been sent (TCP_NOTSENT_LOWAT)."""
        return self._tcb.options.notsent_lowat or self._tcb.profile.tcp_notsent_lowat

    def has_room(self) -> bool:
        """Is enough free to tell a program so?"""
        queued = self.queued()
        return self.size - queued >= queued >> 1 and 2 * self._unsent() < self._most_unsent()

    def ask(self) -> bool:
        """Is there room?  If not, whoever asked is told when there is (Linux tcp_poll, SOCK_NOSPACE)."""
        if self.has_room():
            return True
        self.is_asked = True
        return False

    def make_room(self) -> bool:
        """After acknowledgments: has room appeared for a program that waits for it (Linux tcp_new_space)?"""
        window = self._window
        if not self._tcb.options.is_send_buffer_locked and (self.is_held or self._flight.in_flight() < window.cwnd):
            self.expand()
            window.changed_at = self._tcb.now
        if not self.has_room():
            return False
        self.is_wanted = False
        self.is_asked = False
        return True
