"""The sending half: the program's bytes, and what of them may leave now (RFC 9293 3.8.6.2.1, Linux tcp_write_xmit).

Does not model: MSG_MORE, urgent data, autocorking and small-queue limits (the device never holds frames back).
"""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.tcp.congestion.control import CongestionControl, CongestionWindow, Phase
from simnet.stack.tcp.flight import Flight, Sent
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.retransmission_timer import RetransmissionTimer
from simnet.stack.tcp.rtt import RoundTrip
from simnet.stack.tcp.send_queue import Piece, SendQueue
from simnet.stack.tcp.tcb import MSS_DEFAULT, Tcb
from simnet.wire.tcp import ACK, FIN, PSH

NAGLE: Final = 0
NAGLE_OFF: Final = 1
CORKED: Final = 2
PUSH: Final = 4  # what is queued goes, Nagle or not
_MAX_BURST: Final = 65_215  # Linux gso_max_size less headers
_MILLISECOND: Final = 1_000_000


class Sender:
    """What waits to be sent."""

    __slots__ = (
        "_tcb", "flight", "window", "_control", "_rtt", "_output", "_timer", "queue", "buffer", "_small_up_to",
        "_pushed_up_to", "last_sent_at", "_bursts", "is_window_limited", "_push_once", "lacked_space",
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
    ) -> None:
        self._tcb: Final = tcb
        self.flight: Final = flight
        self.window: Final = window
        self._control: Final = control
        self._rtt: Final = rtt
        self._output: Final = output
        self._timer: Final = timer
        self.queue: Final = SendQueue()
        self.buffer = tcb.options.send_buffer
        self._small_up_to = 0  # the end of the last small segment (Minshall)
        self._pushed_up_to = 0
        self.last_sent_at = 0
        self._bursts = 0
        self.is_window_limited = False
        self._push_once = False
        self.lacked_space = False  # the program waits for room

    # --- sizes

    def sync_mss(self) -> None:
        """The full segment for this path, at most half of the largest window the peer ever offered."""
        tcb = self._tcb
        mss = min(tcb.path_mtu - 40, tcb.mss_clamp) - (12 if tcb.has_timestamps else 0)
        tcb.mss = self._within_half_window(max(mss, 48))

    def _within_half_window(self, size: int) -> int:
        largest = self._tcb.snd_max_wnd
        limit = largest >> 1 if largest > MSS_DEFAULT else largest
        return max(limit, 36) if limit and size > limit else size

    def current_mss(self) -> int:
        """Data bytes of the next full segment; SACK blocks take their room from it."""
        return self._tcb.mss - self._output.options_length()

    def established(self) -> None:
        """The handshake is over: sizes are known (Linux tcp_init_buffer_space)."""
        self.sync_mss()
        self._small_up_to = self._tcb.snd_una
        self._pushed_up_to = self._tcb.write_seq
        self._expand_buffer()

    def _expand_buffer(self) -> None:
        tcb = self._tcb
        if tcb.options.is_send_buffer_locked:
            return
        size = max(tcb.mss_clamp, tcb.mss) + 448
        memory = (1 << (size - 1).bit_length()) + 256
        segments = max(10, self.window.cwnd, tcb.profile.tcp_reordering + 1)
        wanted = min(2 * segments * memory, tcb.profile.tcp_wmem_max)
        self.buffer = max(self.buffer, wanted)

    def queued(self) -> int:
        """Bytes accepted from the program and not acknowledged."""
        tcb = self._tcb
        return tcb.write_seq - tcb.snd_una

    def has_room(self) -> bool:
        """Is enough of the buffer free to tell the program so (Linux sk_stream_is_writeable)?"""
        queued = self.queued()
        return self.buffer - queued >= queued >> 1

    def make_room(self) -> bool:
        """After acknowledgments: has room appeared for a program that waits for it?"""
        if not self.lacked_space:
            return False
        if self.flight.in_flight() < self.window.cwnd:
            self._expand_buffer()
        if not self.has_room():
            return False
        self.lacked_space = False
        return True

    # --- from the program

    def write(self, data: bytes) -> int:
        """Take as many bytes as there is room for, and send what may leave (Linux tcp_sendmsg)."""
        tcb, queue = self._tcb, self.queue
        mss = self.current_mss()
        goal = max(self._within_half_window(_MAX_BURST) // mss, 1) * mss
        done, length = 0, len(data)
        while done < length:
            tail = queue.tail()
            room = 0 if tail is None else goal - tail.size
            if tail is None or room <= 0:
                if tcb.write_seq - tcb.snd_una >= self.buffer:
                    self.lacked_space = True
                    break
                self._check_idle()
                room = goal
                taken = data[done : done + room]
                queue.add(Piece(taken))
            else:
                taken = data[done : done + room]
                queue.extend_tail(taken)
            done += len(taken)
            tcb.write_seq += len(taken)
            if done < length and len(taken) == room:
                self._push_full_piece()
        self._push_written()
        return done

    def _push_full_piece(self) -> None:
        queue = self.queue
        tail = queue.tail()
        if tail is None:
            return
        if self._is_far_ahead():
            self._mark(tail)
            self.push(PUSH)
        elif queue.head() is tail:
            self.push_one()

    def _push_written(self) -> None:
        tail = self.queue.tail()
        if tail is not None:
            self._mark(tail)
            self.push(self.nagle() if not self.lacked_space else PUSH)

    def _is_far_ahead(self) -> bool:
        """More than half of the peer's window since the last PSH (Linux forced_push)."""
        return self._tcb.write_seq > self._pushed_up_to + (self._tcb.snd_max_wnd >> 1)

    def _mark(self, piece: Piece) -> None:
        piece.is_pushed = True
        self._pushed_up_to = self._tcb.write_seq

    def finish(self) -> None:
        """No more will be written: queue the FIN, on the last data if any waits, and send all."""
        tcb, queue = self._tcb, self.queue
        tail = queue.tail()
        if tail is None:
            tail = Piece(b"")
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
        rule = (NAGLE_OFF if options.nodelay else NAGLE) | (CORKED if options.cork else 0)
        if self._push_once:
            rule |= PUSH
        return rule

    def _check_idle(self) -> None:
        self._push_once = False
        tcb = self._tcb
        if self.flight.packets_out or not tcb.profile.tcp_slow_start_after_idle:
            return
        idle = tcb.now - self.last_sent_at
        if idle > self._rtt.rto:
            self.window.restart(idle, self._rtt.rto)

    # --- what may leave now

    def push(self, nagle: int) -> None:
        """Send all that windows and Nagle allow."""
        self._push(nagle, self._tcb.mss if not self._output.options_length() else self.current_mss(), 0, 1 << 30)

    def push_one(self) -> None:
        """Send the first burst at most."""
        self._push(PUSH, self.current_mss(), 0, 1)

    def push_probe(self) -> bool:
        """Send new data as a tail loss probe, even above the congestion window; False if the peer's is closed."""
        before = self.flight.packets_out
        self._push(NAGLE_OFF, self.current_mss(), 1, 1)
        return self.flight.packets_out > before

    def _push(self, nagle: int, mss: int, extra: int, bursts: int) -> None:
        """Send up to `bursts` bursts; `extra` segments may leave although the congestion window is full."""
        tcb, queue, flight, window = self._tcb, self.queue, self.flight, self.window
        limit_burst = 0
        is_limited = self.is_window_limited = False
        sent = 0
        while bursts:
            piece = queue.head()
            if piece is None:
                break
            in_flight = flight.packets_out - flight.sacked_out - flight.lost_out + flight.retrans_out
            quota = min(max(window.cwnd >> 1, 1), window.cwnd - in_flight)
            if quota <= 0:
                quota = extra
                if not quota:
                    break
            limit_burst = limit_burst or self._burst_limit(mss)
            quota = min(quota, limit_burst)
            if piece.size < quota * mss:
                queue.fill(piece, quota * mss - piece.size)
            space = tcb.snd_una + tcb.snd_wnd - tcb.snd_nxt
            if space < min(piece.size + piece.has_fin, mss):
                self.is_window_limited = True
                break
            if piece.size <= mss:
                rule = nagle if queue.is_last(piece) else PUSH
                if not rule & PUSH and not piece.has_fin and self._must_wait(piece.size < mss, rule):
                    break
                count = piece.size
            else:
                if bursts > 1 and self._should_defer(piece, space, in_flight, mss, limit_burst):
                    is_limited = space > (window.cwnd - in_flight) * mss
                    break
                count = self._split(piece, space, quota * mss, mss, nagle)
            sent += self._send_burst(piece, count, mss)
            bursts -= 1
        self._pushed(sent, is_limited, extra)

    def _pushed(self, sent: int, is_limited: bool, extra: int) -> None:
        window = self.window
        is_limited = is_limited or self.flight.in_flight() >= window.cwnd
        if sent or is_limited:
            window.sent(is_limited, self._rtt.rto)
        if sent:
            if window.is_reducing():
                window.prr_out += sent
            if not extra:
                self._timer.schedule_probe_after_sending()

    def _must_wait(self, is_small: bool, rule: int) -> bool:
        """Nagle as Minshall amended it: a small segment waits while another small one is unacknowledged."""
        if not is_small:
            return False
        if rule & CORKED:
            return True
        return not rule & NAGLE_OFF and self.flight.packets_out > 0 and self._small_up_to > self._tcb.snd_una

    def _split(self, piece: Piece, space: int, most: int, mss: int, nagle: int) -> int:
        """How many bytes of a long piece the next burst takes (Linux tcp_mss_split_point)."""
        if most <= space and not self.queue.is_last(piece):
            return min(most, piece.size)
        needed = min(piece.size, space)
        if most <= needed:
            return most
        rest = needed % mss
        if rest and not nagle & PUSH and self._must_wait(True, nagle):
            return needed - rest
        return needed

    def _should_defer(self, piece: Piece, space: int, in_flight: int, mss: int, limit_burst: int) -> bool:
        """Would waiting for more room make a larger burst soon (Linux tcp_tso_should_defer)?"""
        tcb, window = self._tcb, self.window
        if window.phase is Phase.RECOVERY or window.phase is Phase.LOSS:
            return False
        if tcb.now - self.last_sent_at > _MILLISECOND:
            return False
        room = (window.cwnd - in_flight) * mss
        limit = min(space, room)
        if limit >= limit_burst * mss or (not self.queue.is_last(piece) and limit >= piece.size):
            return False
        if limit >= min(tcb.snd_wnd, window.cwnd * mss) // tcb.profile.tcp_tso_win_divisor:
            return False
        first = self.flight.first()
        if first is None or (tcb.now - first.sent_at) // 1000 < self._rtt.srtt8 >> 4:
            return False
        if (room if room < space else space) <= piece.size:
            return True
        return not piece.has_fin

    def _burst_limit(self, mss: int) -> int:
        """Segments per burst: about 1 ms of the pace, more on short paths (Linux tcp_tso_autosize)."""
        window, srtt8 = self.window, self._rtt.srtt8
        if not srtt8:
            return max(_MAX_BURST // mss, 1)
        ratio = 200 if window.cwnd < window.ssthresh >> 1 else 120
        rate = mss * ratio * max(window.cwnd, self.flight.packets_out) * 80_000 // srtt8
        size = rate >> 10
        shift = self._rtt.minimum >> 9
        if shift < 32:
            size += _MAX_BURST >> shift
        return max(min(size, _MAX_BURST) // mss, self._tcb.profile.tcp_min_tso_segs)

    # --- sending

    def _send_burst(self, piece: Piece, count: int, mss: int) -> int:
        """Send `count` bytes of the first piece, and its FIN when they are its last; returns how many segments."""
        tcb, queue, flight, now = self._tcb, self.queue, self.flight, self._tcb.now
        self._bursts += 1
        was_idle = flight.packets_out == 0
        if flight.packets_out - flight.left_out() + flight.retrans_out == 0:
            self._control.started(now)
        is_final = count == piece.size
        left, sent = count, 0
        while True:
            size = min(left, mss)
            left -= size
            data = queue.take(piece, size)
            flags = ACK
            if not left and is_final:
                flags |= (PSH if piece.is_pushed and size else 0) | (FIN if piece.has_fin else 0)
            seq = tcb.snd_nxt
            tcb.snd_nxt = end = seq + size + (flags & FIN)
            flight.transmissions += 1
            flight.append(Sent(seq, end, data, flags, now, flight.transmissions, flight.delivered, self._bursts))
            sent += 1
            if not left and sent > 1:
                flags |= PSH
            self._output.transmit(seq, flags, data, reasons.TCP_DATA if data else reasons.TCP_FIN)
            if size < mss and size:
                self._small_up_to = end
            if not left:
                break
        self.last_sent_at = now
        self._timer.new_data_sent(was_idle)
        return sent

    def probe_with_data(self, mss: int) -> bool:
        """Send what fits of a window too small to be worth it; False if the window is closed (tcp_write_wakeup)."""
        tcb = self._tcb
        piece = self.queue.head()
        space = tcb.snd_una + tcb.snd_wnd - tcb.snd_nxt
        if piece is None or space <= 0:
            return False
        piece.is_pushed = True
        self._pushed_up_to = max(self._pushed_up_to, tcb.snd_nxt + piece.size)
        self._send_burst(piece, min(piece.size, space, mss), mss)
        return True
