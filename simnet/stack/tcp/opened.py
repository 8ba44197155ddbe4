"""A connection begins: both ends have said what they can, so its sizes are known (Linux tcp_init_transfer)."""

from __future__ import annotations

from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.handshake import TIMESTAMPS_LENGTH


def open_fully(connection: Connection, echoed: int) -> None:
    """Sizes are known now; `echoed`: the time stamp that the segment which opens it answers to."""
    tcb = connection.tcb
    if tcb.has_timestamps:
        tcb.advertised_mss -= TIMESTAMPS_LENGTH
    connection.owner.recall(connection)
    connection.flight.total_retransmissions += connection.handshake.resent
    connection.sender.established()
    connection.window.established()
    tcb.last_arrival = tcb.now
    connection.sender.bursts.last_sent_at = tcb.now  # silence counts from now
    if connection.handshake.attempts > 1 and not connection.handshake.was_hasty(echoed):
        connection.congestion.cwnd = 1  # RFC 5681 3.1: a lost SYN is a sign of congestion
    connection.keep_alive.switched()
