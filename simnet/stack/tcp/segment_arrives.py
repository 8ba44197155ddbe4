"""A segment arrives for a connection: RFC 9293 3.10.7, in the RFC's order, one function per check.

Most segments never come here: see header_prediction.py.
"""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.linux_errno import ECONNRESET, EPIPE
from simnet.stack.linux_socket import ALL_EVENTS, POLLIN, POLLPRI
from simnet.stack.tcp import sack, syn_sent, urgent
from simnet.stack.tcp.ack_arrives import Verdict
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.fin import take_fin
from simnet.stack.tcp.handshake import Answer
from simnet.stack.tcp.sequence import distance, unwrap
from simnet.stack.tcp.states import (
    CLOSE_WAIT,
    CLOSING,
    FIN_WAIT_1,
    FIN_WAIT_2,
    LAST_ACK,
    SYN_RECEIVED,
    SYN_SENT,
    TIME_WAIT,
    Event,
)
from simnet.stack.tcp.tcb import Tcb
from simnet.wire.tcp import ACK, ECE, FIN, RST, SYN, URG, Tcp

_HAD_FIN: Final = (CLOSE_WAIT, CLOSING, LAST_ACK)
_PAWS_LIFE: Final = 24 * 24 * 3600 * 1_000_000_000  # RFC 7323 5.5
_MASK: Final = 0xFFFF_FFFF


def check_in_order(connection: Connection, segment: Tcp) -> None:
    """All checks of a segment in the RFC's order, then its text; `Tcb.now`, `cause` and `codepoint` are set."""
    tcb = connection.tcb
    if tcb.state is SYN_SENT:
        syn_sent.segment_arrives(connection, segment)
        return
    if connection.handshake.opening is not None and not _is_welcome(connection, segment):
        return
    seq = unwrap(segment.seq, tcb.rcv_nxt)
    if not (
        timestamps_acceptable(connection, segment, seq)
        and sequence_acceptable(connection, segment, seq)
        and no_reset(connection, segment, seq)
        and no_syn(connection, segment, seq)
        and ack_accepted(connection, segment, seq)
    ):
        return
    take_text(connection, segment, seq)


def _is_welcome(connection: Connection, segment: Tcp) -> bool:
    """After a Fast Open the SYN-ACK still waits for its acknowledgment (Linux tcp_check_req)."""
    opening, tcb = connection.handshake.opening, connection.tcb
    assert opening is not None
    answer = opening.arrives(segment, tcb.cause, tcb.now)
    if answer is Answer.DROP:
        if segment.flags & RST:
            _reset(connection)
        else:
            connection.refuse(segment, reasons.TCP_RST_UNACCEPTABLE)
    if answer is Answer.COMPLETE and tcb.state is not SYN_RECEIVED:
        connection.handshake.welcomed()  # closed meanwhile
    return answer is Answer.COMPLETE


def timestamps_acceptable(connection: Connection, segment: Tcp, seq: int) -> bool:
    """RFC 7323 5.3: protection against wrapped sequences; a reset may be old."""
    tcb = connection.tcb
    tcb.echoed = 0
    value = segment.options.ts_val
    if value < 0 or not tcb.has_timestamps:
        return True
    tcb.echoed = segment.options.ts_ecr
    behind = distance(tcb.ts_recent, value)
    if behind <= 1 or segment.flags & RST or tcb.now - tcb.ts_recent_at > _PAWS_LIFE:
        return True
    is_pure = segment.flags & (SYN | FIN | ACK) == ACK and not segment.data
    if is_pure and seq == tcb.rcv_nxt and _is_overtaken(connection, segment, seq, behind):
        return True
    if segment.flags & SYN:
        _challenge(connection)
    elif not is_pure or seq >= tcb.rcv_nxt:  # an old ACK without data is common, and nothing is to be said to it
        _repeat_ack(connection, segment, seq)
    return False


def _is_overtaken(connection: Connection, segment: Tcp, seq: int, behind: int) -> bool:
    """A pure duplicate ACK that was overtaken does no harm (Linux tcp_disordered_ack_check)."""
    tcb = connection.tcb
    if tcb.is_window_newer(seq, segment.window << tcb.snd_wscale) or unwrap(segment.ack, tcb.snd_una) != tcb.snd_una:
        return False
    return behind <= connection.rtt.rto * 12 // 10_000_000  # the peer's clock may count 1,200 in a second


def sequence_acceptable(connection: Connection, segment: Tcp, seq: int) -> bool:
    """First, check the sequence number (RFC 9293 3.10.7.4; Linux tcp_sequence)."""
    tcb = connection.tcb
    flags = segment.flags
    end = seq + len(segment.data) + (flags & FIN) + (flags & SYN != 0)
    edge = tcb.rcv_nxt + connection.window.offered()
    if end >= tcb.rcv_wup and end - (flags & FIN) <= edge:
        return True
    if end >= tcb.rcv_wup and seq <= edge and not connection.receiver.unread():
        return True
    if flags & RST:
        return _is_reset_of_fin(tcb, seq)
    if flags & SYN:
        _challenge(connection)
        return False
    _repeat_ack(connection, segment, seq)
    return False


def _is_reset_of_fin(tcb: Tcb, seq: int) -> bool:
    """A RST with the number of the peer's FIN, which some stacks send, counts as exact (Linux tcp_reset_check)."""
    return seq == tcb.rcv_nxt - 1 and tcb.state in _HAD_FIN


def _repeat_ack(connection: Connection, segment: Tcp, seq: int) -> None:
    """An unacceptable segment is answered by the current state of things (Linux tcp_send_dupack)."""
    tcb = connection.tcb
    end = seq + len(segment.data) + (segment.flags & FIN)
    if end == seq and not segment.flags & SYN and _is_limited(connection):
        return
    if end != seq and seq < tcb.rcv_nxt:
        connection.acks.be_quick()
        connection.receiver.reassembly.duplicated(seq, min(end, tcb.rcv_nxt))
    connection.output.acknowledge(reasons.TCP_ACK_OLD if seq < tcb.rcv_nxt else reasons.TCP_ACK_PROBE)


def _is_limited(connection: Connection) -> bool:
    """At most one answer to nonsense in half a second (Linux tcp_invalid_ratelimit, RFC 5961 7)."""
    tcb = connection.tcb
    if tcb.now - tcb.last_oow_ack < tcb.profile.tcp_invalid_ratelimit:
        return True
    tcb.last_oow_ack = tcb.now
    return False


def _challenge(connection: Connection) -> None:
    if not _is_limited(connection):
        connection.output.acknowledge(reasons.TCP_ACK_CHALLENGE)


def no_reset(connection: Connection, segment: Tcp, seq: int) -> bool:
    """Second, check the RST bit: only the exact number resets (RFC 5961 3.2)."""
    if not segment.flags & RST:
        return True
    tcb = connection.tcb
    edge = connection.receiver.reassembly.right_edge() if tcb.has_sack else 0
    if seq != tcb.rcv_nxt and (seq != edge or not edge) and not _is_reset_of_fin(tcb, seq):
        _challenge(connection)
        return False
    _reset(connection)
    return False


def _reset(connection: Connection) -> None:
    """It is over at once, and the program meets an error (Linux tcp_reset)."""
    connection.fail(EPIPE if connection.state is CLOSE_WAIT else ECONNRESET)


def no_syn(connection: Connection, segment: Tcp, seq: int) -> bool:
    """Fourth, check the SYN bit (RFC 5961 4.2); the SYN-ACK of a simultaneous open is welcome."""
    if not segment.flags & SYN:
        return True
    tcb = connection.tcb
    if (
        tcb.state is SYN_RECEIVED
        and segment.flags & ACK
        and seq + 1 == tcb.rcv_nxt
        and segment.ack == tcb.snd_nxt & _MASK
    ):
        return True
    _challenge(connection)
    return False


def ack_accepted(connection: Connection, segment: Tcp, seq: int) -> bool:
    """Fifth, check the ACK field; True if the segment's text may be taken."""
    tcb = connection.tcb
    if not segment.flags & ACK:
        return False
    ack = unwrap(segment.ack, tcb.snd_una)
    if tcb.state is SYN_RECEIVED and not _handshake_acked(connection, segment, seq, ack):
        return False
    if tcb.echoed and seq <= tcb.rcv_wup and tcb.snd_una <= ack <= tcb.snd_nxt:
        _remember_timestamp(tcb, segment)
    tcb.last_arrival = tcb.now
    window = segment.window << tcb.snd_wscale if not segment.flags & SYN else segment.window
    is_marked = tcb.is_ecn and segment.flags & (ECE | SYN) == ECE
    if tcb.is_ecn:
        connection.ecn.arrived(tcb.codepoint, segment.flags, bool(segment.data))
    occupies = bool(segment.data) or segment.flags & (FIN | SYN) != 0  # sequence numbers: it is no duplicate ACK
    flags = (sack.DATA if occupies else 0) | (sack.ECE_SEEN if is_marked else 0)
    verdict = connection.ack_processor.arrives(seq, ack, window, flags, segment.options.sack)
    if verdict is Verdict.UNACCEPTABLE:
        _challenge(connection)
        return False
    if tcb.snd_una == tcb.write_seq and tcb.is_write_shut:
        return _fin_acked(connection, segment, seq)
    return True


def _remember_timestamp(tcb: Tcb, segment: Tcp) -> None:
    """RFC 7323 4.3; not from an old or unacceptable acknowledgment (Linux tcp_ack)."""
    if distance(segment.options.ts_val, tcb.ts_recent) >= 0:
        tcb.ts_recent = segment.options.ts_val
        tcb.ts_recent_at = tcb.now


def _handshake_acked(connection: Connection, segment: Tcp, seq: int, ack: int) -> bool:
    """SYN-RECEIVED: the ACK of our SYN makes the connection."""
    tcb = connection.tcb
    if not tcb.iss < ack <= tcb.snd_nxt:
        connection.refuse(segment, reasons.TCP_RST_UNACCEPTABLE)
        return False
    syn_sent.enter_established(connection, segment, seq)
    return True


def _fin_acked(connection: Connection, segment: Tcp, seq: int) -> bool:
    """Our FIN is acknowledged: FIN-WAIT-1, CLOSING and LAST-ACK go on."""
    tcb = connection.tcb
    if tcb.state is FIN_WAIT_1:
        connection.change(Event.FIN_ACKED)
        connection.wake(ALL_EVENTS)
        if not tcb.is_orphan:
            return True
        has_new_data = seq + len(segment.data) > tcb.rcv_nxt and segment.data
        if has_new_data or segment.flags & FIN:
            return True  # the checks that follow see to it
        if tcb.options.linger2 < 0:
            connection.refuse(segment, reasons.TCP_RST_ABORT)
            connection.done(Event.ABORTED)
        else:
            connection.linger()
        return False
    if tcb.state is CLOSING:
        connection.change(Event.FIN_ACKED)
        connection.time_wait()
        return False
    if tcb.state is LAST_ACK:
        connection.owner.remember(connection)
        connection.done(Event.FIN_ACKED)
        return False
    return True


def take_text(connection: Connection, segment: Tcp, seq: int) -> None:
    """Sixth to eighth: urgent data, the segment text and the FIN bit; then send what has become possible."""
    tcb = connection.tcb
    data = segment.data
    state = tcb.state
    if (tcb.urgent is not None or segment.flags & URG) and urgent.check(tcb, connection.receiver, segment, seq):
        connection.wake(POLLIN | POLLPRI)
    if (data or segment.flags & FIN) and tcb.is_read_shut and seq + len(data) > tcb.rcv_nxt:
        if state is FIN_WAIT_1 or state is FIN_WAIT_2 or (state in _HAD_FIN and seq < tcb.rcv_nxt):
            _refuse_data(connection, segment)
            return
    before = tcb.rcv_nxt
    if data or segment.flags & (FIN | SYN):
        _measure_path(connection, segment)
        if segment.flags & SYN or state in _HAD_FIN:
            if seq < tcb.rcv_nxt:
                has_syn = segment.flags & SYN != 0
                connection.receiver.refuse_old(seq, seq + len(data) + has_syn + (segment.flags & FIN))
        elif connection.receiver.take(seq, data, segment.flags):
            take_fin(connection)
            if tcb.state is TIME_WAIT:
                return
    if tcb.is_orphan and tcb.state is FIN_WAIT_2:
        connection.receiver.acknowledge_if_due()
        connection.linger()
        return
    connection.settle()
    if tcb.rcv_nxt != before:
        if tcb.has_fin:
            connection.wake(ALL_EVENTS)
        else:
            connection.on_change()


def _measure_path(connection: Connection, segment: Tcp) -> None:
    tcb = connection.tcb
    if tcb.echoed:
        if len(segment.data) >= connection.window.rcv_mss:
            connection.window.timed(tcb.echoed, tcb.timestamp())
    else:
        connection.window.timed_by_window()


def _refuse_data(connection: Connection, segment: Tcp) -> None:
    """Data for a program that has closed: nobody will read it (RFC 9293 3.10.4, RFC 1122 4.2.2.13)."""
    connection.refuse(segment, reasons.TCP_RST_DATA_AFTER_CLOSE)
    _reset(connection)
