"""W2, the workload: bulk TCP flows over a dumbbell.

    a1 … an -- left ==== right -- b1 … bn     access: 1 Gbit/s, 10 us; bottleneck: 100 Mbit/s, 10 ms, queue 1000

Each flow carries 20 MB from a to b; on the bottleneck a frame is lost with the given chance.  A segment is a frame
sent on the bottleneck, data and acknowledgments alike.  Congestion control is CUBIC, Linux's default, or Reno.  Only
the run counts, in user-CPU seconds.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from typing import Final, NamedTuple

ACCESS_RATE: Final = 1_000_000_000
ACCESS_DELAY: Final = 10_000
BOTTLENECK_RATE: Final = 100_000_000
BOTTLENECK_DELAY: Final = 10_000_000
BOTTLENECK_QUEUE: Final = 1_000
MSS: Final = 1_448
HEADERS: Final = 14 + 20 + 32


class Outcome(NamedTuple):
    """Bytes that arrived in all, frames sent on the bottleneck, and the simulated time of it in nanoseconds."""

    delivered: int
    segments: int
    span: int


Prepared = Callable[[], Outcome]


def measure(prepare: Callable[[int, int, float, str], Prepared]) -> None:
    """The main function of each program: `PROGRAM FLOWS BYTES LOSS CONTROL` prints one JSON line."""
    flows, size, loss, control = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    run = prepare(flows, size, loss, control)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    outcome = run()
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    if outcome.delivered < flows * size:
        sys.exit(f"{sys.argv[0]}: {outcome.delivered} of {flows * size} bytes arrived; this is not the workload")
    figures = {"segments": outcome.segments, "user_seconds": spent, "segments_per_second": outcome.segments / spent}
    print(json.dumps({**figures, "span": outcome.span}))
