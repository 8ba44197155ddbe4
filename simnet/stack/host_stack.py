"""`HostStack`: one host's protocols, sans-IO.

In: `receive(interface, frame, now)`, socket calls, `alarms.ring(now)`.  Out: frames through each interface's
`transmit`, events through `observer`, the next deadline through `alarms`.  Time is an argument, never a question.

A router is a `HostStack` that forwards.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet import reasons
from simnet.stack.alarms import Alarms, Work
from simnet.stack.hooks import PacketHook
from simnet.stack.icmp_input import IcmpInput
from simnet.stack.interfaces import FrameIds, Interface, Kind
from simnet.stack.ip import IpLayer
from simnet.stack.observer import StackObserver
from simnet.stack.ports import DatagramPorts, Ports
from simnet.stack.profile import Profile
from simnet.stack.raw import RawLayer
from simnet.stack.routes import Routes
from simnet.stack.sockets import Sockets
from simnet.stack.tcp.layer import TcpLayer
from simnet.stack.udp import UdpLayer
from simnet.wire import icmp
from simnet.wire.addresses import LOCALHOST, Prefix, ip_text, is_group_mac, is_multicast
from simnet.wire.arp import Arp
from simnet.wire.frame import ETHERTYPE_IPV4, NO_TAG, Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import ICMP, TCP, UDP, Ipv4
from simnet.wire.payload import Payload, Raw
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp

_LOOPBACK_MTU: Final = 65_536
_LARGEST: Final = 65_535
_FIRST_SOURCE: Final = 1 << 24  # 0.0.0.0/8 and 224.0.0.0/3 are nobody's
_LAST_SOURCE: Final = (224 << 24) - 1
_SHORTEST: Final = {ICMP: 8, TCP: 20, UDP: 8}


class HostStack:
    """The protocol stack of one host or router.

    `ordinal` numbers its frames apart from those of other devices; `random(n)` draws from 0 to n - 1 of the
    host's own stream; `work` counts the armed alarms that keep a run alive.
    """

    __slots__ = (
        "name", "profile", "random", "observer", "alarms", "ids", "interfaces", "loopback", "ip", "tcp", "udp",
        "raw", "tcp_ports", "udp_ports", "sockets", "next_hop", "no_route_errno", "send_by", "_next_hops",
        "_hooks", "_icmp",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        ordinal: int,
        profile: Profile,
        random: Callable[[int], int],
        work: Work,
        observer: StackObserver | None = None,
    ) -> None:
        self.name = name
        self.profile = profile
        self.random: Final = random
        self.observer = observer
        self.alarms = Alarms(work)
        self.ids: Final = FrameIds(ordinal)
        self.interfaces: Final[list[Interface]] = []
        self.udp: Final = UdpLayer(self)
        self.raw: Final = RawLayer(self, self.udp.next_identification)
        self.loopback: Final = Interface("lo", f"{name}:lo", 0, _LOOPBACK_MTU, Kind.LOOPBACK)
        self.ip: Final = IpLayer(
            self, self.ids, self.loopback, self._deliver, self.udp.next_identification, self._path_widened, self._left
        )
        self._next_hops: Final = self.ip.next_hops
        self._hooks: Final = self.ip.hooks
        self.next_hop: Final = self.ip.next_hop
        self.no_route_errno: Final = self.ip.no_route_errno
        self.send_by: Final = self.ip.send_by
        self.tcp: Final = TcpLayer(self)
        self._icmp: Final = IcmpInput(self, self.ip, self.tcp, self.udp, self.raw)
        self.tcp_ports: Final = Ports(self)
        self.udp_ports: Final[Ports] = DatagramPorts(self)
        self.sockets: Final = Sockets(self, self.tcp, self.udp, self.raw, self.tcp_ports, self.udp_ports)
        self.interfaces.append(self.loopback)
        self.ip.local[LOCALHOST] = self.loopback
        self.loopback.addresses.append((LOCALHOST, Prefix(LOCALHOST, 8)))

    # --- configuration

    def add_interface(
        self,
        name: str,
        mac: int,
        mtu: int = 1500,
        transmit: Callable[[Frame], None] | None = None,
        kind: Kind = Kind.ETHERNET,
    ) -> Interface:
        """A new interface; `transmit` is called with each frame to send (else they gather in its `outbox`)."""
        interface = Interface(name, f"{self.name}:{name}", mac, mtu, kind)
        if transmit is not None:
            interface.transmit = transmit
        self.interfaces.append(interface)
        return interface

    def add_address(self, interface: Interface, address: int, prefix: Prefix, now: int = 0) -> None:
        """Give `interface` an address; the network of `prefix` becomes reachable through it."""
        interface.addresses.append((address, prefix))
        self.ip.local[address] = interface
        if prefix.length < 31 and interface is not self.loopback:
            self.ip.broadcasts[prefix.broadcast] = interface
        if interface is not self.loopback:
            self.add_route(prefix, interface, 0, now)

    def add_route(self, prefix: Prefix, interface: Interface, gateway: int = 0, now: int = 0) -> None:
        """Send packets for `prefix` out of `interface`, to `gateway` or (0) to the destination itself."""
        route = self.ip.routes.add(prefix, interface, gateway)
        self.ip.forget_hops()
        if self.observer is not None:
            self.observer.table_changed(
                now, self.name, "routes", str(prefix), None, str(route), reasons.CONFIGURED, 0
            )

    def add_hook(self, hook: PacketHook) -> None:
        """Let `hook` see every packet from now on."""
        self.ip.hooks.append(hook)
        self.ip.forget_hops()

    @property
    def routes(self) -> Routes:
        """The routing table."""
        return self.ip.routes

    @property
    def forwarding(self) -> bool:
        """Does this host pass on packets for others (net.ipv4.ip_forward)?"""
        return self.ip.forwarding

    @forwarding.setter
    def forwarding(self, value: bool) -> None:
        self.ip.forwarding = value
        self.ip.forget_hops()

    # --- time

    def next_deadline(self) -> int:
        """When the earliest alarm is due; NEVER if there is none."""
        return self.alarms.next()

    def deadlines_passed(self, now: int) -> None:
        """Handle every alarm due at `now`."""
        self.alarms.ring(now)

    @property
    def rearm(self) -> Callable[[int], None]:
        """Called with the time when an alarm is due earlier than any before."""
        return self.alarms.rearm

    @rearm.setter
    def rearm(self, rearm: Callable[[int], None]) -> None:
        self.alarms.rearm = rearm

    # --- frames in

    def receive(self, interface: Interface, frame: Frame, now: int) -> None:
        """A frame arrived at `interface`."""
        reason = self._receive(interface, frame, now)
        if reason and self.observer is not None:
            self.observer.frame_discarded(now, interface.port, frame, reason)

    def deliver(self, packet: Ipv4, interface: Interface, frame: Frame, now: int) -> None:
        """A whole packet for an address of this host arrived at `interface` in `frame`, and no hook wants to see it."""
        reason = self._deliver(packet, interface, frame, now)
        if reason and self.observer is not None:
            self.observer.frame_discarded(now, interface.port, frame, reason)

    def _receive(self, interface: Interface, frame: Frame, now: int) -> int:
        """Layer by layer; 0 or the reason why the frame went no further."""
        if frame.dst != interface.mac and not is_group_mac(frame.dst):
            return reasons.NOT_FOR_THIS_MAC
        if frame.tag != NO_TAG and frame.tag & 0xFFF:
            return reasons.NO_VLAN
        payload = frame.payload
        if isinstance(payload, Ipv4):
            return self.ip.arrives(interface, frame, payload, now)
        if isinstance(payload, Arp):
            self.ip.neighbors.arrives(interface, frame, payload, now)
            return 0
        if frame.ethertype == ETHERTYPE_IPV4 and payload.length >= 20:
            return reasons.BAD_CHECKSUM
        return reasons.MALFORMED

    def _deliver(self, packet: Ipv4, interface: Interface, frame: Frame, now: int) -> int:
        """A whole packet for this host, by protocol; 0 or a discard reason."""
        payload = packet.payload
        if isinstance(payload, Tcp):
            if not self._is_between_two(packet, interface, frame):
                return reasons.MALFORMED
            return self.tcp.segment_arrives(packet.src, packet.dst, payload, frame.id, now, packet.tos & 3)
        if isinstance(payload, Udp):
            return self._deliver_udp(packet, payload, frame, now)
        if isinstance(payload, Icmp):
            return self._icmp.arrives(packet, payload, interface, frame.id, now)
        if isinstance(payload, Raw) and packet.protocol in _SHORTEST:
            is_short = payload.length < _SHORTEST[packet.protocol]
            return reasons.MALFORMED if is_short else reasons.BAD_CHECKSUM
        if packet.dst in self.ip.local:
            self.ip.icmp.error(
                packet, packet.dst, icmp.UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, 0, frame.id, now
            )
        return reasons.MALFORMED

    def _is_between_two(self, packet: Ipv4, interface: Interface, frame: Frame) -> bool:
        """Is it from one other host to this one (RFC 9293 3.9.2.3)?"""
        src, broadcasts = packet.src, self.ip.broadcasts
        if packet.dst in broadcasts or is_group_mac(frame.dst) or is_multicast(packet.dst):
            return False
        if interface is self.loopback:
            return True
        if not _FIRST_SOURCE <= src <= _LAST_SOURCE or src >> 24 == 127:
            return False
        return src not in self.ip.local and src not in broadcasts

    def _deliver_udp(self, packet: Ipv4, datagram: Udp, frame: Frame, now: int) -> int:
        if packet.dst not in self.ip.local and packet.dst >> 24 != 127:
            return self.udp.broadcast_arrives(packet.src, packet.dst, datagram)
        reason = self.udp.arrives(packet.src, packet.dst, datagram)
        if reason == reasons.NO_LISTENER and not is_group_mac(frame.dst):
            self.ip.icmp.error(packet, packet.dst, icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, 0, frame.id, now)
        return reason

    def _left(self, packet: Ipv4, now: int) -> None:
        if isinstance(packet.payload, Tcp):
            self.tcp.left(packet, packet.payload, now)

    def _path_widened(self, dst: int, now: int) -> None:
        self.tcp.mtu_changed(dst, now)

    # --- what protocols ask of their host (StackHost)

    def send_ip(
        self,
        src: int,
        dst: int,
        protocol: int,
        payload: Payload,
        identification: int,
        reason: int,
        cause: int,
        now: int,
        ttl: int = 0,
        tos: int = 0,
        fragment: int = 0x4000,
    ) -> int:
        """Send a packet, with the host's own TTL for 0; 0, or the errno when it cannot even leave."""
        ttl = ttl or self.profile.ip_default_ttl
        packet = Ipv4(src, dst, protocol, payload, ttl, identification, tos, fragment)
        return self.send_packet(packet, reason, cause, now)

    def send_packet(self, packet: Ipv4, reason: int, cause: int, now: int) -> int:
        """Send a packet as it is; 0, or the errno when it cannot even leave."""
        hop = self._next_hops.get(packet.dst) or self.next_hop(packet.dst)
        if hop is None:
            return self.no_route_errno(packet.dst)
        neighbor = hop.neighbor
        if neighbor.valid_until < now or packet.length > hop.mtu or hop.is_broadcast or self._hooks:
            return self.send_by(hop, packet, reason, cause, now)
        out = hop.interface  # the usual packet: what `send_by` would do, written out
        ids = self.ids
        ids.last = number = ids.last + 1
        transmit = out.transmit
        transmit(Frame(neighbor.mac, out.mac, ETHERTYPE_IPV4, packet, number, 0, reason, cause))
        return 0

    def send_packets(self, packets: list[Ipv4], reason: int, cause: int, now: int) -> None:
        """As `send_packet`, of packets to one destination, the first as long as any; what cannot leave is lost."""
        longest = packets[0]
        hop = self._next_hops.get(longest.dst)
        if (
            hop is None
            or hop.neighbor.valid_until < now
            or longest.length > hop.mtu
            or hop.is_broadcast
            or self._hooks
        ):
            for packet in packets:
                self.send_packet(packet, reason, cause, now)
            return
        out, destination = hop.interface, hop.neighbor.mac
        source, ids, transmit = out.mac, self.ids, out.transmit
        for packet in packets:
            ids.last = number = ids.last + 1
            transmit(Frame(destination, source, ETHERTYPE_IPV4, packet, number, 0, reason, cause))

    def source_address(self, dst: int) -> int:
        """The local address that packets to `dst` leave from; -1 if there is no route."""
        hop = self.ip.next_hop(dst)
        return -1 if hop is None else hop.source

    def path_mtu(self, dst: int) -> int:
        """The largest packet that the route to `dst` is known to carry."""
        hop = self.ip.next_hop(dst)
        return 1500 if hop is None else min(hop.mtu, _LARGEST)

    def may_be_cut(self, dst: int) -> bool:
        """Does the path to `dst` carry so little that packets may be cut on the way?"""
        hop = self.ip.next_hop(dst)
        return hop is not None and hop.is_locked

    def is_local(self, address: int) -> bool:
        """Is `address` one of this host's own?"""
        return address in self.ip.local or address >> 24 == 127

    def is_broadcast(self, address: int) -> bool:
        """Is `address` a broadcast address of one of this host's networks?"""
        return address in self.ip.broadcasts

    def describe(self) -> str:
        """The host's name and addresses, for messages."""
        own = ", ".join(ip_text(address) for address in self.ip.local if address != LOCALHOST)
        return f"{self.name} ({own})" if own else self.name
