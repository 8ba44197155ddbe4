"""Journeys: the hops of a frame as one, from the device that made it to the one that took it for itself."""

from __future__ import annotations

from simnet import reasons
from simnet.trace.network import Kind, NetworkMap
from simnet.views.hops import UNHEARD, Fate, Hop
from simnet.wire.addresses import BROADCAST_MAC, ip_text
from simnet.wire.arp import Arp


def end_to_end(network: NetworkMap, hops: list[Hop]) -> list[Hop]:
    """Journeys instead of hops: from the device that made a frame to the one that took it for itself.

    A frame that went to several is one journey each; one that was lost on its way ends where it would have gone on.
    """
    hosts = {device.name for device in network.devices if device.kind not in (Kind.SWITCH, Kind.HUB)}
    names = _owners(network)
    followed: set[tuple[int, str]] = set()
    for hop in hops:
        if not hop.is_copy:
            followed |= {(hop.frame.id, hop.source), (hop.parent, hop.source)}
    origins: dict[int, Hop] = {}
    journeys = []
    for hop in hops:
        origin = _origin(hop, origins)
        origins.setdefault(hop.frame.id, origin)
        if _goes_on(hop, followed) or hop.discarded in UNHEARD or _trickles_away(hop, hosts):
            continue
        if _asks_another(hop, names):
            continue
        journeys.append(
            Hop(
                origin.frame,
                origin.source,
                hop.target,
                origin.sent,
                origin.departs,
                hop.ended,
                hop.fate,
                hop.lost,
                hop.discarded,
                origin.order,
                hop.end_order,
            )
        )
    journeys.sort(key=lambda journey: journey.sent)
    return journeys


def _origin(hop: Hop, origins: dict[int, Hop]) -> Hop:
    """The first hop of the frame's journey; a copy starts one of its own, from the same device."""
    if hop.frame.id == 0:
        return hop
    origin = origins.get(hop.frame.id) or origins.get(hop.parent) or hop
    if hop.is_copy:
        return Hop(hop.frame, origin.source, hop.target, hop.sent, hop.departs, hop.ended, order=hop.order)
    return origin


def _trickles_away(hop: Hop, hosts: set[str]) -> bool:
    """Did a broadcast end in a switch or hub that had nobody to pass it on to?"""
    flood = bool(hop.frame.dst >> 40 & 1)
    return flood and hop.fate is Fate.ARRIVED and hop.target not in hosts and hop.discarded == reasons.NONE


def _asks_another(hop: Hop, owners: dict[str, set[str]]) -> bool:
    """Is it an ARP question that reached a device which is not meant, while it is known who is?"""
    question = hop.frame.payload
    if not isinstance(question, Arp) or hop.frame.dst != BROADCAST_MAC or hop.fate is not Fate.ARRIVED:
        return False
    asked = owners.get(ip_text(question.target_ip), set())
    return bool(asked) and hop.target not in asked


def _owners(network: NetworkMap) -> dict[str, set[str]]:
    """Who has each address; behind gateways several may have the same."""
    found: dict[str, set[str]] = {}
    for device in network.devices:
        for port in device.ports:
            for address in port.addresses:
                found.setdefault(address.partition("/")[0], set()).add(device.name)
    return found


def _goes_on(hop: Hop, followed: set[tuple[int, str]]) -> bool:
    return hop.frame.id != 0 and hop.fate is Fate.ARRIVED and (hop.frame.id, hop.target) in followed
