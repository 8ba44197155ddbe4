"""A program at one end: writes its stream, reads the other's to its end, closes; in portions and pauses of chance."""

from __future__ import annotations

from random import Random

from simnet.stack.alarms import NEVER
from simnet.stack.linux_errno import ECONNRESET, ETIMEDOUT
from simnet.stack.linux_socket import IPPROTO_TCP, MSG_EOR, MSG_MORE, TCP_CORK, TCP_NODELAY
from simnet.stack.tcp.connection import Connection
from simnet.units import MILLISECOND, SECOND
from tests.stack.tcp.pair import CALL, Pair


class Silence(Exception):
    """The peer took back its window and then said nothing: Linux gives the connection up (tcp_rtx_probe0_timed_out).

    Twice the longest RTO are enough, and where many segments are lost that RTO is short here.
    """


class Program:
    """`stream` is what it writes, `expected` what it must read."""

    def __init__(self, connection: Connection, stream: bytes, expected: bytes, random: Random, is_server: bool) -> None:
        self.connection = connection
        self.stream = stream
        self.expected = expected
        self.written = 0
        self.got = bytearray()
        self.is_done = False
        self.is_shut = False
        self.random = random
        self.wakes_at = NEVER
        self._pauses = random.choice([0, 0, 5])
        self._reads_first = is_server and random.random() < 0.3
        self._is_at_end = False

    def act(self, pair: Pair, peer_is_done: bool) -> None:
        """Do what can be done now."""
        if self.is_done or pair.now < self.wakes_at < NEVER:
            return
        self.wakes_at = NEVER
        connection = self.connection
        error = connection.take_error()
        if error == ETIMEDOUT and _is_silence(connection, pair.now):
            raise Silence
        if error:
            # the peer had all and is gone; that it acknowledged our FIN was lost
            assert error == ECONNRESET and peer_is_done and self.is_shut, f"errno {error}"
            assert self.got == self.expected, "a reset before the end of the data"
            self.is_done = True
            return
        self._read(pair)
        if connection.is_established() and not self.is_shut and (self._is_at_end or not self._reads_first):
            self._write(pair.now)
        if self._is_at_end and self.is_shut:
            connection.close(CALL, pair.now)
            self.is_done = True

    def _read(self, pair: Pair) -> None:
        while not self._is_at_end:
            if self._pauses and len(self.got) < len(self.expected) and self.random.random() < 0.1:
                self._pauses -= 1
                self.wakes_at = pair.now + self.random.choice([10 * MILLISECOND, SECOND, 20 * SECOND])
                return
            piece = self.connection.receive(self.random.choice([1, 100, 4000, 100_000]), CALL, pair.now)
            if piece is None:
                return
            self._is_at_end = not piece
            self.got += piece

    def _write(self, now: int) -> None:
        random, connection = self.random, self.connection
        if random.random() < 0.02:
            connection.set_option(IPPROTO_TCP, random.choice([TCP_NODELAY, TCP_CORK]), random.randrange(2), now)
        while self.written < len(self.stream):
            size = random.choice([1, 100, 1448, 20_000])
            piece = self.stream[self.written : self.written + size]
            flags = random.choice([MSG_MORE, MSG_EOR, MSG_MORE | MSG_EOR]) if random.random() < 0.05 else 0
            if self.written + size >= len(self.stream):
                flags &= ~MSG_MORE  # who says that more follows gets no PSH at the end
            count = connection.send(piece, CALL, now, flags)
            if not count:
                return
            self.written += count
        connection.shutdown_write(CALL, now)
        self.is_shut = True


def _is_silence(connection: Connection, now: int) -> bool:
    tcb = connection.tcb
    return not tcb.snd_wnd and now - tcb.last_arrival > 2 * tcb.profile.tcp_rto_max
