"""The topology in Graphviz's DOT language (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from typing import Final

from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap
from simnet.views.hops import device_of
from simnet.views.map_devices import addresses_at_name, port_words, properties
from simnet.views.symbols import role_of_kind
from simnet.views.theme import LIGHT

_SHAPES: Final = {
    Kind.HOST: "box",
    Kind.SWITCH: "box",
    Kind.HUB: "box",
    Kind.ROUTER: "ellipse",
    Kind.GATEWAY: "house",
}
_STYLES: Final = {
    Kind.HOST: "solid",
    Kind.SWITCH: "rounded",
    Kind.HUB: "dashed",
    Kind.ROUTER: "solid",
    Kind.GATEWAY: "solid",
}


def network(map_: NetworkMap, *, title: str = "Network") -> str:
    """The DOT file."""
    devices = {device.name: device for device in map_.devices}
    lines = [
        f"graph {_quoted(title)} {{",
        "  graph [layout=neato, overlap=false, splines=line, sep=0.4]",
        '  node [fontname="DejaVu Sans", fontsize=11]',
        '  edge [fontname="DejaVu Sans", fontsize=8, labeldistance=2]',
        *(_node(device) for device in map_.devices),
        *(_edge(link, devices) for link in map_.links),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _node(device: DeviceEntry) -> str:
    label = "\n".join([device.name, *addresses_at_name(device)])
    parts = [f"label={_quoted(label)}", f"shape={_SHAPES[device.kind]}", f"style={_STYLES[device.kind]}"]
    parts.append(f"color={_quoted(LIGHT[role_of_kind(device.kind)])}")
    if device.position is not None:
        parts.append(f'pos="{device.position[0]:g},{-device.position[1]:g}!"')
    return f"  {_quoted(device.name)} [{', '.join(parts)}]"


def _edge(link: LinkEntry, devices: dict[str, DeviceEntry]) -> str:
    a, b = device_of(link.a), device_of(link.b)
    parts = []
    for key, port, name in (("taillabel", link.a, a), ("headlabel", link.b, b)):
        words = port_words(devices[name], port) if name in devices else [port]
        words_text = "\n".join(words)
        parts.append(f"{key}={_quoted(words_text)}")
    if properties(link):
        parts.append(f"label={_quoted(properties(link))}")
    return f"  {_quoted(a)} -- {_quoted(b)} [{', '.join(parts)}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
