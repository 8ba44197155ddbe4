"""Ends of writes that are remembered: of records (MSG_EOR), of urgent data (MSG_OOB), and of what is told later.

What a program can be told: when the buffers of a send() with MSG_ZEROCOPY may be used again, and when its last byte
was sent and acknowledged (SO_TIMESTAMPING; Linux tcp_tx_timestamp, __msg_zerocopy_callback).  Nothing is ever really
left uncopied: every device that simnet has would copy it, and Linux says so.
Does not model: the limit of what one notification covers, and of locked memory.
"""

from __future__ import annotations

from collections import deque
from typing import Callable, Final

from simnet.stack.error_queue import ErrorQueue
from simnet.stack.linux_socket import (
    MSG_EOR,
    MSG_OOB,
    MSG_ZEROCOPY,
    POLLERR,
    SCM_TSTAMP_ACK,
    SCM_TSTAMP_SCHED,
    SCM_TSTAMP_SND,
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_ID_TCP,
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_ACK,
    SOF_TIMESTAMPING_TX_SCHED,
    SOF_TIMESTAMPING_TX_SOFTWARE,
)
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.send_queue import SendQueue
from simnet.stack.tcp.sent import NOTICE, RECORD_END, Sent
from simnet.stack.tcp.tcb import Tcb

_TIMES: Final = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK


def _nobody(events: int) -> None:
    """Until a connection listens."""


class _Notice:
    """Up to `end`: calls `first` to `last` with MSG_ZEROCOPY (none: -1), and whether its times are wanted."""

    __slots__ = ("end", "first", "last", "is_timed")

    def __init__(self, end: int, first: int, last: int, is_timed: bool) -> None:
        self.end = end
        self.first = first
        self.last = last
        self.is_timed = is_timed


class WriteMarks:
    """Of one connection; `wake`: told of POLLERR."""

    __slots__ = (
        "_tcb", "_flight", "_queue", "_pending", "_copies", "_has_keys", "_key_base",
        "errors", "wake",
    )  # fmt: skip

    def __init__(self, tcb: Tcb, flight: Flight, queue: SendQueue) -> None:
        self._tcb: Final = tcb
        self._flight: Final = flight
        self._queue: Final = queue
        self._pending: deque[_Notice] = deque()
        self._copies = 0  # calls so far (Linux sk_zckey)
        self._has_keys = tcb.options.timestamping & SOF_TIMESTAMPING_OPT_ID != 0
        self._key_base = 0  # where the keys of times count from (Linux sk_tskey)
        self.errors: Final = ErrorQueue()
        self.wake: Callable[[int], None] = _nobody
        flight.on_notice = self.delivered

    def timestamping_chosen(self, value: int) -> None:
        """SO_TIMESTAMPING was set: keys count from here if they did not before."""
        has_keys = value & SOF_TIMESTAMPING_OPT_ID != 0
        if has_keys and not self._has_keys:
            tcb = self._tcb
            self._key_base = tcb.write_seq if value & SOF_TIMESTAMPING_OPT_ID_TCP else tcb.snd_una
        self._has_keys = has_keys

    def written(self, flags: int, is_whole: bool) -> None:
        """A send() with `flags` was taken up to write_seq, all of it or not: mark its end before anything leaves."""
        if flags & MSG_OOB:
            self._tcb.snd_up = self._tcb.write_seq
            self._tcb.choose_path()
        marks = RECORD_END if flags & MSG_EOR and is_whole else 0
        options = self._tcb.options
        is_copied = bool(flags & MSG_ZEROCOPY) and options.zerocopy
        is_timed = options.timestamping & _TIMES != 0
        pieces = self._queue.pieces
        last = pieces[-1] if pieces else self._flight.last()
        if last is None:
            return
        if is_copied or is_timed:
            self._remember(is_copied, is_timed, bool(last.marks & NOTICE))
            marks |= NOTICE
        last.marks |= marks

    def _remember(self, is_copied: bool, is_timed: bool, is_joined: bool) -> None:
        """What one buffer holds is told of at once, at its end."""
        end = self._tcb.write_seq
        number = self._copies if is_copied else -1
        self._copies += is_copied
        if is_joined and self._pending:
            notice = self._pending[-1]
            notice.end, notice.is_timed = end, notice.is_timed or is_timed
            if is_copied:
                notice.first = number if notice.first < 0 else notice.first
                notice.last = number
        else:
            self._pending.append(_Notice(end, number, number, is_timed))

    def left(self, marks: int, sent: Sent) -> None:
        """What bears `marks` has left for the first time."""
        sent.marks |= marks
        if not marks & NOTICE:
            return
        for notice in self._pending:
            if notice.end == sent.end and notice.is_timed:
                wanted = self._tcb.options.timestamping
                if wanted & SOF_TIMESTAMPING_TX_SCHED:
                    self._tell_time(SCM_TSTAMP_SCHED, notice.end)
                if wanted & SOF_TIMESTAMPING_TX_SOFTWARE:
                    self._tell_time(SCM_TSTAMP_SND, notice.end)

    def delivered(self, end: int) -> None:
        """All up to `end`, which is marked, was acknowledged."""
        pending = self._pending
        while pending and pending[0].end <= end:
            notice = pending.popleft()
            if notice.is_timed and self._tcb.options.timestamping & SOF_TIMESTAMPING_TX_ACK:
                self._tell_time(SCM_TSTAMP_ACK, notice.end)
            self._tell_copies(notice)

    def drop_all(self) -> None:
        """Nothing will be sent or acknowledged any more."""
        self._flight.clear()
        self._queue.clear()
        while self._pending:
            self._tell_copies(self._pending.popleft())
        self._flight.on_notice = self.wake = _nobody  # a connection that is over refers to itself no more

    def _tell_copies(self, notice: _Notice) -> None:
        if notice.first >= 0:
            self.errors.add_copies(notice.first, notice.last)
            self.wake(POLLERR)

    def _tell_time(self, kind: int, end: int) -> None:
        wanted = self._tcb.options.timestamping
        key = end - 1 - self._key_base if wanted & SOF_TIMESTAMPING_OPT_ID else 0
        time = self._tcb.now if wanted & SOF_TIMESTAMPING_SOFTWARE else -1
        self.errors.add_time(kind, key, time, not wanted & SOF_TIMESTAMPING_OPT_TSONLY)
        self.wake(POLLERR)
