"""TCP of one host: which connection a segment belongs to, and what answers those that belong to none.

RFC 9293 3.10.7.1 and 3.10.7.2; order of search as in Linux: connections, half-open ones, TIME-WAIT, listeners.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet import reasons
from simnet.stack.flow_hash import Key, flow_hash
from simnet.stack.host import StackHost
from simnet.stack.linux_errno import EMSGSIZE, ETIMEDOUT
from simnet.stack.tcp import syn_data, time_wait
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.fast_open import Request
from simnet.stack.tcp.half_open import HalfOpen
from simnet.stack.tcp.header_prediction import segment_arrives
from simnet.stack.tcp.held import follow_path
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.metrics import Metrics
from simnet.stack.tcp.passive_open import PassiveOpens
from simnet.stack.tcp.sequence import unwrap
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp.states import SYN_RECEIVED, SYN_SENT, Event, State
from simnet.stack.tcp.tcb import Tcb
from simnet.stack.tcp.time_wait import TimeWait
from simnet.wire.ipv4 import TCP, Ipv4
from simnet.wire.tcp import ACK, FIN, RST, SYN, Tcp

_MASK: Final = 0xFFFF_FFFF


class TcpLayer:
    """All connections of one host, by (local address, local port, remote address, remote port)."""

    __slots__ = (
        "_host", "_connections", "_passive", "_half_open", "_waiting", "_secret", "_choose_isn", "fast_open",
        "_metrics",
    )  # fmt: skip

    def __init__(self, host: StackHost, choose_isn: Callable[[Key, int], int] | None = None) -> None:
        self._host: Final = host
        self._choose_isn: Final = choose_isn or self._hashed_isn
        self._connections: dict[Key, Connection] = {}
        self._passive: Final = PassiveOpens(host, self)
        self._half_open: Final = self._passive.half_open
        self.fast_open: Final = self._passive.fast_open
        self._waiting: dict[Key, TimeWait] = {}
        self._metrics: Final = Metrics()
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
        if key in self._half_open:
            return self._passive.arrives_half_open(key, segment, frame_id, now)
        waiting = self._waiting.get(key)
        isn = -1
        if waiting is not None:
            answer = waiting.arrives(segment, frame_id, now)
            if answer is time_wait.Answer.NOTHING:
                return 0
            listener = self._passive.listener(key)
            if answer is time_wait.Answer.REFUSE or listener is None:
                self.refuse(segment, key[2], key[0], reasons.TCP_RST_DATA_AFTER_CLOSE, frame_id, now)
                return 0
            isn = (waiting.snd_nxt + 65_537) & _MASK
            waiting.forget(Event.ABORTED, frame_id, now)
        listener = self._passive.listener(key)
        if listener is None:
            is_syn = segment.flags & (SYN | ACK) == SYN
            reason = reasons.TCP_RST_REFUSED if is_syn else reasons.TCP_RST_CLOSED
            self.refuse(segment, key[2], key[0], reason, frame_id, now)
            return 0
        return self._passive.arrives_listen(key, listener, segment, frame_id, now, isn)

    def opened(self, opening: HalfOpen, listener: Listener, segment: Tcp, frame_id: int, now: int) -> None:
        """`segment` completes a handshake: make the connection, and give it to `listener`."""
        tcb = opening.tcb
        tcb.path_mtu = self._host.path_mtu(tcb.remote)  # it may have changed since the SYN
        connection = self._child(opening, listener)
        connection.acks.last_data_at = now
        segment_arrives(connection, segment, frame_id, tcb.codepoint, now)
        listener.admit(connection)

    def opened_at_once(self, opening: HalfOpen, listener: Listener, data: bytes) -> None:
        """A SYN with `data` makes a connection, by Fast Open."""
        connection = self._child(opening, listener)
        syn_data.take(connection, opening, data)
        listener.admit(connection)

    def gave_up(self, opening: HalfOpen) -> None:
        """Nobody acknowledges the SYN-ACK of a connection that was opened at once."""
        connection = self._connections[_key(opening.tcb)]
        connection.begin(0, opening.tcb.now)
        connection.fail(ETIMEDOUT)

    def _child(self, opening: HalfOpen, listener: Listener) -> Connection:
        tcb = opening.tcb
        connection = self._connections[_key(tcb)] = Connection(tcb=tcb, owner=self)
        tcb.has_socket = False
        if listener.binding is not None:
            options = listener.options
            connection.binding = listener.binding.successor(tcb.local, options.reuse, options.reuseport)
        connection.handshake.adopt(opening.sent_at, opening.repeats)
        return connection

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
        self, local: int, local_port: int, remote: int, remote_port: int, options: SocketOptions, cause: int, now: int,
        request: Request | None = None,
    ) -> Connection:  # fmt: skip
        """Begin an active open; the SYN leaves at once (RFC 9293 3.10.1), with what a Fast Open requests."""
        key = (local, local_port, remote, remote_port)
        tcb = self.tcb(key, options, cause, now)
        waiting = self._waiting.get(key)
        if waiting is not None:
            tcb.iss = (waiting.snd_nxt + 65_537) & _MASK
            tcb.ts_recent = waiting.ts_recent
            waiting.forget(Event.ABORTED, cause, now)
        connection = Connection(tcb=tcb, owner=self)
        self._connections[key] = connection
        connection.change(Event.ACTIVE_OPEN)
        error = connection.handshake.open(b"") if request is None else syn_data.open_with(connection, request)
        if error:
            connection.fail(error)
        return connection

    def listen(
        self, local: int, port: int, backlog: int, options: SocketOptions, on_change: Callable[[], None]
    ) -> Listener:
        """Accept connections to `port`, at address `local` or, if that is 0, at any."""
        return self._passive.listen(local, port, backlog, options, on_change)

    def tcb(self, key: Key, options: SocketOptions, cause: int, now: int) -> Tcb:
        """A new connection's variables."""
        host = self._host
        secret = self.secret()
        local, local_port, remote, remote_port = key
        tcb = Tcb(
            host=host, options=options, local=local, local_port=local_port, remote=remote, remote_port=remote_port
        )
        tcb.now, tcb.cause = now, cause
        tcb.iss = self._choose_isn(key, now) & _MASK
        tcb.ts_offset = flow_hash(secret ^ _MASK, key)
        tcb.identification = host.random(65_536)
        tcb.path_mtu = host.path_mtu(remote)
        tcb.is_internal = host.is_local(remote)
        tcb.choose_fragment()
        return tcb

    def secret(self) -> int:
        """What makes this host's hashes differ from others'; drawn when it is first needed."""
        if self._secret < 0:
            self._secret = self._host.random(1 << 62)
        return self._secret

    def _hashed_isn(self, key: Key, now: int) -> int:
        """RFC 6528, with Linux's clock of 64 ns."""
        return flow_hash(self._secret, key) + (now >> 6)

    # --- errors from the network

    def icmp_error(
        self, src: int, dst: int, src_port: int, dst_port: int, seq: int, error_number: int, now: int
    ) -> None:
        """A router or host could not deliver our segment (RFC 9293 3.9.2.2, RFC 5461)."""
        if not self.is_of_flight(src, dst, src_port, dst_port, seq):
            return
        connection = self._connections[src, src_port, dst, dst_port]
        tcb = connection.tcb
        connection.begin(0, now)
        if error_number == EMSGSIZE:
            follow_path(connection)
        elif (tcb.state is SYN_SENT or tcb.state is SYN_RECEIVED) and connection.backlog is None:
            connection.fail(error_number)
        else:
            tcb.soft_error = error_number

    def is_of_flight(self, src: int, dst: int, src_port: int, dst_port: int, seq: int) -> bool:
        """Does `seq` belong to what a connection has in flight?  Nobody else can quote that (RFC 5927 4.1)."""
        connection = self._connections.get((src, src_port, dst, dst_port))
        if connection is None:
            return False
        tcb = connection.tcb
        first = tcb.snd_una if connection.handshake.opening is None else tcb.iss
        return first <= unwrap(seq, tcb.snd_una) <= tcb.snd_nxt

    def half_open_failed(self, src: int, dst: int, src_port: int, dst_port: int, seq: int, now: int) -> None:
        """The SYN-ACK of a listener cannot be delivered."""
        self._passive.failed(src, dst, src_port, dst_port, seq, now)

    def path_down(self, src: int, dst: int, src_port: int, dst_port: int, seq: int, now: int) -> None:
        """A router knows no way for our segment at present (RFC 6069)."""
        connection = self._connections.get((src, src_port, dst, dst_port))
        if connection is not None and seq == connection.tcb.snd_una & _MASK:
            connection.begin(0, now)
            connection.timeouts.path_down()

    def left(self, packet: Ipv4, segment: Tcp, now: int) -> None:
        """`segment` has waited for the next hop's MAC, and leaves."""
        connection = self._connections.get((packet.src, segment.src_port, packet.dst, segment.dst_port))
        if connection is not None and connection.output.was_held_back:
            connection.output.was_held_back = False
            connection.begin(0, now)
            connection.timeouts.left()

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
        rows = [(State.LISTEN, (local, port, 0, 0)) for local, port in self._passive.listeners]
        rows += [(State.SYN_RECEIVED, key) for key in self._half_open]
        rows += [(connection.state, key) for key, connection in self._connections.items()]
        rows += [(waiting.state, key) for key, waiting in self._waiting.items()]
        return rows

    # --- endings

    def learn(self, connection: Connection, segment: Tcp) -> None:
        """A SYN-ACK answers a Fast Open: remember what it says of cookies."""
        syn_data.learn(self.fast_open, connection, segment)

    def forget(self, connection: Connection) -> None:
        """`connection` is over; the port that a program chose stays with its socket."""
        tcb, binding = connection.tcb, connection.binding
        connection.handshake.welcomed()
        self._connections.pop(_key(tcb), None)
        if binding is not None and (tcb.is_orphan or not binding.is_locked):
            binding.release()

    def wait(self, connection: Connection, state: State, life: int) -> None:
        """Keep what answers late segments of `connection`."""
        self.remember(connection)
        tcb = connection.tcb
        waiting = TimeWait(tcb=tcb, state=state, life=life, name=connection.name, expire=self._waited)
        self._waiting[_key(tcb)] = waiting
        binding = connection.binding
        if binding is not None:
            waiting.binding = binding.successor(tcb.local, binding.reuse, binding.reuseport)
            waiting.binding.is_connect_bound = binding.is_connect_bound
        self.forget(connection)

    def recall(self, connection: Connection) -> None:
        """Take over what earlier connections between the same hosts have learned."""
        self._metrics.recall(connection.tcb, connection.rtt, connection.congestion)

    def remember(self, connection: Connection) -> None:
        """Keep what `connection` has learned of its path."""
        self._metrics.remember(connection.tcb, connection.rtt, connection.congestion)

    def _waited(self, waiting: TimeWait) -> None:
        if waiting.binding is not None:
            waiting.binding.release()
        self._waiting.pop((waiting.local, waiting.local_port, waiting.remote, waiting.remote_port), None)


def _key(tcb: Tcb) -> Key:
    return (tcb.local, tcb.local_port, tcb.remote, tcb.remote_port)
