"""Mutants of TCP."""

from __future__ import annotations

from tests.mutants.planting import mutant

OPENING = (
    mutant(
        "MSS option is missing",
        "SYNs do not say how large segments may be.",
        ("stack.tcp.handshake:Handshake._options", "mss=tcb.advertised_mss,", "mss=-1,"),
        ("stack.tcp.half_open:HalfOpen._send", "mss=self._mss,", "mss=-1,"),
    ),
    mutant(
        "MSS is the MTU",
        "The MSS does not leave room for the headers.",
        ("stack.tcp.handshake:advertised_mss", "path_mtu - 40", "path_mtu"),
        ("stack.tcp.segment_size:SegmentSize.sync", "tcb.path_mtu - 40, tcb.mss_clamp", "tcb.path_mtu, tcb.mss_clamp"),
    ),
    mutant(
        "MSS is small",
        "Segments are never larger than 536 bytes.",
        ("stack.tcp.segment_size:SegmentSize.sync", "tcb.path_mtu - 40, tcb.mss_clamp", "548, tcb.mss_clamp"),
    ),
    mutant(
        "timestamps are not counted",
        "A full segment does not leave room for the timestamp option.",
        ("stack.tcp.segment_size:SegmentSize.sync", "(12 if tcb.has_timestamps else 0)", "0"),
        ("stack.ip:IpLayer.send_by", "packet.length <= hop.mtu", "True"),
    ),
    mutant(
        "timestamps are missing",
        "SYNs offer no timestamps.",
        ("stack.profile:Profile.__init__", "self.tcp_timestamps: int = 1", "self.tcp_timestamps: int = 0"),
    ),
    mutant(
        "SACK is missing",
        "SYNs do not permit selective acknowledgments.",
        ("stack.profile:Profile.__init__", "self.tcp_sack: int = 1", "self.tcp_sack: int = 0"),
    ),
    mutant(
        "window scale is missing",
        "SYNs offer no window scale.",
        ("stack.profile:Profile.__init__", "self.tcp_window_scaling: int = 1", "self.tcp_window_scaling: int = 0"),
    ),
    mutant(
        "window of a SYN is scaled",
        "The window of a SYN is announced shifted, though its scale is not agreed yet.",
        ("stack.tcp.output:Output.handshake", "min(tcb.rcv_wnd, 65_535)", "min(tcb.rcv_wnd, 65_535) >> tcb.rcv_wscale"),
    ),
    mutant(
        "RST is taken for a SYN-ACK",
        "A refused connection is established.",
        ("stack.tcp.syn_sent:segment_arrives", "if flags & RST:", "if False:"),
        ("stack.tcp.syn_sent:segment_arrives", "if not flags & SYN:", "if not flags & (SYN | RST):"),
    ),
    mutant(
        "SYN is not acknowledged",
        "The third segment of the handshake is missing.",
        ("stack.tcp.syn_sent:_syn_ack_arrived", "connection.output.acknowledge(reasons.TCP_HANDSHAKE_ACK)", "pass"),
    ),
    mutant(
        "SYN is answered by an ACK",
        "A listener acknowledges a SYN and sends none of its own.",
        ("stack.tcp.half_open:HalfOpen._send", "self._emit(flags,", "self._emit(ACK,"),
    ),
    mutant(
        "SYN is repeated too early",
        "An unanswered SYN is sent again after half a second.",
        ("stack.profile:Profile.__init__", "self.tcp_rto_initial: int = 1 * SECOND",
         "self.tcp_rto_initial: int = 500 * MILLISECOND"),
    ),
    mutant(
        "SYN is repeated too late",
        "An unanswered SYN is sent again after three seconds.",
        ("stack.profile:Profile.__init__", "self.tcp_rto_initial: int = 1 * SECOND",
         "self.tcp_rto_initial: int = 3 * SECOND"),
    ),
    mutant(
        "SYN repetitions back off at once",
        "The pauses between SYNs double from the first.",
        ("stack.profile:Profile.__init__", "tcp_syn_linear_timeouts: int = 4", "tcp_syn_linear_timeouts: int = 0"),
    ),
    mutant(
        "backlog has one place less",
        "A listener admits as many connections as its backlog says, not one more.",
        ("stack.tcp.listener:Listener.is_full", "> self.backlog", ">= self.backlog"),
    ),
    mutant(
        "backlog has no end",
        "A listener admits any number of connections.",
        ("stack.tcp.listener:Listener.is_full", "len(self._queue) > self.backlog", "False"),
    ),
    mutant(
        "full listener refuses",
        "A SYN for a full listener is answered by a RST.",
        ("stack.tcp.passive_open:PassiveOpens.arrives_listen", "return reasons.ACCEPT_QUEUE_FULL",
         "self._opener.refuse(segment, key[2], key[0], 0, frame_id, now); return reasons.ACCEPT_QUEUE_FULL"),
    ),
    mutant(
        "last connection is accepted first",
        "accept() returns the connection that has waited shortest.",
        ("stack.tcp.listener:Listener.accept", "popleft()", "pop()"),
    ),
    mutant(
        "refusal is missing",
        "A SYN for a port where nobody listens is ignored.",
        ("stack.tcp.layer:TcpLayer.refuse", "if flags & RST:", "if True:"),
    ),
    mutant(
        "RST has no ACK",
        "A refused SYN is not acknowledged.",
        ("stack.tcp.layer:TcpLayer.refuse", "RST | ACK", "RST"),
    ),
    mutant(
        "RST acknowledges too little",
        "A refusal does not count the SYN.",
        ("stack.tcp.layer:TcpLayer.refuse", " + (flags & SYN != 0)", ""),
    ),
    mutant(
        "RST offers a window",
        "A refusal carries a window.",
        ("stack.tcp.layer:TcpLayer.refuse", "RST | ACK, 0)", "RST | ACK, 1024)"),
    ),
)  # fmt: skip

TALKING = (
    mutant(
        "PSH is missing",
        "Segments never ask to be pushed.",
        ("stack.tcp.sender:Sender._mark", "piece.is_pushed = True", "pass"),
    ),
    mutant(
        "quick ACKs are off",
        "Acknowledgments wait from the first segment on.",
        ("stack.tcp.acks:AckPolicy.decide", "self.pingpong < tcb.profile.tcp_pingpong_thresh", "False"),
    ),
    mutant(
        "acknowledgments take 200 ms",
        "The delayed acknowledgment waits for 200 ms.",
        ("stack.profile:Profile.__init__", "self.tcp_delack_min: int = 40 * MILLISECOND",
         "self.tcp_delack_min: int = 200 * MILLISECOND"),
    ),
    mutant(
        "acknowledgments are missing",
        "Data that arrives is not acknowledged before there is something to send.",
        ("stack.tcp.acks:AckPolicy.decide", "return self._delay()", "return 0"),
        ("stack.tcp.acks:AckPolicy.decide", "self.pingpong < tcb.profile.tcp_pingpong_thresh", "False"),
    ),
    mutant(
        "everything is acknowledged twice",
        "Each acknowledgment is sent twice.",
        ("stack.tcp.output:Output.acknowledge", "self.transmit(self._acceptable_seq(), ACK, b\"\", reason)",
         "[self.transmit(self._acceptable_seq(), ACK, b'', reason) for _ in range(2)]"),
    ),
    mutant(
        "window is not scaled",
        "After the handshake the window is announced in bytes, though a scale was agreed.",
        ("stack.tcp.receive_window:ReceiveWindow.advertise", "bits = window >> scale", "bits = window"),
    ),
    mutant(
        "window never closes",
        "A receiver offers 1460 bytes even when its buffer is full.",
        ("stack.tcp.receive_window:ReceiveWindow.choose", "free < mss:\n                return 0",
         "free < mss:\n                return 1460"),
    ),
    mutant(
        "window of the peer is ignored",
        "A sender sends more than the peer's window.",
        ("stack.tcp.sender:Sender._push", "space = tcb.snd_una + tcb.snd_wnd - tcb.snd_nxt", "space = 1 << 20"),
    ),
    mutant(
        "window opens silently",
        "A receiver whose window opens does not say so.",
        ("stack.tcp.acks:AckPolicy.read", "return reasons.TCP_WINDOW_UPDATE", "return 0"),
    ),
    mutant(
        "window probes are missing",
        "A sender does not ask whether a closed window has opened.",
        ("stack.tcp.persist:Persist.start_if_needed", "self._deadlines.arm(PERSIST,",
         "self._deadlines.disarm(); max(PERSIST.value,"),
    ),
    mutant(
        "window probes do not back off",
        "A closed window is probed at even intervals.",
        ("stack.tcp.persist:Persist._probe", "self._rtt.backoff += 1", "pass"),
    ),
    mutant(
        "window probes are not answered",
        "A receiver with a closed window is silent.",
        ("stack.tcp.segment_arrives:_repeat_ack",
         "connection.output.acknowledge(reasons.TCP_ACK_OLD if seq < tcb.rcv_nxt else reasons.TCP_ACK_PROBE)", "pass"),
    ),
    mutant(
        "answers to nonsense are not limited",
        "Every old segment is answered, however soon it comes.",
        ("stack.tcp.segment_arrives:_is_limited", "return True", "return False"),
    ),
    mutant(
        "received bytes are swapped",
        "What is read from two segments comes out in the wrong order.",
        ("stack.tcp.receiver:Receiver.peek", "join(parts)", "join(reversed(parts))"),
    ),
    mutant(
        "received bytes are damaged",
        "The first byte of a segment that arrives in order gets a wrong bit.",
        ("stack.tcp.receiver:Receiver.take_in_order", "self._queue.append(data)",
         "self._queue.append(bytes([data[0] ^ 1]) + data[1:])"),
    ),
    mutant(
        "received bytes are lost",
        "The last byte of a segment that arrives in order never reaches the program.",
        ("stack.tcp.receiver:Receiver.take_in_order", "self._queue.append(data)", "self._queue.append(data[:-1])"),
    ),
    mutant(
        "received bytes come twice",
        "A program reads each segment twice.",
        ("stack.tcp.receiver:Receiver.take_in_order", "self._queue.append(data)", "self._queue.append(data + data)"),
    ),
    mutant(
        "gaps are ignored",
        "A segment that comes before its turn is taken for the next one.",
        ("stack.tcp.receiver:Receiver.take", "if seq > tcb.rcv_nxt:", "seq = min(seq, tcb.rcv_nxt)\n        if False:"),
    ),
    mutant(
        "early segments are thrown away",
        "A segment that comes before its turn is not kept.",
        ("stack.tcp.receiver:Receiver._take_early", "if self.reassembly.insert(seq, end, data, has_fin):", "if False:"),
    ),
)  # fmt: skip

REPAIRING = (
    mutant(
        "nothing is sent again",
        "A lost segment stays lost.",
        ("stack.tcp.retransmission:Retransmission._repeat",
         "self._output.transmit(sent.seq, flags, sent.data, reason)", "pass"),
    ),
    mutant(
        "other bytes are sent again",
        "A segment that is sent again carries zeros.",
        ("stack.tcp.retransmission:Retransmission._repeat",
         "transmit(sent.seq, flags, sent.data, reason)", "transmit(sent.seq, flags, bytes(len(sent.data)), reason)"),
    ),
    mutant(
        "losses are not seen",
        "Only the timeout finds lost segments.",
        ("stack.tcp.recovery:Recovery._find_lost", "if not flight.packets_out:", "if True:"),
    ),
    mutant(
        "timeout comes too early",
        "A segment is sent again after ten milliseconds.",
        ("stack.profile:Profile.__init__", "self.tcp_rto_min: int = 200 * MILLISECOND",
         "self.tcp_rto_min: int = 1 * MILLISECOND"),
    ),
    mutant(
        "congestion window is one",
        "A sender waits for the acknowledgment of each segment.",
        ("stack.tcp.sender:Sender._push", "if quota <= 0:", "if quota <= 0 or flight.packets_out:"),
    ),
)  # fmt: skip

CLOSING = (
    mutant(
        "FIN is missing",
        "close() and shutdown() send nothing.",
        ("stack.tcp.sender:Sender.finish", "tail.has_fin = True", "tail.has_fin = False"),
    ),
    mutant(
        "shutdown closes both directions",
        "After shutdown() the answers of the peer are thrown away.",
        ("stack.tcp.connection:Connection.shutdown_write",
         "self._send_fin()", "self._send_fin(); self.tcb.is_read_shut = True"),
    ),
    mutant(
        "close resets",
        "close() sends a RST.",
        ("stack.tcp.connection:Connection.begin_close", "if unread:", "if True:"),
    ),
    mutant(
        "FIN is acknowledged at once",
        "The acknowledgment of a FIN does not wait for the server's own FIN.",
        ("stack.tcp.fin:take_fin", "connection.acks.expect(reasons.TCP_ACK_FIN)",
         "connection.acks.demand(reasons.TCP_ACK_FIN)"),
    ),
    mutant(
        "FIN is not acknowledged",
        "A FIN is acknowledged by the next segment that leaves, whenever that is.",
        ("stack.tcp.fin:take_fin", "connection.acks.expect(reasons.TCP_ACK_FIN)", "pass"),
    ),
    mutant(
        "FIN does not count",
        "The acknowledgment of a FIN does not cover it.",
        ("stack.tcp.fin:take_fin", "tcb.rcv_nxt += 1", "pass"),
    ),
    mutant(
        "end of stream wakes nobody",
        "A program that waits for data sleeps on when the peer has closed.",
        ("stack.tcp.connection:Connection.is_readable", "or tcb.is_read_shut", ""),
    ),
    mutant(
        "end of stream comes too early",
        "A program is told of the peer's FIN when data comes.",
        ("stack.tcp.connection:Connection._nothing_to_read",
         "is_over = tcb.is_read_shut", "is_over = tcb.rcv_nxt > tcb.irs + 1"),
    ),
    mutant(
        "TIME-WAIT is skipped",
        "The one who closes first forgets the connection at once.",
        ("stack.tcp.connection:Connection.time_wait",
         "self.owner.wait(self, TIME_WAIT, self.tcb.profile.tcp_time_wait)", "self.change(Event.TIME_WAITED)"),
        ("stack.tcp.time_wait:TimeWait._fin_wait_2", "self._restart(now)", "self._change(Event.TIME_WAITED, 0, now)"),
    ),
    mutant(
        "crossing FINs skip CLOSING",
        "A FIN that crosses ours leads to TIME-WAIT at once.",
        ("stack.tcp.connection:Connection.change", "TRANSITIONS[old, event]",
         "TIME_WAIT if event is Event.FIN_ARRIVED and old is FIN_WAIT_1 "
         "else TIME_WAIT if old is TIME_WAIT else TRANSITIONS[old, event]"),
    ),
    mutant(
        "LAST-ACK waits",
        "The one who closes last goes through TIME-WAIT, too.",
        ("stack.tcp.segment_arrives:_fin_acked", "connection.done(Event.FIN_ACKED)",
         "connection.tcb.state = CLOSING; connection.change(Event.FIN_ACKED); connection.time_wait()"),
    ),
)  # fmt: skip
