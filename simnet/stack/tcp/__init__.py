"""TCP as RFC 9293 orders it and Linux 6.18 speaks it; sans-IO: segments, calls and time go in, segments come out.

Reading order:
    states.py sequence.py tcb.py     the words: states and their table, numbers, the variables of a connection
    layer.py passive_open.py         which connection a segment belongs to; listener.py; half_open.py, syn_cookies.py
                                     and time_wait.py are those that need little memory or none; metrics.py
    connection.py parts.py           the verbs of a program, and what a connection is made of
    handshake.py syn_sent.py         opening
    header_prediction.py             what nearly every segment is; the others meet
    segment_arrives.py               3.10.7.4, one function per check; then by half:
    receiver.py                      reassembly.py acks.py receive_window.py
    ack_arrives.py sender.py         send_queue.py output.py flight.py rtt.py congestion/
    recovery.py                      sack.py rack.py retransmission.py rate_reduction.py undo.py
    timeouts.py deadlines.py         retransmission_timer.py tail_probe.py persist.py keep_alive.py
    info.py socket_options.py        what it tells, what it can be told

Nothing here imports the engine, sockets, clocks or chance: `StackHost` gives all of them.

Does not model: IPv6, Multipath TCP, MD5 signatures and TCP-AO, congestion controls other than Reno and CUBIC, pacing
in time, the search for a larger path MTU (tcp_mtu_probing 2), TCP_DEFER_ACCEPT, limits on how many connections may be
in TIME-WAIT or without a program.
"""
