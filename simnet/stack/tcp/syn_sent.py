"""A segment arrives in SYN-SENT: RFC 9293 3.10.7.3, and what makes a connection established."""

from __future__ import annotations

from simnet import reasons
from simnet.stack.linux_errno import ECONNREFUSED
from simnet.stack.linux_socket import ALL_EVENTS
from simnet.stack.tcp import syn_data
from simnet.stack.tcp.congestion.control import LOSS
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.fin import take_fin
from simnet.stack.tcp.handshake import agree
from simnet.stack.tcp.opened import open_fully
from simnet.stack.tcp.states import Event
from simnet.wire.tcp import ACK, CWR, ECE, FIN, RST, SYN, Tcp


def segment_arrives(connection: Connection, segment: Tcp) -> None:
    """First the ACK, second the RST, fourth the SYN bit."""
    flags = segment.flags
    if flags & ACK and not _is_ack_acceptable(connection, segment):
        if not flags & RST:
            connection.refuse(segment, reasons.TCP_RST_UNACCEPTABLE)
        return
    if flags & RST:
        if flags & ACK:
            connection.fail(ECONNREFUSED)
        return
    if not flags & SYN:
        return
    _take_syn(connection, segment)
    if flags & ACK:
        _syn_ack_arrived(connection, segment)
    else:
        _syns_crossed(connection)


def _is_ack_acceptable(connection: Connection, segment: Tcp) -> bool:
    """Of our SYN, and echoing a time at which we sent it; another's answer hurries the SYN's repetition."""
    tcb = connection.tcb
    if not 0 < (segment.ack - tcb.iss & 0xFFFF_FFFF) <= tcb.snd_nxt - tcb.iss:
        connection.handshake.hasten()
        return False
    echo = segment.options.ts_ecr if segment.options.ts_val >= 0 else 0
    return not echo or not connection.tcb.profile.tcp_timestamps or connection.handshake.has_sent_at(echo)


def _take_syn(connection: Connection, segment: Tcp) -> None:
    """The peer's first number, window and options."""
    tcb = connection.tcb
    tcb.irs = segment.seq
    tcb.bytes_acked = 1  # Linux counts the SYN of an active open
    tcb.rcv_nxt = tcb.rcv_wup = tcb.copied_seq = segment.seq + 1
    agree(tcb, segment.options, tcb.profile)
    expected = ECE if segment.flags & ACK else ECE | CWR
    wants = (1,) if segment.flags & ACK else (1, 2)
    tcb.agree_on_ecn(tcb.profile.tcp_ecn in wants and segment.flags & (ECE | CWR) == expected)
    tcb.snd_wnd = tcb.snd_max_wnd = segment.window  # never scaled in a SYN
    tcb.snd_wl1 = segment.seq
    if not tcb.rcv_wscale:
        connection.window.clamp = min(connection.window.clamp, 65_535)


def _syn_ack_arrived(connection: Connection, segment: Tcp) -> None:
    tcb = connection.tcb
    tcb.snd_una = tcb.iss + 1
    tcb.has_progress = True
    connection.flight.delivered += 1
    connection.acks.last_data_at = tcb.now
    connection.handshake.measure(segment.options.ts_ecr)
    connection.change(Event.SYN_ACKED)
    open_fully(connection, segment.options.ts_ecr)
    if connection.handshake.attempts:
        _remember_timeout(connection)
    request = connection.handshake.fast_open
    if request is not None:
        connection.owner.learn(connection, segment)
        if not syn_data.acknowledged(connection, segment):
            connection.wake(ALL_EVENTS)
            connection.settle()
            return
        _take_early_text(connection, segment)
    if request is not None and request.is_waiting:
        connection.acks.wait_for_data()
    elif tcb.options.quickack:
        connection.output.acknowledge(reasons.TCP_HANDSHAKE_ACK)
    else:
        connection.acks.wait_for_data()
    connection.sample()
    connection.wake(ALL_EVENTS)


def _remember_timeout(connection: Connection) -> None:
    """The SYN has timed out, and the loss is over only when more is acknowledged, where SACK does not tell.

    Linux tcp_enter_loss, tcp_is_non_sack_preventing_reopen.
    """
    connection.ecn.reduced()
    if not connection.tcb.has_sack:
        connection.congestion.phase = LOSS
        connection.congestion.high_seq = connection.tcb.snd_una


def _take_early_text(connection: Connection, segment: Tcp) -> None:
    """What comes with the SYN-ACK, after a Fast Open only (Linux tcp_fastopen_add_skb)."""
    if segment.data:
        connection.receiver.take_early(segment.data)
    if segment.flags & FIN:
        take_fin(connection)


def _syns_crossed(connection: Connection) -> None:
    """A simultaneous open (RFC 9293 3.5, figure 8)."""
    connection.change(Event.SYN_ARRIVED)
    connection.handshake.answer(reasons.TCP_SYN_ACK)


def enter_established(connection: Connection, segment: Tcp, seq: int) -> None:
    """The ACK of our SYN arrived in SYN-RECEIVED."""
    tcb = connection.tcb
    tcb.snd_una = tcb.iss + 1
    connection.flight.delivered += 1
    is_open = connection.handshake.opening is not None
    if is_open:
        connection.handshake.welcomed()
    else:
        tcb.snd_wnd = segment.window if segment.flags & SYN else segment.window << tcb.snd_wscale
        tcb.snd_max_wnd = max(tcb.snd_max_wnd, tcb.snd_wnd)
        tcb.snd_wl1 = seq
    connection.handshake.measure(segment.options.ts_ecr)
    connection.change(Event.SYN_ACKED)
    if is_open:
        connection.timeouts.begin()
    else:
        open_fully(connection, segment.options.ts_ecr)
    connection.wake(ALL_EVENTS)
