"""The states of a connection and the one table of how they change (RFC 9293 3.3.2, figure 5)."""

from __future__ import annotations

from enum import Enum
from typing import Final


class State(Enum):
    """A state by the RFC's name."""

    __hash__ = object.__hash__  # Enum's own is a function in Python

    CLOSED = "CLOSED"
    LISTEN = "LISTEN"
    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"


# See `congestion.control.Phase`: cheaper than members of the Enum.
CLOSED: Final = State.CLOSED
SYN_SENT: Final = State.SYN_SENT
SYN_RECEIVED: Final = State.SYN_RECEIVED
ESTABLISHED: Final = State.ESTABLISHED
FIN_WAIT_1: Final = State.FIN_WAIT_1
FIN_WAIT_2: Final = State.FIN_WAIT_2
CLOSE_WAIT: Final = State.CLOSE_WAIT
CLOSING: Final = State.CLOSING
LAST_ACK: Final = State.LAST_ACK
TIME_WAIT: Final = State.TIME_WAIT


class Event(Enum):
    """What makes a connection change its state."""

    __hash__ = object.__hash__

    PASSIVE_OPEN = "listen()"
    ACTIVE_OPEN = "connect()"
    SYN_ARRIVED = "a SYN arrived"
    SYN_ACKED = "a SYN-ACK, or the ACK of our SYN, arrived"
    CLOSE = "close() or shutdown()"
    FIN_ARRIVED = "a FIN arrived"
    FIN_ACKED = "the ACK of our FIN arrived"
    FIN_ARRIVED_AND_ACKED = "the FIN that answers ours arrived with the ACK of ours"
    TIME_WAITED = "the time to wait is over"
    ABORTED = "reset, refused, aborted or given up"


TRANSITIONS: Final[dict[tuple[State, Event], State]] = {
    (State.CLOSED, Event.PASSIVE_OPEN): State.LISTEN,
    (State.CLOSED, Event.ACTIVE_OPEN): State.SYN_SENT,
    (State.LISTEN, Event.SYN_ARRIVED): State.SYN_RECEIVED,
    (State.LISTEN, Event.CLOSE): State.CLOSED,
    (State.SYN_SENT, Event.SYN_ARRIVED): State.SYN_RECEIVED,
    (State.SYN_SENT, Event.SYN_ACKED): State.ESTABLISHED,
    (State.SYN_SENT, Event.CLOSE): State.CLOSED,
    (State.SYN_RECEIVED, Event.SYN_ACKED): State.ESTABLISHED,
    (State.SYN_RECEIVED, Event.CLOSE): State.FIN_WAIT_1,
    (State.SYN_RECEIVED, Event.FIN_ARRIVED): State.CLOSE_WAIT,
    (State.ESTABLISHED, Event.CLOSE): State.FIN_WAIT_1,
    (State.ESTABLISHED, Event.FIN_ARRIVED): State.CLOSE_WAIT,
    (State.FIN_WAIT_1, Event.FIN_ACKED): State.FIN_WAIT_2,
    (State.FIN_WAIT_1, Event.FIN_ARRIVED): State.CLOSING,
    (State.FIN_WAIT_1, Event.FIN_ARRIVED_AND_ACKED): State.TIME_WAIT,
    (State.FIN_WAIT_2, Event.FIN_ARRIVED): State.TIME_WAIT,
    (State.CLOSE_WAIT, Event.CLOSE): State.LAST_ACK,
    (State.CLOSING, Event.FIN_ACKED): State.TIME_WAIT,
    (State.LAST_ACK, Event.FIN_ACKED): State.CLOSED,
    (State.TIME_WAIT, Event.TIME_WAITED): State.CLOSED,
    (State.TIME_WAIT, Event.SYN_ARRIVED): State.SYN_RECEIVED,
    **{
        (state, Event.ABORTED): State.CLOSED
        for state in State
        if state not in (State.CLOSED, State.LISTEN)
    },
}  # fmt: skip

# A segment in these states belongs to a connection whose handshake is over.
SYNCHRONIZED: Final = frozenset(State) - {State.CLOSED, State.LISTEN, State.SYN_SENT, State.SYN_RECEIVED}
