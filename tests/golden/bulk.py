"""What is compared in another way where much data flows: the acknowledgments, and what hangs on their number.

When several segments arrive within microseconds, the reader's program may hold the socket; what arrives meanwhile is
then acknowledged all at once, and the window says what had not been read yet.  Two runs of one kernel differ in that.
So in the families of `FAMILIES`, in connections that carry at least two full segments one way:

- the sender's segments are compared as everywhere, but new ones apart from repeated ones, and PSH on full segments
  is not compared: it marks the end of an internal burst, whose size follows the acknowledgments;
- the receiver's bare acknowledgments are not paired.  Instead each segment must be acknowledged (and, if it came out
  of order, be reported by SACK) as long after it passed as recorded, within the grain of timers, and the same
  duplicates must be reported by D-SACK;
- the receiver's windows are not compared once it has acknowledged data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from tests.golden.captures import Capture, Fields, nanoseconds
from tests.golden.pairs import LATE, Difference, Stream, back_line, grain, line

FAMILIES: Final = (
    "08_", "08b_", "08c_", "10c_", "11b_", "15e_", "15f_", "15i_", "15j_", "19_pmtu/tcp", "21c_",
)  # fmt: skip
"""Where more than one segment is under way at a time."""

_TWO_SEGMENTS: Final = 2 * 948


class Bulk:
    """The connections of a recording that carry much data, and which way."""

    def __init__(self, capture: Capture, frames: Sequence[Fields]) -> None:
        carried: dict[Stream, int] = defaultdict(int)
        full: dict[Stream, int] = defaultdict(int)
        if capture.name.startswith(FAMILIES):
            for frame in frames:
                if _is_tcp(frame):
                    flow = line(frame)[1:]
                    carried[flow] = max(carried[flow], frame["tcp"]["seq"] + frame["tcp"]["len"])
                    full[flow] = max(full[flow], frame["tcp"]["len"])
        self._full = full
        self._data = {
            flow for flow, size in carried.items() if size > _TWO_SEGMENTS and size > carried.get(_turned(flow), 0)
        }

    def carries(self, frame: Fields) -> bool:
        """Does this frame belong to the direction of the data?"""
        return _is_tcp(frame) and line(frame)[1:] in self._data

    def receives(self, frame: Fields) -> bool:
        """Does this frame come from the receiver of the data?"""
        return _is_tcp(frame) and back_line(frame)[1:] in self._data

    def kinds(self, frames: Sequence[Fields]) -> Iterator[str]:
        """For each frame: "new" or "again" for data, "acknowledgment", or "" for all others."""
        highest: dict[Stream, int] = defaultdict(int)
        for frame in frames:
            if self.receives(frame) and _is_bare(frame):
                yield "acknowledgment"
            elif self.carries(frame) and frame["tcp"]["len"]:
                place = (*line(frame), frame["dir"])
                end = frame["tcp"]["seq"] + frame["tcp"]["len"]
                yield "new" if end > highest[place] else "again"
                highest[place] = max(highest[place], end)
            else:
                yield ""

    def without_chance(self, frame: Fields) -> Fields:
        """The frame without what is not compared: PSH on full segments, windows of the receiver."""
        if self.carries(frame) and frame["tcp"]["len"] == self._full[line(frame)[1:]]:
            tcp = dict(frame["tcp"])
            tcp["flags"] = tcp["flags"].replace("P", "")
            return {**frame, "tcp": tcp}
        if self.receives(frame) and "S" not in frame["tcp"]["flags"] and frame["tcp"].get("ack", 0) > 1:
            tcp = {key: value for key, value in frame["tcp"].items() if not key.startswith("win")}
            return {**frame, "tcp": tcp}
        return frame

    def differences(self, recorded: Sequence[Fields], replayed: Sequence[Fields]) -> Iterator[Difference]:
        """Segments that are not acknowledged as recorded."""
        old, new = self._histories(recorded), self._histories(replayed)
        for place, history in old.items():
            if place in new:
                yield from history.differences(new[place])

    def _histories(self, frames: Sequence[Fields]) -> dict[Stream, History]:
        histories: dict[Stream, History] = defaultdict(History)
        for frame in frames:
            if self.carries(frame):
                histories[line(frame)].passes(frame)
            elif self.receives(frame):
                histories[back_line(frame)].acknowledges(frame)
        return histories


class History:
    """One direction of one connection at one interface: when segments passed, and when they were acknowledged."""

    def __init__(self) -> None:
        self.passed: dict[int, Fields] = {}
        self.reported: dict[int, int] = {}
        self.duplicates: set[tuple[int, int]] = set()
        self._open: dict[int, int] = {}

    def passes(self, frame: Fields) -> None:
        """A segment of the data's sender."""
        tcp = frame["tcp"]
        end = tcp["seq"] + tcp["len"] + ("F" in tcp["flags"])
        if end > tcp["seq"] and "S" not in tcp["flags"] and end not in self.passed:
            self.passed[end] = frame
            self._open[end] = end

    def acknowledges(self, frame: Fields) -> None:
        """A segment of its receiver."""
        tcp = frame["tcp"]
        blocks = [block for option in tcp["opts"] if option[0] == "sack" for block in option[1:]]
        acknowledged = tcp.get("ack", 0)
        if blocks and blocks[0][1] <= acknowledged:
            self.duplicates.add((blocks[0][0], blocks[0][1]))
        for end in list(self._open):
            if end <= acknowledged or any(left < end <= right for left, right in blocks):
                self.reported[end] = nanoseconds(frame["t"])
                del self._open[end]

    def differences(self, replayed: History) -> Iterator[Difference]:
        """The first segment whose fate is another, and duplicates that are not reported alike."""
        for end, frame in self.passed.items():
            again = replayed.passed.get(end)
            if again is None:
                continue  # a segment that is not there is a difference of its own
            waits = self._wait(end), replayed._wait(end)
            if not _alike(*waits):
                what = f"acknowledged {_in_ms(waits[0])} after it passed, now {_in_ms(waits[1])}"
                yield Difference(nanoseconds(frame["t"]) + _shorter(*waits), what, frame, again)
                return
        if self.duplicates != replayed.duplicates and self.passed:
            frame = next(iter(self.passed.values()))
            what = f"D-SACK of {sorted(self.duplicates)}, now of {sorted(replayed.duplicates)}"
            yield Difference(nanoseconds(frame["t"]), what, frame, None)

    def _wait(self, end: int) -> int | None:
        """How long after it passed the segment that ends at `end` was acknowledged; None: never."""
        time = self.reported.get(end)
        return None if time is None else time - nanoseconds(self.passed[end]["t"])


def _is_tcp(frame: Fields) -> bool:
    """Over IPv4, which is all that is compared."""
    return "tcp" in frame and "ip" in frame


def _alike(old: int | None, new: int | None) -> bool:
    if old is None or new is None:
        return old == new
    return abs(old - new) <= LATE + grain(max(old, new))


def _shorter(old: int | None, new: int | None) -> int:
    """Until when both were alike."""
    return min(wait for wait in (old, new) if wait is not None)


def _in_ms(wait: int | None) -> str:
    return "never" if wait is None else f"{wait / 1e6:.1f} ms"


def _is_bare(frame: Fields) -> bool:
    tcp = frame["tcp"]
    return (tcp["flags"], tcp["len"]) == ("A", 0) and bool(tcp.get("ack", 0) > 1)


def _turned(flow: Stream) -> Stream:
    return flow[2:] + flow[:2]
