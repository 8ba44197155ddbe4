"""Networks and ladders in Mermaid, which GitHub and many editors draw (https://mermaid.js.org).

Does not show: how long things take; a Mermaid ladder has no time axis, so each arrow begins with its time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.trace.network import DeviceEntry, Kind, NetworkMap
from simnet.views.arrows import lane_order
from simnet.views.clock import Clock
from simnet.views.excerpt import ALL, CHOOSE, FIRST, Excerpt
from simnet.views.hops import Fate, Hop, Lanes, Observed, collect, device_of, ends_ill, everything
from simnet.views.journeys import end_to_end
from simnet.views.labels import RESENT, Labeler
from simnet.views.map_devices import addresses_at_name, port_words, properties
from simnet.views.moments import StateMoment, states
from simnet.views.symbols import role_of_kind
from simnet.views.theme import LIGHT
from simnet.wire.frame import Frame

DEFAULT_ROWS: Final = 200
"""Mermaid refuses more than 50,000 characters; this many arrows stay below."""
_BRACKETS: Final = {
    Kind.HOST: ("[", "]"),
    Kind.SWITCH: ("([", "])"),
    Kind.HUB: ("[[", "]]"),
    Kind.ROUTER: ("((", "))"),
    Kind.GATEWAY: ("{{", "}}"),
}


def network(map_: NetworkMap, *, title: str = "Network") -> str:
    """A network as a flowchart."""
    ids = {device.name: f"d{number}" for number, device in enumerate(map_.devices)}
    devices = {device.name: device for device in map_.devices}
    lines = ["---", f"title: {_scalar(title)}", "---", "graph LR"]
    for device in map_.devices:
        left, right = _BRACKETS[device.kind]
        label = "<br>".join(map(escaped, [f"{device.name}", *addresses_at_name(device)]))
        lines.append(f'  {ids[device.name]}{left}"{label}"{right}:::{device.kind.value}')
    for link in map_.links:
        a, b = device_of(link.a), device_of(link.b)
        if a in ids and b in ids:
            words = [_end(devices[a], link.a), _end(devices[b], link.b)]
            label = " — ".join(words) + (f"<br>{escaped(properties(link))}" if properties(link) else "")
            lines.append(f'  {ids[a]} ---|"{label}"| {ids[b]}')
    for kind in Kind:
        if any(device.kind is kind for device in map_.devices):
            lines.append(f"  classDef {kind.value} stroke:{LIGHT[role_of_kind(kind)]},stroke-width:2px")
    return "\n".join(lines) + "\n"


def _end(device: DeviceEntry, port: str) -> str:
    return escaped(" ".join(port_words(device, port)))


def escaped(text: str) -> str:
    """`text` with what Mermaid would read as its own signs written as entity codes."""
    return "".join(f"#{ord(char)};" if char in '#;"<>&{}[]()|`\\' else char for char in text.replace("\n", " "))


def _scalar(text: str) -> str:
    """`text` as a YAML string."""
    escaped_text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped_text}"'


def ladder(
    trace: Observed,
    *,
    lanes: Lanes = Lanes.AUTO,
    rows: int | None = None,
    keep: Callable[[Frame], bool] = everything,
    rest: str = "--rows all writes them",
    choose: str = CHOOSE,
) -> str:
    """A trace as a sequence diagram of at most `rows` arrows (0: all, None: 200); AUTO gives every device a lane."""
    rows = DEFAULT_ROWS if rows is None else rows
    events = Excerpt(trace, keep, first=FIRST if rows > 0 else ALL)
    known = events.network
    hops = collect(events, known)
    if lanes is Lanes.ENDS:
        hops = end_to_end(known, hops)
    shown = hops[:rows] if rows > 0 else hops
    order = lane_order(known, shown)
    ids = {name: f"p{number}" for number, name in enumerate(order)}
    kinds = {device.name: device.kind for device in known.devices}
    lines = ["sequenceDiagram"]
    for name in order:
        word = "actor" if kinds.get(name) is Kind.HOST else "participant"
        lines.append(f"  {word} {ids[name]} as {escaped(name)}")
    clock = Clock(hop.sent for hop in shown)
    labeler = Labeler()
    end = shown[-1].sent if len(shown) < len(hops) else None
    moments = [moment for moment in states(events) if moment.device in ids and (end is None or moment.time <= end)]
    entries: list[tuple[tuple[int, int], str]] = []
    entries += [((hop.sent, hop.order), _arrow(hop, ids, clock, labeler)) for hop in shown]
    entries += [((moment.time, moment.order), _state(moment, ids)) for moment in moments]
    lines += [text for _, text in sorted(entries, key=lambda entry: entry[0])]
    if len(shown) < len(hops):
        lines.append(f"  %% {len(hops) - len(shown):,} more arrows: {choose if events.left_out else rest}")
    return "\n".join(lines) + "\n"


def _arrow(hop: Hop, ids: dict[str, str], clock: Clock, labeler: Labeler) -> str:
    line = "--" if hop.frame.reason in RESENT or hop.is_copy else "-"
    head = "x" if hop.fate is Fate.LOST else ">>"
    words = f"{clock.text(hop.sent)} {clock.unit} {labeler.label(hop.frame, hop.sent).text(2)}"
    if ends_ill(hop):
        words += f" — {ends_ill(hop)}"
    target = ids.get(hop.target, ids[hop.source])
    return f"  {ids[hop.source]}{line}{head}{target}: {escaped(words)}"


def _state(moment: StateMoment, ids: dict[str, str]) -> str:
    return f"  Note over {ids[moment.device]}: {escaped(moment.text)}"
