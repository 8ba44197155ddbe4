"""The network behind a trace that does not bring its map along: a capture that simnet wrote.

Such a capture names the ports, and its reasons tell what a device is: only a switch floods, only a gateway
translates.  Any other capture stays without a network.  Does not model: link rates and delays, ports never used.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from simnet import reasons
from simnet.trace.events import FrameArrived, FrameSent
from simnet.trace.network import DeviceEntry, Kind, LinkEntry, NetworkMap, PortEntry
from simnet.views.hops import Observed, device_of
from simnet.wire.addresses import ip_text
from simnet.wire.arp import Arp
from simnet.wire.frame import Frame
from simnet.wire.ipv4 import Ipv4

_TELLING: Final = {
    reasons.REPEATED: Kind.HUB,
    reasons.FLOODED: Kind.SWITCH,
    reasons.SWITCHED: Kind.SWITCH,
    reasons.TRANSLATED: Kind.GATEWAY,
    reasons.FORWARDED: Kind.ROUTER,
}


def network_of(trace: Observed) -> NetworkMap:
    """The trace's network, or what its frames tell of it; empty if they tell nothing."""
    if trace.network.devices:
        return trace.network
    senders: dict[int, str] = {}
    links: dict[tuple[str, str], None] = {}
    kinds: dict[str, Kind] = {}
    addresses: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for event in trace:
        if isinstance(event, FrameSent) and ":" in event.port and event.frame.id:
            senders[event.frame.id] = event.port
            addresses[event.port] |= dict.fromkeys(_own_addresses(event.frame))
            kind = _TELLING.get(event.frame.reason, Kind.HOST)
            known = kinds.setdefault(device_of(event.port), kind)
            if known is Kind.HOST or kind is Kind.GATEWAY:
                kinds[device_of(event.port)] = kind
        elif isinstance(event, FrameArrived) and event.frame.id in senders:
            kinds.setdefault(device_of(event.port), Kind.HOST)
            ends = (senders[event.frame.id], event.port)
            if ends[::-1] not in links and ends[0] != ends[1]:
                links[ends] = None
    return _map(kinds, links, addresses) if links else NetworkMap()


def _own_addresses(frame: Frame) -> list[str]:
    if frame.reason in _TELLING:
        return []
    payload = frame.payload
    if isinstance(payload, Ipv4) and payload.src:
        return [ip_text(payload.src)]
    return [ip_text(payload.sender_ip)] if isinstance(payload, Arp) and payload.sender_ip else []


def _map(
    kinds: dict[str, Kind], links: dict[tuple[str, str], None], addresses: dict[str, dict[str, None]]
) -> NetworkMap:
    ports: defaultdict[str, list[PortEntry]] = defaultdict(list)
    for port in dict.fromkeys(port for ends in links for port in ends):
        ports[device_of(port)].append(PortEntry(port, "", tuple(addresses.get(port, ()))))
    # Hosts first, in the order in which they appeared, as an author would write them.
    names = sorted(kinds, key=lambda name: kinds[name] is not Kind.HOST)
    devices = tuple(DeviceEntry(name, kinds[name], tuple(ports[name])) for name in names)
    return NetworkMap(devices, tuple(LinkEntry(a, b, 0, 0) for a, b in links))
