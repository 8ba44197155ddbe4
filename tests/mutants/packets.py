"""Mutants of IPv4, ICMP and UDP."""

from __future__ import annotations

from tests.mutants.planting import mutant

IPV4 = (
    mutant(
        "TTL stays",
        "A router does not touch the TTL.",
        ("wire.ipv4:forwarded", "packet.ttl - 1", "packet.ttl"),
    ),
    mutant(
        "TTL falls by two",
        "A router takes two from the TTL.",
        ("wire.ipv4:forwarded", "packet.ttl - 1", "packet.ttl - 2"),
    ),
    mutant(
        "expired packets go on",
        "A router forwards packets whose TTL has run out.",
        ("stack.ip:IpLayer._forward", "if packet.ttl <= 1:", "if packet.ttl < 0:"),
        ("devices.host_port:HostPort.arrive", "packet.ttl > 1", "packet.ttl >= 0"),
    ),
    mutant(
        "TTL begins at 255",
        "Packets leave with a TTL of 255.",
        ("stack.profile:Profile.__init__", "self.ip_default_ttl: int = 64", "self.ip_default_ttl: int = 255"),
    ),
    mutant(
        "router keeps the source MAC",
        "A router forwards a packet with the sender's MAC as the source.",
        ("devices.host_port:HostPort.arrive", "neighbor.mac, out.mac,", "neighbor.mac, frame.src,"),
        ("stack.ip:IpLayer._output", "hop.interface.mac", "hop.interface.mac ^ (1 << 32 if parent else 0)"),
    ),
    mutant(
        "router writes its own address",
        "A router puts its own address in as the sender's.",
        ("wire.ipv4:forwarded", "packet.src,", "packet.src ^ 1,"),
    ),
    mutant(
        "router writes another IP ID",
        "A router numbers the packets it forwards anew.",
        ("wire.ipv4:forwarded", "packet.identification,", "packet.identification ^ 1,"),
    ),
    mutant(
        "IP ID is constant",
        "All packets have the identification 7.",
        ("stack.udp:UdpLayer.next_identification", "return value", "return 7"),
        ("stack.tcp.output:Output._send", "identification = tcb.identification", "identification = 7"),
        ("stack.tcp.output:Output._cut", "identification = (identification + 1) & 0xFFFF", "identification = 7"),
    ),
    mutant(
        "DF is lost",
        "Packets may be fragmented.",
        ("stack.tcp.output:Output._send", "tcb.fragment", "0"),
        ("stack.tcp.output:Output._cut", "tcb.fragment", "0"),
        ("stack.udp:UdpLayer.send", "fragment = DONT_FRAGMENT", "fragment = 0"),
    ),
    mutant(
        "no packet is for this host",
        "Packets for the address of the host are not delivered.",
        ("stack.ip:IpLayer._input", "return self._deliver(packet, interface, frame, now)", "return reasons.MALFORMED"),
        ("devices.host_port:HostPort.arrive", "packet.dst in self._local and", "False and"),
    ),
    mutant(
        "host takes frames for others",
        "A host does not look at the destination MAC.",
        ("stack.host_stack:HostStack._receive", "if frame.dst != interface.mac and not is_group_mac(frame.dst):",
         "if False:"),
    ),
    mutant(
        "shortest prefix wins",
        "The default route is preferred to all others.",
        ("stack.routes:Routes.lookup", "for row in self.rows:", "for row in reversed(self.rows):"),
    ),
    mutant(
        "localhost is far away",
        "Packets to 127.0.0.1 take the default route.",
        ("stack.ip:IpLayer._find_hop", "if dst in self.local or is_loopback(dst):", "if False:"),
    ),
    mutant(
        "router forwards broadcasts",
        "A router passes broadcasts on to its other networks.",
        ("stack.ip:IpLayer._route_input", "return self._input(interface, frame, packet, now)",
         "[out.transmit(Frame(BROADCAST_MAC, out.mac, ETHERTYPE_IPV4, packet, self._ids.next(), frame.id, 0, 0)) "
         "for out in self._host.interfaces if out is not interface and self.forwarding and is_group_mac(frame.dst) "
         "and out.name != 'lo']; return self._input(interface, frame, packet, now)"),
    ),
)  # fmt: skip

ICMP = (
    mutant(
        "echo reply is missing",
        "Nobody answers pings.",
        ("stack.icmp:IcmpLayer.echo_arrives", "host = self._host", "return"),
    ),
    mutant(
        "echo reply has a wrong identifier",
        "The answer to a ping carries another identifier.",
        ("stack.icmp:IcmpLayer.echo_arrives", "message.rest", "message.rest ^ 1 << 16"),
    ),
    mutant(
        "echo reply is empty",
        "The answer to a ping leaves its data out.",
        ("stack.icmp:IcmpLayer.echo_arrives", "message.data", 'b""'),
    ),
    mutant(
        "echo reply has DF",
        "The answer to a ping must not be fragmented.",
        ("stack.icmp:IcmpLayer.echo_arrives", "packet.tos, 0,", "packet.tos, 0x4000,"),
    ),
    mutant(
        "echo reply copies the TTL",
        "The answer to a ping has the TTL with which the ping arrived.",
        ("stack.icmp:IcmpLayer.echo_arrives", "profile.ip_default_ttl", "packet.ttl - 1"),
    ),
    mutant(
        "echo reply is sent twice",
        "A ping is answered twice.",
        ("stack.icmp_input:IcmpInput.arrives", "icmp.question_arrives(packet, message, own, cause, now)",
         "icmp.question_arrives(packet, message, own, cause, now); "
         "self._ip.icmp.question_arrives(packet, message, own, cause, now)"),
    ),
    mutant(
        "time exceeded is missing",
        "A router says nothing about packets whose TTL has run out.",
        ("stack.ip:IpLayer._forward",
         "self.icmp.error(packet, source, icmp.TIME_EXCEEDED, 0, 0, frame.id, now)", "pass"),
    ),
    mutant(
        "time exceeded from a wrong address",
        "A router reports with the address of its side away from the sender.",
        ("stack.ip:IpLayer._forward", "self.icmp.error(packet, source, icmp.TIME_EXCEEDED",
         "self.icmp.error(packet, next(own for own in self.local if own >> 24 == 10), icmp.TIME_EXCEEDED"),
    ),
    mutant(
        "ICMP errors quote too little",
        "An ICMP error quotes the IP header alone, without the eight bytes behind it.",
        ("stack.icmp:IcmpLayer.error", "[:_QUOTE_LIMIT]", "[:20]"),
    ),
    mutant(
        "port unreachable is missing",
        "A datagram for a port where nobody is vanishes.",
        ("stack.host_stack:HostStack._deliver_udp", "if reason == reasons.NO_LISTENER and not is_group_mac(frame.dst):",
         "if False:"),
    ),
    mutant(
        "port unreachable says protocol unreachable",
        "A datagram for a port where nobody is gets the wrong code.",
        ("stack.host_stack:HostStack._deliver_udp", "icmp.PORT_UNREACHABLE", "icmp.PROTOCOL_UNREACHABLE"),
    ),
    mutant(
        "port unreachable is kept from the program",
        "A connected socket never hears that its datagram met nobody.",
        ("stack.icmp_input:IcmpInput._failed",
         "self._udp.icmp_error(quote.src, quote.src_port, quote.dst, quote.dst_port, quote.number)", "pass"),
    ),
    mutant(
        "host unreachable is missing",
        "A packet whose next hop nobody answers for vanishes.",
        ("stack.ip:IpLayer._no_neighbor",
         "self.icmp.error(packet, source, icmp.UNREACHABLE, icmp.HOST_UNREACHABLE, 0, frame_id, now)", "pass"),
    ),
)  # fmt: skip

UDP = (
    mutant(
        "UDP has no checksum",
        "Datagrams carry the checksum 0.",
        ("stack.udp:UdpLayer.send", "Udp(endpoint.port, dst_port, data)", "Udp(endpoint.port, dst_port, data, False)"),
    ),
    mutant(
        "UDP is truncated",
        "The last byte of a received datagram is lost.",
        ("stack.udp:UdpLayer._queue", "Datagram(datagram.data,", "Datagram(datagram.data[:-1],"),
    ),
    mutant(
        "UDP arrives twice",
        "A program gets each datagram twice.",
        ("stack.udp:UdpLayer._queue", "endpoint.charged += charge",
         "endpoint.charged += charge; "
         "endpoint.queue.append(Datagram(datagram.data, src, datagram.src_port, charge))"),
    ),
    mutant(
        "UDP is delivered to nobody",
        "Datagrams that arrive are thrown away.",
        ("stack.udp:UdpLayer._queue", "charge = charge_of", "return 0\n        charge = charge_of"),
    ),
    mutant(
        "UDP forgets the sender's port",
        "Datagrams leave from a port of which their sender does not know.",
        ("stack.udp:UdpLayer.send", "Udp(endpoint.port,", "Udp(endpoint.port ^ 1,"),
    ),
    mutant(
        "broadcast is not delivered",
        "Nobody takes datagrams for everyone.",
        ("stack.host_stack:HostStack._deliver_udp",
         "return self.udp.broadcast_arrives(packet.src, packet.dst, datagram)", "return reasons.NO_LISTENER"),
    ),
    mutant(
        "broadcast is for one host",
        "A datagram for everyone goes to one MAC address.",
        ("stack.ip:IpLayer._find_hop", "self._fixed_neighbor(interface, BROADCAST_MAC)",
         "self._fixed_neighbor(interface, interface.mac + 1)"),
    ),
    mutant(
        "broadcast needs no permission",
        "A program may send to everyone without having asked for it.",
        ("stack.datagram_socket:UdpSocket._way", "raise SocketError(EACCES)", "pass"),
    ),
    mutant(
        "broadcast is answered",
        "A host where nobody wants a broadcast complains with an ICMP error.",
        ("stack.host_stack:HostStack._deliver_udp",
         "return self.udp.broadcast_arrives(packet.src, packet.dst, datagram)",
         "reason = self.udp.broadcast_arrives(packet.src, packet.dst, datagram); "
         "reason and self.ip.icmp.error(packet, next(iter(self.ip.local)), 3, 3, 0, frame.id, now); return reason"),
    ),
)  # fmt: skip
