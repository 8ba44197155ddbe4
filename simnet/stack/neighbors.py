"""Who has which MAC on the local networks: ARP (RFC 826) with Linux's neighbor states.

INCOMPLETE: asked, not answered; packets wait.  REACHABLE: confirmed lately.  STALE: known, not confirmed; the
first use starts DELAY, after 5 s without confirmation PROBE asks the old MAC directly.  FAILED: nobody answered.
Source: `Documentation/networking/ip-sysctl` "neigh", RFC 4861 7.3.2, golden captures 13c, 14.

Does not model: proxy ARP, neighbor garbage collection, ARP for IPv6 (NDP has its own file one day).
"""

from __future__ import annotations

from collections import deque
from typing import Callable, Final

from simnet import reasons
from simnet.stack.alarms import NEVER
from simnet.stack.host import StackHost
from simnet.stack.interfaces import FrameIds, Interface
from simnet.stack.memory import charge_of_packet
from simnet.stack.neighbor import Neighbor, NeighborState, Waiting
from simnet.stack.timer_wheel import fires_at
from simnet.wire.addresses import BROADCAST_MAC, NO_MAC, ip_text
from simnet.wire.arp import REPLY, REQUEST, Arp
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import Ipv4


class Neighbors:
    """The ARP cache of one host.

    `undeliverable(packet, frame_id, now)` is called for each packet given up because nobody answered.
    """

    __slots__ = ("entries", "_host", "_ids", "_undeliverable")

    def __init__(self, host: StackHost, ids: FrameIds, undeliverable: Callable[[Ipv4, int, int], None]) -> None:
        self.entries: dict[tuple[str, int], Neighbor] = {}
        self._host: Final = host
        self._ids: Final = ids
        self._undeliverable: Final = undeliverable

    def entry(self, interface: Interface, address: int) -> Neighbor:
        """The entry for `address` on `interface`'s network, made when it is missing."""
        neighbor = self.entries.get((interface.name, address))
        if neighbor is None:
            neighbor = Neighbor(address, interface, NO_MAC, NeighborState.FAILED)
            self.entries[interface.name, address] = neighbor
        return neighbor

    def set_permanent(self, interface: Interface, address: int, mac: int, now: int) -> None:
        """Configure an entry that is never asked for and never expires."""
        neighbor = self.entry(interface, address)
        self._change(neighbor, NeighborState.PERMANENT, mac, reasons.CONFIGURED, 0, now)

    def send(self, neighbor: Neighbor, packet: Ipv4, parent: int, reason: int, cause: int, now: int) -> None:
        """Send `packet` to `neighbor`, now or when its MAC is known."""
        state = neighbor.state
        if state is NeighborState.REACHABLE and now > neighbor.valid_until:
            neighbor.valid_until = neighbor.confirmed + self._reachable_time()
            if now > neighbor.valid_until:
                self._change(neighbor, NeighborState.STALE, neighbor.mac, reasons.NEIGHBOR_STATE, 0, now)
                state = NeighborState.STALE
        if state is NeighborState.STALE:
            self._change(neighbor, NeighborState.DELAY, neighbor.mac, reasons.NEIGHBOR_STATE, cause, now)
            self._set_alarm(neighbor, self._later(now, self._host.profile.neigh_delay_first_probe_time))
        if neighbor.valid_until >= now:
            self._transmit(neighbor, packet, parent, reason, cause)
            return
        self._queue(neighbor, Waiting(packet, parent, reason, cause))
        self.resolve(neighbor, packet.src, now, cause)

    def _queue(self, neighbor: Neighbor, item: Waiting) -> None:
        """Let a packet wait for the MAC; the oldest make room for it."""
        charge = charge_of_packet(item.packet.length)
        most = self._host.profile.neigh_unres_qlen_bytes
        while neighbor.waiting and neighbor.waiting_bytes + charge > most:
            neighbor.waiting_bytes -= charge_of_packet(neighbor.waiting.popleft().packet.length)
        neighbor.waiting.append(item)
        neighbor.waiting_bytes += charge

    def _take_waiting(self, neighbor: Neighbor) -> deque[Waiting]:
        """Those that waited; nobody waits any more."""
        queue = neighbor.waiting
        neighbor.waiting = deque()
        neighbor.waiting_bytes = 0
        return queue

    def resolve(self, neighbor: Neighbor, source: int, now: int, cause: int = 0) -> None:
        """Ask for the MAC of `neighbor` from the address `source`, unless that is going on."""
        if neighbor.state is not NeighborState.FAILED:
            return
        self._change(neighbor, NeighborState.INCOMPLETE, NO_MAC, reasons.RESOLVING, cause, now)
        neighbor.probes = 1
        self._ask(neighbor, source, BROADCAST_MAC, reasons.ARP_ASK, cause)
        self._wait_foreground(neighbor, now)

    def arrives(self, interface: Interface, frame: Frame, arp: Arp, now: int) -> None:
        """An ARP packet came in: learn from it, answer it if it asks for this host."""
        own = any(address == arp.target_ip for address, _ in interface.addresses)
        known = self.entries.get((interface.name, arp.sender_ip))
        if known is None and own and arp.sender_ip and arp.operation == REQUEST:
            known = self.entry(interface, arp.sender_ip)
        if known is not None and known.state is not NeighborState.PERMANENT:
            self._learn(known, frame, arp, now)
        if own and arp.operation == REQUEST:
            answer = Arp(REPLY, interface.mac, arp.target_ip, arp.sender_mac, arp.sender_ip)
            self._send_arp(interface, arp.sender_mac, answer, reasons.ARP_ANSWER, frame.id)

    def announce(self, interface: Interface, address: int) -> None:
        """Send a gratuitous ARP request for an address of this host."""
        arp = Arp(REQUEST, interface.mac, address, NO_MAC, address)
        self._send_arp(interface, BROADCAST_MAC, arp, reasons.ARP_ANNOUNCE, 0)

    def _learn(self, neighbor: Neighbor, frame: Frame, arp: Arp, now: int) -> None:
        solicited = arp.operation == REPLY and frame.dst == neighbor.interface.mac
        waiting = neighbor.state is NeighborState.INCOMPLETE
        if neighbor.mac not in (NO_MAC, arp.sender_mac) and now - neighbor.updated < self._host.profile.neigh_locktime:
            return
        if solicited:
            self._change(neighbor, NeighborState.REACHABLE, arp.sender_mac, reasons.RESOLVED, frame.id, now)
        elif neighbor.mac != arp.sender_mac:
            self._change(neighbor, NeighborState.STALE, arp.sender_mac, reasons.RESOLVED, frame.id, now)
        if waiting:
            for item in self._take_waiting(neighbor):
                self.send(neighbor, item.packet, item.parent, item.reason, item.cause, now)

    def _transmit(self, neighbor: Neighbor, packet: Ipv4, parent: int, reason: int, cause: int) -> None:
        interface = neighbor.interface
        frame = Frame(
            neighbor.mac, interface.mac, ETHERTYPE_IPV4, packet, self._ids.next(), parent, reason, cause
        )
        interface.transmit(frame)

    def _ask(self, neighbor: Neighbor, source: int, mac: int, reason: int, cause: int) -> None:
        interface = neighbor.interface
        if not any(source == address for address, _ in interface.addresses):
            source = interface.address_towards(neighbor.address)
        arp = Arp(REQUEST, interface.mac, source, NO_MAC, neighbor.address)
        self._send_arp(interface, mac, arp, reason, cause)

    def _send_arp(self, interface: Interface, mac: int, arp: Arp, reason: int, cause: int) -> None:
        interface.transmit(Frame(mac, interface.mac, ETHERTYPE_ARP, arp, self._ids.next(), 0, reason, cause))

    def _wait_foreground(self, neighbor: Neighbor, now: int) -> None:
        """Packets wait for this answer, so the run must not end before it is given up."""
        alarm = self._host.alarms.foreground(lambda time: self._no_answer(neighbor, time))
        neighbor.alarm = alarm
        alarm.set(self._later(now, self._host.profile.neigh_retrans_time))

    def _later(self, now: int, delay: int) -> int:
        return fires_at(now, delay, self._host.profile.jiffy)

    def _set_alarm(self, neighbor: Neighbor, due: int) -> None:
        if neighbor.alarm is None:
            neighbor.alarm = self._host.alarms.background(lambda time: self._probe(neighbor, time))
        neighbor.alarm.set(due)

    def _no_answer(self, neighbor: Neighbor, now: int) -> None:
        if neighbor.state is not NeighborState.INCOMPLETE:
            return
        profile = self._host.profile
        if neighbor.probes < profile.neigh_mcast_solicit and neighbor.alarm is not None:
            neighbor.probes += 1
            first = neighbor.waiting[0].packet.src if neighbor.waiting else 0
            self._ask(neighbor, first, BROADCAST_MAC, reasons.ARP_ASK_AGAIN, 0)
            neighbor.alarm.set(self._later(now, profile.neigh_retrans_time))
            return
        self._give_up(neighbor, now)

    def _probe(self, neighbor: Neighbor, now: int) -> None:
        profile = self._host.profile
        if neighbor.state is NeighborState.DELAY:
            if now <= neighbor.confirmed + profile.neigh_delay_first_probe_time:
                self._change(neighbor, NeighborState.REACHABLE, neighbor.mac, reasons.NEIGHBOR_STATE, 0, now)
                neighbor.valid_until = neighbor.confirmed + self._reachable_time()
                return
            self._change(neighbor, NeighborState.PROBE, neighbor.mac, reasons.NEIGHBOR_STATE, 0, now)
            neighbor.probes = 0
        if neighbor.state is not NeighborState.PROBE:
            return
        if neighbor.probes >= profile.neigh_ucast_solicit:
            self._give_up(neighbor, now)
            return
        neighbor.probes += 1
        self._ask(neighbor, 0, neighbor.mac, reasons.ARP_PROBE, 0)
        self._set_alarm(neighbor, self._later(now, profile.neigh_retrans_time))

    def _give_up(self, neighbor: Neighbor, now: int) -> None:
        self._change(neighbor, NeighborState.FAILED, NO_MAC, reasons.UNRESOLVED, 0, now)
        for item in self._take_waiting(neighbor):
            self._undeliverable(item.packet, item.parent, now)

    def _change(
        self, neighbor: Neighbor, state: NeighborState, mac: int, reason: int, cause: int, now: int
    ) -> None:
        """The only place that writes an entry."""
        observer = self._host.observer
        old = None if neighbor.state is NeighborState.FAILED and neighbor.mac == NO_MAC else str(neighbor)
        if mac != neighbor.mac:
            neighbor.updated = now
        neighbor.state = state
        neighbor.mac = mac
        if state is NeighborState.REACHABLE:
            neighbor.valid_until = now + self._reachable_time()
        elif state in (NeighborState.DELAY, NeighborState.PROBE, NeighborState.PERMANENT):
            neighbor.valid_until = NEVER
        else:
            neighbor.valid_until = -1
        if state in (NeighborState.REACHABLE, NeighborState.FAILED, NeighborState.STALE) and neighbor.alarm:
            neighbor.alarm.cancel()
            neighbor.alarm = None
        if observer is not None and old != str(neighbor):
            observer.table_changed(
                now, self._host.name, "arp", ip_text(neighbor.address), old, str(neighbor), reason, cause
            )

    def _reachable_time(self) -> int:
        """base_reachable_time x 0.5 … 1.5, drawn anew each time (RFC 4861 6.3.2)."""
        base = self._host.profile.neigh_base_reachable_time
        return base // 2 + self._host.random(base)
