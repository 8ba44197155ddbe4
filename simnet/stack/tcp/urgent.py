"""Urgent data that arrives: the sixth check of RFC 9293 3.10.7.4, and how programs read it (3.8.5, RFC 6093).

Of urgent data, however long, Linux sets the last byte apart: recv() with MSG_OOB takes it, and a read of the stream
stops before it and then passes over it, unless SO_OOBINLINE leaves it in the stream (Linux tcp_check_urg, tcp_urg,
tcp_recv_urg).  A new pointer replaces the last one.  The sending half needs no more than SND.UP: see write_marks.py
and output.py.
Does not model: SIGURG (POLLPRI tells); that a burst is sent again in one piece, with one pointer.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.linux_errno import EAGAIN, EINVAL, ENOTCONN, SocketError
from simnet.stack.linux_socket import MSG_PEEK
from simnet.stack.tcp.receiver import Receiver
from simnet.stack.tcp.states import CLOSED, TIME_WAIT
from simnet.stack.tcp.tcb import Tcb
from simnet.stack.tcp.urgent_byte import Standing, UrgentByte
from simnet.wire.tcp import SYN, URG, Tcp

_OVER: Final = (CLOSED, TIME_WAIT)


def check(tcb: Tcb, receiver: Receiver, segment: Tcp, seq: int) -> bool:
    """Sixth, check the URG bit; True if the urgent byte has arrived with `segment`, be it in order or not."""
    if segment.flags & URG:
        _point(tcb, receiver, seq, segment.urgent)
    urgent = tcb.urgent
    if urgent is None or urgent.standing is not Standing.AWAITED:
        return False
    offset = urgent.at - seq - (segment.flags & SYN != 0)
    if not 0 <= offset < len(segment.data):
        return False
    urgent.value = segment.data[offset : offset + 1]
    urgent.standing = Standing.ARRIVED
    return True


def _point(tcb: Tcb, receiver: Receiver, seq: int, pointer: int) -> None:
    """An urgent pointer: of the byte before it, or with tcp_stdurg of the byte there (RFC 6093 3.1)."""
    if pointer and not tcb.profile.tcp_stdurg:
        pointer -= 1
    at, known = seq + pointer, tcb.urgent
    if at < tcb.rcv_nxt or (known is not None and at <= known.at):
        return
    if known is not None and _is_next(tcb, known) and receiver.unread():
        receiver.skip()  # nobody will read the last one: it is out of the stream for good
    tcb.urgent = UrgentByte(at)
    tcb.choose_path()


def _is_next(tcb: Tcb, urgent: UrgentByte) -> bool:
    """Would the next read pass over the urgent byte?"""
    return urgent.at == tcb.copied_seq and not tcb.options.oobinline


# --- to the program


def receive(tcb: Tcb, limit: int, flags: int) -> bytes:
    """recv() with MSG_OOB, which never waits: the urgent byte; raises EINVAL where there is none to take."""
    urgent = tcb.urgent
    if urgent is None or urgent.standing is Standing.TAKEN or tcb.options.oobinline:
        raise SocketError(EINVAL)
    if tcb.state in _OVER and not tcb.has_fin:
        raise SocketError(ENOTCONN)
    if urgent.standing is Standing.ARRIVED:
        if not flags & MSG_PEEK:
            urgent.standing = Standing.TAKEN
        return urgent.value[:limit]
    if tcb.is_read_shut:
        return b""
    raise SocketError(EAGAIN)


def up_to_mark(tcb: Tcb, receiver: Receiver, limit: int) -> int:
    """How many of `limit` bytes the next read may take; at the urgent byte all, and it passes over that."""
    urgent = tcb.urgent
    assert urgent is not None
    if urgent.at > tcb.copied_seq:
        return min(limit, urgent.at - tcb.copied_seq)
    if limit and receiver.unread():
        if not tcb.options.oobinline:
            receiver.skip()
        tcb.urgent = None
        tcb.choose_path()
    return limit


def peek(tcb: Tcb, receiver: Receiver, limit: int) -> bytes | None:
    """What a read would take, left on the queue; None if there is nothing."""
    urgent = tcb.urgent
    if not has_more(tcb, receiver.unread()):
        return None
    if urgent is not None:
        if _is_next(tcb, urgent):
            return receiver.peek(limit + 1)[1:]
        if urgent.at > tcb.copied_seq:
            limit = min(limit, urgent.at - tcb.copied_seq)
    return receiver.peek(limit)


def has_more(tcb: Tcb, unread: int) -> bool:
    """Is there anything to read but the urgent byte that a read passes over?"""
    urgent = tcb.urgent
    return unread > (urgent is not None and _is_next(tcb, urgent))


def before_mark(tcb: Tcb, unread: int) -> int:
    """How many of `unread` bytes come before the urgent one (SIOCINQ)."""
    urgent = tcb.urgent
    if urgent is None or tcb.options.oobinline or not tcb.copied_seq <= urgent.at < tcb.rcv_nxt:
        return unread
    return urgent.at - tcb.copied_seq


def is_at_mark(tcb: Tcb) -> bool:
    """Is the urgent byte the next (SIOCATMARK)?"""
    return tcb.urgent is not None and tcb.urgent.at == tcb.copied_seq


def has_arrived(tcb: Tcb) -> bool:
    """Does an urgent byte wait to be taken, or to be passed (POLLPRI)?"""
    return tcb.urgent is not None and tcb.urgent.standing is Standing.ARRIVED
