"""Data that leaves with a SYN, and what the SYN-ACK says of it (RFC 7413 4.2, Linux tcp_send_syn_data)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp import sack
from simnet.stack.tcp.chronograph import BUSY
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.fast_open import FastOpen, Request
from simnet.stack.tcp.half_open import HalfOpen
from simnet.stack.tcp.handshake import advertised_mss
from simnet.stack.tcp.opened import open_fully
from simnet.stack.tcp.sent import EVER_RETRANSMITTED, Sent
from simnet.wire.tcp import ACK, PSH, Tcp
from simnet.wire.tcp_options import EXPERIMENT

_MOST_OPTIONS: Final = 40  # bytes; reserved whole, for what others on the way may add


def open_with(connection: Connection, request: Request) -> int:
    """Send the SYN with what the request allows; 0, or the errno when it cannot leave."""
    connection.handshake.fast_open = request
    if not request.data:
        return connection.handshake.open(b"")
    tcb, flight = connection.tcb, connection.flight
    most = advertised_mss(tcb.path_mtu, tcb.options.max_segment)
    tcb.mss_clamp = min(request.mss or most, most)
    connection.sender.sizes.sync()
    data = request.data[: min(tcb.path_mtu - _MOST_OPTIONS, tcb.mss_clamp) - _MOST_OPTIONS]
    error = connection.handshake.open(data)
    if error:
        return error
    request.taken = len(data)
    start = tcb.iss + 1
    flight.transmissions += 1
    sent = Sent(start, start + len(data), data, ACK | PSH, tcb.now, flight.transmissions, flight.delivered, 0)
    flight.extend([sent])
    tcb.snd_nxt = tcb.write_seq = sent.end
    connection.sender.write_marks.written(request.flags, len(data) == len(request.data))
    connection.sender.chronograph.start(BUSY)
    return 0


def take(connection: Connection, opening: HalfOpen, data: bytes) -> None:
    """A SYN with `data` has made `connection`, whose SYN-ACK `opening` repeats (Linux tcp_fastopen_create_child)."""
    tcb = connection.tcb
    connection.handshake.opening = opening
    tcb.snd_una = tcb.iss + 1
    tcb.snd_max_wnd = tcb.snd_wnd
    tcb.snd_wl1 = tcb.irs
    open_fully(connection, 0)
    if data:
        connection.receiver.take_early(data)
        tcb.rcv_wup = tcb.rcv_nxt


def learn(memory: FastOpen, connection: Connection, segment: Tcp) -> None:
    """Remember what a SYN-ACK says of cookies (Linux tcp_rcv_fastopen_synack)."""
    request, options = connection.handshake.fast_open, segment.options
    if request is None:
        return
    cookie, tried = options.cookie, 0
    if not request.has_option:
        cookie = None  # unsolicited
    elif not connection.handshake.resent and cookie is None and not request.taken:
        tried = 2 if request.cookie_kind == EXPERIMENT else 1
    memory.remember(connection.remote, options.mss, cookie, options.cookie_kind, tried)


def acknowledged(connection: Connection, segment: Tcp) -> bool:
    """What a SYN-ACK acknowledges of the data; False if some must be sent again, which has begun then."""
    tcb, flight, request = connection.tcb, connection.flight, connection.handshake.fast_open
    if request is None or not request.taken:
        return True
    ack = tcb.iss + (segment.ack - tcb.iss & 0xFFFF_FFFF)
    if connection.handshake.resent:
        for sent in flight.segments():
            sent.marks |= EVER_RETRANSMITTED  # as the SYN was: this measures nothing
    if ack > tcb.snd_una:
        delivered, cwnd = flight.delivered, connection.congestion.cwnd
        connection.ack_processor.arrives(tcb.rcv_nxt, ack, segment.window, sack.SYN_ACKED, ())
        flight.delivered, connection.congestion.cwnd = delivered, cwnd
    first = flight.first()
    if first is not None:
        first.data, first.seq = first.data[max(tcb.snd_una - first.seq, 0) :], max(first.seq, tcb.snd_una)
        connection.timeouts.syn_data_lost()
        return False
    tcb.has_syn_data = True
    return True
