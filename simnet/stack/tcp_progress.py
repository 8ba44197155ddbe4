"""What a TCP socket remembers of connect(), and what poll() tells of its connection (Linux socket_state, tcp_poll)."""

from __future__ import annotations

from enum import Enum

from simnet.stack.linux_socket import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP
from simnet.stack.tcp import urgent
from simnet.stack.tcp.connection import Connection


class Progress(Enum):
    """How far connect() has come, as far as the socket remembers (Linux socket_state)."""

    UNCONNECTED = 0
    CONNECTING = 1
    CONNECTED = 2
    DISCONNECTING = 3  # shut down before it was connected: nothing becomes of it any more


def events_of(connection: Connection) -> int:
    """What poll() reports of a connection."""
    if connection.is_opening():
        return 0
    tcb = connection.tcb
    events = POLLIN if connection.is_readable() else 0
    if tcb.is_read_shut:
        events |= POLLRDHUP
        if tcb.is_write_shut:
            events |= POLLHUP
    if connection.is_writable():
        events |= POLLOUT
    if urgent.has_arrived(tcb):
        events |= POLLPRI
    if connection.is_closed():
        events |= POLLIN | POLLOUT | POLLHUP | POLLRDHUP
    has_news = not connection.sender.write_marks.errors.is_empty()
    return events | POLLERR if connection.error or has_news else events
