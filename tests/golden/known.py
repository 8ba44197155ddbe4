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
        ("08b_bulk_1m/wire10ms_reno", "08c_bulk_bottleneck/wire10ms_10mbit_q20_cubic"),
    ),
    (
        "one acknowledgment reports several segments at once (reader's wake-up); here limited transmit sends one more",
        ("15e_loss_bulk/seg2_cubic", "15e_loss_bulk/seg2_reno"),
    ),
    (
        "what arrives while recv() holds the socket is acknowledged at its end, at once; virtual calls are instants",
        (
            "11_zero_window/lan", "11_zero_window/loopback", "15e_loss_bulk/whole_first_window_and_tlp_reno",
            "15e_loss_bulk/whole_first_window_cubic", "19b_pmtu_blackhole/probing1",
        ),
    ),
    (
        "the error arrives while connect() holds the socket, so that Linux only notes it; virtual calls are instants",
        ("13d_no_route/routers",),
    ),
)  # fmt: skip

KNOWN: Final = {name: cause for cause, names in _CAUSES for name in names}
