"""Who has which MAC on the local networks: ARP (RFC 826) with Linux's neighbor states.

INCOMPLETE: asked, not answered; packets wait.  REACHABLE: confirmed lately.  STALE: known, not confirmed; the
first use starts DELAY, after 5 s without confirmation PROBE asks the old MAC directly.  FAILED: nobody answered.
A timer ends REACHABLE: in DELAY if the entry was used within the last 5 s, else in STALE.
Source: Linux net/core/neighbour.c and arp.c, `Documentation/networking/ip-sysctl` "neigh", RFC 4861 7.3.2, golden
captures 13c, 14.

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
from simnet.stack.timer_wheel import in_jiffies, whole_jiffies
from simnet.units import MILLISECOND, SECOND
from simnet.wire.addresses import BROADCAST_MAC, NO_MAC, ip_text, is_loopback, is_multicast
from simnet.wire.arp import REPLY, REQUEST, Arp
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import Ipv4

_SHORTEST_WAIT: Final = 10 * MILLISECOND
"""Linux HZ/100: no neighbor timer is set for less."""
_NOBODYS: Final = (0, 127, 255)
"""First bytes of addresses that nobody on a network has: Linux takes no notice of them (ip_route_input)."""
_NEXT_DRAW: Final = 300 * SECOND
"""For so long the random reachable time of an interface holds (Linux neigh_periodic_work)."""


class Neighbors:
    """The ARP cache of one host.

    `undeliverable(packet, frame_id, now)` is called for each packet given up because nobody answered,
    `left(packet, now)` for each that has waited and left.
    """

    __slots__ = ("entries", "_host", "_ids", "_undeliverable", "_left", "_reachable_times")

    def __init__(
        self, host: StackHost, ids: FrameIds, undeliverable: Callable[[Ipv4, int, int], None],
        left: Callable[[Ipv4, int], None],
    ) -> None:  # fmt: skip
        self.entries: dict[tuple[str, int], Neighbor] = {}
        self._host: Final = host
        self._ids: Final = ids
        self._undeliverable: Final = undeliverable
        self._left: Final = left
        self._reachable_times: dict[str, tuple[int, int]] = {}  # of each interface: when drawn, and what

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
        """Send `packet` to `neighbor`, now or when its MAC is known (Linux neigh_resolve_output)."""
        self._use(neighbor, cause, now)
        if neighbor.is_valid:
            neighbor.has_header = True
            self._cache_header(neighbor, now)
            self._transmit(neighbor, packet, parent, reason, cause)
        elif self._host.profile.neigh_mcast_solicit:  # else nobody is ever asked: Linux drops it without a word
            self._queue(neighbor, Waiting(packet, parent, reason, cause))
            self.resolve(neighbor, now, cause)

    def _use(self, neighbor: Neighbor, cause: int, now: int) -> None:
        neighbor.used = now
        if neighbor.state is NeighborState.STALE:
            self._change(neighbor, NeighborState.DELAY, neighbor.mac, reasons.NEIGHBOR_STATE, cause, now)
            self._ring_after(neighbor, self._host.profile.neigh_delay_first_probe_time, now)

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

    def resolve(self, neighbor: Neighbor, now: int, cause: int = 0) -> None:
        """Ask for the MAC of `neighbor`, unless that is going on."""
        if neighbor.state is not NeighborState.FAILED or not self._host.profile.neigh_mcast_solicit:
            return
        neighbor.used = now
        self._change(neighbor, NeighborState.INCOMPLETE, NO_MAC, reasons.RESOLVING, cause, now)
        neighbor.probes = 1
        self._ask(neighbor, BROADCAST_MAC, reasons.ARP_ASK, cause)
        self._ring_after(neighbor, self._retrans_time(), now)

    def arrives(self, interface: Interface, frame: Frame, arp: Arp, now: int) -> None:
        """An ARP packet came in: learn from it, answer it if it asks for this host."""
        is_asked = self._asks_for_us(arp)
        known = self.entries.get((interface.name, arp.sender_ip))
        if known is None and is_asked and arp.sender_ip and not self._host.is_broadcast(arp.sender_ip):
            known = self.entry(interface, arp.sender_ip)
        if known is not None and known.state is not NeighborState.PERMANENT:
            self._learn(known, frame, arp, now)
        if is_asked:
            answer = Arp(REPLY, interface.mac, arp.target_ip, arp.sender_mac, arp.sender_ip)
            self._send_arp(interface, arp.sender_mac, answer, reasons.ARP_ANSWER, frame.id)

    def _asks_for_us(self, arp: Arp) -> bool:
        """For any address of this host, also that of another interface (Linux arp_ignore 0)."""
        target, host = arp.target_ip, self._host
        is_ours = host.is_local(target) and not is_loopback(target)
        sender = arp.sender_ip
        is_somebody = not sender or (sender >> 24 not in _NOBODYS and not is_multicast(sender))
        return arp.operation == REQUEST and is_ours and is_somebody and not host.is_local(sender)

    def forget(self, interface: Interface, now: int) -> None:
        """The cable of `interface` is cut: whoever comes after it may be somebody else (Linux neigh_carrier_down).

        Packets that waited for an answer are lost without a word.
        """
        for neighbor in self.entries.values():
            if neighbor.interface is interface and neighbor.state is not NeighborState.PERMANENT:
                self._take_waiting(neighbor)
                neighbor.has_header = False
                self._change(neighbor, NeighborState.FAILED, NO_MAC, reasons.LINK_DOWN, 0, now)

    def announce(self, interface: Interface, address: int) -> None:
        """Send a gratuitous ARP request for an address of this host."""
        arp = Arp(REQUEST, interface.mac, address, NO_MAC, address)
        self._send_arp(interface, BROADCAST_MAC, arp, reasons.ARP_ANNOUNCE, 0)

    def _learn(self, neighbor: Neighbor, frame: Frame, arp: Arp, now: int) -> None:
        """Believe what the sender of `arp` says of itself (Linux neigh_update)."""
        was_valid = neighbor.is_valid
        is_news = arp.sender_mac != neighbor.mac
        state = NeighborState.STALE
        if arp.operation == REPLY and frame.dst == neighbor.interface.mac:
            state = NeighborState.REACHABLE
            neighbor.confirmed = now
        if was_valid:
            if is_news and self._is_locked(neighbor, arp, now):
                return
            if not is_news and state is NeighborState.STALE:
                return
        if is_news and state is NeighborState.STALE:
            neighbor.confirmed = now - 2 * self._host.profile.neigh_base_reachable_time
        if is_news or state is not neighbor.state:
            self._change(neighbor, state, arp.sender_mac, reasons.RESOLVED, frame.id, now)
            if state is NeighborState.REACHABLE:
                neighbor.used = max(neighbor.used, now)  # Linux neigh_add_timer: never before `confirmed`
                self._ring_after(neighbor, self._reachable_time(neighbor.interface, now), now)
        if not was_valid:
            waited = self._take_waiting(neighbor)
            for item in waited:
                self.send(neighbor, item.packet, item.parent, item.reason, item.cause, now)
            for item in waited:
                self._left(item.packet, now)

    def _is_locked(self, neighbor: Neighbor, arp: Arp, now: int) -> bool:
        """Of several answers the first counts (Linux locktime); a question or an announcement is no answer."""
        if self._asks_for_us(arp) or _is_gratuitous(arp):
            return False
        return self._is_within(now, neighbor.updated, self._host.profile.neigh_locktime)

    def _transmit(self, neighbor: Neighbor, packet: Ipv4, parent: int, reason: int, cause: int) -> None:
        interface = neighbor.interface
        frame = Frame(
            neighbor.mac, interface.mac, ETHERTYPE_IPV4, packet, self._ids.next(), parent, reason, cause
        )
        interface.transmit(frame)

    def _ask(self, neighbor: Neighbor, mac: int, reason: int, cause: int) -> None:
        """From the address that the last waiting packet comes from, if that is this host's own (Linux arp_solicit)."""
        interface = neighbor.interface
        source = neighbor.waiting[-1].packet.src if neighbor.waiting else 0
        if not self._host.is_local(source):
            source = interface.address_towards(neighbor.address)
        arp = Arp(REQUEST, interface.mac, source, NO_MAC, neighbor.address)
        self._send_arp(interface, mac, arp, reason, cause)

    def _send_arp(self, interface: Interface, mac: int, arp: Arp, reason: int, cause: int) -> None:
        interface.transmit(Frame(mac, interface.mac, ETHERTYPE_ARP, arp, self._ids.next(), 0, reason, cause))

    # --- its timer (Linux neigh_timer_handler)

    def _ring_after(self, neighbor: Neighbor, delay: int, now: int) -> None:
        """While packets wait for an answer, the run must not end before it is given up."""
        if neighbor.alarm is None:
            alarms = self._host.alarms
            new = alarms.foreground if neighbor.state is NeighborState.INCOMPLETE else alarms.background
            neighbor.alarm = new(lambda time: self._rang(neighbor, time))
        neighbor.alarm.wait(now, delay, self._host.profile.jiffy)

    def _rang(self, neighbor: Neighbor, now: int) -> None:
        if neighbor.state is NeighborState.REACHABLE:
            self._see_whether_alive(neighbor, now)
        elif neighbor.state is NeighborState.DELAY:
            self._end_delay(neighbor, now)
        elif neighbor.state is NeighborState.PROBE:
            self._probe(neighbor, now)
        else:
            self._no_answer(neighbor, now)

    def _see_whether_alive(self, neighbor: Neighbor, now: int) -> None:
        """REACHABLE may be over; if it was used lately, it need not be used again for a probe to follow."""
        delay = self._host.profile.neigh_delay_first_probe_time
        if self._is_within(now, neighbor.confirmed, self._reachable_time(neighbor.interface, now)):
            self._stay_reachable(neighbor, now)
        elif self._is_within(now, neighbor.used, delay):
            self._change(neighbor, NeighborState.DELAY, neighbor.mac, reasons.NEIGHBOR_STATE, 0, now)
            self._ring_after(neighbor, delay, now)
        else:
            self._change(neighbor, NeighborState.STALE, neighbor.mac, reasons.NEIGHBOR_STATE, 0, now)

    def _stay_reachable(self, neighbor: Neighbor, now: int) -> None:
        """Until its reachable time has passed since it was confirmed."""
        jiffy = self._host.profile.jiffy
        passed = in_jiffies(now, jiffy) - in_jiffies(neighbor.confirmed, jiffy)
        left = self._reachable_time(neighbor.interface, now) - passed
        self._ring_after(neighbor, max(left, in_jiffies(_SHORTEST_WAIT, jiffy)), now)

    def _end_delay(self, neighbor: Neighbor, now: int) -> None:
        if self._is_within(now, neighbor.confirmed, self._host.profile.neigh_delay_first_probe_time):
            self._change(neighbor, NeighborState.REACHABLE, neighbor.mac, reasons.NEIGHBOR_STATE, 0, now)
            self._stay_reachable(neighbor, now)
            return
        self._change(neighbor, NeighborState.PROBE, neighbor.mac, reasons.NEIGHBOR_STATE, 0, now)
        neighbor.probes = 0
        self._probe(neighbor, now)

    def _probe(self, neighbor: Neighbor, now: int) -> None:
        if neighbor.probes >= self._host.profile.neigh_ucast_solicit:
            self._give_up(neighbor, now)
            return
        neighbor.probes += 1
        self._ring_after(neighbor, self._retrans_time(), now)
        self._ask(neighbor, neighbor.mac, reasons.ARP_PROBE, 0)

    def _no_answer(self, neighbor: Neighbor, now: int) -> None:
        if neighbor.probes >= self._host.profile.neigh_mcast_solicit:
            self._give_up(neighbor, now)
            return
        neighbor.probes += 1
        self._ring_after(neighbor, self._retrans_time(), now)
        self._ask(neighbor, BROADCAST_MAC, reasons.ARP_ASK_AGAIN, 0)

    def _give_up(self, neighbor: Neighbor, now: int) -> None:
        self._change(neighbor, NeighborState.FAILED, NO_MAC, reasons.UNRESOLVED, 0, now)
        for item in self._take_waiting(neighbor):
            self._undeliverable(item.packet, item.parent, now)

    def _retrans_time(self) -> int:
        return max(self._host.profile.neigh_retrans_time, in_jiffies(_SHORTEST_WAIT, self._host.profile.jiffy))

    def _reachable_time(self, interface: Interface, now: int) -> int:
        """base_reachable_time x 0.5 … 1.5, drawn anew for each interface every 300 s (RFC 4861 6.3.2)."""
        drawn, duration = self._reachable_times.get(interface.name, (now - 2 * _NEXT_DRAW, 0))
        if now - drawn > _NEXT_DRAW:
            base = self._host.profile.neigh_base_reachable_time
            duration = base // 2 + self._host.random(base) if base else 0
            duration = whole_jiffies(duration, self._host.profile.jiffy)
            self._reachable_times[interface.name] = now, duration
        return duration

    def _is_within(self, now: int, stamp: int, duration: int) -> bool:
        """Have at most `duration` nanoseconds passed since `stamp`, as a kernel counts them?"""
        jiffy = self._host.profile.jiffy
        return in_jiffies(now, jiffy) - in_jiffies(stamp, jiffy) <= whole_jiffies(duration, jiffy)

    def _change(
        self, neighbor: Neighbor, state: NeighborState, mac: int, reason: int, cause: int, now: int
    ) -> None:
        """The only place that writes an entry."""
        observer = self._host.observer
        old = None if neighbor.state is NeighborState.FAILED and neighbor.mac == NO_MAC else str(neighbor)
        if neighbor.alarm is not None:
            neighbor.alarm.cancel()
            neighbor.alarm = None
        neighbor.updated = now
        neighbor.state = state
        neighbor.mac = mac
        self._cache_header(neighbor, now)
        if observer is not None and old != str(neighbor):
            observer.table_changed(
                now, self._host.name, "arp", ip_text(neighbor.address), old, str(neighbor), reason, cause
            )

    def _cache_header(self, neighbor: Neighbor, now: int) -> None:
        """How long frames get the same header without any further look: while the state is good (Linux neigh_output).

        In DELAY and PROBE Linux notes each use, so there only until the next jiffy, when a use counts again; but no
        use before REACHABLE is remembered at its end if REACHABLE lasts much longer than DELAY, as it usually does.
        """
        state = neighbor.state
        profile = self._host.profile
        neighbor.valid_until = -1
        if state is NeighborState.PERMANENT or state is NeighborState.REACHABLE and neighbor.has_header:
            neighbor.valid_until = NEVER
        elif state is NeighborState.DELAY or state is NeighborState.PROBE:
            if profile.neigh_base_reachable_time // 2 > 2 * profile.neigh_delay_first_probe_time:
                neighbor.valid_until = NEVER if neighbor.has_header else -1
            elif neighbor.used == now:
                neighbor.valid_until = in_jiffies(now, profile.jiffy) + max(profile.jiffy - 1, 0)


def _is_gratuitous(arp: Arp) -> bool:
    """Does somebody announce an address of its own (Linux arp_is_garp)?"""
    return arp.sender_ip == arp.target_ip and (arp.operation == REQUEST or arp.sender_mac == arp.target_mac)
