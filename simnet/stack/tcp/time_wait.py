"""What remains of a closed connection: it answers late segments for a while (RFC 9293 3.6.1, Linux tcp_minisocks.c).

A closed connection in FIN-WAIT-2 lives here too.  Its segments have IP identification 0, as Linux's.
"""

from __future__ import annotations

from enum import Enum
from typing import Callable, Final

from simnet import reasons
from simnet.stack.ports import Binding
from simnet.stack.tcp.sequence import distance, unwrap
from simnet.stack.tcp.states import TRANSITIONS, Event, State
from simnet.stack.tcp.tcb import Tcb
from simnet.wire.ipv4 import TCP
from simnet.wire.tcp import ACK, FIN, RST, SYN, Tcp
from simnet.wire.tcp_options import NO_OPTIONS, TcpOptions


class Answer(Enum):
    """What a segment for a closed connection calls for."""

    NOTHING = 0
    REFUSE = 1  # a RST
    NEW = 2  # a SYN that may open a new connection in its place


class TimeWait:
    """`snd_nxt` tells where the numbers of a successor must begin; `binding` keeps the local port."""

    __slots__ = (
        "local", "local_port", "remote", "remote_port", "state", "snd_nxt", "_rcv_nxt", "_window_bits", "_window",
        "_has_timestamps", "_ts_offset", "ts_recent", "_ts_recent_at", "_last_oow_ack", "_host", "_alarm", "_expire",
        "_name", "_tos", "binding",
    )  # fmt: skip

    def __init__(self, *, tcb: Tcb, state: State, life: int, name: str, expire: Callable[[TimeWait], None]) -> None:
        self.local: Final = tcb.local
        self.local_port: Final = tcb.local_port
        self.remote: Final = tcb.remote
        self.remote_port: Final = tcb.remote_port
        self.state = state
        self.snd_nxt: Final = tcb.snd_nxt
        self._rcv_nxt = tcb.rcv_nxt
        window = max(tcb.rcv_wup + tcb.rcv_wnd - tcb.rcv_nxt, 0)
        self._window: Final = window
        self._window_bits: Final = window >> tcb.rcv_wscale & 0xFFFF  # cut, not limited
        self._has_timestamps: Final = tcb.has_timestamps
        self._ts_offset: Final = tcb.ts_offset
        self.ts_recent = tcb.ts_recent
        self._ts_recent_at = tcb.ts_recent_at
        self._last_oow_ack = -(1 << 60)  # a limit of its own (Linux tcp_time_wait)
        self._host: Final = tcb.host
        self._expire: Final = expire
        self._name: Final = name
        self._tos: Final = tcb.options.tos
        self.binding: Binding | None = None
        self._alarm: Final = tcb.host.alarms.background(self._rang)
        self._alarm.wait(tcb.now, life, tcb.profile.jiffy)

    def may_be_replaced(self) -> bool:
        """May a program that insists on these four numbers connect again (Linux tcp_twsk_unique)?"""
        return self._has_timestamps

    def may_be_reused(self, now: int) -> bool:
        """May the host choose these four numbers for a new connection (net.ipv4.tcp_tw_reuse)?"""
        profile = self._host.profile
        rule = profile.tcp_tw_reuse
        is_loopback = self.local >> 24 == 127 or self.remote >> 24 == 127
        return (
            self._has_timestamps
            and (rule == 1 or (rule == 2 and is_loopback))
            and self.state is State.TIME_WAIT
            and now - self._ts_recent_at > profile.tcp_tw_reuse_delay
        )

    def _rang(self, now: int) -> None:
        self._change(Event.TIME_WAITED if self.state is State.TIME_WAIT else Event.ABORTED, 0, now)
        self._alarm.retire()
        self._expire(self)

    def _change(self, event: Event, cause: int, now: int) -> None:
        old = self.state
        self.state = TRANSITIONS[old, event]
        observer = self._host.observer
        if observer is not None:
            observer.state_changed(now, self._host.name, self._name, old.value, self.state.value, cause)

    def forget(self, event: Event, cause: int, now: int) -> None:
        """It is over before its time."""
        self._alarm.retire()
        self._change(event, cause, now)
        self._expire(self)

    def arrives(self, segment: Tcp, cause: int, now: int) -> Answer:
        """Process `segment` (Linux tcp_timewait_state_process)."""
        flags = segment.flags
        seq = unwrap(segment.seq, self._rcv_nxt)
        end = seq + len(segment.data) + (flags & FIN) + (flags & SYN != 0)
        value = segment.options.ts_val
        is_old = self._has_timestamps and value >= 0 and distance(self.ts_recent, value) > 0 and not flags & RST
        if self.state is State.FIN_WAIT_2:
            return self._fin_wait_2(segment, seq, end, is_old, cause, now)
        if not is_old and seq == self._rcv_nxt and (seq == end or flags & RST):
            if flags & RST:
                if not self._host.profile.tcp_rfc1337:
                    self.forget(Event.ABORTED, cause, now)
            else:
                self._restart(now)
            return Answer.NOTHING
        if flags & (SYN | ACK | RST) == SYN and not is_old:
            newer = self._has_timestamps and value >= 0 and distance(value, self.ts_recent) > 0
            if seq > self._rcv_nxt or newer:
                return Answer.NEW
        if not flags & RST:
            if is_old or flags & ACK:
                self._restart(now)
            self._acknowledge_limited(end != seq and not flags & SYN, cause, now)
        return Answer.NOTHING

    def _restart(self, now: int) -> None:
        profile = self._host.profile
        self._alarm.wait(now, profile.tcp_time_wait, profile.jiffy)

    def _fin_wait_2(self, segment: Tcp, seq: int, end: int, is_old: bool, cause: int, now: int) -> Answer:
        flags = segment.flags
        if is_old or not (seq == self._rcv_nxt or (end > self._rcv_nxt and seq < self._rcv_nxt + self._window)):
            self._acknowledge_limited(end != seq and not flags & SYN, cause, now)
            return Answer.NOTHING
        if flags & RST:
            self.forget(Event.ABORTED, cause, now)
            return Answer.NOTHING
        if flags & SYN and seq >= self._rcv_nxt:
            return Answer.REFUSE
        if not flags & ACK or end <= self._rcv_nxt or seq == end:
            return Answer.NOTHING
        if not flags & FIN or end != self._rcv_nxt + 1:
            self.forget(Event.ABORTED, cause, now)
            return Answer.REFUSE
        self._rcv_nxt = end
        if self._has_timestamps and segment.options.ts_val >= 0:
            self.ts_recent = segment.options.ts_val
            self._ts_recent_at = now
        self._change(Event.FIN_ARRIVED, cause, now)
        self._restart(now)
        self._acknowledge(reasons.TCP_ACK_FIN, cause, now)
        return Answer.NOTHING

    def _acknowledge_limited(self, has_text: bool, cause: int, now: int) -> None:
        """Data and a FIN are no part of a loop of acknowledgments (Linux tcp_oow_rate_limited)."""
        if not has_text:
            if now - self._last_oow_ack < self._host.profile.tcp_invalid_ratelimit:
                return
            self._last_oow_ack = now
        self._acknowledge(reasons.TCP_ACK_OLD, cause, now)

    def _acknowledge(self, reason: int, cause: int, now: int) -> None:
        options = NO_OPTIONS
        if self._has_timestamps:
            value = (now // 1_000_000 + self._ts_offset) & 0xFFFF_FFFF
            options = TcpOptions(ts_val=value, ts_ecr=self.ts_recent)
        segment = Tcp(
            self.local_port,
            self.remote_port,
            self.snd_nxt & 0xFFFF_FFFF,
            self._rcv_nxt & 0xFFFF_FFFF,
            ACK,
            self._window_bits,
            b"",
            options,
        )
        self._host.send_ip(self.local, self.remote, TCP, segment, 0, reason, cause, now, 0, self._tos)
