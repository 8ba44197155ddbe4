"""Mistakes of TCP that the torture must find: as mutants, planted one at a time."""

from __future__ import annotations

from tests.mutants.planting import mutant

MISTAKES = (
    mutant(
        "no check of the sequence number",
        "A segment is taken wherever it lies.",
        ("stack.tcp.segment_arrives:sequence_acceptable", "tcb = connection.tcb", "return True"),
    ),
    mutant(
        "any reset is obeyed",
        "A reset anywhere in the window ends the connection.",
        ("stack.tcp.segment_arrives:no_reset", "if seq != tcb.rcv_nxt and", "if False and"),
    ),
    mutant(
        "a SYN resets",
        "A SYN on an open connection ends it.",
        ("stack.tcp.segment_arrives:no_syn", "    _challenge(connection)\n    return False",
         "    connection.fail(104)\n    return False"),
    ),
    mutant(
        "FIN is sent once",
        "A lost FIN is not sent again.",
        ("stack.tcp.retransmission:Retransmission._repeat", "if flags & FIN and not sent.data:\n            reason",
         "if flags & FIN and not sent.data:\n            return True\n            reason"),
    ),
    mutant(
        "timeout does not back off",
        "The timeout stays the same, however often it runs out.",
        ("stack.tcp.rtt:RoundTrip.back_off", "self.rto * 2", "self.rto"),
    ),
    mutant(
        "reassembly loses a byte",
        "Of a segment that came too early the last byte is lost.",
        ("stack.tcp.reassembly:Reassembly.take", "return data[rcv_nxt - seq :], has_fin",
         "return data[rcv_nxt - seq : -1] or data[:1], has_fin"),
    ),
    mutant(
        "overlap is taken twice",
        "What overlaps with bytes already here is appended again.",
        ("stack.tcp.receiver:Receiver._take_rest", "rest = data[old:]", "rest = data"),
    ),
    mutant(
        "closed window is not probed",
        "Nobody asks whether a closed window has opened again.",
        ("stack.tcp.persist:Persist.start_if_needed", "if self._deadlines.purpose is IDLE:", "if False:"),
    ),
    mutant(
        "window is ignored",
        "Data leaves beyond what the peer can take.",
        ("stack.tcp.sender:Sender._push", "space = tcb.snd_una + tcb.snd_wnd - tcb.snd_nxt", "space = 1 << 20"),
    ),
    mutant(
        "window is taken back",
        "A receiver that reads slowly offers less than before.",
        ("stack.tcp.receive_window:ReceiveWindow.advertise", "if window < offered:", "if False:"),
    ),
    mutant(
        "timeout forgets to set the alarm again",
        "After one repetition nothing is repeated any more.",
        ("stack.tcp.timeouts:Timeouts._timed_out", "self._timer.restart_before(",
         "False and self._timer.restart_before("),
    ),
    mutant(
        "SACK reports too much",
        "A block ends one byte later than what arrived.",
        ("stack.tcp.reassembly:Reassembly._extend_blocks", "blocks.insert(0, (seq, end))",
         "blocks.insert(0, (seq, end + 1))"),
    ),
    mutant(
        "numbers do not wrap",
        "Sequence numbers of the wire are taken as they are.",
        ("stack.tcp.sequence:unwrap", "return near + ((bits - near + _HALF) & MASK) - _HALF", "return bits"),
    ),
    mutant(
        "acknowledgment of the future",
        "An acknowledgment of what was never sent is taken.",
        ("stack.tcp.ack_arrives:AckProcessor.arrives", "if ack > tcb.snd_nxt:", "if False:"),
    ),
    mutant(
        "checksum is not checked",
        "A damaged segment is taken for a right one.",
        ("wire.tcp:parse", "or (number + pseudo_header_sum(src, dst, PROTOCOL, size)) % 0xFFFF", ""),
    ),
    mutant(
        "half-open connections are not counted",
        "A listener remembers every SYN.",
        ("stack.tcp.half_open:HalfOpen.begin", "listener.half_open += 1", "pass"),
    ),
    mutant(
        "TIME-WAIT never ends",
        "What remains of a closed connection remains for ever.",
        ("stack.tcp.time_wait:TimeWait._rang", "self._expire(self)", "pass"),
    ),
    mutant(
        "MSS is ignored",
        "Segments are as long as the path allows, whatever the peer said.",
        ("stack.tcp.segment_size:SegmentSize.sync", "min(tcb.path_mtu - 40, tcb.mss_clamp)", "(tcb.path_mtu - 40)"),
    ),
)  # fmt: skip
"""`says` is what simnet would do wrong."""
