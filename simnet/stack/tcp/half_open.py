"""A connection a listener has answered with SYN-ACK and that nobody has acknowledged: SYN-RECEIVED in little memory.

RFC 9293 3.10.7.2 and 3.10.7.4 for that state, as Linux's tcp_check_req.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet import reasons
from simnet.stack.alarms import Alarm
from simnet.stack.tcp import syn_cookies
from simnet.stack.tcp.fast_open import ORDINARY, Welcome
from simnet.stack.tcp.handshake import TIMESTAMPS_LENGTH, Answer, advertised_mss, agree
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.receive_window import ReceiveWindow
from simnet.stack.tcp.sequence import distance, unwrap
from simnet.stack.tcp.tcb import Tcb
from simnet.units import SECOND
from simnet.wire.ipv4 import TCP
from simnet.wire.tcp import ACK, CWR, ECE, FIN, RST, SYN, Tcp
from simnet.wire.tcp_options import TcpOptions

_LONGEST: Final = 120 * SECOND  # between two SYN-ACKs, whatever net.ipv4.tcp_rto_max_ms says (TCP_RTO_MAX)


class HalfOpen:
    """`tcb` becomes the connection's when the handshake completes.  `cookie_size`: the segment size in a SYN cookie.

    `has_child`: after a Fast Open the connection is there at once, and only the SYN-ACK is left to be seen to.
    """

    __slots__ = (
        "tcb", "repeats", "sent_at", "has_child", "_window", "_timeouts", "_alarm", "_expire", "_listener",
        "_stamp_age", "_welcome", "_mss", "_ack",
    )  # fmt: skip

    def __init__(
        self, *, tcb: Tcb, seq: int, options: TcpOptions, listener: Listener, expire: Callable[[HalfOpen], None],
        cookie_size: int = 0,
    ) -> None:  # fmt: skip
        self.tcb: Final = tcb
        self._expire: Final = expire
        self._listener: Final = listener
        self._alarm: Alarm | None = None
        self._timeouts = 0
        self._stamp_age = 0
        self._welcome = ORDINARY
        self.has_child = False
        self.repeats = 0
        self.sent_at = tcb.now
        tcb.irs = seq
        tcb.rcv_nxt = tcb.rcv_wup = tcb.copied_seq = seq + 1
        tcb.advertised_mss = advertised_mss(tcb.path_mtu, tcb.options.max_segment)
        window = ReceiveWindow(tcb)
        has_timestamps = tcb.profile.tcp_timestamps and options.ts_val >= 0
        usual = tcb.advertised_mss - (TIMESTAMPS_LENGTH if has_timestamps else 0)
        self._window = window.open(cookie_size or usual)
        agree(tcb, options, tcb.profile)
        tcb.snd_una = tcb.iss
        tcb.snd_nxt = tcb.write_seq = tcb.iss + 1
        self._mss: Final = tcb.advertised_mss
        self._ack = tcb.rcv_nxt

    def begin(self, syn: Tcp, welcome: Welcome) -> None:
        """Answer `syn`, and wait; `welcome`: what a Fast Open is answered."""
        self._welcome = welcome
        self.has_child = welcome.is_accepted
        if self.has_child:
            self._ack += len(syn.data)
            self._listener.fast_openings += 1
        else:
            self._listener.half_open += 1
            self._listener.young += 1
        self._alarm = self.tcb.host.alarms.foreground(self._rang)
        self._answer(syn)
        self._arm(self._alarm)

    def answer_once(self, syn: Tcp) -> None:
        """Answer `syn` by a SYN cookie, the first number of `tcb`; nobody will remember."""
        tcb = self.tcb
        if tcb.has_timestamps:
            wants_ecn = tcb.profile.tcp_ecn != 0 and syn.flags & (ECE | CWR) == ECE | CWR
            self._stamp_age = syn_cookies.stamp_age(tcb, syn.options, wants_ecn)
        self._answer(syn)

    def _answer(self, syn: Tcp) -> None:
        tcb = self.tcb
        is_asked = syn.flags & (ECE | CWR) == ECE | CWR and (tcb.has_timestamps or self._alarm is not None)
        tcb.agree_on_ecn(tcb.profile.tcp_ecn != 0 and is_asked)
        tcb.snd_wnd = syn.window  # not a window the peer is held to: the ACK of the SYN-ACK tells the first
        self._send(reasons.TCP_SYN_ACK)

    def _arm(self, alarm: Alarm) -> None:
        profile = self.tcb.profile
        longest = profile.tcp_rto_max if self.has_child else _LONGEST
        wait = min(profile.tcp_rto_initial << self._timeouts, longest)
        alarm.wait(self.tcb.now, wait, profile.jiffy)

    def _rang(self, now: int) -> None:
        tcb, listener = self.tcb, self._listener
        tcb.now, tcb.cause = now, 0
        most = tcb.options.syn_retries or tcb.profile.tcp_synack_retries + self.has_child
        if not self.has_child:
            most = listener.synack_retries(most)
        if self._timeouts >= most:
            self._expire(self)
            return
        listener.young -= not self._timeouts and not self.has_child
        self._timeouts += 1
        self._repeat()

    def _repeat(self) -> None:
        """Once more; the wait for an answer begins anew (Linux tcp_check_req)."""
        self.repeats += 1
        self._send(reasons.TCP_RETRANSMIT_SYN_ACK)
        if self._alarm is not None:
            self._arm(self._alarm)

    def forget(self) -> None:
        """It is over, one way or the other."""
        if self._alarm is not None:
            self._alarm.retire()
            self._alarm = None
            if self.has_child:
                self._listener.fast_openings -= 1
            else:
                self._listener.half_open -= 1
                self._listener.young -= not self._timeouts

    def arrives(self, segment: Tcp, cause: int, now: int) -> Answer:
        """Process `segment` in SYN-RECEIVED."""
        tcb = self.tcb
        tcb.now, tcb.cause = now, cause
        flags = segment.flags
        seq = unwrap(segment.seq, tcb.rcv_nxt)
        is_old = (
            tcb.has_timestamps and segment.options.ts_val >= 0 and distance(tcb.ts_recent, segment.options.ts_val) > 0
        )
        if seq == tcb.irs and flags & (SYN | ACK | RST | FIN) == SYN and not is_old:
            if not self._is_limited():
                self._repeat()
            return Answer.NOTHING
        if flags & RST:
            return self._reset(seq)
        if flags & ACK and not self.has_child and segment.ack != tcb.snd_nxt & 0xFFFF_FFFF:
            return Answer.REFUSE
        end = seq + len(segment.data) + (flags & FIN) + (flags & SYN != 0)
        if is_old or not self._in_window(seq, end):
            if (end != seq and not flags & SYN) or not self._is_limited():
                self._acknowledge(reasons.TCP_ACK_OLD)
            return Answer.NOTHING
        if flags & SYN and seq != tcb.irs:
            return Answer.DROP
        if not flags & ACK:
            return Answer.NOTHING
        if tcb.has_timestamps and segment.options.ts_val >= 0 and seq <= tcb.rcv_nxt:
            tcb.ts_recent = segment.options.ts_val
        return Answer.COMPLETE

    def _reset(self, seq: int) -> Answer:
        """Only the exact number resets, another in the window is challenged (RFC 9293 3.10.7.4, RFC 5961 3.2)."""
        if seq == self.tcb.rcv_nxt:
            return Answer.DROP
        if self._in_window(seq, seq) and not self._is_limited():
            self._acknowledge(reasons.TCP_ACK_CHALLENGE)
        return Answer.NOTHING

    def _in_window(self, seq: int, end: int) -> bool:
        first, last = self.tcb.rcv_nxt, self.tcb.rcv_nxt + self.tcb.rcv_wnd
        if seq == first:
            return True
        if end > first and seq < last:
            return True
        return seq == last and seq == end

    def _is_limited(self) -> bool:
        tcb = self.tcb
        if tcb.now - tcb.last_oow_ack < tcb.profile.tcp_invalid_ratelimit:
            return True
        tcb.last_oow_ack = tcb.now
        return False

    def _send(self, reason: int) -> None:
        tcb = self.tcb
        options = TcpOptions(
            mss=self._mss,
            window_scale=tcb.rcv_wscale if tcb.is_scaling else -1,
            sack_permitted=tcb.has_sack,
            ts_val=tcb.timestamp() - self._stamp_age & 0xFFFF_FFFF if tcb.has_timestamps else -1,
            ts_ecr=tcb.ts_recent,
            cookie=self._welcome.cookie,
            cookie_kind=self._welcome.cookie_kind,
        )
        flags = SYN | ACK | ECE if tcb.is_ecn else SYN | ACK
        self._emit(flags, tcb.iss, self._ack, self._window, options, reason)

    def _acknowledge(self, reason: int) -> None:
        tcb = self.tcb
        options = TcpOptions(ts_val=tcb.timestamp() if tcb.has_timestamps else -1, ts_ecr=tcb.ts_recent)
        self._emit(ACK, tcb.snd_nxt, tcb.rcv_nxt, tcb.rcv_wnd >> tcb.rcv_wscale, options, reason)

    def _emit(self, flags: int, seq: int, ack: int, window: int, options: TcpOptions, reason: int) -> None:
        tcb = self.tcb
        segment = Tcp(
            tcb.local_port, tcb.remote_port, seq & 0xFFFF_FFFF, ack & 0xFFFF_FFFF, flags, window, b"", options
        )
        tcb.host.send_ip(
            tcb.local, tcb.remote, TCP, segment, 0, reason, tcb.cause, tcb.now, tcb.options.ttl, tcb.options.tos
        )
