"""Passive opens: listeners, and the connections that become theirs (RFC 9293 3.10.7.2, Linux tcp_conn_request)."""

from __future__ import annotations

from typing import Callable, Final, Protocol

from simnet import reasons
from simnet.stack.flow_hash import Key, flow_hash
from simnet.stack.host import StackHost
from simnet.stack.tcp import syn_cookies
from simnet.stack.tcp.fast_open import ORDINARY, SERVER, FastOpen
from simnet.stack.tcp.half_open import HalfOpen
from simnet.stack.tcp.handshake import Answer
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp.states import State
from simnet.stack.tcp.tcb import Tcb
from simnet.wire.tcp import ACK, FIN, RST, SYN, Tcp
from simnet.wire.tcp_options import TcpOptions

_ANY: Final = 0
_ALWAYS: Final = 2  # of tcp_syncookies


class Opener(Protocol):
    """Who keeps connections and answers what is for none."""

    def tcb(self, key: Key, options: SocketOptions, cause: int, now: int) -> Tcb:
        """A new connection's variables."""

    def opened(self, opening: HalfOpen, listener: Listener, segment: Tcp, frame_id: int, now: int) -> None:
        """`segment` completes a handshake: make the connection, and give it to `listener`."""

    def opened_at_once(self, opening: HalfOpen, listener: Listener, data: bytes) -> None:
        """A SYN with `data` makes a connection, by Fast Open."""

    def gave_up(self, opening: HalfOpen) -> None:
        """Nobody acknowledges the SYN-ACK of a connection that was opened at once."""

    def refuse(self, segment: Tcp, src: int, dst: int, reason: int, cause: int, now: int) -> None:
        """Answer `segment`, from `src` to `dst`, by a RST."""

    def secret(self) -> int:
        """What makes this host's hashes differ from others'."""


class PassiveOpens:
    """The listeners of one host, and the half-open connections of each."""

    __slots__ = ("half_open", "listeners", "fast_open", "_host", "_opener")

    def __init__(self, host: StackHost, opener: Opener) -> None:
        self.half_open: dict[Key, tuple[HalfOpen, Listener]] = {}
        self.listeners: dict[tuple[int, int], Listener] = {}
        self.fast_open: Final = FastOpen(host)
        self._host: Final = host
        self._opener: Final = opener

    # --- listeners

    def listen(
        self, local: int, port: int, backlog: int, options: SocketOptions, on_change: Callable[[], None]
    ) -> Listener:
        """Accept connections to `port`, at address `local` or, if that is 0, at any."""
        listener = Listener(
            local=local, port=port, backlog=backlog, options=options, on_change=on_change, close=self._closed
        )
        first = self.listeners.setdefault((local, port), listener)
        if first is not listener:
            first.group.append(listener)
            listener.group = first.group
        return listener

    def listener(self, key: Key) -> Listener | None:
        """Who listens for a segment with these addresses and ports; of a group with SO_REUSEPORT, one."""
        listener = self.listeners.get((key[0], key[1])) or self.listeners.get((_ANY, key[1]))
        if listener is None or len(listener.group) == 1:
            return listener
        return listener.group[flow_hash(self._opener.secret(), key) * len(listener.group) >> 32]

    def _closed(self, listener: Listener, now: int) -> None:
        listener.group.remove(listener)
        if not listener.group:
            del self.listeners[listener.local, listener.port]
        elif self.listeners[listener.local, listener.port] is listener:
            self.listeners[listener.local, listener.port] = listener.group[0]
        for opening, owner in list(self.half_open.values()):
            if owner is listener:
                opening.tcb.now = now
                self._expired(opening)

    # --- segments

    def arrives_listen(
        self, key: Key, listener: Listener, segment: Tcp, frame_id: int, now: int, isn: int
    ) -> int:
        """RFC 9293 3.10.7.2: ignore a RST, refuse an ACK, answer a SYN.  `isn`: -1, or what to begin with."""
        if segment.flags & RST:
            return reasons.UNACCEPTABLE_SEGMENT
        if segment.flags & ACK:
            return self._ack_arrives(key, listener, segment, frame_id, now)
        if not segment.flags & SYN or segment.flags & FIN:
            return reasons.UNACCEPTABLE_SEGMENT
        profile = self._host.profile
        wants_cookie = isn < 0 and (profile.tcp_syncookies == _ALWAYS or listener.is_queue_full())
        if listener.is_full() or (isn < 0 and self._is_without_room(listener)):
            return reasons.ACCEPT_QUEUE_FULL
        tcb = self._opener.tcb(key, listener.options.copy(), frame_id, now)
        tcb.state = State.SYN_RECEIVED
        if wants_cookie:
            self._send_cookie(key, listener, tcb, segment)
            return 0
        if isn >= 0:
            tcb.iss = isn
        opening = HalfOpen(tcb=tcb, seq=segment.seq, options=segment.options, listener=listener, expire=self._expired)
        welcome = ORDINARY
        if profile.tcp_fastopen & SERVER and listener.takes_fast_opens():
            welcome = self.fast_open.welcome(segment, key[2], key[0], listener.options)
        opening.begin(segment, welcome)
        self._report(tcb, State.LISTEN, State.SYN_RECEIVED)
        if welcome.is_accepted:
            self._opener.opened_at_once(opening, listener, segment.data)
        else:
            self.half_open[key] = (opening, listener)
        return 0

    def _is_without_room(self, listener: Listener) -> bool:
        """Without SYN cookies, are there too many half-open connections?"""
        profile = self._host.profile
        if profile.tcp_syncookies:
            return False
        most = profile.tcp_max_syn_backlog
        return listener.is_queue_full() or most - listener.half_open < most >> 2

    def _send_cookie(self, key: Key, listener: Listener, tcb: Tcb, syn: Tcp) -> None:
        """Answer `syn` without keeping anything."""
        listener.overflowed_at = tcb.now
        asked = syn.options
        mss = asked.mss if asked.mss > 0 else 536
        tcb.iss, _ = syn_cookies.cookie(self._opener.secret(), key, syn.seq, mss, tcb.now)
        options = asked if asked.ts_val >= 0 and tcb.profile.tcp_timestamps else TcpOptions(mss=mss)
        opening = HalfOpen(tcb=tcb, seq=syn.seq, options=options, listener=listener, expire=self._expired)
        opening.answer_once(syn)

    def _ack_arrives(self, key: Key, listener: Listener, segment: Tcp, frame_id: int, now: int) -> int:
        """For nobody, unless it returns a cookie."""
        profile = self._host.profile
        mss = 0
        if profile.tcp_syncookies and not segment.flags & SYN and now - listener.overflowed_at <= syn_cookies.VALID:
            mss = syn_cookies.size_in(self._opener.secret(), key, segment, now)
        if not mss:
            self._opener.refuse(segment, key[2], key[0], reasons.TCP_RST_CLOSED, frame_id, now)
            return 0
        if listener.is_full():
            return reasons.ACCEPT_QUEUE_FULL
        tcb = self._opener.tcb(key, listener.options.copy(), frame_id, now)
        tcb.state = State.SYN_RECEIVED
        tcb.iss = segment.ack - 1
        options, is_ecn = syn_cookies.agreed(tcb, segment, mss)
        opening = HalfOpen(
            tcb=tcb, seq=segment.seq - 1, options=options, listener=listener, expire=self._expired, cookie_size=mss
        )
        opening.repeats = 1  # how long the answer took only a timestamp can tell
        tcb.agree_on_ecn(is_ecn and profile.tcp_ecn != 0)
        self._report(tcb, State.LISTEN, State.SYN_RECEIVED)
        self._opener.opened(opening, listener, segment, frame_id, now)
        return 0

    def arrives_half_open(self, key: Key, segment: Tcp, frame_id: int, now: int) -> int:
        """A segment for a half-open connection (RFC 9293 3.10.7.4 in SYN-RECEIVED)."""
        opening, listener = self.half_open[key]
        answer = opening.arrives(segment, frame_id, now)
        if answer is Answer.NOTHING:
            return 0
        if answer is Answer.REFUSE:
            self._opener.refuse(segment, key[2], key[0], reasons.TCP_RST_UNACCEPTABLE, frame_id, now)
            return 0
        if answer is Answer.DROP:
            if not segment.flags & RST:
                self._opener.refuse(segment, key[2], key[0], reasons.TCP_RST_UNACCEPTABLE, frame_id, now)
            self._expired(opening)
            return 0
        if listener.is_full():
            if self._host.profile.tcp_abort_on_overflow:
                self._opener.refuse(segment, key[2], key[0], reasons.TCP_RST_REFUSED, frame_id, now)
                self._expired(opening)
            return reasons.ACCEPT_QUEUE_FULL
        self._remove(opening)
        self._opener.opened(opening, listener, segment, frame_id, now)
        return 0

    def _remove(self, opening: HalfOpen) -> None:
        opening.forget()
        tcb = opening.tcb
        self.half_open.pop((tcb.local, tcb.local_port, tcb.remote, tcb.remote_port), None)

    def failed(self, src: int, dst: int, src_port: int, dst_port: int, seq: int, now: int) -> None:
        """The SYN-ACK cannot be delivered: forget it, silently, for no program knows of it (Linux tcp_req_err)."""
        entry = self.half_open.get((src, src_port, dst, dst_port))
        if entry is not None and seq == entry[0].tcb.iss & 0xFFFF_FFFF:
            entry[0].tcb.now = now
            self._expired(entry[0])

    def _expired(self, opening: HalfOpen) -> None:
        if opening.has_child:
            self._opener.gave_up(opening)
            return
        self._remove(opening)
        self._report(opening.tcb, State.SYN_RECEIVED, State.CLOSED)

    def _report(self, tcb: Tcb, old: State, new: State) -> None:
        observer = self._host.observer
        if observer is not None:
            observer.state_changed(tcb.now, self._host.name, tcb.name(), old.value, new.value, tcb.cause)
