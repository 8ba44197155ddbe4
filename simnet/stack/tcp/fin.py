"""The FIN bit: the eighth check of RFC 9293 3.10.7.4."""

from __future__ import annotations

from simnet import reasons
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.states import ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, SYN_RECEIVED, TIME_WAIT, Event


def take_fin(connection: Connection) -> None:
    """Eighth, the FIN bit: all the peer's data is here."""
    tcb = connection.tcb
    tcb.rcv_nxt += 1
    tcb.has_fin = True
    tcb.is_read_shut = True
    connection.acks.expect(reasons.TCP_ACK_FIN)
    if tcb.state is ESTABLISHED or tcb.state is SYN_RECEIVED:
        connection.change(Event.FIN_ARRIVED)
        connection.acks.set_interactive()
    elif tcb.state is FIN_WAIT_1 or tcb.state is FIN_WAIT_2:
        connection.output.acknowledge(reasons.TCP_ACK_FIN)  # it still tells of data beyond the FIN (Linux tcp_fin)
        connection.change(Event.FIN_ARRIVED)
    connection.receiver.reassembly.clear()
    if tcb.state is TIME_WAIT:
        connection.time_wait()
