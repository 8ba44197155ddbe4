"""The receiving half: bytes in order, what came too early, and the acknowledgments (RFC 9293 3.10.7.4)."""

from __future__ import annotations

from collections import deque
from typing import Final

from simnet import reasons
from simnet.stack.tcp.acks import AckPolicy
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.reassembly import Reassembly
from simnet.stack.tcp.receive_window import ReceiveWindow
from simnet.stack.tcp.tcb import Tcb
from simnet.wire.tcp import FIN


class Receiver:
    """What has arrived and waits to be read."""

    __slots__ = ("_tcb", "window", "acks", "reassembly", "_output", "_queue", "_offset")

    def __init__(
        self, tcb: Tcb, window: ReceiveWindow, acks: AckPolicy, reassembly: Reassembly, output: Output
    ) -> None:
        self._tcb: Final = tcb
        self.window: Final = window
        self.acks: Final = acks
        self.reassembly: Final = reassembly
        self._output: Final = output
        self._queue: deque[bytes] = deque()
        self._offset = 0

    def unread(self) -> int:
        """Bytes in order that the program has not read."""
        tcb = self._tcb
        return tcb.rcv_nxt - tcb.copied_seq - tcb.has_fin

    # --- from the network

    def is_ready(self, length: int) -> bool:
        """Can `length` bytes at rcv_nxt simply be appended?"""
        tcb = self._tcb
        return tcb.rcv_wup + tcb.rcv_wnd - tcb.rcv_nxt >= length and self.reassembly.is_empty()

    def take_in_order(self, data: bytes, flags: int) -> None:
        """Data exactly at rcv_nxt: the flat path of nearly every segment."""
        self._queue.append(data)
        length = len(data)
        self._tcb.rcv_nxt += length
        window = self.window
        if length == window.held_length and window.in_use <= window.buffer:
            window.in_use += window.held_cost  # what `hold` does for one more of the same
        else:
            window.hold(length)
        self.acks.data_arrived(length, flags)

    def take_early(self, data: bytes) -> None:
        """What came with a SYN of a Fast Open; the answer acknowledges it anyway (Linux tcp_fastopen_add_skb)."""
        self._queue.append(data)
        self._tcb.rcv_nxt += len(data)
        self._tcb.has_syn_data = True
        self.window.hold(len(data))

    def _take_rest(self, data: bytes, old: int, flags: int) -> None:
        """All but the first `old` bytes of `data`; how large it was counts with them, as it came."""
        rest = data[old:]
        if rest:
            self._queue.append(rest)
            self.window.hold(len(data))
            self._tcb.rcv_nxt += len(rest)
        self.acks.data_arrived(len(data), flags)

    def take(self, seq: int, data: bytes, flags: int) -> bool:
        """The text and FIN of a segment, wherever they lie; True if the FIN is in order now (Linux tcp_data_queue)."""
        tcb = self._tcb
        has_fin = flags & FIN != 0
        end = seq + len(data) + has_fin
        self.reassembly.forget_duplicate()
        if seq > tcb.rcv_nxt:
            self._take_early(seq, end, data, has_fin, flags)
            return False
        if end <= tcb.rcv_nxt:
            self.refuse_old(seq, end)
            return False
        if seq < tcb.rcv_nxt:
            self.reassembly.duplicated(seq, tcb.rcv_nxt)
        if self.window.offered() == 0 and data:
            self._refuse()
            return False
        if data:
            if seq == tcb.rcv_nxt:
                self.take_in_order(data, flags)
            else:
                self._take_rest(data, tcb.rcv_nxt - seq, flags)
        else:
            if self.window.is_overfull():
                self.acks.demand(reasons.TCP_ACK_FIN)  # a bare FIN is taken all the same, and answered (tcp_data_queue)
            self.window.hold(0)  # it waits to be read as data does
        if has_fin or not self.reassembly.is_empty():
            return self._continue(has_fin)
        return False

    def _continue(self, has_fin: bool) -> bool:
        """Append what was waiting for the gap to close."""
        tcb, reassembly = self._tcb, self.reassembly
        had_gap = not reassembly.is_empty()
        while not has_fin:
            held = reassembly.take(tcb.rcv_nxt)
            if held is None:
                break
            data, has_fin = held
            tcb.rcv_nxt += len(data)
            if data:
                self._queue.append(data)
        if had_gap and (has_fin or reassembly.is_empty()):  # nothing counts that lies beyond a FIN
            self.acks.demand(reasons.TCP_ACK_GAP_FILLED)
        if not has_fin:  # the acknowledgment of a FIN may still report what it ended (Linux tcp_fin)
            reassembly.advanced(tcb.rcv_nxt)
        return has_fin

    def _take_early(self, seq: int, end: int, data: bytes, has_fin: bool, flags: int) -> None:
        if seq >= self._tcb.rcv_nxt + self.window.offered():
            self._refuse()
            return
        self.acks.early_data_arrived(len(data), flags)
        if self.reassembly.insert(seq, end, data, has_fin):
            if self._tcb.has_sack and self.window.grow(len(data)):
                self.window.quick |= 1
            self.window.hold(len(data))
            if self._tcb.has_socket:
                self.window.disordered(self._beyond_gap())

    def refuse_old(self, seq: int, end: int) -> None:
        """All of it was here already: say so at once (RFC 9293 3.10.7.4, first check)."""
        self.reassembly.duplicated(seq, end)
        self.acks.be_quick()
        self.acks.expect(reasons.TCP_ACK_OLD)

    def _refuse(self) -> None:
        """Beyond the window: repeat the acknowledgment."""
        self.acks.be_quick()
        self.acks.expect(reasons.TCP_ACK_PROBE)

    def acknowledge_if_due(self) -> None:
        """After a segment: acknowledge now, or let the delay run."""
        acks = self.acks
        if acks.is_scheduled:
            tcb = self._tcb
            reason = acks.decide(tcb.rcv_nxt - tcb.copied_seq, not self.reassembly.is_empty())
            if reason:
                self._output.acknowledge(reason)

    def _beyond_gap(self) -> int:
        return 0 if self.reassembly.is_empty() else self.reassembly.last_end() - self._tcb.rcv_nxt

    # --- to the program

    def read(self, limit: int) -> bytes:
        """At most `limit` bytes, taken off the queue; may send the acknowledgment that waited for it."""
        queue, window = self._queue, self.window
        if len(queue) == 1 and not self._offset and len(queue[0]) <= limit and not self.reassembly.held:
            data = queue.popleft()
            self._tcb.copied_seq += len(data)
            window.read(0)
            window.in_use = 0  # nothing is left
        else:
            data = self.copy(limit)
        self.copied(len(data))
        return data

    def copied(self, length: int) -> None:
        """A call has read `length` bytes: send the acknowledgment that waited for it."""
        reason = self.acks.read(length, not self._queue)
        if reason:
            self._output.acknowledge(reason)

    def copy(self, limit: int) -> bytes:
        """Take what `peek` gives off the queue."""
        queue, offset = self._queue, self._offset
        data = self.peek(limit)
        left = len(data)
        self._measure(min(left, len(queue[0]) - offset if queue else 0))
        self._drop(left)
        return data

    def skip(self) -> None:
        """Pass over the next byte."""
        self._drop(1)

    def _drop(self, left: int) -> None:
        """The next `left` bytes are not needed any more."""
        queue, offset = self._queue, self._offset
        self._tcb.copied_seq += left
        while queue and left >= len(queue[0]) - offset:
            size = len(queue.popleft())
            left -= size - offset
            offset = 0
            self.window.give_back(size)
        self._offset = offset + left
        if not queue and self.window.in_use and not self.reassembly.held:
            self.window.in_use = 0

    def _measure(self, size: int) -> None:
        """`size` bytes of the first segment are read: Linux measures then, and not what the same call reads next."""
        tcb = self._tcb
        tcb.copied_seq += size
        self.window.read(self._beyond_gap())
        tcb.copied_seq -= size

    def peek(self, limit: int) -> bytes:
        """The next at most `limit` bytes, left on the queue."""
        queue = self._queue
        if not queue:
            return b""
        first = queue[0]
        if len(queue) == 1 or len(first) - self._offset >= limit:
            return first[self._offset : self._offset + limit]
        parts = [first[self._offset :]]
        size = len(parts[0])
        for part in list(queue)[1:]:
            if size >= limit:
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)[:limit]

    def discard(self) -> int:
        """Throw away what was not read; returns how much."""
        count = self.unread()
        self._queue.clear()
        self._offset = 0
        self.window.in_use = 0
        return count
