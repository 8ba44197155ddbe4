"""Header prediction: the two segments that nearly all are, the next data and the acknowledgment of more of ours.

Van Jacobson's idea (SIGCOMM 1988), in Linux tcp_rcv_established: on a healthy connection the next header can be told
in advance, and for one that is as expected all checks of RFC 9293 3.10.7.4 hold at once.  What the general path of
`segment_arrives` would do for such a segment is done here, and nothing else; every other segment is left to it.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.deadlines import PERSIST
from simnet.stack.tcp.segment_arrives import check_in_order
from simnet.stack.tcp.states import CLOSE_WAIT, ESTABLISHED, FIN_WAIT_1
from simnet.wire.tcp import ACK, PSH, Tcp

_MASK: Final = 0xFFFF_FFFF
_SIGN: Final = 0x8000_0000


def segment_arrives(connection: Connection, segment: Tcp, frame_id: int, codepoint: int, now: int) -> None:
    """Process one segment of `connection` completely: state, text, and the answers that leave for it.

    What may be predicted begins at rcv_nxt and has no flag but ACK and PSH: no reset, SYN, FIN or urgent data to check
    for (second, fourth, sixth, eighth check).  There are no SACK blocks, neither ECN nor urgent data is in use, and the
    timestamp is not older than the last, or absent where none is due (RFC 7323 5.3).
    """
    tcb, options = connection.tcb, segment.options
    tcb.now = now
    tcb.cause = frame_id
    stamp = options.ts_val
    if (
        segment.seq == tcb.rcv_nxt & _MASK
        and segment.flags | PSH == ACK | PSH
        and not options.sack
        and tcb.is_plain
        and (not (stamp - tcb.ts_recent) & _SIGN and stamp >= 0 if tcb.has_timestamps else stamp < 0)
    ):
        tcb.echoed = options.ts_ecr
        if _take_next_data(connection, segment) if segment.data else _take_acknowledgment(connection, segment):
            return
    tcb.codepoint = codepoint
    check_in_order(connection, segment)


def _take_acknowledgment(connection: Connection, segment: Tcp) -> bool:
    """The acknowledgment of more of our data, but not of our FIN; False if it is not that."""
    tcb = connection.tcb
    state = tcb.state
    if state is not ESTABLISHED and state is not FIN_WAIT_1 and state is not CLOSE_WAIT:
        return False
    processor = connection.ack_processor
    if not processor.is_as_predicted(segment.ack, segment.window << tcb.snd_wscale):
        return False
    if tcb.has_timestamps and tcb.rcv_nxt == tcb.rcv_wup:
        tcb.ts_recent = segment.options.ts_val
        tcb.ts_recent_at = tcb.now
    tcb.last_arrival = tcb.now
    snd_nxt = tcb.snd_nxt
    connection.settle()
    processor.set_timer(snd_nxt)
    return True


def _take_next_data(connection: Connection, segment: Tcp) -> bool:
    """Exactly the next data: it fits the window, nothing waits beyond a gap, and it acknowledges nothing new.

    The window is as it was and not being probed, so that there is nothing to do for the sending half.
    False if it is not that.
    """
    tcb, data, receiver = connection.tcb, segment.data, connection.receiver
    rcv_nxt, length = tcb.rcv_nxt, len(data)
    if (
        tcb.state is not ESTABLISHED
        or segment.ack != tcb.snd_una & _MASK
        or segment.window << tcb.snd_wscale != tcb.snd_wnd
        or rcv_nxt + length > tcb.rcv_wup + tcb.rcv_wnd
        or receiver.reassembly.held
        or connection.deadlines.purpose is PERSIST
    ):
        return False
    if tcb.has_timestamps and rcv_nxt == tcb.rcv_wup:
        tcb.ts_recent = segment.options.ts_val
        tcb.ts_recent_at = tcb.now
    tcb.last_arrival = tcb.now
    tcb.snd_wl1 = rcv_nxt
    window = connection.window
    if not tcb.echoed:
        window.timed_by_window()
    elif tcb.echoed != window.last_ecr and length >= window.rcv_mss:
        window.timed(tcb.echoed, tcb.timestamp())
    receiver.take_in_order(data, segment.flags)
    _answer_data(connection)
    return True


def _answer_data(connection: Connection) -> None:
    """Acknowledge now, later, or with what waits to be sent; then tell the program."""
    tcb = connection.tcb
    if connection.sender.queue.size:
        connection.settle()
    else:
        reason = connection.acks.decide(tcb.rcv_nxt - tcb.copied_seq, False)
        if reason:
            connection.output.acknowledge(reason)
        if tcb.host.observer is not None:
            connection.sample()
    on_change = connection.on_change
    on_change()
