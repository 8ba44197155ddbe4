"""W2 in ns.py 0.4, from its own parts: its TCP generator and sink, ports, wires and forwarding tables.

Its TCP has no handshake, no close, no options and no data; segments carry the headers' bytes as size.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import simpy
from ns.demux.fib_demux import FIBDemux
from ns.flow.cc import TCPReno
from ns.flow.cubic import TCPCubic
from ns.flow.flow import Flow
from ns.packet.tcp_generator import TCPPacketGenerator
from ns.packet.tcp_sink import TCPSink
from ns.port.port import Port
from ns.port.wire import Wire

from bench.dumbbell import (
    ACCESS_DELAY,
    ACCESS_RATE,
    BOTTLENECK_DELAY,
    BOTTLENECK_QUEUE,
    BOTTLENECK_RATE,
    MSS,
    Outcome,
    Prepared,
    measure,
)

SECOND = 1_000_000_000
INITIAL_WINDOW = 10
"""Segments, as in simnet."""
ACKNOWLEDGMENTS = 10_000
"""What ns.py adds to a flow's number for the way back."""


class Sink(TCPSink):  # type: ignore[misc]
    """The plain sink, which also remembers when the last segment came."""

    last = 0.0

    def put(self, packet: Any) -> None:
        super().put(packet)
        self.last = self.env.now


def constant(value: float, **_: object) -> float:
    """The distribution of a thing that never varies."""
    return value


def cable(env: simpy.Environment, to: Any, rate: int, delay: int, loss: float = 0.0) -> Port:
    """A port and the wire behind it, which ends at `to`."""
    port = Port(env, rate=rate, qlimit=BOTTLENECK_QUEUE + 1)
    port.out = wire = Wire(env, partial(constant, delay / SECOND), loss_dist=partial(constant, loss) if loss else None)
    wire.out = to
    return port


def prepare(flows: int, size: int, loss: float, control: str = "cubic") -> Prepared:
    """The dumbbell, ready to run."""
    env = simpy.Environment()
    algorithm = TCPCubic if control == "cubic" else TCPReno
    size = -(-size // MSS) * MSS  # whole segments, or its generator waits for ever for the rest
    sinks = [Sink(env, rec_arrivals=False, rec_waits=False) for _ in range(flows)]
    generators = [
        TCPPacketGenerator(
            env,
            flow=Flow(fid=number, src=f"a{number}", dst=f"b{number}", size=size, finish_time=1e9),
            cc=algorithm(mss=MSS, cwnd=INITIAL_WINDOW * MSS, ssthresh=1 << 20),
        )
        for number in range(flows)
    ]
    access = partial(cable, env, rate=ACCESS_RATE, delay=ACCESS_DELAY)
    there = cable(
        env,
        FIBDemux(fib={number: number for number in range(flows)}, outs=[access(sink) for sink in sinks]),
        BOTTLENECK_RATE, BOTTLENECK_DELAY, loss,
    )  # fmt: skip
    back = cable(
        env,
        FIBDemux(
            fib={number + ACKNOWLEDGMENTS: number for number in range(flows)},
            outs=[access(generator) for generator in generators],
        ),
        BOTTLENECK_RATE, BOTTLENECK_DELAY, loss,
    )  # fmt: skip
    for generator, sink in zip(generators, sinks, strict=True):
        generator.mss = MSS
        generator.out = access(there)
        sink.out = access(back)

    def run() -> Outcome:
        env.run()
        delivered = sum(sink.next_seq_expected for sink in sinks)
        segments = there.packets_received + back.packets_received
        return Outcome(delivered, segments, round(max(sink.last for sink in sinks) * SECOND))

    return run


if __name__ == "__main__":
    measure(prepare)
