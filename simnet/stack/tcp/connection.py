"""A connection: its parts put together, and the verbs of RFC 9293 3.10 that a socket calls.

Sans-IO: time and causes come in as arguments, segments leave through the host, nothing ever blocks.
"""

from __future__ import annotations

from typing import Callable, Final, Protocol

from simnet import reasons
from simnet.stack.linux_errno import EPIPE, ETIMEDOUT, SocketError
from simnet.stack.linux_socket import ALL_EVENTS, POLLOUT
from simnet.stack.ports import Binding
from simnet.stack.tcp import urgent
from simnet.stack.tcp.bursts import AS_CHOSEN
from simnet.stack.tcp.chronograph import BY_BUFFER
from simnet.stack.tcp.parts import Parts
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp.states import (
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    LAST_ACK,
    SYN_RECEIVED,
    SYN_SENT,
    TIME_WAIT,
    TRANSITIONS,
    Event,
    State,
)
from simnet.stack.tcp.tcb import Tcb
from simnet.wire.tcp import Tcp

_OPENING: Final = (SYN_SENT, SYN_RECEIVED)  # tuples, for hashing an Enum's member is a call
_MAY_SEND: Final = (ESTABLISHED, CLOSE_WAIT)
_OVER: Final = (CLOSED, TIME_WAIT)
_CLOSING: Final = (FIN_WAIT_1, CLOSING, LAST_ACK)
_RESETTABLE: Final = (ESTABLISHED, CLOSE_WAIT, FIN_WAIT_1, FIN_WAIT_2, SYN_RECEIVED)


class Owner(Protocol):
    """Who finds connections by their addresses."""

    def forget(self, connection: Connection) -> None:
        """`connection` is over: segments for it meet nobody from now on."""

    def wait(self, connection: Connection, state: State, life: int) -> None:
        """Answer for `connection`, in TIME-WAIT or closed in FIN-WAIT-2, for `life` ns with little memory."""

    def recall(self, connection: Connection) -> None:
        """`connection` begins: what earlier ones have learned of its path counts for it."""

    def remember(self, connection: Connection) -> None:
        """`connection` ends well: what it has learned of its path is kept."""

    def learn(self, connection: Connection, segment: Tcp) -> None:
        """A SYN-ACK answers a Fast Open: remember what it says of cookies."""

    def refuse(self, segment: Tcp, src: int, dst: int, reason: int, cause: int, now: int) -> None:
        """Answer `segment`, from `src` to `dst`, by a RST (RFC 9293 3.10.7.1)."""


def _nobody() -> None:
    """Until a socket listens."""


class Connection(Parts):
    """One connection.  `on_change` is called whenever it may have become readable, writable or broken.

    `binding`: its claim on the local port, which it shares with its socket.  `woken`: for which events `on_change` was
    called; 0: for the most frequent one, data to read.
    """

    __slots__ = ("owner", "on_change", "woken", "name", "binding", "_last_sample")

    def __init__(self, *, tcb: Tcb, owner: Owner) -> None:
        super().__init__(
            tcb=tcb,
            retransmit=self._retransmit_rang,
            delayed_ack=self._delayed_ack_rang,
            compressed_ack=self._compressed_ack_rang,
            keep_alive=self._keep_alive_rang,
        )
        self.owner: Final = owner
        self.binding: Binding | None = None
        self.on_change: Callable[[], None] = _nobody
        self.woken = 0
        self.sender.write_marks.wake = self.wake
        self.name: Final = tcb.name()
        self._last_sample: dict[str, int] = {}

    # --- what it is

    @property
    def local(self) -> int:
        """The address of this end."""
        return self.tcb.local

    @property
    def local_port(self) -> int:
        """The port of this end."""
        return self.tcb.local_port

    @property
    def remote(self) -> int:
        """The address of the peer."""
        return self.tcb.remote

    @property
    def remote_port(self) -> int:
        """The port of the peer."""
        return self.tcb.remote_port

    @property
    def state(self) -> State:
        """Where in RFC 9293's state diagram it is."""
        return self.tcb.state

    @property
    def options(self) -> SocketOptions:
        """What setsockopt() chose."""
        return self.tcb.options

    @property
    def error(self) -> int:
        """The errno that the next call will meet; 0 if none."""
        return self.tcb.error

    def is_opening(self) -> bool:
        """Is the handshake going on, and nothing to be done before its end?"""
        return self.tcb.state in _OPENING and self.handshake.opening is None

    def is_established(self) -> bool:
        """Is the handshake over and the connection not?"""
        return self.tcb.state is not CLOSED and not self.is_opening()

    def is_closed(self) -> bool:
        """Is there no connection any more, as far as a program can tell?"""
        return self.tcb.state in _OVER

    def is_readable(self) -> bool:
        """Would receive() return at once with data, the end, or an error?"""
        tcb = self.tcb
        return urgent.has_more(tcb, self.receiver.unread()) or tcb.is_read_shut or tcb.error != 0 or tcb.state in _OVER

    def is_writable(self) -> bool:
        """Would send() take bytes, or fail at once?"""
        tcb = self.tcb
        if tcb.error or tcb.is_write_shut or tcb.state in _OVER:
            return True
        return not self.is_opening() and self.sender.buffer.ask()

    def may_send(self) -> bool:
        """Is the sending direction open?"""
        tcb = self.tcb
        is_open = tcb.state in _MAY_SEND or (tcb.state is SYN_RECEIVED and self.handshake.opening is not None)
        return is_open and not tcb.is_write_shut

    def take_error(self) -> int:
        """The pending errno, once; 0 if there is none."""
        number, self.tcb.error = self.tcb.error, 0
        return number

    def info(self, now: int = 0) -> dict[str, int]:
        """TCP_INFO at `now`, or as of the last that happened."""
        self.tcb.now = max(self.tcb.now, now)
        return self.info_reader.describe()

    # --- verbs of the program

    def begin(self, cause: int, now: int) -> None:
        """Whatever is sent next happens at `now` because of `cause`."""
        self.tcb.cause = cause
        self.tcb.now = now

    def send(self, data: bytes, cause: int, now: int, flags: int = 0) -> int:
        """Accept what fits, 0 when full (RFC 9293 3.10.2); `flags`: MSG_MORE, MSG_EOR; SocketError when broken."""
        self.begin(cause, now)
        tcb = self.tcb
        if tcb.error:
            raise SocketError(self.take_error())
        if not self.may_send():
            raise SocketError(EPIPE)
        count = self.sender.write(data, flags)
        self.persist.start_if_needed()
        self.sample()
        return count

    def receive(self, limit: int, cause: int, now: int) -> bytes | None:
        """At most `limit` bytes; None if there are none yet, b"" at the end (RFC 9293 3.10.3)."""
        tcb = self.tcb
        tcb.cause = cause
        tcb.now = now
        if tcb.urgent is not None:
            limit = urgent.up_to_mark(tcb, self.receiver, limit)
        if tcb.rcv_nxt - tcb.has_fin > tcb.copied_seq:
            data = self.receiver.read(limit)
            if tcb.host.observer is not None:
                self.sample()
            return data
        return self._nothing_to_read()

    def peek(self, limit: int) -> bytes | None:
        """As `receive`, but the bytes stay."""
        data = urgent.peek(self.tcb, self.receiver, limit)
        return self._nothing_to_read() if data is None else data

    def _nothing_to_read(self) -> bytes | None:
        tcb = self.tcb
        is_over = tcb.is_read_shut or tcb.state in _OVER
        return b"" if is_over and (tcb.has_fin or not tcb.error) else None

    def shutdown_write(self, cause: int, now: int) -> None:
        """No more will be sent; reading goes on (RFC 9293 3.10.4)."""
        self.begin(cause, now)
        if not self.tcb.is_write_shut:
            self._send_fin()

    def close(self, cause: int, now: int) -> None:
        """The program is done with the connection (RFC 9293 3.10.4, Linux tcp_close)."""
        tcb = self.tcb
        tcb.has_socket, tcb.is_orphan = False, True
        self.on_change = _nobody
        self.begin_close(cause, now)
        if tcb.state is FIN_WAIT_2:
            if tcb.options.linger2 < 0:
                self.abort(cause, now)
            else:
                self.linger()

    def begin_close(self, cause: int, now: int) -> None:
        """What close() does before it may wait for the peer to have everything (SO_LINGER)."""
        self.begin(cause, now)
        tcb = self.tcb
        unread = self.receiver.discard()
        if tcb.state in _OVER:
            return
        if unread:
            self.output.reset(reasons.TCP_RST_UNREAD)
            self.done(Event.ABORTED)
        elif tcb.options.linger == 0:
            self.abort(cause, now)
        elif tcb.state is SYN_SENT:
            self.done(Event.CLOSE)
        else:
            tcb.is_read_shut = True
            self._send_fin()

    def is_closing(self) -> bool:
        """Is our FIN not acknowledged yet?"""
        return self.tcb.state in _CLOSING

    def abort(self, cause: int, now: int) -> None:
        """Throw the connection away and tell the peer (RFC 9293 3.10.5)."""
        self.begin(cause, now)
        if self.tcb.state in _RESETTABLE:
            self.output.reset(reasons.TCP_RST_ABORT)
        if self.tcb.state not in _OVER:
            self.done(Event.ABORTED)

    def set_option(self, level: int, name: int, value: int, now: int) -> bool:
        """setsockopt() on a connection; False if there is no such option."""
        self.tcb.now = now
        if not self.tcb.options.set(level, name, value):
            return False
        self.option_changed(level, name, value)
        return True

    def _send_fin(self) -> None:
        tcb = self.tcb
        if (tcb.state, Event.CLOSE) not in TRANSITIONS or tcb.is_write_shut:
            return
        tcb.is_write_shut = True
        self.change(Event.CLOSE)
        self.sender.finish()
        self.persist.start_if_needed()
        self.sample()

    def linger(self) -> None:
        """Closed, our FIN acknowledged, the peer's outstanding: wait for it a while (Linux tcp_fin_timeout)."""
        self.release()
        self.owner.wait(self, FIN_WAIT_2, self.tcb.fin_wait_2_life())

    def refuse(self, segment: Tcp, reason: int) -> None:
        """Answer `segment` as if this connection did not exist."""
        tcb = self.tcb
        self.owner.refuse(segment, tcb.remote, tcb.local, reason, tcb.cause, tcb.now)

    # --- changes of state

    def change(self, event: Event) -> None:
        """The only line that assigns `tcb.state`; a KeyError here is our bug."""
        tcb = self.tcb
        old = tcb.state
        tcb.state = TRANSITIONS[old, event]
        observer = tcb.host.observer
        if observer is not None:
            observer.state_changed(tcb.now, tcb.host.name, self.name, old.value, tcb.state.value, tcb.cause)

    def done(self, event: Event) -> None:
        """The connection is over: nothing is left but what was received."""
        self.change(event)
        self.release()
        self.owner.forget(self)
        self.wake(ALL_EVENTS)

    def release(self) -> None:
        """Stop all alarms and drop what was to be sent, acknowledgments too."""
        self.deadlines.cancel()
        self.acks.is_scheduled = False
        self.sender.write_marks.drop_all()
        self.tcb.is_read_shut = self.tcb.is_write_shut = True

    def fail(self, number: int) -> None:
        """The connection broke with the errno `number`."""
        self.tcb.error = number
        self.done(Event.ABORTED)

    def time_wait(self) -> None:
        """Both FINs are acknowledged; late segments are answered for a while (RFC 9293 3.6.1)."""
        self.release()
        self.owner.wait(self, TIME_WAIT, self.tcb.profile.tcp_time_wait)
        self.wake(ALL_EVENTS)

    # --- what follows a segment, and alarms

    def settle(self) -> None:
        """After a segment: send what may leave, then what acknowledgment is due (Linux tcp_data_snd_check)."""
        sender = self.sender
        if sender.queue.pieces:
            sender.push(AS_CHOSEN)
            if not self.flight.packets_out:
                self.persist.start_if_needed()
        if sender.buffer.is_asked and sender.buffer.make_room():
            sender.chronograph.stop(BY_BUFFER)
            self.wake(POLLOUT)
        if self.acks.is_scheduled:
            self.receiver.acknowledge_if_due()
        if self.tcb.host.observer is not None:
            self.sample()

    def wake(self, events: int) -> None:
        """Something other than data to read has come: one of `events` may be true now."""
        self.woken |= events
        self.on_change()

    def sample(self) -> None:
        """Tell an observer what changed."""
        tcb = self.tcb
        if tcb.host.observer is not None:
            sample = self.info_reader.sample()
            if sample != self._last_sample:
                self._last_sample = sample
                tcb.host.observer.tcp_sampled(tcb.now, tcb.host.name, self.name, sample)

    def _retransmit_rang(self, now: int) -> None:
        self.begin(0, now)
        if not self.timeouts.fire():
            self.fail(self.tcb.soft_error or ETIMEDOUT)
        self.sample()

    def _delayed_ack_rang(self, now: int) -> None:
        self.begin(0, now)
        if self.acks.expired():
            self.output.acknowledge(reasons.TCP_ACK_DELAYED)

    def _compressed_ack_rang(self, now: int) -> None:
        self.begin(0, now)
        self.output.acknowledge(reasons.TCP_ACK_OUT_OF_ORDER)

    def _keep_alive_rang(self, now: int) -> None:
        self.begin(0, now)
        if not self.keep_alive.fire():
            self.output.reset(reasons.TCP_RST_ABORT)
            self.fail(ETIMEDOUT)
