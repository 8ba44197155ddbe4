"""The topology as a Mermaid flowchart, which GitHub and many editors draw (https://mermaid.js.org)."""

from __future__ import annotations

from typing import Final

from simnet.trace.network import DeviceEntry, Kind, NetworkMap
from simnet.views.hops import device_of
from simnet.views.map_devices import addresses_at_name, port_words, properties
from simnet.views.symbols import role_of_kind
from simnet.views.theme import LIGHT

_BRACKETS: Final = {
    Kind.HOST: ("[", "]"),
    Kind.SWITCH: ("([", "])"),
    Kind.HUB: ("[[", "]]"),
    Kind.ROUTER: ("((", "))"),
    Kind.GATEWAY: ("{{", "}}"),
}


def render(network: NetworkMap) -> str:
    """The Mermaid file."""
    ids = {device.name: f"d{number}" for number, device in enumerate(network.devices)}
    devices = {device.name: device for device in network.devices}
    lines = ["graph LR"]
    for device in network.devices:
        left, right = _BRACKETS[device.kind]
        label = "<br>".join(map(escaped, [f"{device.name}", *addresses_at_name(device)]))
        lines.append(f'  {ids[device.name]}{left}"{label}"{right}:::{device.kind.value}')
    for link in network.links:
        a, b = device_of(link.a), device_of(link.b)
        if a in ids and b in ids:
            words = [_end(devices[a], link.a), _end(devices[b], link.b)]
            label = " — ".join(words) + (f"<br>{escaped(properties(link))}" if properties(link) else "")
            lines.append(f'  {ids[a]} ---|"{label}"| {ids[b]}')
    for kind in Kind:
        if any(device.kind is kind for device in network.devices):
            lines.append(f"  classDef {kind.value} stroke:{LIGHT[role_of_kind(kind)]},stroke-width:2px")
    return "\n".join(lines) + "\n"


def _end(device: DeviceEntry, port: str) -> str:
    return escaped(" ".join(port_words(device, port)))


def escaped(text: str) -> str:
    """`text` with what Mermaid would read as its own signs written as entity codes."""
    return "".join(f"#{ord(char)};" if char in '#;"<>&{}[]()|`\\' else char for char in text.replace("\n", " "))
