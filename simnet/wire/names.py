"""What numbers in headers mean, in words (IANA registries), for people; nothing decides by these."""

from __future__ import annotations

from typing import Final

from simnet.wire import arp, icmp, ipv4, llc, tcp_options
from simnet.wire.frame import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_VLAN

ETHERTYPES: Final = {
    ETHERTYPE_IPV4: "IPv4",
    ETHERTYPE_ARP: "ARP",
    ETHERTYPE_VLAN: "802.1Q VLAN",
    ETHERTYPE_IPV6: "IPv6",
    0x88A8: "802.1ad VLAN",
    0x88CC: "LLDP",
    0x8847: "MPLS",
    0x8863: "PPPoE discovery",
    0x8864: "PPPoE",
}

ARP_OPERATIONS: Final = {arp.REQUEST: "request", arp.REPLY: "reply"}

LLC_SERVICES: Final = {
    llc.SPANNING_TREE: "spanning tree",
    0xAA: "SNAP",
    0xE0: "IPX",
    0xF0: "NetBIOS",
    0xFE: "OSI",
    0xFF: "global",
}

PROTOCOLS: Final = {
    ipv4.ICMP: "ICMP",
    2: "IGMP",
    4: "IPv4 in IPv4",
    ipv4.TCP: "TCP",
    ipv4.UDP: "UDP",
    41: "IPv6 in IPv4",
    47: "GRE",
    50: "ESP",
    51: "AH",
    58: "ICMPv6",
    89: "OSPF",
    132: "SCTP",
}

OTHER_OPTION: Final = -1
"""The key of the name for options that are not listed."""

IP_OPTIONS: Final = {
    OTHER_OPTION: ("ip.options.other", "Other option"),
    0: ("ip.options.end", "End of options"),
    1: ("ip.options.nop", "No operation"),
    7: ("ip.options.record_route", "Record route"),
    68: ("ip.options.timestamp", "Timestamp"),
    130: ("ip.options.security", "Security"),
    131: ("ip.options.loose_route", "Loose source route"),
    136: ("ip.options.stream_id", "Stream identifier"),
    137: ("ip.options.strict_route", "Strict source route"),
    148: ("ip.options.router_alert", "Router alert"),
}

TCP_OPTIONS: Final = {
    OTHER_OPTION: ("tcp.options.other", "Other option"),
    tcp_options.END: ("tcp.options.end", "End of options"),
    tcp_options.NO_OPERATION: ("tcp.options.nop", "No operation"),
    tcp_options.MSS: ("tcp.options.mss", "Maximum segment size"),
    tcp_options.WINDOW_SCALE: ("tcp.options.window_scale", "Window scale"),
    tcp_options.SACK_PERMITTED: ("tcp.options.sack_permitted", "SACK permitted"),
    tcp_options.SACK: ("tcp.options.sack", "SACK"),
    tcp_options.TIMESTAMPS: ("tcp.options.timestamps", "Timestamps"),
    19: ("tcp.options.md5", "MD5 signature"),
    28: ("tcp.options.user_timeout", "User timeout"),
    29: ("tcp.options.authentication", "Authentication"),
    30: ("tcp.options.multipath", "Multipath TCP"),
    34: ("tcp.options.fast_open", "Fast Open cookie"),
}

ICMP_TYPES: Final = {
    icmp.ECHO_REPLY: "echo reply",
    icmp.UNREACHABLE: "destination unreachable",
    icmp.SOURCE_QUENCH: "source quench",
    icmp.REDIRECT: "redirect",
    icmp.ECHO_REQUEST: "echo request",
    9: "router advertisement",
    10: "router solicitation",
    icmp.TIME_EXCEEDED: "time exceeded",
    icmp.PARAMETER_PROBLEM: "parameter problem",
    13: "timestamp request",
    14: "timestamp reply",
    17: "address mask request",
    18: "address mask reply",
}

ICMP_CODES: Final = {
    (icmp.UNREACHABLE, icmp.NET_UNREACHABLE): "network unreachable",
    (icmp.UNREACHABLE, icmp.HOST_UNREACHABLE): "host unreachable",
    (icmp.UNREACHABLE, icmp.PROTOCOL_UNREACHABLE): "protocol unreachable",
    (icmp.UNREACHABLE, icmp.PORT_UNREACHABLE): "port unreachable",
    (icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED): "fragmentation needed",
    (icmp.UNREACHABLE, 5): "source route failed",
    (icmp.UNREACHABLE, 6): "network unknown",
    (icmp.UNREACHABLE, 7): "host unknown",
    (icmp.UNREACHABLE, 9): "network prohibited",
    (icmp.UNREACHABLE, 10): "host prohibited",
    (icmp.UNREACHABLE, icmp.ADMIN_PROHIBITED): "administratively prohibited",
    (icmp.REDIRECT, 0): "redirect for network",
    (icmp.REDIRECT, 1): "redirect for host",
    (icmp.TIME_EXCEEDED, 0): "time exceeded",
    (icmp.TIME_EXCEEDED, 1): "reassembly time exceeded",
}


def icmp_text(type: int, code: int) -> str:
    """port unreachable, echo request; the numbers where there is no name."""
    exact = ICMP_CODES.get((type, code))
    if exact is not None:
        return exact
    name = ICMP_TYPES.get(type, f"type {type}")
    return f"{name} code {code}" if code else name


def protocol_text(protocol: int) -> str:
    """TCP; "protocol 99" where there is no name."""
    return PROTOCOLS.get(protocol, f"protocol {protocol}")


def ethertype_text(ethertype: int) -> str:
    """IPv4; "type 0x9000" where there is no name."""
    return ETHERTYPES.get(ethertype, f"type 0x{ethertype:04x}")
