"""Completion times of the simulated world beside those of the lab, this machine's kernel: 1 MB over a lossy link.

    python -m bench.completion [--loss 0 1] [--rtt 20] [--control cubic] [--seeds 20] [--jobs 4] [--json FILE]
    python -m bench.completion --against FILE [--markdown]

Both worlds get the same scenario and seed, so the same draws decide which frames are lost.  The time of a transfer is
from the SYN until the receiver's interface has seen every byte and the FIN.  A run of the lab in which a frame left its
cable late, because the machine was busy, is repeated; if it stays late it counts, and is told.  Needs Linux.
`--against` compares with the lab's times of an earlier measurement instead, which takes a minute or two and no kernel.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import platform
import statistics
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from heapq import heappop, heappush
from itertools import product
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from simnet.errors import SimnetError
from simnet.scenario.load import loads
from simnet.scenario.values import Scenario
from simnet.trace.events import FrameArrived, FrameSent
from simnet.trace.trace import Trace
from simnet.units import MILLISECOND
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import FIN, SYN, Tcp
from simnet.worlds import simulated
from simnet.worlds.replay import lab_world
from simnet.worlds.simulated import Result

LOSSES: Final = (0.0, 0.1, 1.0, 5.0)
ROUND_TRIPS: Final = (0, 20, 100)
CONTROLS: Final = ("reno", "cubic")
SIZE: Final = 1_000_000
RATE: Final = "25mbps"
QUEUE: Final = 1000
TOLERANCE: Final = 0.1
_ATTEMPTS: Final = 3
_WRAP: Final = 1 << 32


class Cell(Struct, frozen=True):
    """One kind of transfer: loss in percent in both directions, round trip in ms, congestion control."""

    loss: float
    rtt: int
    control: str


class Pair(Struct, frozen=True):
    """One seed: the times in ms, and whether the lab's relay was late whatever we tried."""

    seed: int
    simulated: float
    lab: float
    is_late: bool


class Row(Struct, frozen=True):
    """A cell and what it gave."""

    cell: Cell
    pairs: list[Pair]

    @property
    def simulated(self) -> float:
        """The median, in ms."""
        return statistics.median(pair.simulated for pair in self.pairs)

    @property
    def lab(self) -> float:
        """The median, in ms."""
        return statistics.median(pair.lab for pair in self.pairs)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between which the middle half of the lab's times lie, in ms."""
        times = [pair.lab for pair in self.pairs]
        first, _, third = statistics.quantiles(times * 2 if len(times) == 1 else times, n=4, method="inclusive")
        return first, third

    @property
    def ratio(self) -> float:
        """Simulated to real."""
        return self.simulated / self.lab

    @property
    def is_close(self) -> bool:
        """Do the medians differ by no more than is allowed?"""
        return is_close(self.simulated, self.lab)

    @property
    def alike(self) -> int:
        """Seeds whose own two times are as close."""
        return sum(is_close(pair.simulated, pair.lab) for pair in self.pairs)

    @property
    def late(self) -> int:
        """Seeds in which the relay was late."""
        return sum(pair.is_late for pair in self.pairs)


class Report(Struct, frozen=True):
    """All rows, and where they were measured; `again`: cells in a later run, with more seeds."""

    kernel: str
    hz: str
    bytes: int
    rate: str
    rows: list[Row]
    again: list[Row] = []


def is_close(simulated: float, lab: float) -> bool:
    """Is the simulated time within 10 % of the real one?"""
    return abs(simulated / lab - 1) <= TOLERANCE


# --- one transfer


def scenario(cell: Cell, seed: int, size: int = SIZE, rate: str = RATE) -> Scenario:
    """The transfer of `size` bytes that a cell stands for."""
    host = f"sysctl: {{tcp_congestion_control: {cell.control}}}"
    return loads(f"""
name: completion
seed: {seed}
until: 600s
hosts:
  sender: {{address: 10.0.0.1/24, {host}}}
  receiver: {{address: 10.0.0.2/24, {host}}}
links:
  - sender -- receiver: {{rate: {rate}, delay: {cell.rtt * 500}us, loss: {cell.loss}%, queue: {QUEUE}}}
programs:
  receiver: [listen: 5000, accept, receive: end, close]
  sender: [connect: "receiver:5000", send: {{bytes: {size}}}, shutdown, receive: end, close]
expect:
  - {{output: {{bytes: {size}}}, host: receiver}}
""")


def completion(result: Result) -> float:
    """From the first SYN of `sender` until all it has to send has arrived at `receiver`, in ms."""
    began = isn = last = -1
    expected = 0
    pieces: list[tuple[int, int]] = []
    for event, segment in _segments(result.trace):
        if began < 0:
            began, isn = event.time, segment.seq
        if isinstance(event, FrameSent):
            continue
        start = (segment.seq - isn) % _WRAP
        end = start + len(segment.data) + (segment.flags & (SYN | FIN) != 0)
        if segment.flags & FIN:
            last = end
        heappush(pieces, (start, end))
        while pieces and pieces[0][0] <= expected:
            expected = max(expected, heappop(pieces)[1])
        if expected == last:
            return (event.time - began) / MILLISECOND
    reasons = [f"{verdict.text}: {verdict.why}" for verdict in result.verdicts if not verdict.ok]
    raise SimnetError(f"a transfer with seed {result.seed} did not come to its end: {'; '.join(reasons)}")


def _segments(trace: Trace) -> Iterator[tuple[FrameSent | FrameArrived, Tcp]]:
    """What the sender sent, and what of it the receiver got."""
    for event in trace:
        is_sent = isinstance(event, FrameSent) and event.port == "sender:eth0"
        if isinstance(event, FrameSent | FrameArrived) and (is_sent or _has_arrived(event)):
            packet = event.frame.payload
            if isinstance(packet, Ipv4) and isinstance(packet.payload, Tcp):
                yield event, packet.payload


def _has_arrived(event: FrameSent | FrameArrived) -> bool:
    return isinstance(event, FrameArrived) and event.port == "receiver:eth0"


def in_virtual_time(cell: Cell, seed: int, size: int, rate: str) -> float:
    """One seed in the simulated world."""
    return round(completion(simulated.run(scenario(cell, seed, size, rate))), 3)


def measure(cell: Cell, seed: int, size: int = SIZE, rate: str = RATE) -> Pair:
    """One seed in both worlds."""
    transfer = scenario(cell, seed, size, rate)
    virtual = in_virtual_time(cell, seed, size, rate)
    for _ in range(_ATTEMPTS):
        world = lab_world(transfer)
        world.run()
        replay = world.result()
        if not replay.remarks and not replay.lost:
            break
    return Pair(seed, virtual, round(completion(replay), 3), bool(replay.remarks))


def compare(old: Row, report: Report) -> Row:
    """The row anew, with the lab's times of before."""
    pairs = [
        msgspec.structs.replace(each, simulated=in_virtual_time(old.cell, each.seed, report.bytes, report.rate))
        for each in old.pairs
    ]
    return Row(old.cell, pairs)


def measure_all(cells: Sequence[Cell], seeds: int, size: int, rate: str, jobs: int) -> Iterator[Row]:
    """All cells, `jobs` transfers at a time: they mostly wait for timers and delays."""
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        work = [
            (cell, [pool.submit(measure, cell, seed, size, rate) for seed in range(1, seeds + 1)]) for cell in cells
        ]
        for cell, pending in work:
            yield Row(cell, [each.result() for each in pending])


# --- the report


def table(rows: Sequence[Row]) -> str:
    """The rows as text, which is a table in Markdown too."""
    lines = [
        "| loss | RTT | control | simulated | lab | its quartiles | ratio | seeds within 10 % | late | verdict |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [row_text(row) for row in rows]
    good = sum(row.is_close for row in rows)
    lines += ["", f"{good} of {len(rows)} medians are within 10 % of the lab's."]
    return "\n".join(lines)


def row_text(row: Row) -> str:
    """One line of the table."""
    cell = row.cell
    first, third = row.quartiles
    return (
        f"| {cell.loss:g} % | {cell.rtt} ms | {cell.control} | {row.simulated:.1f} ms | {row.lab:.1f} ms "
        f"| {first:.0f} to {third:.0f} ms | {row.ratio:.3f} | {row.alike} of {len(row.pairs)} | {row.late} "
        f"| {'ok' if row.is_close else 'DIFFERENT'} |"
    )


def page(report: Report) -> str:
    """The page of the documentation."""
    seeds = max(len(row.pairs) for row in report.rows)
    return f"""\
# Completion times beside the kernel's

A transfer of {report.bytes:,} bytes over a link of {report.rate} with room for {QUEUE} frames, in the simulated world
and in the lab: there the real kernel of network namespaces, Linux {report.kernel} with timers of {report.hz} Hz, sends
over the same link, which carries real frames.  Loss is in both directions; the same seed loses the same frames in both
worlds as long as both send the same.  Each time is the median of {seeds} seeds, from the SYN until the receiver's
interface has seen every byte and the FIN.

The lab runs in real time, beside whatever else the machine does, and that jitter is not in the model.  A run in which
a frame left its cable more than 2 ms late is repeated; *late* counts those that stayed late.  All lab times are of one
run of the command.  The quartiles show how far single transfers lie apart: where they are wide, as with 5 % of loss and
no delay, another run of the lab gives another median, and 20 seeds cannot tell 10 % from chance.  Without a delay
the machine's own pace, some tenths of a millisecond for a wake-up or a relayed frame, also decides which segments leave
together; the simulated world has no such pace.

This page is made by

```sh
python -m bench.completion --json bench/completion.json                               # half an hour, on Linux
python -m bench.completion --loss 5 --rtt 0 --seeds 100 --again bench/completion.json --json bench/completion.json
python -m bench.completion --against bench/completion.json --markdown > docs/completion.md
```

{table(report.rows)}
{_again(report)}"""


def _again(report: Report) -> str:
    if not report.again:
        return ""
    seeds = max(len(row.pairs) for row in report.again)
    return f"""
## With more seeds

Where single transfers lie far apart, {seeds} seeds of another run of the lab tell more:

{table(report.again)}
"""


def hz() -> str:
    """The rate of the kernel's timers, as far as it tells."""
    try:
        config = gzip.decompress(Path("/proc/config.gz").read_bytes()).decode()
    except OSError:
        return "an unknown number of"
    return next(line.partition("=")[2] for line in config.splitlines() if line.startswith("CONFIG_HZ="))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.completion", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--loss", type=float, nargs="+", default=LOSSES, metavar="PERCENT")
    parser.add_argument("--rtt", type=int, nargs="+", default=ROUND_TRIPS, metavar="MS")
    parser.add_argument("--control", nargs="+", choices=CONTROLS, default=CONTROLS)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--bytes", type=int, default=SIZE)
    parser.add_argument("--rate", default=RATE)
    parser.add_argument("--jobs", type=int, default=4, help="transfers at a time")
    parser.add_argument("--json", metavar="FILE", help='write the figures as JSON; "-" prints only them')
    parser.add_argument("--against", metavar="FILE", help="only simulate, and compare with the lab's times in FILE")
    parser.add_argument("--again", metavar="FILE", help="keep what FILE holds, and put these cells beside it")
    parser.add_argument("--markdown", action="store_true", help="print the page docs/completion.md")
    options = parser.parse_args()
    if options.against:
        before = msgspec.json.decode(Path(options.against).read_bytes(), type=Report)
        rows, again = ([compare(row, before) for row in each] for each in (before.rows, before.again))
        report = msgspec.structs.replace(before, rows=rows, again=again)
    else:
        cells = [Cell(*each) for each in product(options.loss, options.rtt, options.control)]
        rows = []
        for row in measure_all(cells, options.seeds, options.bytes, options.rate, options.jobs):
            print(row_text(row), file=sys.stderr, flush=True)
            rows.append(row)
        if options.again:
            before = msgspec.json.decode(Path(options.again).read_bytes(), type=Report)
            report = msgspec.structs.replace(before, again=rows)
        else:
            report = Report(platform.release().partition("-")[0], hz(), options.bytes, options.rate, rows)
    if options.json == "-":
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
        return 0
    if options.json:
        Path(options.json).write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    print(page(report) if options.markdown else table(report.again if options.again else report.rows))
    return 0 if all(row.is_close for row in report.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
