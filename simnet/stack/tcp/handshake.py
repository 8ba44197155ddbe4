"""Opening: SYNs and SYN-ACKs of a connection's own, their options and their repetition (RFC 9293 3.5, 3.10.1).

A listener answers SYNs by `half_open.py`; here are the active open and the SYN-ACK of a simultaneous open.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol

from simnet import reasons
from simnet.stack.profile import Profile
from simnet.stack.tcp.deadlines import RETRANSMIT, Deadlines
from simnet.stack.tcp.fast_open import Request
from simnet.stack.tcp.output import Output
from simnet.stack.tcp.receive_window import ReceiveWindow
from simnet.stack.tcp.rtt import RoundTrip, backed_off
from simnet.stack.tcp.states import State
from simnet.stack.tcp.tcb import MSS_DEFAULT, Tcb
from simnet.wire.tcp import ACK, CWR, ECE, SYN, Tcp
from simnet.wire.tcp_options import TcpOptions

TIMESTAMPS_LENGTH: Final = 12
_LEAST_ADVERTISED: Final = 256  # Linux net.ipv4.route.min_adv_mss
_SOON_JIFFIES: Final = 2  # Linux TCP_TIMEOUT_MIN


class Answer(Enum):
    """What a segment means for a half-open connection."""

    NOTHING = 0
    COMPLETE = 1
    REFUSE = 2  # answer by RST, stay
    DROP = 3  # reset: forget it


def advertised_mss(path_mtu: int, max_segment: int) -> int:
    """The MSS to announce for a path: its MTU less two headers of 20 bytes (RFC 9293 3.7.1)."""
    mss = max(path_mtu - 40, _LEAST_ADVERTISED)
    return min(mss, max_segment) if max_segment else mss


def agree(tcb: Tcb, options: TcpOptions, profile: Profile) -> None:
    """Take the peer's MSS, and of the extensions those that both ends offer (RFC 7323 1.3, RFC 2018 2)."""
    tcb.mss_clamp = options.mss if options.mss > 0 else MSS_DEFAULT
    if tcb.options.max_segment:
        tcb.mss_clamp = min(tcb.mss_clamp, tcb.options.max_segment)
    tcb.has_sack = bool(profile.tcp_sack) and options.sack_permitted
    tcb.has_timestamps = bool(profile.tcp_timestamps) and options.ts_val >= 0
    if tcb.has_timestamps:
        tcb.ts_recent = options.ts_val
        tcb.ts_recent_at = tcb.now
    tcb.is_scaling = bool(profile.tcp_window_scaling) and options.window_scale >= 0
    if tcb.is_scaling:
        tcb.snd_wscale = min(options.window_scale, 14)
    else:
        tcb.snd_wscale = tcb.rcv_wscale = 0


class Opening(Protocol):
    """`half_open.HalfOpen`, which see."""

    repeats: int

    def forget(self) -> None:
        """It is over, one way or the other."""

    def arrives(self, segment: Tcp, cause: int, now: int) -> Answer:
        """Process `segment` in SYN-RECEIVED."""


class Handshake:
    """`attempts`: how often the SYN was repeated for want of an answer; `resent`: for whatever reason.

    `fast_open`: what was to go with the first SYN; `opening`: what still waits for the ACK of the SYN-ACK of a
    connection that exists since its SYN, by Fast Open.
    """

    __slots__ = (
        "_tcb", "_window", "_output", "_rtt", "_deadlines", "_sent_at", "attempts", "resent", "_offered", "fast_open",
        "opening",
    )  # fmt: skip

    def __init__(self, tcb: Tcb, window: ReceiveWindow, output: Output, rtt: RoundTrip, deadlines: Deadlines) -> None:
        self._tcb: Final = tcb
        self._window: Final = window
        self._output: Final = output
        self._rtt: Final = rtt
        self._deadlines: Final = deadlines
        self._offered = 0  # the scale offered, which a peer may refuse
        self._sent_at = 0
        self.attempts = 0
        self.resent = 0
        self.fast_open: Request | None = None
        self.opening: Opening | None = None

    def open(self, data: bytes) -> int:
        """Send the first SYN, with `data` of a Fast Open; 0, or the errno when it cannot leave."""
        tcb = self._tcb
        tcb.advertised_mss = advertised_mss(tcb.path_mtu, tcb.options.max_segment)
        self._window.open(tcb.advertised_mss)
        self._offered = tcb.rcv_wscale
        tcb.snd_una = tcb.iss
        tcb.snd_nxt = tcb.write_seq = tcb.iss + 1
        self._sent_at = tcb.now
        error = self._send_syn(reasons.TCP_SYN, data)
        self._deadlines.arm(RETRANSMIT, tcb.now, self._rtt.rto)
        return error

    def _send_syn(self, reason: int, data: bytes) -> int:
        tcb = self._tcb
        flags = SYN | ECE | CWR if self._asks_for_ecn() else SYN
        options = self._options(tcb.ts_recent)
        if self.fast_open is not None and not self.resent:
            options = self.fast_open.options_with_cookie(options)
        return self._output.handshake(flags, 0, options, reason, data)

    def _asks_for_ecn(self) -> bool:
        """The first SYN may, repetitions do not: something may drop those that do (RFC 3168 6.1.1.1)."""
        profile = self._tcb.profile
        return profile.tcp_ecn == 1 and not (self.attempts and profile.tcp_ecn_fallback)

    def answer(self, reason: int) -> None:
        """Send the SYN-ACK of a simultaneous open (RFC 9293 3.5, figure 8); the SYN's alarm goes on."""
        tcb = self._tcb
        flags = SYN | ACK | ECE if tcb.is_ecn else SYN | ACK
        self._output.handshake(flags, tcb.rcv_nxt, self._options(tcb.ts_recent), reason)

    def _options(self, echo: int) -> TcpOptions:
        """Everything the profile knows; a simultaneous open's SYN-ACK repeats the SYN's (Linux tcp_send_synack)."""
        tcb, profile = self._tcb, self._tcb.profile
        return TcpOptions(
            mss=tcb.advertised_mss,
            window_scale=self._offered if profile.tcp_window_scaling else -1,
            sack_permitted=bool(profile.tcp_sack),
            ts_val=tcb.timestamp() if profile.tcp_timestamps else -1,
            ts_ecr=echo,
        )

    def repeat(self) -> bool:
        """No answer in time: once more, or False when enough were tried (Linux tcp_write_timeout)."""
        tcb, profile = self._tcb, self._tcb.profile
        most = tcb.options.syn_retries or profile.tcp_syn_retries
        limit = tcb.options.user_timeout
        longest = limit or backed_off(most, profile.tcp_rto_initial, profile.tcp_rto_max)
        if tcb.state is State.SYN_SENT:
            most += profile.tcp_syn_linear_timeouts
        if self.attempts >= most or (self.attempts and tcb.now - self._sent_at >= longest):
            return False
        self.attempts += 1
        if tcb.state is not State.SYN_SENT or self.attempts > profile.tcp_syn_linear_timeouts:
            self._rtt.back_off()
        if tcb.state is State.SYN_SENT:
            self.resend(reasons.TCP_RETRANSMIT_SYN)
        else:
            self.answer(reasons.TCP_RETRANSMIT_SYN_ACK)
        left = self._sent_at + limit - tcb.now if limit else self._rtt.rto
        self._deadlines.arm(RETRANSMIT, tcb.now, min(self._rtt.rto, max(left, 1)))
        return True

    def resend(self, reason: int) -> None:
        """The SYN once more, without what went with the first, and announcing what the path carries today."""
        tcb = self._tcb
        self.resent += 1
        tcb.advertised_mss = min(tcb.advertised_mss, advertised_mss(tcb.path_mtu, tcb.options.max_segment))
        if not self._output.is_held_back(tcb.iss):
            self._send_syn(reason, b"")

    def hasten(self) -> None:
        """The peer thinks of an older connection, and our RST will make it forget: repeat the first SYN soon."""
        if not self.attempts:
            delay = max(_SOON_JIFFIES * self._tcb.profile.jiffy, 1)
            self._deadlines.arm(RETRANSMIT, self._tcb.now, delay)

    def was_hasty(self, echoed: int) -> bool:
        """Does the answer come to the first SYN, so that the others left too early (tcp_try_undo_spurious_syn)?"""
        tcb = self._tcb
        first = self._sent_at // 1_000_000 + tcb.ts_offset & 0xFFFF_FFFF
        return tcb.has_timestamps and echoed == first

    def has_sent_at(self, stamp: int) -> bool:
        """Is `stamp` a time of ours between the first SYN and now (RFC 7323 3.2)?"""
        tcb = self._tcb
        first = self._sent_at // 1_000_000 + tcb.ts_offset & 0xFFFF_FFFF
        return (stamp - first & 0xFFFF_FFFF) <= (tcb.timestamp() - first & 0xFFFF_FFFF)

    def welcomed(self) -> None:
        """A connection by Fast Open: its SYN-ACK is acknowledged, or never will be."""
        if self.opening is not None:
            self.resent = self.opening.repeats
            self.opening.forget()
            self.opening = None

    def adopt(self, sent_at: int, repeats: int) -> None:
        """A listener has sent the SYN-ACK, first at `sent_at`."""
        self._sent_at = sent_at
        self.attempts = self.resent = repeats
        self._window.adopt()

    def measure(self, echoed: int) -> None:
        """The SYN is acknowledged: the first round trip, by the timestamp if it was repeated (RFC 6298 3)."""
        tcb = self._tcb
        measured = -1
        if not self.resent:
            measured = (tcb.now - self._sent_at) // 1000
        elif tcb.has_timestamps and echoed:
            measured = max((tcb.timestamp() - echoed) & 0xFFFF_FFFF, 1) * 1000
        if measured < 0:
            self._rtt.fall_back()
        else:
            self._rtt.sample(measured, measured, tcb.snd_una, tcb.snd_nxt, tcb.now)
        self._deadlines.disarm()
