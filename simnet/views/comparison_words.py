"""A comparison in words: values of fields, what a frame is, and the first difference as a sentence."""

from __future__ import annotations

import os
from typing import Final

from simnet.trace.compare import Comparison
from simnet.trace.compare_names import Value
from simnet.trace.compare_row import Difference, Finding, Row
from simnet.trace.compare_sighting import ARRIVED, SENT, Sighting
from simnet.trace.flows import host_names
from simnet.trace.network import NetworkMap
from simnet.units import MILLISECOND, format_time
from simnet.views.clock import rough
from simnet.views.hops import ends_of
from simnet.views.labels import Label
from simnet.wire.addresses import ip_text
from simnet.wire.arp import Arp
from simnet.wire.layers import value_text
from simnet.wire.summary import summary

ABSENT: Final = "absent"
_BYTES_SHOWN: Final = 16
_COUNTED: Final = (Finding.EQUAL, Finding.DIFFERENT, Finding.ONLY_A, Finding.ONLY_B)


class Ends:
    """Names of the hosts of one trace, as far as its map knows them."""

    def __init__(self, network: NetworkMap) -> None:
        self._names = {ip_text(address): name for address, name in host_names(network).items()}

    def of(self, sighting: Sighting) -> tuple[str, str]:
        """Who sent it, and to whom; a question to everyone is for the one it asks for."""
        source, target = ends_of(sighting.frame)
        question = sighting.frame.payload
        if isinstance(question, Arp):
            target = ip_text(question.target_ip)
        return self._names.get(source, source), self._names.get(target, target)


def value_words(name: str, value: Value | bytes | None) -> str:
    """A field's value for people."""
    if value is None:
        return ABSENT
    if isinstance(value, bytes):
        return _bytes_words(value, 0)
    if isinstance(value, str):
        return value
    return format_time(value) if name == "time" else value_text(name, value) if value >= 0 else str(value)


def both_words(difference: Difference) -> tuple[str, str]:
    """Both values; of bytes, where they begin to differ."""
    a, b = difference.a, difference.b
    if isinstance(a, bytes) and isinstance(b, bytes):
        start = len(os.path.commonprefix([a, b]))
        return _bytes_words(a, start), _bytes_words(b, start)
    return value_words(difference.name, a), value_words(difference.name, b)


def _bytes_words(data: bytes, start: int) -> str:
    size = "1 byte" if len(data) == 1 else f"{len(data)} bytes"
    shown = data[start : start + _BYTES_SHOWN]
    if not shown:
        return size
    text = shown.decode("ascii", "replace")
    words = repr(text) if text.isprintable() and "\ufffd" not in text else shown.hex(" ")
    more = " …" if start + len(shown) < len(data) else ""
    place = f" from byte {start}" if start else ""
    return f"{size}{place}: {words}{more}"


def counts(comparison: Comparison) -> str:
    """How many frames are equal, differ, or are in one trace only."""
    equal, different, only_a, only_b = (comparison.count(finding) for finding in _COUNTED)
    return f"{equal:,} equal, {different:,} different, {only_a:,} only in A, {only_b:,} only in B"


def verdict(comparison: Comparison) -> str:
    """Equal or different, and how much of it."""
    return f"{'equal' if comparison.is_equal else 'different'}: {counts(comparison)}"


def frame_words(sighting: Sighting, ends: Ends) -> str:
    """ "SYN (retransmission) from client to server"."""
    source, target = ends.of(sighting)
    label = f" ({sighting.label.value})" if sighting.label is not None else ""
    return f"{summary(sighting.frame)}{label} from {source} to {target}"


def seen_words(sighting: Sighting) -> str:
    """Where and when it was seen."""
    verb = {SENT: "sent by ", ARRIVED: "received by "}.get(sighting.way, "at ")
    return f"{verb}{sighting.place} at {rough(sighting.time)}"


def sentence(row: Row, ends: tuple[Ends, Ends]) -> str:
    """What is not equal in `row`, in one sentence; `ends` are those of both traces."""
    what = f"{frame_words(row.seen, ends[0] if row.a is not None else ends[1])}, {seen_words(row.seen)}"
    if row.b is None:
        return f"Frame {row.seen.number} of A, {what}, is missing in B."
    if row.a is None:
        return f"Frame {row.seen.number} of B, {what}, is missing in A."
    same = row.a.number == row.b.number
    number = f"Frame {row.a.number}" if same else f"Frame {row.a.number} of A, which is frame {row.b.number} of B"
    found = [_difference_words(each) for each in row.differences]
    rest = f"; {len(found) - 2} more fields differ" if len(found) > 2 else ""
    return f"{number}, {what}: {'; '.join(found[:2])}{rest}."


def _difference_words(difference: Difference) -> str:
    a, b = both_words(difference)
    if difference.name == "order":
        return f"in A it came {a}, in B {b}"
    return f"{difference.name} is {a} in A, {b} in B"


def milliseconds(time: int) -> str:
    """A time as the columns show it."""
    return f"{time / MILLISECOND:.3f}"


def named(label: Label, sighting: Sighting) -> Label:
    """`label` with what the frame is called, where its own remark says nothing."""
    if label.remark or sighting.label is None:
        return label
    return Label(label.brief, label.what, sighting.label.value, label.numbers)


def place_words(sighting: Sighting) -> str:
    """Where a frame was seen, and which way it went: "client:eth0 out"."""
    way = {SENT: " out", ARRIVED: " in"}.get(sighting.way, "")
    return f"{sighting.place}{way}"
