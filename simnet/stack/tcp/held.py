"""What has come for a connection while a call of its program held the socket (Linux __release_sock, tcp_release_cb).

Segments are dealt with at the end of the call; where an ordinary acknowledgment is due, one is sent for all of them
(net.ipv4.tcp_backlog_ack_defer).  Then act the alarms that rang meanwhile.
Does not model: the merging of waiting segments (tcp_add_backlog), which hangs on their memory, and its limit.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.linux_socket import IP_PMTUDISC_DO, IP_PMTUDISC_PROBE, IP_PMTUDISC_WANT
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.header_prediction import segment_arrives
from simnet.stack.tcp.receive_window import occupied
from simnet.wire.tcp import Tcp

_BELIEVING: Final = (IP_PMTUDISC_WANT, IP_PMTUDISC_DO, IP_PMTUDISC_PROBE)


def hold(connection: Connection) -> None:
    """A call of the program holds the socket from now on: what arrives waits for `release`."""
    connection.backlog = connection.backlog or []
    connection.deadlines.hold()


def receive(connection: Connection, limit: int, cause: int, now: int) -> bytes | None:
    """As `Connection.receive`; what has come during the call goes to it, too, as far as it has room.

    Only then may an acknowledgment leave (Linux tcp_recvmsg_locked, __sk_flush_backlog).  Urgent data ends a call.
    """
    tcb = connection.tcb
    if not connection.backlog or not connection.receiver.unread() or tcb.urgent is not None:
        return connection.receive(limit, cause, now)
    connection.begin(cause, now)
    data = connection.receiver.copy(limit)
    while connection.backlog and len(data) < limit and tcb.urgent is None:
        waiting, connection.backlog = connection.backlog, []
        _deal_with(connection, waiting, now)
        data += connection.receiver.copy(limit - len(data))
    connection.receiver.copied(len(data))
    return data


def release(connection: Connection, now: int) -> None:
    """The call is over; harmless when none was held."""
    waiting, connection.backlog = connection.backlog, None
    if waiting is None:
        return
    _deal_with(connection, waiting, now)
    connection.deadlines.release(now)
    if not connection.is_closed():
        connection.begin(0, now)
        follow_path(connection)
    reason = connection.acks.collected()
    if reason:
        connection.output.acknowledge(reason)


def _deal_with(connection: Connection, waiting: list[tuple[Tcp, int, int]], now: int) -> None:
    """What waited counts twice until the last of it is dealt with: so does it in Linux (tcp_space, sk_backlog.len)."""
    connection.acks.collect()
    largest = connection.tcb.advertised_mss
    connection.window.backlogged = sum([occupied(len(segment.data), largest) for segment, _, _ in waiting])
    for segment, frame_id, codepoint in waiting:
        if connection.is_closed():
            break
        segment_arrives(connection, segment, frame_id, codepoint, now)
    connection.window.backlogged = 0


def follow_path(connection: Connection) -> None:
    """Send segments as large as the path carries now; not while a call holds the socket.

    What has become too large is repeated at once, unless IP_MTU_DISCOVER says that the network may cut it or that
    nothing is to be believed (Linux tcp_v4_mtu_reduced).
    """
    tcb = connection.tcb
    mtu = tcb.host.path_mtu(tcb.remote)
    if mtu == tcb.path_mtu or connection.backlog is not None:
        return
    is_narrower = mtu < tcb.path_mtu
    tcb.path_mtu = mtu
    tcb.choose_fragment()
    connection.sender.sizes.sync()
    if is_narrower and tcb.options.discovery in _BELIEVING:
        connection.timeouts.path_mtu_changed()
