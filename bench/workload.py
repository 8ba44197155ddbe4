"""W1, the workload: a chain of routers, and one stream of datagrams through it.

    source -- r1 -- … -- rk -- sink        k + 1 links of 1 Gbit/s and 1 us, drop-tail queues of 100 frames

The source sends `datagrams` UDP datagrams of 1000 bytes, one every 10 us.  A packet-hop is one datagram over one
link, and only delivered datagrams count.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from typing import Final, NamedTuple

RATE: Final = 1_000_000_000
DELAY: Final = 1_000
INTERVAL: Final = 10_000
QUEUE: Final = 100
PAYLOAD: Final = 1_000
FRAME: Final = 14 + 20 + 8 + PAYLOAD
"""Bytes on the wire: Ethernet, IPv4 and UDP headers around the payload; no frame check sequence, as in a capture."""


class Outcome(NamedTuple):
    """What a program made of the workload: how many datagrams arrived, how long after the first left the last one did.

    `span` is in nanoseconds of simulated time.  Programs that model the same thing agree on both.
    """

    delivered: int
    span: int


Prepared = Callable[[], Outcome]


def expected_span(routers: int, datagrams: int) -> int:
    """What `Outcome.span` must be: no queue ever forms, so that each link adds its two delays and nothing else."""
    return (datagrams - 1) * INTERVAL + (routers + 1) * (FRAME * 8 * 1_000_000_000 // RATE + DELAY)


def measure(prepare: Callable[[int, int], Prepared]) -> None:
    """The main function of each program: `PROGRAM ROUTERS DATAGRAMS` prints one JSON line.

    Only the run counts, in user-CPU seconds: start-up and building the network do not.
    """
    routers, datagrams = int(sys.argv[1]), int(sys.argv[2])
    run = prepare(routers, datagrams)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    outcome = run()
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    if outcome.delivered != datagrams:
        sys.exit(f"{sys.argv[0]}: {outcome.delivered} of {datagrams} datagrams arrived; this is not the workload")
    hops = outcome.delivered * (routers + 1)
    print(json.dumps({"hops": hops, "user_seconds": spent, "hops_per_second": hops / spent, "span": outcome.span}))
