"""How much a program may write ahead of its peer (SO_SNDBUF, Linux sk_stream_is_writeable, tcp_sndbuf_expand).

Counts bytes where Linux counts the memory of its buffers.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.congestion.control import CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.tcb import Tcb

_OVERHEAD: Final = 448  # headers and bookkeeping of a full segment
_HEAD: Final = 256


class SendBuffer:
    """`size` in bytes; `is_wanted`: a send() found no room; `is_asked`: so did a poll(), or a send()."""

    __slots__ = ("_tcb", "_flight", "_window", "size", "is_wanted", "is_asked", "_expanded_for")

    def __init__(self, tcb: Tcb, flight: Flight, window: CongestionWindow) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._window: Final = window
        self.size = tcb.options.send_buffer
        self.is_wanted = False
        self.is_asked = False
        self._expanded_for = 0

    def expand(self) -> None:
        """Room for two congestion windows, unless SO_SNDBUF was set."""
        tcb = self._tcb
        self._expanded_for = self._window.cwnd
        if tcb.options.is_send_buffer_locked:
            return
        segment = max(tcb.mss_clamp, tcb.mss) + _OVERHEAD
        memory = (1 << (segment - 1).bit_length()) + _HEAD
        segments = max(10, self._window.cwnd, tcb.profile.tcp_reordering + 1)
        self.size = max(self.size, min(2 * segments * memory, tcb.profile.tcp_wmem_max))

    def options_changed(self) -> None:
        """SO_SNDBUF may have been set."""
        if self._tcb.options.is_send_buffer_locked:
            self.size = self._tcb.options.send_buffer

    def queued(self) -> int:
        """Bytes accepted from the program and not acknowledged."""
        return self._tcb.write_seq - self._tcb.snd_una

    def is_full(self) -> bool:
        """Must a program wait?"""
        return self.queued() >= self.size

    def has_room(self) -> bool:
        """Is enough free to tell a program so?"""
        queued = self.queued()
        return self.size - queued >= queued >> 1

    def ask(self) -> bool:
        """Is there room?  If not, whoever asked is told when there is (Linux tcp_poll, SOCK_NOSPACE)."""
        if self.has_room():
            return True
        self.is_asked = True
        return False

    def make_room(self) -> bool:
        """After acknowledgments: has room appeared for a program that waits for it?"""
        if self._window.cwnd != self._expanded_for and self._flight.in_flight() < self._window.cwnd:
            self.expand()
        if not self.has_room():
            return False
        self.is_wanted = False
        self.is_asked = False
        return True
