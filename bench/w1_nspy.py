"""W1 in ns.py 0.4, from its own parts: generator, ports, wires, forwarding tables and a sink.

Its packets have a size and a flow, no headers and no addresses, and nothing is recorded that it can leave out.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import simpy
from ns.demux.fib_demux import FIBDemux
from ns.packet.dist_generator import DistPacketGenerator
from ns.packet.sink import PacketSink
from ns.port.port import Port
from ns.port.wire import Wire

from bench.workload import DELAY, FRAME, INTERVAL, QUEUE, RATE, Outcome, Prepared, measure

SECOND = 1_000_000_000


class Sink(PacketSink):  # type: ignore[misc]
    """The plain sink, which also remembers when the last packet came."""

    last = 0.0

    def put(self, packet: Any) -> None:
        super().put(packet)
        self.last = self.env.now


def constant(value: float) -> float:
    """The distribution of a thing that never varies."""
    return value


def link(env: simpy.Environment, to: Any) -> Port:
    """A port and the wire behind it, which ends at `to`."""
    port = Port(env, rate=RATE, qlimit=QUEUE + 1)
    port.out = wire = Wire(env, partial(constant, DELAY / SECOND))
    wire.out = to
    return port


def prepare(routers: int, datagrams: int) -> Prepared:
    """The network, ready to run."""
    env = simpy.Environment()
    sink = Sink(env, rec_arrivals=False, rec_waits=False)
    port = link(env, sink)
    for _ in range(routers):
        port = link(env, FIBDemux(fib={0: 0}, outs=[port]))
    generator = DistPacketGenerator(
        env,
        "source",
        partial(constant, INTERVAL / SECOND),
        partial(constant, FRAME),
        size=FRAME * datagrams,
    )
    generator.out = port

    def run() -> Outcome:
        env.run()
        first = INTERVAL / SECOND  # its generator waits before it sends
        return Outcome(sink.packets_received[0], round((sink.last - first) * SECOND))

    return run


if __name__ == "__main__":
    measure(prepare)
