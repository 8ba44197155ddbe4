"""The sending half: the program's bytes, and what of them may leave now (RFC 9293 3.8.6.2.1, Linux tcp_write_xmit).

Does not model: autocorking; of small-queue limits only what they mean for the send buffer (the device
never holds frames back for a time).
"""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.linux_socket import MSG_MORE, MSG_OOB
from simnet.stack.tcp.bursts import (
    AS_CHOSEN,
    BY_CWND,
    BY_WINDOW,
    CORKED,
    MAX_BURST,
    NAGLE,
    NAGLE_OFF,
    PUSH,
    SEND_NOW,
    Bursts,
)
from simnet.stack.tcp.chronograph import BUSY, BY_BUFFER, BY_PEER, Chronograph
from simnet.stack.tcp.congestion.control import CongestionControl, CongestionWindow
from simnet.stack.tcp.flight import Flight
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.retransmission_timer import RetransmissionTimer
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.segment_size import SegmentSize
from simnet.stack.tcp.send_buffer import SendBuffer
from simnet.stack.tcp.send_queue import Piece, SendQueue
from simnet.stack.tcp.sent import RECORD_END, Sent
from simnet.stack.tcp.tcb import Tcb
from simnet.stack.tcp.write_marks import WriteMarks
from simnet.stack.timer_wheel import in_jiffies
from simnet.wire.tcp import ACK, FIN, PSH


class Sender:
    """What waits to be sent."""

    __slots__ = (
        "_tcb", "flight", "window", "_control", "_rtt", "_output", "_timer", "queue", "buffer", "bursts",
        "_pushed_up_to", "_burst", "_push_once", "_flags", "chronograph", "sizes", "write_marks",
    )  # fmt: skip

    def __init__(
        self,
        tcb: Tcb,
        flight: Flight,
        window: CongestionWindow,
        control: CongestionControl,
        rtt: RoundTrip,
        output: Output,
        timer: RetransmissionTimer,
        queue: SendQueue,
        bursts: Bursts,
        chronograph: Chronograph,
    ) -> None:
        self._tcb: Final = tcb
        self.flight: Final = flight
        self.window: Final = window
        self._control: Final = control
        self._rtt: Final = rtt
        self._output: Final = output
        self._timer: Final = timer
        self.queue: Final = queue
        self.bursts: Final = bursts
        self.chronograph: Final = chronograph
        self.buffer: Final = SendBuffer(tcb, flight, window, queue)
        self.write_marks: Final = WriteMarks(tcb, flight, queue)
        self.sizes: Final = SegmentSize(tcb, output)
        self._pushed_up_to = 0
        self._burst = 0  # their number
        self._push_once = False
        self._flags = 0  # of the write() under way

    def established(self) -> None:
        """The handshake is over: sizes are known (Linux tcp_init_buffer_space)."""
        self.sizes.sync()
        self.bursts.small_up_to = self._tcb.snd_una
        self._pushed_up_to = self._tcb.write_seq
        self.buffer.expand()

    # --- from the program

    def write(self, data: bytes, flags: int) -> int:
        """Take as many bytes as there is room for, and send what may leave (Linux tcp_sendmsg).

        `flags`: MSG_MORE, more follows soon; MSG_EOR, nothing later joins the last byte; MSG_OOB, it is urgent.
        """
        self._flags = flags
        tcb, queue = self._tcb, self.queue
        mss = self.sizes.current()
        goal = mss if flags & MSG_OOB else max(self.sizes.within_half_window(MAX_BURST) // mss, 1) * mss
        done, length = 0, len(data)
        while done < length:
            tail = queue.tail()
            room = 0 if tail is None or tail.marks & RECORD_END else goal - tail.size
            if tail is None or room <= 0:
                if self.buffer.is_full():
                    self.buffer.is_wanted = self.buffer.is_asked = True
                    break
                self._push_once = False
                self.check_idle()
                room = goal
                if tail is None:
                    self.chronograph.start(BUSY)
                taken = data[done : done + room]
                queue.add(Piece(taken))
            else:
                taken = data[done : done + room]
                queue.extend_tail(taken)
                if not done:
                    tail.is_pushed = False  # it ends with this send(), not with the last
            done += len(taken)
            tcb.write_seq += len(taken)
            if done < length and len(taken) == room and not flags & MSG_OOB:
                self._push_full_piece()
        if done and (flags or tcb.options.timestamping):
            self.write_marks.written(flags, done == length)
        self._push_written()
        self.buffer.is_held = False
        self._flags = 0
        return done

    def _push_full_piece(self) -> None:
        queue = self.queue
        tail = queue.tail()
        if tail is None:
            return
        half = self._tcb.snd_max_wnd >> 1
        if self._tcb.write_seq > self._pushed_up_to + half:  # Linux forced_push
            self._mark(tail)
            self.push(PUSH)
        elif queue.head() is tail:
            self.push_one()

    def _push_written(self) -> None:
        tail = self.queue.tail()
        if tail is not None:
            if not self._flags & MSG_MORE:
                self._mark(tail)
            self.push(self.nagle() if not self.buffer.is_wanted else PUSH)

    def _mark(self, piece: Piece) -> None:
        piece.is_pushed = True
        self._pushed_up_to = self._tcb.write_seq

    def finish(self) -> None:
        """No more will be written: queue the FIN, on the last data if any waits, and send all."""
        tcb, queue = self._tcb, self.queue
        tail = queue.tail()
        if tail is None:
            tail = Piece(b"")
            self.chronograph.start(BUSY)
            queue.add(tail)
        tail.has_fin = True
        tcb.write_seq += 1
        self.push(NAGLE_OFF)

    def push_everything(self) -> None:
        """An option changed: what is queued goes now (setting TCP_NODELAY, clearing TCP_CORK)."""
        self._push_once = True
        self.push(self.nagle())

    def nagle(self) -> int:
        """The rule for small segments that the socket's options ask for."""
        options = self._tcb.options
        rule = (NAGLE_OFF if options.nodelay else NAGLE) | (CORKED if options.cork or self._flags & MSG_MORE else 0)
        if self._push_once:
            rule |= PUSH
        return rule

    def check_idle(self) -> None:
        """After a silence the window says little about the path (RFC 5681 4.1, Linux tcp_slow_start_after_idle)."""
        tcb = self._tcb
        if self.flight.packets_out or not tcb.profile.tcp_slow_start_after_idle:
            return
        jiffy = tcb.profile.jiffy
        idle = in_jiffies(tcb.now, jiffy) - in_jiffies(self.bursts.last_sent_at, jiffy)
        if idle > self._rtt.rto:
            self.window.restart(idle, self._rtt.rto)

    # --- what may leave now

    def push(self, nagle: int) -> None:
        """Send all that windows and the rule `nagle` allow."""
        self._push(nagle, self._tcb.mss - self._output.options_length(), 0, 1 << 30)

    def push_one(self) -> None:
        """Send the first burst at most."""
        self._push(PUSH, self.sizes.current(), 0, 1)

    def has_room_for_next(self) -> bool:
        """Would the peer's window take all of the next segment (Linux tcp_snd_wnd_test)?"""
        piece = self.queue.head()
        if piece is None:
            return False
        tcb, mss = self._tcb, self.sizes.current()
        end = tcb.snd_nxt + (mss if piece.size > mss else piece.size + piece.has_fin)
        return end <= tcb.snd_una + tcb.snd_wnd

    def push_probe(self) -> bool:
        """Send new data as a tail loss probe, even above the congestion window; False if the peer's is closed."""
        before = self.flight.packets_out
        self._push(NAGLE_OFF, self.sizes.current(), 1, 1)
        return self.flight.packets_out > before

    def _push(self, nagle: int, mss: int, extra: int, bursts: int) -> None:
        """Send up to `bursts` bursts; `extra` segments may leave although the congestion window is full."""
        tcb, queue, flight, window = self._tcb, self.queue, self.flight, self.window
        pieces = queue.pieces
        limit_burst = sent = 0
        is_limited = is_window_full = False
        self.buffer.begin_sending()
        while bursts and pieces:
            piece = pieces[0]
            in_flight = flight.packets_out - flight.sacked_out - flight.lost_out + flight.retrans_out
            quota = window.cwnd - in_flight
            half = window.cwnd >> 1 or 1
            quota = half if quota > half else quota
            if quota <= 0:
                quota = extra
                if not quota:
                    break
            if not limit_burst:
                limit_burst = self.bursts.limit(mss)
            quota = limit_burst if quota > limit_burst else quota
            if piece.size < quota * mss:
                queue.fill(piece, quota * mss - piece.size)
            space = tcb.snd_una + tcb.snd_wnd - tcb.snd_nxt
            if space < (mss if piece.size > mss else piece.size + piece.has_fin):
                is_window_full = True
                break
            if piece.size <= mss:
                if self._is_held(piece, mss, nagle):
                    break
                count = piece.size
            else:
                wait = self.bursts.should_defer(piece, space, in_flight, mss, limit_burst) if bursts > 1 else SEND_NOW
                if wait:
                    is_limited, is_window_full = wait == BY_CWND, wait == BY_WINDOW
                    break
                rule = self.nagle() if nagle == AS_CHOSEN else nagle
                count = self.bursts.split(piece, space, quota * mss, mss, rule)
            sent += self._send_burst(piece, count, mss)
            bursts -= 1
        self._pushed(sent, is_limited, is_window_full, extra)

    def _is_held(self, piece: Piece, mss: int, nagle: int) -> bool:
        """Does a last, small piece wait for more (Linux tcp_nagle_test)?"""
        tcb = self._tcb
        if piece.has_fin or not self.queue.is_last(piece) or tcb.snd_up > tcb.snd_una:
            return False
        rule = self.nagle() if nagle == AS_CHOSEN else nagle
        if rule & PUSH:
            return False
        return self.bursts.must_wait(piece.size < mss, rule)

    def _pushed(self, sent: int, is_limited: bool, is_window_full: bool, extra: int) -> None:
        window, flight = self.window, self.flight
        if is_window_full or self.chronograph.reading == BY_PEER:
            self.chronograph.window_is_full(is_window_full)
        if not is_limited:
            is_limited = flight.packets_out - flight.sacked_out - flight.lost_out + flight.retrans_out >= window.cwnd
        if sent or is_limited:
            window.sent(is_limited, self._rtt.rto)
            if self.buffer.is_asked and self.queue.is_empty() and not window.is_fully_used():
                self.chronograph.start(BY_BUFFER)
        if sent:
            if window.is_reducing():
                window.prr_out += sent
            if not extra:
                self._timer.schedule_probe_after_sending()

    # --- sending

    def _send_burst(self, piece: Piece, count: int, mss: int) -> int:
        """Send `count` bytes of the first piece, and its FIN when they are its last; returns how many segments."""
        tcb, queue, flight, now = self._tcb, self.queue, self.flight, self._tcb.now
        self._burst += 1
        was_idle = flight.packets_out == 0
        if flight.packets_out - flight.left_out() + flight.retrans_out == 0:
            self._control.started(now, self.bursts.last_sent_at)
        is_final = count == piece.size
        burst, order, delivered = self._burst, flight.transmissions + 1, flight.delivered
        left, seq = count, tcb.snd_nxt
        gone: list[Sent] = []
        while True:
            size = left if left < mss else mss
            end = seq + size
            gone.append(Sent(seq, end, piece.take(size), ACK, now, order, delivered, burst))
            left -= size
            if not left:
                break
            seq = end
            order += 1
        last = gone[-1]
        if is_final:
            last.flags |= (PSH if piece.is_pushed else 0) | (FIN if piece.has_fin else 0)
            last.end += piece.has_fin
        if 0 < len(last.data) < mss:
            self.bursts.small_up_to = last.end
        tcb.snd_nxt = last.end
        flight.transmissions += len(gone)
        self._output.transmit_burst(gone, reasons.TCP_DATA if count else reasons.TCP_FIN)
        flight.extend(gone)
        if is_final and piece.marks:
            self.write_marks.left(piece.marks, last)
        queue.took(piece, count)
        self.buffer.sent(tcb.snd_nxt, len(gone))
        self.bursts.last_sent_at = now
        self._timer.new_data_sent(was_idle)
        return len(gone)

    def probe_with_data(self, mss: int) -> bool:
        """Send what fits of a window too small to be worth it; False if the window is closed (tcp_write_wakeup)."""
        tcb = self._tcb
        piece = self.queue.head()
        space = tcb.snd_una + tcb.snd_wnd - tcb.snd_nxt
        if piece is None or space <= 0:
            return False
        piece.is_pushed = True
        self._pushed_up_to = max(self._pushed_up_to, tcb.snd_nxt + piece.size)
        if piece.size > mss or space < piece.size + piece.has_fin:
            piece = self.queue.part(piece, min(piece.size, space, mss))
        self._send_burst(piece, piece.size, mss)
        return True
