"""When the frame of a call left: a call takes time before it acts, and the recording shows the frame that it sent."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.golden.captures import Capture, Event, Fields, nanoseconds

_AROUND = 30_000
_AFTER_TICK = 150_000
"""What a tick made a node send leaves so soon."""

_KINDS = {"connect": "SYN", "sendall": "data", "send": "data", "sendto": "datagram", "close": "end", "shutdown": "end"}


class Departures:
    """The frames that one node sent, as seen at its own interfaces, by what made it send them.

    `elsewhere`: about when others left, as they were seen where they arrived.
    """

    def __init__(self, node: str, frames: Iterable[Fields], elsewhere: Iterable[int] = ()) -> None:
        self._times: dict[str, list[int]] = defaultdict(list)
        self._all: list[int] = []
        for frame in frames:
            interface = frame["if"]
            if interface.split(":")[0] == node and (frame["dir"] == "out" or interface.endswith(":lo")):
                self._times[_kind(frame)].append(nanoseconds(frame["t"]))
                self._all.append(nanoseconds(frame["t"]))
        self._all = self._all or list(elsewhere)

    def of(self, event: Event) -> int:
        """When the first frame left that the call of `event` may have sent; its start if there is none."""
        name = event.call.split("(")[0].split(".")[-1]
        times = self._times[_KINDS[name]] if name in _KINDS else []
        place = bisect_left(times, event.start)
        return times[place] if place < len(times) and times[place] < event.end else event.start

    def late(self, tick: int, jiffy: int) -> int:
        """How late the tick at `tick` seems to have come: nothing left after it, but after one of the next two."""
        for late in (0, jiffy, 2 * jiffy):
            place = bisect_left(self._all, tick + late - _AROUND)
            if place < len(self._all) and self._all[place] < tick + late + _AFTER_TICK:
                return late
        return 0


def departures(capture: Capture, node: str) -> list[int]:
    """When frames of `node` left, or about when if that was seen only where they arrived."""
    own = [frame for frame in capture.frames if frame["if"].startswith(f"{node}:") and frame["dir"] == "out"]
    return [nanoseconds(frame["t"]) for frame in own] or list(seen_elsewhere(capture, node))


def seen_elsewhere(capture: Capture, node: str) -> Iterator[int]:
    """About when the frames of `node` left that were seen coming in at A, less what a wire takes."""
    interfaces = [value for name, value in capture.interfaces.items() if name.startswith(f"{node}:")]
    own = [address.split("/")[0] for interface in interfaces for address in interface["ip"]]
    delay = nanoseconds(capture.wire.get("one_way_delay_s", 0))
    for frame in capture.frames:
        if (frame["if"], frame["dir"]) == ("A:eth0", "in") and frame.get("ip", {}).get("src") in own:
            yield nanoseconds(frame["t"]) - delay


def _kind(frame: Fields) -> str:
    tcp = frame.get("tcp")
    if tcp is None:
        return "datagram" if "udp" in frame else ""
    if "S" in tcp["flags"]:
        return "" if "A" in tcp["flags"] else "SYN"
    if tcp["len"]:
        return "data"
    return "end" if "F" in tcp["flags"] or "R" in tcp["flags"] else ""
