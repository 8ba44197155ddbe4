"""The window a receiver offers, and how it grows (RFC 9293 3.8.6.2, Linux tcp_select_window, tcp_rcv_space_adjust).

Linux charges each segment with the memory it occupies, not with its bytes; the share of payload in it turns buffer
into window.  `occupied` gives what a segment of an Ethernet driver without offloads costs.
Does not model: memory pressure over all sockets, the collapsing of small segments when memory runs short; drivers that
put small segments into pages too (a veth cable that nothing relays hands on what the sender allocated, 832 bytes beside
the data of a segment that left alone: windows grow after segments of 832 to 1151 bytes as well); the merging of a
segment into the spare memory of the one before it (Linux tcp_try_coalesce): a plain veth cable leaves as much, so that
twice the data fits in a small buffer there, unless a packet socket holds the frames, as most captures do.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.tcb import MSS_DEFAULT, MSS_MINIMUM, Tcb

_RATIO_BITS: Final = 8
_RATIO_DEFAULT: Final = 128  # half of the memory is payload until segments have been seen
_MAX_SCALE: Final = 14  # RFC 7323 2.3
_MAX_CLAMP: Final = 65_535 << _MAX_SCALE
_BUFFER_HEAD: Final = 256  # struct sk_buff
_SMALL: Final = 576  # the smallest piece of memory for data; headers of a segment whose data lies in pages
_IN_PAGES: Final = 3500  # drivers receive larger segments into pages
_PAGE: Final = 4096
_ROOM_IN_PAGES: Final = 426  # headers, header room and shared info before data that fills pages
_ROOM: Final = 402  # headers, header room and shared info beside the data in one allocation


def occupied(length: int, largest: int) -> int:
    """The memory, in bytes, that a received segment with `length` bytes of data occupies.

    Where segments may be up to `largest` bytes, beyond what one allocation holds, data lies in pages: on loopback.
    Elsewhere a segment that is too large for a page was merged from several, and lies in whole pages (measured, tun).
    """
    if largest > _IN_PAGES:
        return _BUFFER_HEAD + _SMALL + length
    if length + _ROOM <= _SMALL:
        return _BUFFER_HEAD + _SMALL
    if length + _ROOM_IN_PAGES > _PAGE:
        return _BUFFER_HEAD + -(-(length + _ROOM_IN_PAGES) // _PAGE) * _PAGE
    return _BUFFER_HEAD + max(1024, 1 << (length + _ROOM - 1).bit_length())


class ReceiveWindow:
    """How much the peer may send.  `in_use`: memory of what waits to be read."""

    __slots__ = (
        "_tcb", "buffer", "ratio", "clamp", "limit", "in_use", "rcv_mss", "rtt", "_measured_from", "_measured_at",
        "_last_space", "_rtt_seq", "_rtt_at", "last_ecr", "quick", "backlogged", "_bits", "_bits_in_use",
        "_bits_limit", "held_length", "held_cost",
    )  # fmt: skip

    def __init__(self, tcb: Tcb) -> None:
        self._tcb: Final = tcb
        self.buffer = tcb.options.receive_buffer
        self.ratio = _RATIO_DEFAULT
        self.clamp = _MAX_CLAMP
        self.limit = 0  # Linux rcv_ssthresh: what may be offered now
        self.in_use = 0
        self.rcv_mss = MSS_DEFAULT  # the size of the peer's segments, as far as known
        self.rtt = 0  # microseconds times 8, as seen by the receiver
        self._measured_from = 0
        self._measured_at = 0
        self._last_space = 0
        self._rtt_seq = 0
        self._rtt_at = 0
        self.last_ecr = 0
        self._bits = 0  # the last window advertised, and for what
        self._bits_in_use = -1
        self._bits_limit = -1
        self.held_length = -1  # the last segment's, and what it occupied
        self.held_cost = 0
        self.backlogged = 0  # memory of what had waited for the end of a call, until all of it is dealt with
        self.quick = 0  # how many more acknowledgments leave at once; none when memory is short

    def _window_of(self, space: int) -> int:
        return (space * self.ratio) >> _RATIO_BITS

    def hold(self, length: int) -> None:
        """`length` bytes of one segment wait to be read."""
        in_use = self.in_use
        if in_use > self.buffer:
            self._overflow()
        if length != self.held_length:
            self.held_length = length
            self.held_cost = occupied(length, self._tcb.advertised_mss)
        self.in_use = in_use + self.held_cost

    def is_overfull(self) -> bool:
        """Is there no memory left, even for what was offered?"""
        return self.in_use > self.buffer

    def _overflow(self) -> None:
        """More was offered than there is memory for: the buffer follows, or the window shrinks (tcp_clamp_window)."""
        tcb = self._tcb
        self.quick = 0
        if not tcb.options.is_receive_buffer_locked:
            self.buffer = max(min(self.in_use, tcb.profile.tcp_rmem_max), self.buffer)
        if self.in_use > self.buffer:
            self.limit = min(self.clamp, 2 * tcb.advertised_mss)

    def give_back(self, length: int) -> None:
        """A segment of `length` bytes was read."""
        if length != self.held_length:
            self.held_length = length
            self.held_cost = occupied(length, self._tcb.advertised_mss)
        self.in_use -= self.held_cost

    def full(self) -> int:
        """The window that the whole buffer stands for."""
        return self._window_of(self.buffer)

    def free(self) -> int:
        """The window that the free part of the buffer stands for."""
        return self._window_of(self.buffer - self.backlogged - self.in_use)

    def open(self, mss: int) -> int:
        """The first window, to be offered in a SYN: whole segments of `mss`; also chooses the scale."""
        tcb, profile = self._tcb, self._tcb.profile
        space = self.full()
        if tcb.options.is_receive_buffer_locked:
            self.clamp = space
        if profile.tcp_window_scaling:
            largest = min(max(space, profile.tcp_rmem_max, profile.rmem_max), self.clamp)
            tcb.rcv_wscale = min(max(largest.bit_length() - 16, 0), _MAX_SCALE)
        if space > mss:
            space -= space % mss
        tcb.rcv_wnd = self.limit = space
        return min(space, 65_535)

    def adopt(self) -> None:
        """The first window has been offered already, by a listener."""
        self.limit = self._tcb.rcv_wnd
        if self._tcb.options.is_receive_buffer_locked:
            self.clamp = self.full()

    def established(self) -> None:
        """The handshake is over (Linux tcp_init_buffer_space, tcp_initialize_rcv_mss)."""
        tcb = self._tcb
        mss = tcb.advertised_mss
        hint = min(mss, tcb.mss, tcb.rcv_wnd // 2, MSS_DEFAULT)
        self.rcv_mss = max(hint, MSS_MINIMUM)
        full = self.full()
        self.clamp = min(self.clamp, full)
        if self.clamp > 2 * mss and self.clamp + mss > full:
            self.clamp = max(2 * mss, full - mss)
        self.limit = min(self.limit, self.clamp)
        self._last_space = min(self.limit, tcb.rcv_wnd, 10 * mss)
        self._measured_from = tcb.copied_seq
        self._measured_at = tcb.now

    def offered(self) -> int:
        """What is left of the window last advertised."""
        tcb = self._tcb
        left = tcb.rcv_wup + tcb.rcv_wnd - tcb.rcv_nxt
        return left if left > 0 else 0

    def advertise(self) -> int:
        """Decide the window of a segment about to leave; returns its 16 bits."""
        tcb = self._tcb
        if self.in_use == self._bits_in_use and self.limit == self._bits_limit and tcb.rcv_nxt == tcb.rcv_wup:
            return self._bits
        window = self.choose()
        offered = tcb.rcv_wup + tcb.rcv_wnd - tcb.rcv_nxt
        scale = tcb.rcv_wscale
        if window < offered:
            window = self._kept(offered, window)
        tcb.rcv_wnd = window
        tcb.rcv_wup = tcb.rcv_nxt
        bits = window >> scale
        self._bits = bits = bits if bits < 65_536 else 65_535
        self._bits_in_use = self.in_use
        self._bits_limit = self.limit
        return bits

    def _kept(self, offered: int, window: int) -> int:
        """Never take back what was offered (RFC 9293 3.8.6), unless net.ipv4.tcp_shrink_window says so."""
        scale = self._tcb.rcv_wscale
        if scale and self._tcb.profile.tcp_shrink_window:
            return window
        return -(-offered >> scale) << scale

    def options_changed(self) -> None:
        """SO_RCVBUF may have been set."""
        if self._tcb.options.is_receive_buffer_locked:
            self.buffer = self._tcb.options.receive_buffer
            self._bits_in_use = -1

    def choose(self) -> int:
        """The window worth offering now, silly windows avoided (RFC 9293 3.8.6.2.2, Linux __tcp_select_window)."""
        ratio = self.ratio
        free = ((self.buffer - self.backlogged - self.in_use) * ratio) >> _RATIO_BITS
        allowed = (self.buffer * ratio) >> _RATIO_BITS
        full = self.clamp if self.clamp < allowed else allowed
        mss = self.rcv_mss if self.rcv_mss < full else full
        if mss <= 0:
            return 0
        scale = self._tcb.rcv_wscale
        if free < full >> 1:
            self.quick = 0
            free = (free >> scale) << scale
            if free < allowed >> 4 or free < mss:
                return 0
        if free > self.limit:
            free = self.limit
        elif scale and self._tcb.profile.tcp_shrink_window:
            return (free >> scale) << scale
        if scale:
            return -(-free >> scale) << scale
        window = self._tcb.rcv_wnd
        if window <= free - mss or window > free:
            return free - free % mss
        if mss == full and free > window + (full >> 1):
            return free
        return window

    def measured_segment(self, length: int, whole: int) -> None:
        """The peer's segments are `length` bytes, and arrive as `whole`: see how much of their memory is payload."""
        self.rcv_mss = min(length, self._tcb.advertised_mss)
        old_ratio = self.ratio
        self.ratio = max((whole << _RATIO_BITS) // occupied(whole, self._tcb.advertised_mss), 1)
        if self.ratio == old_ratio:
            return
        clamp = max(self.full(), 1152)
        if clamp != self.clamp:
            if clamp < self.clamp:
                self.limit = min(self.limit, clamp)
            else:
                self.limit = max(min(self._tcb.rcv_wnd, clamp), self.limit)
            self.clamp = clamp
        self._last_space = min(self._last_space, self.clamp)

    def last_space(self) -> int:
        """What the program read in a round trip, at most (tcpi_rcv_space)."""
        return self._last_space

    def grow(self, length: int) -> bool:
        """A segment worth its memory arrived: offer two more; True if the window moved (Linux tcp_grow_window)."""
        room = self.clamp - self.limit
        if room <= 0:
            return False
        free = (((self.buffer - self.backlogged - self.in_use) * self.ratio) >> _RATIO_BITS) - self.limit
        if free <= 0:
            return False
        cost = self.held_cost if length == self.held_length else occupied(length, self._tcb.advertised_mss)
        if (cost * self.ratio) >> _RATIO_BITS > length and not self._is_worth(length):
            return False
        more = 2 * self._tcb.advertised_mss
        if more < 2 * length:
            more = 2 * length
        if more > room:
            more = room
        self.limit += more if more < free else free
        return True

    def _is_worth(self, length: int) -> bool:
        """Linux __tcp_grow_window: would halving the memory of it some times fit a smaller buffer?"""
        memory = self._window_of(occupied(length, self._tcb.advertised_mss)) >> 1
        window = self._window_of(self._tcb.profile.tcp_rmem_max) >> 1
        while self.limit <= window:
            if memory <= length:
                return True
            memory >>= 1
            window >>= 1
        return False

    # --- autotuning: twice what the program reads in a round trip

    def timed(self, echoed: int, now_stamp: int) -> None:
        """A full segment echoed a new timestamp: one round trip as the receiver sees it."""
        if echoed == self.last_ecr:
            return
        self.last_ecr = echoed
        elapsed = (now_stamp - echoed) & 0xFFFF_FFFF
        if elapsed < 0x7FFF_FFFF:
            self._sample(max(elapsed, 1) * 1000, 0)

    def timed_by_window(self) -> None:
        """Without timestamps: a whole window has passed."""
        tcb = self._tcb
        if self._rtt_at == 0:
            self._rtt_at, self._rtt_seq = tcb.now, tcb.rcv_nxt + tcb.rcv_wnd
        elif tcb.rcv_nxt >= self._rtt_seq:
            self._sample(max((tcb.now - self._rtt_at) // 1000, 1), 1)
            self._rtt_at, self._rtt_seq = tcb.now, tcb.rcv_nxt + tcb.rcv_wnd

    def _sample(self, measured: int, by_window: int) -> None:
        if not self.rtt or measured << 3 < self.rtt:
            self.rtt = measured << 3
        elif not by_window and self._tcb.rcv_nxt == self._tcb.copied_seq:
            self.rtt += measured - (self.rtt >> 3)

    def read(self, beyond_gap: int) -> None:
        """The program has read: once per round trip, let the buffer follow its pace (Linux tcp_rcv_space_adjust)."""
        tcb = self._tcb
        rtt = self.rtt
        if not rtt or tcb.now - self._measured_at < (rtt >> 3) * 1000:
            return
        copied = tcb.copied_seq - self._measured_from
        copied -= min(tcb.rcv_nxt - tcb.copied_seq, copied)
        if copied > self._last_space > 0:
            self.enlarge(copied, beyond_gap)
        self._measured_from = tcb.copied_seq
        self._measured_at = tcb.now

    def disordered(self, beyond_gap: int) -> None:
        """Segments wait beyond a gap of `beyond_gap` bytes: make room for them (Linux tcp_data_queue_ofo)."""
        if self._last_space:
            self.enlarge(self._last_space, beyond_gap)

    def enlarge(self, copied: int, beyond_gap: int) -> None:
        """Room for twice `copied`, more while that grows (Linux tcp_rcvbuf_grow)."""
        before, self._last_space = self._last_space, copied
        tcb = self._tcb
        if not tcb.profile.tcp_moderate_rcvbuf or tcb.options.is_receive_buffer_locked:
            return
        wanted = copied << 1
        wanted += (wanted * (copied - before) // before) << 1
        wanted += beyond_gap
        buffer = min((wanted << _RATIO_BITS) // self.ratio, tcb.profile.tcp_rmem_max)
        if buffer > self.buffer:
            self.buffer = buffer
            self.clamp = self._window_of(buffer)
