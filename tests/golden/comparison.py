"""Compares what interfaces saw in a recording and in its replay, frame by frame.

Every deterministic field must be equal: order, MACs by role, TTL, DF, lengths, flags, numbers relative to the flow's
beginning, windows, options in order, ICMP with all it quotes.  What the kernel itself draws or what hangs on
microseconds is not waved through but translated, each thing by the rule of `NORMALIZED` that bears its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from tests.golden.bulk import Bulk
from tests.golden.captures import Capture, Fields, nanoseconds
from tests.golden.counters import Identifications, Timestamps, miscounted
from tests.golden.fields import unequal
from tests.golden.labels import Labels, labeled
from tests.golden.pairs import LATE, Difference, Pair, Stream, back_line, grain, line

NORMALIZED: Final = {
    "ephemeral port": "chosen by the kernel at random: the same port in one recording is the same one in the other; "
    "TCP's parity (even for connect) is compared",
    "ping identifier": "the process id of ping: one is translated into the other throughout",
    "initial sequence number": "a keyed hash of the addresses and a clock: numbers are relative to it",
    "initial timestamp": "a random offset per connection: TSval is relative to the flow's first, and must go with the "
    "frame's time within a tick each, later where the frame may have been held up on its way; TSecr must be the TSval "
    "of the same frame",
    "IP identification": "begins at random: zero or not is compared, TCP's must count up alike, others must be the "
    "same where they were the same and count up by one where they did",
    "time": "kernel timers fire up to two jiffies (8 ms) late, long ones up to the grain of their wheel (1/8): a frame "
    "must come as long after the one before it, its sender's last or its flow's last as recorded, within that grain",
    "time of neighbor probes": "the reachable time is drawn from 0.5 to 1.5 of its base",
    "crossing": "frames of different flows within half a millisecond of each other may change places (2 ms for new and "
    "repeated segments of bulk data): which came first was a race",
    "reader's wake-ups": "how many acknowledgments a burst of data gets, and the windows they offer, hang on whether "
    "the reader held the socket: in bulk transfers each segment must be acknowledged as soon as recorded (see bulk.py)",
    "end of the capture": "frames the replay sends after the recording had ended are not compared",
    "checksum on lo": "checksum offload cannot be switched off there: the recorded one is partial",
}
"""Everything that is not compared as it stands, by name, and why."""

_CROSSING: Final = 500_000
_CROSSING_IN_BULK: Final = 2_000_000


class Comparison:
    """All of one capture against one replay; `differences` in the order of time, `compared` frames."""

    def __init__(self, capture: Capture, replayed: Sequence[Fields]) -> None:
        self._capture = capture
        self.differences: list[Difference] = []
        labels = Labels(capture)
        recorded = [labeled(frame, labels) for frame in capture.frames]
        labels = Labels(capture)
        again = [labeled(frame, labels) for frame in replayed]
        self._bulk = Bulk(capture, recorded)
        self.compared = len(recorded)
        pairs = self._match(recorded, again)
        pairs.sort(key=lambda pair: (pair.time, pair.recorded["n"]))
        self._compare_fields(pairs)
        self._compare_order(pairs)
        self._compare_times(pairs)
        self.differences += self._bulk.differences(recorded, again) if capture.complete else ()
        self.differences += (
            Difference(nanoseconds(frame["t"]), what, None, frame) for frame, what in miscounted(capture, again)
        )
        self.differences.sort(key=lambda difference: difference.time)

    def _report(self, time: int, what: str, recorded: Fields | None, replayed: Fields | None) -> None:
        self.differences.append(Difference(time, what, recorded, replayed))

    # --- which frame is which

    def _match(self, recorded: list[Fields], replayed: list[Fields]) -> list[Pair]:
        """Frames of the same flow pair up in their order; bare acknowledgments of bulk data do not."""
        waiting: dict[Stream, list[tuple[int, Fields]]] = defaultdict(list)
        for order, (frame, kind) in enumerate(zip(replayed, self._bulk.kinds(replayed), strict=True)):
            waiting[*stream(frame), kind].append((order, frame))
        taken: dict[Stream, int] = defaultdict(int)
        pairs = []
        for frame, kind in zip(recorded, self._bulk.kinds(recorded), strict=True):
            if kind == "acknowledgment":
                continue
            place = (*stream(frame), kind)
            time = nanoseconds(frame["t"])
            left = waiting[place]
            number = taken[place]
            if number < len(left):
                order, counterpart = left[number]
                pairs.append(Pair(frame, counterpart, time, nanoseconds(counterpart["t"]), order, place))
            elif number == len(left):
                self._report(time, "missing", frame, None)
            taken[place] += 1
        if self._capture.complete:
            self._report_surplus(waiting, taken)
        return pairs

    def _report_surplus(self, waiting: dict[Stream, list[tuple[int, Fields]]], taken: dict[Stream, int]) -> None:
        end = self._capture.listened_until()
        for place, frames in waiting.items():
            if place[-1] != "acknowledgment" and taken[place] < len(frames):
                _, first = frames[taken[place]]
                if nanoseconds(first["t"]) < end:
                    self._report(nanoseconds(first["t"]), "surplus", None, first)

    # --- fields

    def _compare_fields(self, pairs: list[Pair]) -> None:
        identifications = Identifications()
        timestamps = Timestamps()
        bulk = self._bulk
        for pair in pairs:
            found = [*unequal(bulk.without_chance(pair.recorded), bulk.without_chance(pair.replayed))]
            if not bulk.carries(pair.recorded) and not bulk.receives(pair.recorded):
                found += identifications.unequal(pair)
            found += timestamps.unequal(pair)
            if found:
                self._report(pair.diverged, "; ".join(found), pair.recorded, pair.replayed)
        for pair, what in identifications.unsteady():
            self._report(pair.diverged, what, pair.recorded, pair.replayed)

    # --- order and time

    def _compare_order(self, pairs: list[Pair]) -> None:
        latest: dict[str, Pair] = {}
        for pair in pairs:
            place = pair.recorded["if"]
            before = latest.get(place)
            if before is None or pair.order > before.order:
                latest[place] = pair
            elif pair.time - before.time > self._crossing(pair.recorded, before.recorded):
                what = f"order: recorded {pair.time - before.time} ns after frame {before.recorded['n']}, now before it"
                self._report(pair.diverged, what, pair.recorded, pair.replayed)

    def _crossing(self, frame: Fields, before: Fields) -> int:
        is_bulk = self._bulk.carries(frame) and self._bulk.carries(before)
        slack = max(self._own_slack(frame), self._own_slack(before))
        return slack + (_CROSSING_IN_BULK if is_bulk else _CROSSING)

    def _compare_times(self, pairs: list[Pair]) -> None:
        last: dict[Stream, Pair] = {}
        for pair in pairs:
            places = list(_causes(pair.recorded))
            found = self._time_difference(pair, [last[place] for place in places if place in last])
            if found:
                self._report(pair.diverged, found, pair.recorded, pair.replayed)
            last.update(dict.fromkeys(places, pair))

    def _time_difference(self, pair: Pair, causes: list[Pair]) -> str:
        slack = self._own_slack(pair.recorded)
        if abs(pair.lateness) <= LATE + slack:
            return ""
        for before in causes:
            gap = pair.time - before.time
            if abs(pair.lateness - before.lateness) <= LATE + grain(gap) + slack:
                return ""
        return f"time: {pair.lateness / 1e6:+.1f} ms"

    def _own_slack(self, frame: Fields) -> int:
        """Timers that were set by no frame nearby: neighbor probes, reassembly, giving up on a neighbor."""
        if "arp" in frame and frame["eth"]["dst"] != "*":
            base = self._capture.sysctls.get("net.ipv4.neigh.eth0.base_reachable_time_ms", 0)
            return int(base) * 1_000_000 + grain(5_000_000_000)
        icmp = frame.get("icmp", {})
        if (icmp.get("type"), icmp.get("code")) in ((11, 1), (3, 1)):
            return grain(3_000_000_000)
        return 0


def stream(frame: Fields) -> Stream:
    """Which flow `frame` belongs to at its interface, one way."""
    place = frame["if"], frame["dir"]
    if "arp" in frame:
        arp = frame["arp"]
        return *place, "arp", arp["op"], arp["sha"], arp["tpa"]
    ip = frame.get("ip")
    if ip is None:
        return *place, frame["eth"]["type"]
    flow = *place, ip["src"], ip["dst"], ip["proto"]
    if "frag_off" in ip:
        return *flow, "fragments"
    for protocol in ("tcp", "udp"):
        if protocol in frame:
            return *flow, frame[protocol]["sport"], frame[protocol]["dport"]
    icmp = frame.get("icmp", {})
    return *flow, icmp.get("type"), icmp.get("id")


def _causes(frame: Fields) -> Iterator[Stream]:
    """What may have set the timer behind a frame, or brought it: the last one here, of its sender, of its flow."""
    yield frame["if"], "any"
    yield frame["if"], frame["dir"], frame["eth"]["src"]
    yield stream(frame)
    if "tcp" in frame:
        yield ("connection", *sorted((line(frame), back_line(frame)), key=str))
        yield ("anywhere", *line(frame)[1:])
