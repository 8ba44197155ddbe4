"""How long a connection had something to send, and what kept it from sending (Linux tcp_chrono_start, tcp_chrono_stop).

TCP_INFO tells it as tcpi_busy_time, tcpi_rwnd_limited and tcpi_sndbuf_limited.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.send_queue import SendQueue
from simnet.stack.tcp.tcb import Tcb

IDLE: Final = 0
BUSY: Final = 1  # something waits to be sent or acknowledged
BY_PEER: Final = 2  # its window is full
BY_BUFFER: Final = 3  # everything is sent, and the program waits for room to write more


class Chronograph:
    """`reading`: what counts now; a higher one goes before a lower."""

    __slots__ = ("_tcb", "_flight", "_queue", "reading", "_since", "_spent")

    def __init__(self, tcb: Tcb, flight: Flight, queue: SendQueue) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._queue: Final = queue
        self.reading = IDLE
        self._since = 0
        self._spent = [0, 0, 0, 0]

    def start(self, reading: int) -> None:
        """From now on, unless a higher one runs."""
        if reading > self.reading:
            self._set(reading)

    def stop(self, reading: int) -> None:
        """No more: there is still something to do, or not."""
        if not self._flight.packets_out and self._queue.is_empty():
            self._set(IDLE)
        elif reading == self.reading:
            self._set(BUSY)

    def window_is_full(self, is_full: bool) -> None:
        """Does the peer's window keep the next segment back?"""
        if is_full:
            self.start(BY_PEER)
        else:
            self.stop(BY_PEER)

    def spent(self, reading: int) -> int:
        """ns up to now; BUSY counts all three."""
        spent = self._spent[BUSY:] if reading == BUSY else self._spent[reading : reading + 1]
        runs = self.reading == reading or (reading == BUSY and self.reading != IDLE)
        return sum(spent) + (self._elapsed() if runs else 0)

    def _set(self, reading: int) -> None:
        self._spent[self.reading] += self._elapsed()
        self.reading = reading
        self._since = self._tcb.now

    def _elapsed(self) -> int:
        """Linux counts jiffies."""
        jiffy = self._tcb.profile.jiffy or 1
        return (self._tcb.now // jiffy - self._since // jiffy) * jiffy
