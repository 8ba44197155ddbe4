"""TCP of one host: which connection a segment belongs to, and what answers those that belong to none.

RFC 9293 3.10.7.1 and 3.10.7.2; order of search as in Linux: connections, half-open ones, TIME-WAIT, listeners.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet import reasons
from simnet.stack.flow_hash import flow_hash
from simnet.stack.host import StackHost
from simnet.stack.linux_errno import EMSGSIZE
from simnet.stack.tcp import half_open, time_wait
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.half_open import HalfOpen
from simnet.stack.tcp.header_prediction import segment_arrives
from simnet.stack.tcp.held import follow_path
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.sequence import unwrap
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp.states import Event, State
from simnet.stack.tcp.tcb import Tcb
from simnet.stack.tcp.time_wait import TimeWait
from simnet.wire.ipv4 import TCP, Ipv4
from simnet.wire.tcp import ACK, FIN, RST, SYN, Tcp

Key = tuple[int, int, int, int]

_MASK: Final = 0xFFFF_FFFF
_ANY: Final = 0


class TcpLayer:
    """All connections of one host, by (local address, local port, remote address, remote port)."""

    __slots__ = ("_host", "_connections", "_half_open", "_waiting", "_listeners", "_secret", "_choose_isn")

    def __init__(self, host: StackHost, choose_isn: Callable[[Key, int], int] | None = None) -> None:
        self._host: Final = host
        self._choose_isn: Final = choose_isn or self._hashed_isn
        self._connections: dict[Key, Connection] = {}
        self._half_open: dict[Key, tuple[HalfOpen, Listener]] = {}
        self._waiting: dict[Key, TimeWait] = {}
        self._listeners: dict[tuple[int, int], Listener] = {}
        self._secret = -1

    # --- segments

    def packet_arrives(self, packet: Ipv4, segment: Tcp, frame_id: int, now: int) -> bool:
        """A whole packet arrived for an address of this host: take it if it is for a connection, the usual case.

        Its source was checked when the connection began, but anyone can forge what this host sends to itself.
        """
        connection = self._connections.get((packet.dst, segment.dst_port, packet.src, segment.src_port))
        if connection is None or connection.tcb.is_internal:
            return False
        if connection.backlog is None:
            segment_arrives(connection, segment, frame_id, packet.tos & 3, now)
        else:
            connection.backlog.append((segment, frame_id, packet.tos & 3))
        return True

    def segment_arrives(self, src: int, dst: int, segment: Tcp, frame_id: int, now: int, ecn: int = 0) -> int:
        """A segment for this host arrived; 0, or the reason why it was discarded."""
        key = (dst, segment.dst_port, src, segment.src_port)
        connection = self._connections.get(key)
        if connection is None:
            return self._arrives_elsewhere(key, segment, frame_id, now)
        if connection.backlog is None:
            segment_arrives(connection, segment, frame_id, ecn, now)
        else:
            connection.backlog.append((segment, frame_id, ecn))
        return 0

    def _arrives_elsewhere(self, key: Key, segment: Tcp, frame_id: int, now: int) -> int:
        opening = self._half_open.get(key)
        if opening is not None:
            return self._arrives_half_open(key, opening[0], opening[1], segment, frame_id, now)
        waiting = self._waiting.get(key)
        isn = -1
        if waiting is not None:
            answer = waiting.arrives(segment, frame_id, now)
            if answer is time_wait.Answer.NOTHING:
                return 0
            listener = self._listener(key)
            if answer is time_wait.Answer.REFUSE or listener is None:
                self.refuse(segment, key[2], key[0], reasons.TCP_RST_DATA_AFTER_CLOSE, frame_id, now)
                return 0
            isn = (waiting.snd_nxt + 65_537) & _MASK
            waiting.forget(Event.ABORTED, frame_id, now)
        listener = self._listener(key)
        if listener is None:
            is_syn = segment.flags & (SYN | ACK) == SYN
            reason = reasons.TCP_RST_REFUSED if is_syn else reasons.TCP_RST_CLOSED
            self.refuse(segment, key[2], key[0], reason, frame_id, now)
            return 0
        return self._arrives_listen(key, listener, segment, frame_id, now, isn)

    def _listener(self, key: Key) -> Listener | None:
        listener = self._listeners.get((key[0], key[1])) or self._listeners.get((_ANY, key[1]))
        if listener is None or len(listener.group) == 1:
            return listener
        return listener.group[flow_hash(self._hash_secret(), key) * len(listener.group) >> 32]

    def _arrives_listen(
        self, key: Key, listener: Listener, segment: Tcp, frame_id: int, now: int, isn: int
    ) -> int:
        """RFC 9293 3.10.7.2: ignore a RST, refuse an ACK, answer a SYN."""
        if segment.flags & RST:
            return reasons.UNACCEPTABLE_SEGMENT
        if segment.flags & ACK:
            self.refuse(segment, key[2], key[0], reasons.TCP_RST_CLOSED, frame_id, now)
            return 0
        if not segment.flags & SYN or segment.flags & FIN:
            return reasons.UNACCEPTABLE_SEGMENT
        if listener.is_full() or listener.half_open >= self._host.profile.tcp_max_syn_backlog:
            return reasons.ACCEPT_QUEUE_FULL
        tcb = self._tcb(key, listener.options.copy(), frame_id, now)
        if isn >= 0:
            tcb.iss = isn
        tcb.state = State.SYN_RECEIVED
        listener.half_open += 1
        self._half_open[key] = (HalfOpen(tcb=tcb, syn=segment, expire=self._half_open_expired), listener)
        self._report(tcb, State.LISTEN, State.SYN_RECEIVED)
        return 0

    def _arrives_half_open(
        self, key: Key, opening: HalfOpen, listener: Listener, segment: Tcp, frame_id: int, now: int
    ) -> int:
        answer = opening.arrives(segment, frame_id, now)
        if answer is half_open.Answer.NOTHING:
            return 0
        if answer is half_open.Answer.REFUSE:
            self.refuse(segment, key[2], key[0], reasons.TCP_RST_UNACCEPTABLE, frame_id, now)
            return 0
        if answer is half_open.Answer.DROP:
            if not segment.flags & RST:
                self.refuse(segment, key[2], key[0], reasons.TCP_RST_UNACCEPTABLE, frame_id, now)
            self._half_open_expired(opening)
            return 0
        if listener.is_full():
            if self._host.profile.tcp_abort_on_overflow:
                self.refuse(segment, key[2], key[0], reasons.TCP_RST_REFUSED, frame_id, now)
                self._half_open_expired(opening)
            return reasons.ACCEPT_QUEUE_FULL
        self._remove_half_open(opening)
        opening.tcb.path_mtu = self._path_mtu(key[2])  # it may have changed since the SYN
        connection = Connection(tcb=opening.tcb, owner=self)
        connection.tcb.has_socket = False
        if listener.binding is not None:
            options = listener.options
            connection.binding = listener.binding.successor(key[0], options.reuse, options.reuseport)
        connection.handshake.adopt(opening.sent_at, opening.repeats)
        connection.acks.last_data_at = now
        self._connections[key] = connection
        segment_arrives(connection, segment, frame_id, opening.tcb.codepoint, now)
        listener.admit(connection)
        return 0

    def refuse(self, segment: Tcp, src: int, dst: int, reason: int, cause: int, now: int) -> None:
        """Answer `segment`, from `src` to `dst`, by a RST, unless it is one (RFC 9293 3.10.7.1)."""
        flags = segment.flags
        if flags & RST:
            return
        if flags & ACK:
            reset = Tcp(segment.dst_port, segment.src_port, segment.ack, 0, RST, 0)
        else:
            ack = (segment.seq + len(segment.data) + (flags & FIN) + (flags & SYN != 0)) & _MASK
            reset = Tcp(segment.dst_port, segment.src_port, 0, ack, RST | ACK, 0)
        self._host.send_ip(dst, src, TCP, reset, 0, reason, cause, now)

    # --- opening

    def connect(
        self, local: int, local_port: int, remote: int, remote_port: int, options: SocketOptions, cause: int, now: int
    ) -> Connection:
        """Begin an active open; the SYN leaves at once (RFC 9293 3.10.1)."""
        key = (local, local_port, remote, remote_port)
        tcb = self._tcb(key, options, cause, now)
        waiting = self._waiting.get(key)
        if waiting is not None:
            tcb.iss = (waiting.snd_nxt + 65_537) & _MASK
            tcb.ts_recent = waiting.ts_recent
            waiting.forget(Event.ABORTED, cause, now)
        connection = Connection(tcb=tcb, owner=self)
        self._connections[key] = connection
        connection.change(Event.ACTIVE_OPEN)
        error = connection.handshake.open()
        if error:
            connection.fail(error)
        return connection

    def listen(
        self, local: int, port: int, backlog: int, options: SocketOptions, on_change: Callable[[], None]
    ) -> Listener:
        """Accept connections to `port`, at address `local` or, if that is 0, at any."""
        listener = Listener(
            local=local, port=port, backlog=backlog, options=options, on_change=on_change, close=self._listener_closed
        )
        first = self._listeners.setdefault((local, port), listener)
        if first is not listener:
            first.group.append(listener)
            listener.group = first.group
        return listener

    def _tcb(self, key: Key, options: SocketOptions, cause: int, now: int) -> Tcb:
        host = self._host
        secret = self._hash_secret()
        local, local_port, remote, remote_port = key
        tcb = Tcb(
            host=host, options=options, local=local, local_port=local_port, remote=remote, remote_port=remote_port
        )
        tcb.now, tcb.cause = now, cause
        tcb.iss = self._choose_isn(key, now) & _MASK
        tcb.ts_offset = flow_hash(secret ^ _MASK, key)
        tcb.identification = host.random(65_536)
        tcb.path_mtu = self._path_mtu(remote)
        tcb.is_internal = host.is_local(remote)
        tcb.choose_fragment()
        return tcb

    def _hash_secret(self) -> int:
        if self._secret < 0:
            self._secret = self._host.random(1 << 62)
        return self._secret

    def _path_mtu(self, remote: int) -> int:
        return self._host.path_mtu(remote)

    def _hashed_isn(self, key: Key, now: int) -> int:
        """RFC 6528, with Linux's clock of 64 ns."""
        return flow_hash(self._secret, key) + (now >> 6)

    # --- errors from the network

    def icmp_error(
        self, src: int, dst: int, src_port: int, dst_port: int, seq: int, error_number: int, now: int
    ) -> None:
        """A router or host could not deliver our segment (RFC 9293 3.9.2.2, RFC 5461)."""
        connection = self._connections.get((src, src_port, dst, dst_port))
        if connection is None:
            return
        tcb = connection.tcb
        number = unwrap(seq, tcb.snd_una)
        if not tcb.snd_una <= number <= tcb.snd_nxt:
            return
        connection.begin(0, now)
        if error_number == EMSGSIZE:
            follow_path(connection)
        elif connection.is_opening() and connection.backlog is None:
            connection.fail(error_number)
        else:
            tcb.soft_error = error_number

    def path_down(self, src: int, dst: int, src_port: int, dst_port: int, seq: int, now: int) -> None:
        """A router knows no way for our segment at present (RFC 6069)."""
        connection = self._connections.get((src, src_port, dst, dst_port))
        if connection is not None and seq == connection.tcb.snd_una & _MASK:
            connection.begin(0, now)
            connection.timeouts.path_down()

    def mtu_changed(self, dst: int, now: int) -> None:
        """The path to `dst` carries larger packets, or only smaller ones."""
        for connection in list(self._connections.values()):
            if connection.tcb.remote == dst:
                connection.begin(0, now)
                follow_path(connection)

    # --- what there is

    def is_connected(self, local: int, local_port: int, remote: int, remote_port: int) -> bool:
        """Do these four numbers belong to a connection, open or waiting?"""
        key = (local, local_port, remote, remote_port)
        return key in self._connections or key in self._half_open or key in self._waiting

    def may_connect(self, local: int, local_port: int, remote: int, remote_port: int) -> bool:
        """May a program that chose these four numbers itself connect?  Remains in TIME-WAIT give way."""
        key = (local, local_port, remote, remote_port)
        waiting = self._waiting.get(key)
        if waiting is not None:
            return waiting.may_be_replaced()
        return key not in self._connections and key not in self._half_open

    def is_free(self, local: int, local_port: int, remote: int, remote_port: int, now: int) -> bool:
        """May this host choose these four numbers for a connection?"""
        waiting = self._waiting.get((local, local_port, remote, remote_port))
        if waiting is not None:
            return waiting.may_be_reused(now)
        return not self.is_connected(local, local_port, remote, remote_port)

    def rows(self) -> list[tuple[State, Key]]:
        """All sockets as netstat lists them: listeners, half-open, connections, TIME-WAIT."""
        rows = [(State.LISTEN, (local, port, 0, 0)) for local, port in self._listeners]
        rows += [(State.SYN_RECEIVED, key) for key in self._half_open]
        rows += [(connection.state, key) for key, connection in self._connections.items()]
        rows += [(waiting.state, key) for key, waiting in self._waiting.items()]
        return rows

    # --- endings

    def forget(self, connection: Connection) -> None:
        """`connection` is over; the port that a program chose stays with its socket."""
        tcb, binding = connection.tcb, connection.binding
        self._connections.pop(_key(tcb), None)
        if binding is not None and (tcb.is_orphan or not binding.is_locked):
            binding.release()

    def wait(self, connection: Connection, state: State, life: int) -> None:
        """Keep what answers late segments of `connection`."""
        tcb = connection.tcb
        waiting = TimeWait(tcb=tcb, state=state, life=life, name=connection.name, expire=self._waited)
        self._waiting[_key(tcb)] = waiting
        binding = connection.binding
        if binding is not None:
            waiting.binding = binding.successor(tcb.local, binding.reuse, binding.reuseport)
            waiting.binding.is_connect_bound = binding.is_connect_bound
        self.forget(connection)

    def _waited(self, waiting: TimeWait) -> None:
        if waiting.binding is not None:
            waiting.binding.release()
        self._waiting.pop((waiting.local, waiting.local_port, waiting.remote, waiting.remote_port), None)

    def _remove_half_open(self, opening: HalfOpen) -> None:
        opening.forget()
        entry = self._half_open.pop(_key(opening.tcb), None)
        if entry is not None:
            entry[1].half_open -= 1

    def _half_open_expired(self, opening: HalfOpen) -> None:
        self._remove_half_open(opening)
        self._report(opening.tcb, State.SYN_RECEIVED, State.CLOSED)

    def _listener_closed(self, listener: Listener, now: int) -> None:
        listener.group.remove(listener)
        if not listener.group:
            del self._listeners[listener.local, listener.port]
        elif self._listeners[listener.local, listener.port] is listener:
            self._listeners[listener.local, listener.port] = listener.group[0]
        for opening, owner in list(self._half_open.values()):
            if owner is listener:
                opening.tcb.now = now
                self._half_open_expired(opening)

    def _report(self, tcb: Tcb, old: State, new: State) -> None:
        observer = self._host.observer
        if observer is not None:
            observer.state_changed(tcb.now, self._host.name, tcb.name(), old.value, new.value, tcb.cause)


def _key(tcb: Tcb) -> Key:
    return (tcb.local, tcb.local_port, tcb.remote, tcb.remote_port)
