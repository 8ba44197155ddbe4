"""What must hold inside a connection after every segment (RFC 9293 3.3.1, and the scoreboard of RFC 6675)."""

from __future__ import annotations

from simnet.stack.alarms import NEVER
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.sent import LOST, RECORD_END, RETRANSMITTED, SACKED, Sent
from simnet.stack.tcp.states import State

_LONGEST = 65_535
_OVER = (State.CLOSED, State.TIME_WAIT)


def _heads(segments: list[Sent]) -> int:
    """One for each burst, one for each run of SACKed segments; the end of a record ends a run."""
    count, before = 0, None
    for sent in segments:
        owner = 0 if sent.marks & SACKED else sent.burst
        count += owner != before
        before = None if sent.marks & RECORD_END else owner
    return count


def check(connection: Connection) -> None:
    """Raises AssertionError if the variables of `connection` contradict each other."""
    tcb, flight = connection.tcb, connection.flight
    assert tcb.snd_una <= tcb.snd_nxt <= tcb.write_seq
    assert tcb.copied_seq <= tcb.rcv_nxt
    assert connection.congestion.cwnd >= 1
    segments = list(flight.segments())
    marks = [sent.marks for sent in segments]
    assert flight.packets_out == len(marks)
    if tcb.state not in _OVER:
        assert flight.lost_out == sum(1 for mark in marks if mark & LOST)
        assert flight.retrans_out == sum(1 for mark in marks if mark & RETRANSMITTED)
    if tcb.has_sack and tcb.state not in _OVER:
        assert flight.sacked_out == sum(1 for mark in marks if mark & SACKED)
    assert flight.heads() == _heads(segments)
    for sent, following in zip(segments, segments[1:], strict=False):
        assert sent.end == following.seq, "a hole in what is in flight"
    if segments:
        assert segments[0].end > tcb.snd_una, "acknowledged, but still in flight"
        assert segments[-1].end == tcb.snd_nxt
    # what begins within the window is kept to its end
    assert connection.receiver.reassembly.bytes_held <= connection.window.buffer + _LONGEST
    if tcb.state in _OVER:
        assert not segments and not connection.deadlines.retransmit.due < NEVER, "an alarm of a dead connection"
    elif segments or not connection.sender.queue.is_empty():
        assert connection.deadlines.retransmit.due < NEVER, "data waits and no alarm is set"
