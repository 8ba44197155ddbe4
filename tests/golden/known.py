"""Captures that the simulated stack does not reproduce yet, each with the cause.

A test fails when one of them becomes equal, so that this list can only shrink on purpose.
"""

from __future__ import annotations

from typing import Final

_CAUSES: Final = (
    # races that no choice of `replay.SCHEDULES` decides as the recorded machine did
    (
        "segments are cut at the edge of the window, whose values hang on the reader's wake-ups",
        ("08b_bulk_1m/lan", "08b_bulk_1m/loopback"),
    ),
    (
        "how much sendall had written when the window opened: a race of its wake-ups with acknowledgments",
        ("08b_bulk_1m/wire10ms_reno",),
    ),
    (
        "one acknowledgment reports several segments at once (reader's wake-up); here limited transmit sends one more",
        ("15e_loss_bulk/seg2_cubic", "15e_loss_bulk/seg2_reno"),
    ),
    (
        "the error arrives while connect() holds the socket, so that Linux only notes it; virtual calls are instants",
        ("13d_no_route/routers",),
    ),
    # rules that are missing
    (
        "timers do not follow the kernel's timer wheel, by which two of them 10 ms apart fire together",
        ("15a_loss_handshake/drop_synack",),
    ),
    (
        "a SACK of what was sent before the head was repeated does not set the RTO anew (tcp_clean_rtx_queue)",
        ("15e_loss_bulk/seg20_lost_3_times_cubic",),
    ),
    (
        "the tail loss probe waits 2 jiffies at least; Linux 2 ms (TCP_TIMEOUT_MIN_US)",
        ("09d_oneway_no_reader/lan_gap5ms", "11_zero_window/lan", "15e_loss_bulk/tail_5_and_tlp_cubic"),
    ),
    (
        "the SACK of a tail loss probe does not begin the recovery of the rest; the RTO does",
        ("15e_loss_bulk/tail_5_segments_cubic", "15j_tail_loss_probe/tail_5"),
    ),
    (
        "HyStart's rounds begin at a window of 16 segments; Linux counts them from the start",
        ("08c_bulk_bottleneck/wire10ms_10mbit_q20_cubic",),
    ),
    (
        "segments out of order do not widen the window (tcp_data_queue_ofo, tcp_grow_window)",
        ("15e_loss_bulk/whole_first_window_and_tlp_reno", "15e_loss_bulk/whole_first_window_cubic"),
    ),
    (
        "a buffer of 4096 bytes that was drained offers 4096 again; here 2048",
        ("11_zero_window/loopback",),
    ),
    (
        "the first read from a full buffer gives back 7 kB less of the window",
        ("11b_slow_reader/lan",),
    ),
    (
        "progress of TCP does not confirm the neighbor (sk_dst_confirm)",
        ("14b_arp_tcp_confirm/lan",),
    ),
    (
        "an acknowledgment of unsent data changes the timestamp that is echoed",
        ("16h_rfc5961_injection/wire10ms",),
    ),
    (
        "what was sent in one burst is cut anew as a whole for the smaller MSS; here each segment by itself",
        ("19_pmtu/tcp", "19b_pmtu_blackhole/probing1"),
    ),
)

KNOWN: Final = {name: cause for cause, names in _CAUSES for name in names}
