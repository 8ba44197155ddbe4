"""What stands above the events of a trace: whose they are."""

from __future__ import annotations

from msgspec import Struct

from simnet.trace.network import NetworkMap


class Heading(Struct, frozen=True):
    """`name` of the scenario or the capture file; `seed` of the run, None for a capture.

    `epoch_ns`: the moment time 0 stands for, in nanoseconds since 1970; 0 for a simulated run.
    """

    name: str = ""
    seed: int | None = None
    network: NetworkMap = NetworkMap()
    epoch_ns: int = 0
