"""What counts up in packets: IP identifications and TCP timestamps, compared from pair to pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from tests.golden.captures import Capture, Fields
from tests.golden.fields import quoted
from tests.golden.pairs import LATE, Pair, Stream, back_line, line

_TICK: Final = 1_000_000
_TSVAL_SLACK: Final = 2 * _TICK


class Identifications:
    """Compares IP IDs by class, from pair to pair."""

    def __init__(self) -> None:
        self._bases: dict[Stream, tuple[int, int]] = {}
        self._isns: dict[Stream, object] = {}
        self._same: dict[Stream, dict[int, int]] = defaultdict(dict)
        self._counted: dict[Stream, list[tuple[Pair, int, int]]] = defaultdict(list)
        self._last: dict[Stream, tuple[int, int]] = {}

    def unequal(self, pair: Pair) -> Iterator[str]:
        """What is wrong with this pair's IP ID."""
        ip = pair.recorded.get("ip")
        again = pair.replayed.get("ip")
        if ip is None or again is None:
            return
        old, new = ip["id"], again["id"]
        if self._isns.get(pair.place) != (isn := pair.recorded.get("tcp", {}).get("isn_raw")) and isn is not None:
            self._isns[pair.place] = isn
            self._bases.pop(pair.place, None)
        last = self._last.get(pair.place, (0, 0))
        has_old, has_new = _is_given(old, last[0]), _is_given(new, last[1])
        self._last[pair.place] = old, new
        if has_old != has_new:
            yield f"ip.id: {_zero(old)}, now {_zero(new)}"
        elif has_old and "tcp" in pair.recorded:
            yield from self._counting(pair, old, new)
        elif has_old:
            yield from self._matching(pair, old, new)
        about, again = quoted(pair.recorded).get("ip"), quoted(pair.replayed).get("ip")
        if about and again and again["id"] != self._same[_between(about)].get(about["id"], again["id"]):
            yield "icmp.quote.ip.id: not that of the quoted packet"

    def _counting(self, pair: Pair, old: int, new: int) -> Iterator[str]:
        self._same[_between(pair.recorded["ip"])][old] = new
        if old == new:  # of a packet made by hand: given, not counted
            return
        base = self._bases.setdefault(pair.place, (old, new))
        steps, again = old - base[0] & 0xFFFF, new - base[1] & 0xFFFF
        if steps != again:
            yield f"ip.id: {steps} after the first, now {again}"

    def _matching(self, pair: Pair, old: int, new: int) -> Iterator[str]:
        ip = pair.recorded["ip"]
        known = self._same[_between(ip)]
        if known.setdefault(old, new) != new:
            yield "ip.id: as in an earlier packet, now another"
        if ip.get("frag_off", 0) == 0:
            self._counted[pair.place].append((pair, old, new))

    def unsteady(self) -> Iterator[tuple[Pair, str]]:
        """Flows whose IDs always counted up by one and do not now."""
        for entries in self._counted.values():
            steps = [(b[1] - a[1] & 0xFFFF, b[2] - a[2] & 0xFFFF, b[0]) for a, b in pairwise(entries)]
            if len(steps) > 1 and all(step == 1 for step, _, _ in steps):
                for _, again, pair in steps:
                    if again != 1:
                        yield pair, f"ip.id: one more than the last, now {again} more"
                        break


def _between(ip: Fields) -> Stream:
    return ip["src"], ip["dst"], ip["proto"]


def _is_given(identification: int, last: int) -> bool:
    """Was it counted or drawn?  Zero means that none was given, unless it is what follows 65,535."""
    return identification != 0 or last == 0xFFFF


def _zero(identification: int) -> str:
    return "not zero" if identification else "zero"


class Timestamps:
    """Compares TSval with the frame's time and TSecr with the frame it came in."""

    def __init__(self) -> None:
        self._first: dict[Stream, Pair] = {}
        self._offsets: dict[Stream, int] = {}
        self._seen: dict[Stream, set[tuple[int, int]]] = defaultdict(set)
        self._isns: dict[Stream, object] = {}
        self._values: dict[Stream, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))

    def unequal(self, pair: Pair) -> Iterator[str]:
        """What is wrong with this pair's timestamps option."""
        old, new = _timestamps(pair.recorded), _timestamps(pair.replayed)
        if old is None or new is None:
            return  # a missing option is a difference of the options
        tcp = pair.recorded["tcp"]
        place = *line(pair.recorded), pair.recorded["dir"]
        isn = tcp.get("isn_raw")
        if place not in self._first or isn is not None and self._isns.get(place) != isn:
            self._first[place] = pair
            self._offsets[place] = new[0] - old[0]
            self._isns[place] = isn
            self._values.pop(line(pair.recorded), None)
        first = self._first[place]
        ticks = new[0] - old[0] - self._offsets[place]
        seen = self._seen[line(pair.recorded)[1:]]
        held_up = LATE if pair.recorded["dir"] == "in" else 0  # on its way to where it was recorded
        if -_TSVAL_SLACK <= ticks * _TICK - (pair.lateness - first.lateness) <= _TSVAL_SLACK + held_up:
            seen.add((old[0], new[0]))
        elif (old[0], new[0]) not in seen:  # it was right where it was sent, and held up on the way
            yield f"TSval {old[0]}, now {new[0]}"
        self._values[line(pair.recorded)][old[0]].add(new[0])
        yield from self._echo(pair, old[1], new[1])

    def _echo(self, pair: Pair, old: int, new: int) -> Iterator[str]:
        values = self._values[back_line(pair.recorded)].get(old)
        if values is not None and new not in values:
            yield f"TSecr {old} should be {' or '.join(map(str, sorted(values)))}, now {new}"
        elif values is None and abs(new - old) * _TICK > abs(pair.lateness) + _TSVAL_SLACK:
            yield f"TSecr {old}, now {new}"


def _timestamps(frame: Fields) -> tuple[int, int] | None:
    for option in frame.get("tcp", {}).get("opts", ()):
        if option[0] == "ts":
            return option[1], option[2]
    return None


def miscounted(capture: Capture, frames: Sequence[Fields]) -> Iterator[tuple[Fields, str]]:
    """Segments of a replay that leave their host with an IP ID that is not one more than the last of the socket."""
    last: dict[Stream, int] = {}
    isns: dict[Stream, object] = {}
    for frame in frames:
        if "tcp" not in frame or not _is_leaving(capture, frame):
            continue
        flow, isn, identification = line(frame), frame["tcp"].get("isn_raw"), frame["ip"]["id"]
        if isn is not None and isn != isns.get(flow):
            isns[flow] = isn
            last.pop(flow, None)
        if not _is_given(identification, last.get(flow, 0)):
            continue
        if last.get(flow, identification - 1) + 1 & 0xFFFF != identification:
            yield frame, f"ip.id: {identification - last[flow] & 0xFFFF} more than in the last segment"
        last[flow] = identification


def _is_leaving(capture: Capture, frame: Fields) -> bool:
    """Is this frame at the interface of the host that made it?"""
    own = [address.split("/")[0] for address in capture.interfaces[frame["if"]]["ip"]]
    return frame["ip"]["src"] in own and (frame["dir"] == "out" or frame["if"].endswith(":lo"))
