"""IPv4 (RFC 791, RFC 1812): where a packet goes next.

`IpLayer` sends what this host makes, delivers what is for it, forwards the rest.  The usual forwarded packet does
not come here at all: `HostStack.receive` moves it by `next_hops`, the cache this layer fills.

Does not model: source routing and other IP options (forwarded untouched), multicast routing, IP over IPv6.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet import reasons
from simnet.stack.fragments import Reassembly, cut
from simnet.stack.hooks import PacketHook
from simnet.stack.host import StackHost
from simnet.stack.icmp import IcmpLayer
from simnet.stack.interfaces import FrameIds, Interface, Kind
from simnet.stack.linux_errno import EACCES, EHOSTUNREACH, EMSGSIZE, ENETUNREACH
from simnet.stack.neighbor import Neighbor, NeighborState
from simnet.stack.neighbors import Neighbors
from simnet.stack.next_hop import NextHop
from simnet.stack.path_mtu import PathMtus
from simnet.stack.routes import Route, RouteKind, Routes
from simnet.wire import icmp
from simnet.wire.addresses import (
    BROADCAST_MAC,
    LIMITED_BROADCAST,
    LOCALHOST,
    NO_MAC,
    is_group_mac,
    is_loopback,
    is_multicast,
)
from simnet.wire.frame import ETHERTYPE_IPV4, Frame
from simnet.wire.ipv4 import DONT_FRAGMENT, IS_FRAGMENT, Ipv4, forwarded

Deliver = Callable[[Ipv4, Interface, Frame, int], int]


class IpLayer:
    """Routing, forwarding, fragmentation and delivery of one host.

    `deliver(packet, interface, frame, now)` takes whole packets for this host and answers 0 or a discard reason.
    """

    __slots__ = (
        "local", "broadcasts", "routes", "neighbors", "icmp", "hooks", "forwarding", "next_hops", "forwarding_hops",
        "path_mtus", "loopback", "_path_widened", "_host", "_ids", "_reassembly", "_deliver", "_fixed",
    )  # fmt: skip

    def __init__(
        self, host: StackHost, ids: FrameIds, loopback: Interface, deliver: Deliver, identify: Callable[[int], int],
        path_widened: Callable[[int, int], None], left: Callable[[Ipv4, int], None],
    ) -> None:  # fmt: skip
        self._host: Final = host
        self._ids: Final = ids
        self._deliver: Final = deliver
        self.loopback: Final = loopback
        self.local: dict[int, Interface] = {}
        self.broadcasts: dict[int, Interface] = {LIMITED_BROADCAST: loopback}
        self.routes: Final = Routes()
        self.neighbors: Final = Neighbors(host, ids, self._no_neighbor, left)
        self.icmp: Final = IcmpLayer(host, identify)
        self.hooks: list[PacketHook] = []
        self.forwarding = False
        self.next_hops: dict[int, NextHop] = {}
        self.forwarding_hops: dict[int, NextHop] = {}  # those that a port may use by itself
        self.path_mtus: Final = PathMtus(host, self._path_forgotten)
        self._path_widened: Final = path_widened
        self._reassembly: Final = Reassembly(host, self._reassembly_failed)
        self._fixed: dict[tuple[str, int], Neighbor] = {}

    # --- sending

    def next_hop(self, dst: int) -> NextHop | None:
        """Where packets to `dst` go; None if no route leads there."""
        hop = self.next_hops.get(dst)
        if hop is None:
            hop = self._find_hop(dst)
            if hop is not None:
                self.next_hops[dst] = hop
        return hop

    def forget_hops(self) -> None:
        """Routes or addresses changed: look everything up anew."""
        self.next_hops.clear()
        self.forwarding_hops.clear()

    def send_by(self, hop: NextHop, packet: Ipv4, reason: int, cause: int, now: int) -> int:
        """Send a packet of this host by `hop`; 0 or an errno.  The usual packet leaves right here."""
        if self.hooks and hop.interface is self.loopback:
            packet, hop = self._rerouted(packet, hop, now)
        neighbor = hop.neighbor
        if packet.length <= hop.mtu:
            if neighbor.valid_until >= now and not hop.is_broadcast and not self.hooks:
                out = hop.interface
                ids = self._ids
                ids.last += 1
                out.transmit(Frame(neighbor.mac, out.mac, ETHERTYPE_IPV4, packet, ids.last, 0, reason, cause))
                return 0
        elif packet.fragment & DONT_FRAGMENT:
            return EMSGSIZE
        if hop.is_broadcast:
            self._loop_back(packet, hop, cause, now)
        self._output(packet, hop, 0, reason, cause, now)
        return 0

    def _rerouted(self, packet: Ipv4, hop: NextHop, now: int) -> tuple[Ipv4, NextHop]:
        """What hooks make of a packet of this host to itself, and where that goes (Linux ip_route_me_harder)."""
        for hook in self.hooks:
            packet = hook.output(packet, now)
        return packet, self.next_hop(packet.dst) or hop

    def no_route_errno(self, dst: int) -> int:
        """What a program is told when no route leads to `dst`."""
        route = self.routes.lookup(dst)
        if route is None:
            return ENETUNREACH
        return EACCES if route.kind is RouteKind.PROHIBIT else EHOSTUNREACH

    def _find_hop(self, dst: int) -> NextHop | None:
        if dst in self.local or is_loopback(dst):
            source = dst if dst in self.local else LOCALHOST
            return NextHop(self.loopback, self._fixed_neighbor(self.loopback, NO_MAC), self.loopback.mtu, source, False)
        interface = self.broadcasts.get(dst)
        if interface is not None and interface is not self.loopback:
            source = interface.address_towards(dst)
            return NextHop(interface, self._fixed_neighbor(interface, BROADCAST_MAC), interface.mtu, source, True)
        route = self.routes.lookup(dst)
        if route is None or route.kind is not RouteKind.UNICAST:
            return None
        return self._hop_by(route, dst)

    def _hop_by(self, route: Route, dst: int) -> NextHop:
        interface = route.interface
        known = self.path_mtus.of(dst)
        source = interface.address_towards(route.gateway or dst)
        if dst == LIMITED_BROADCAST:
            neighbor = self._fixed_neighbor(interface, BROADCAST_MAC)
        elif is_multicast(dst):
            neighbor = self._fixed_neighbor(interface, 0x01005E << 24 | dst & 0x7FFFFF)
        elif interface.kind is not Kind.ETHERNET:
            neighbor = self._fixed_neighbor(interface, NO_MAC)
        else:
            neighbor = self.neighbors.entry(interface, route.gateway or dst)
        hop = NextHop(interface, neighbor, interface.mtu, source, dst == LIMITED_BROADCAST or is_multicast(dst))
        if known is not None:
            hop.mtu, hop.is_locked = min(interface.mtu, known.mtu), known.is_locked
        return hop

    def _fixed_neighbor(self, interface: Interface, mac: int) -> Neighbor:
        neighbor = self._fixed.get((interface.name, mac))
        if neighbor is None:
            neighbor = Neighbor(0, interface, mac, NeighborState.PERMANENT)
            self._fixed[interface.name, mac] = neighbor
        return neighbor

    def _output(self, packet: Ipv4, hop: NextHop, parent: int, reason: int, cause: int, now: int) -> int:
        """Last station: hooks, cutting to the MTU, the neighbor's MAC; 0 or a hook's reason to refuse."""
        for hook in self.hooks:
            changed = hook.postrouting(packet, hop.interface.name, cause, now)
            if changed is None:
                return hook.refusal
            if changed is not packet:
                packet, reason = changed, reasons.TRANSLATED
        neighbor = hop.neighbor
        if packet.length > hop.mtu:
            for piece in cut(packet, hop.mtu):
                self.neighbors.send(neighbor, piece, parent, reasons.FRAGMENTED, cause, now)
        elif neighbor.valid_until >= now:
            frame = Frame(
                neighbor.mac, hop.interface.mac, ETHERTYPE_IPV4, packet, self._ids.next(), parent, reason, cause
            )
            hop.interface.transmit(frame)
        else:
            self.neighbors.send(neighbor, packet, parent, reason, cause, now)
        return 0

    def _loop_back(self, packet: Ipv4, hop: NextHop, cause: int, now: int) -> None:
        """A broadcast of this host reaches its own sockets too (Linux dev_loopback_xmit)."""
        frame = Frame(hop.neighbor.mac, hop.interface.mac, ETHERTYPE_IPV4, packet, self._ids.last, 0, 0, cause)
        self._deliver(packet, hop.interface, frame, now)

    # --- receiving

    def arrives(self, interface: Interface, frame: Frame, packet: Ipv4, now: int) -> int:
        """A packet came in by a frame for this host; 0 or the reason why it went no further."""
        if self.hooks:
            return self._arrives_hooked(interface, frame, packet, now)
        return self._route_input(interface, frame, packet, now)

    def _arrives_hooked(self, interface: Interface, frame: Frame, packet: Ipv4, now: int) -> int:
        if packet.fragment & IS_FRAGMENT:
            whole = self._reassembly.add(packet, frame.id, now)
            if whole is None:
                return 0
            packet = whole
        for hook in self.hooks:
            changed = hook.prerouting(packet, interface.name, frame.id, now)
            if changed is None:
                return hook.refusal
            packet = changed
        return self._route_input(interface, frame, packet, now)

    def _route_input(self, interface: Interface, frame: Frame, packet: Ipv4, now: int) -> int:
        dst = packet.dst
        if dst in self.local or dst in self.broadcasts or is_multicast(dst) or is_loopback(dst):
            if is_loopback(dst) and interface is not self.loopback:
                return reasons.NOT_FOR_THIS_HOST
            return self._input(interface, frame, packet, now)
        if not self.forwarding or is_group_mac(frame.dst):
            return reasons.NOT_FOR_THIS_HOST
        return self._forward(interface, frame, packet, now)

    def _input(self, interface: Interface, frame: Frame, packet: Ipv4, now: int) -> int:
        if packet.fragment & IS_FRAGMENT:
            whole = self._reassembly.add(packet, frame.id, now)
            if whole is None:
                return 0
            packet = whole
        return self._deliver(packet, interface, frame, now)

    def _forward(self, interface: Interface, frame: Frame, packet: Ipv4, now: int) -> int:
        """RFC 1812 5.2.1 … 5.3.1, as Linux ip_forward."""
        if packet.ttl <= 1:
            source = self._host.source_address(packet.src)
            self.icmp.error(packet, source, icmp.TIME_EXCEEDED, 0, 0, frame.id, now)
            return reasons.TTL_EXPIRED
        hop = self.next_hop(packet.dst)
        if hop is None:
            self._report_no_route(packet, frame.id, now)
            return reasons.NO_ROUTE
        if hop.mtu < hop.interface.mtu:  # learned for packets of this host's own (Linux ip_forward_use_pmtu)
            hop = NextHop(hop.interface, hop.neighbor, hop.interface.mtu, hop.source, hop.is_broadcast)
        if packet.length > hop.mtu and packet.fragment & DONT_FRAGMENT:
            source = self._host.source_address(packet.src)
            self.icmp.error(
                packet, source, icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED, hop.mtu, frame.id, now
            )
            return reasons.NEEDS_FRAGMENTING
        passed_on = forwarded(packet)
        if hop.interface is interface:
            self._redirect(interface, passed_on, hop, frame.id, now)
        if not self.hooks:
            self.forwarding_hops[packet.dst] = hop
        return self._output(passed_on, hop, frame.id, reasons.FORWARDED, frame.id, now)

    def _redirect(self, interface: Interface, packet: Ipv4, hop: NextHop, frame_id: int, now: int) -> None:
        """The sender could have used that gateway itself (RFC 1812 5.2.7.2)."""
        gateway = hop.neighbor.address
        on_link = any(prefix.contains(packet.src) and prefix.contains(gateway) for _, prefix in interface.addresses)
        if on_link and gateway:
            source = self._host.source_address(packet.src)
            self.icmp.error(packet, source, icmp.REDIRECT, 1, gateway, frame_id, now)

    def redirected(self, dst: int, by: int, gateway: int, now: int) -> None:
        """The router `by` says that `gateway` is nearer to `dst` (RFC 1122 3.2.2.2).

        Linux __ip_do_redirect: a host obeys the router it uses, once it knows the gateway's MAC; the first
        redirect may only make it ask for that.  Forgotten when routes change; Linux also forgets it after 300 s.
        """
        hop = self.next_hop(dst)
        if hop is None or self.forwarding or hop.neighbor.address != by or gateway == by:
            return
        interface = hop.interface
        if not any(prefix.contains(gateway) for _, prefix in interface.addresses):
            return
        neighbor = self.neighbors.entry(interface, gateway)
        if neighbor.mac == NO_MAC:
            self.neighbors.resolve(neighbor, now)
        else:
            self.next_hops[dst] = NextHop(interface, neighbor, hop.mtu, hop.source, False)

    def _report_no_route(self, packet: Ipv4, frame_id: int, now: int) -> None:
        code = icmp.NET_UNREACHABLE
        route = self.routes.lookup(packet.dst)
        if route is not None and route.kind is RouteKind.UNREACHABLE:
            code = icmp.HOST_UNREACHABLE
        elif route is not None and route.kind is RouteKind.PROHIBIT:
            code = icmp.ADMIN_PROHIBITED
        self.icmp.no_route(packet, self._host.source_address(packet.src), code, frame_id, now)

    def _no_neighbor(self, packet: Ipv4, frame_id: int, now: int) -> None:
        """Nobody answered ARP: tell the sender, which may be this host itself."""
        source = packet.src if packet.src in self.local else self._host.source_address(packet.src)
        self.icmp.error(packet, source, icmp.UNREACHABLE, icmp.HOST_UNREACHABLE, 0, frame_id, now)

    def _reassembly_failed(self, first: Ipv4 | None, frame_id: int, now: int) -> None:
        """RFC 792: time exceeded, code 1, only when the first fragment is there to be quoted."""
        if first is not None and first.dst in self.local:
            self.icmp.error(first, first.dst, icmp.TIME_EXCEEDED, 1, 0, frame_id, now)

    def learn_path_mtu(self, dst: int, mtu: int, now: int) -> None:
        """A router said that only `mtu` bytes pass on the way to `dst`."""
        hop = self.next_hop(dst)
        known = None if hop is None else self.path_mtus.learn(dst, mtu, hop.mtu, now)
        if hop is not None and known is not None:
            hop.mtu, hop.is_locked = known.mtu, known.is_locked

    def _path_forgotten(self, dst: int, now: int) -> None:
        hop = self.next_hops.get(dst)
        if hop is not None:
            hop.mtu, hop.is_locked = hop.interface.mtu, False
        self._path_widened(dst, now)
