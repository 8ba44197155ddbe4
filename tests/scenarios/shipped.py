"""The shipped scenarios, and the exact bytes that a run of one leaves behind.

As a program it prints the digests of all of them: `python -m tests.scenarios.shipped`.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from simnet.scenario.load import load
from simnet.trace.jsonlines import JsonLinesSink
from simnet.trace.pcapng_sink import PcapngSink
from simnet.trace.trace import Trace
from simnet.worlds.simulated import run

FILES = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))


def files_of(trace: Trace) -> tuple[bytes, bytes]:
    """`trace` as pcapng and as JSON Lines."""
    capture, events = BytesIO(), BytesIO()
    sinks = PcapngSink(capture, trace.heading), JsonLinesSink(events, trace.heading)
    for event in trace:
        for sink in sinks:
            sink.put(event)
    for sink in sinks:
        sink.close(trace.end_ns)
    return capture.getvalue(), events.getvalue()


def digest(file: Path) -> str:
    """Of both files that a run of the scenario in `file` leaves."""
    return sha256(b"".join(files_of(run(load(file)).trace))).hexdigest()


def digests() -> Iterator[str]:
    """A line for each scenario."""
    return (f"{file.stem} {digest(file)}" for file in FILES)


if __name__ == "__main__":
    print("\n".join(digests()))
