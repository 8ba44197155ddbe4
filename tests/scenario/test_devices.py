"""Hosts, switches, hubs, routers and gateways, and problems in them and their addresses."""

from __future__ import annotations

import pytest

from simnet.scenario.load import loads
from simnet.scenario.tunables import TUNABLES, WORDS, Kind
from simnet.stack.profile import Profile, linux
from simnet.units import MILLISECOND, SECOND
from simnet.wire.addresses import ip_text, parse_prefix
from tests.scenario.reading import problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "hosts: {a b: 10.0.0.1/24}",
            '1:9: "a b" cannot be the name of a device; a name has letters, digits, _ and, between them, '
            "single - or .",
        ),
        (
            "hosts: {localhost: 10.0.0.1/24}",
            '1:9: "localhost" cannot be the name of a device: it has a meaning in addresses',
        ),
        ("hosts: [a]\nswitches: [a]", '2:12: "a" is already the name of a host in line 1'),
        ("hosts: [{a: 10.0.0.1/24}]", "1:9: hosts must be names, or a map of names; found a map"),
        ("hosts: a", '1:8: hosts must be a map such as {name: ...}; found "a"'),
        (
            "hosts: {a: 10.0.0.1}",
            '1:12: address of a: "10.0.0.1" has no prefix length; write 10.0.0.1/24 if the network has 256 '
            "addresses",
        ),
        (
            "hosts: {a: 10.0.0.256/24}",
            '1:12: address of a: "10.0.0.256" is not an IP address; write one such as 192.168.1.10',
        ),
        (
            "hosts: {a: 10.0.0.1/33}",
            '1:12: address of a: "10.0.0.1/33" has a bad prefix length; write a number from 0 to 32 after '
            "the slash",
        ),
        (
            "hosts: {a: fe80::1/64}",
            "1:12: address of a fe80::1/64: IPv6 comes later; for now write an IPv4 address such as "
            "192.168.1.10",
        ),
        ("hosts: {a: dhcp}", '1:12: "dhcp" comes later; for now give every host an address such as 192.168.1.10/24'),
        (
            "hosts: {a: {dhcp: true}}",
            '1:13: "dhcp" comes later; for now give every host an address such as 192.168.1.10/24',
        ),
        ("hosts: {a: {adress: 10.0.0.1/24}}", '1:13: host a has no key "adress"; did you mean "address"?'),
        (
            "hosts: {a: [10.0.0.1/24]}",
            "1:12: host a must be a map with the keys address, gateway, mac, ports, routes, profile, "
            "sysctl, position; found a list",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, ports: {eth0: 10.0.0.2/24}}}",
            '1:13: host a has "ports"; write its "address" there, at one of the ports',
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, mac: 02:00}}",
            '1:40: mac: "02:00" is not a MAC address; write six hexadecimal pairs such as 02:00:00:00:00:01',
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, mac: ff:ff:ff:ff:ff:ff}}",
            "1:40: mac ff:ff:ff:ff:ff:ff cannot belong to one port; write one such as 02:00:00:00:00:01",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, gateway: r1}}",
            '1:44: gateway: "r1" is not an IP address; write one such as 192.168.1.10',
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, gateway: 10.0.1.1}}",
            "1:9: gateway 10.0.1.1 is not in the network of a, 10.0.0.0/24; it could not be reached",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, gateway: 10.0.0.1}}",
            "1:9: gateway 10.0.0.1 is a's own address; name the address of the next router",
        ),
        (
            "hosts: {a: {gateway: 10.0.0.1}}",
            "1:9: a has the gateway 10.0.0.1 but no address; give it one in the same network",
        ),
        (
            "hosts: {a: 10.0.0.0/24}",
            "1:12: 10.0.0.0 is the address of the network 10.0.0.0/24 itself; its hosts are 10.0.0.1 to "
            "10.0.0.254",
        ),
        (
            "hosts: {a: 10.0.0.255/24}",
            "1:12: 10.0.0.255 is the broadcast address of 10.0.0.0/24; its hosts are 10.0.0.1 to 10.0.0.254",
        ),
        (
            "hosts: {a: 224.0.0.1/24}",
            "1:12: 224.0.0.1 cannot be the address of a port; write one such as 192.168.1.10/24",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, routes: {10.9.0.1/16: 10.0.0.2}}}",
            "1:44: route 10.9.0.1/16 is not a network: its host bits are not 0; write 10.9.0.0/16",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, profile: windows}}",
            '1:44: profile "windows" is unknown; write linux or rfc',
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {tcp_syn_retrys: 2}}}",
            '1:44: unknown sysctl "tcp_syn_retrys"; did you mean "tcp_syn_retries"?',
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {net.ipv4.tcp_adv_win_scale: 2}}}",
            "1:44: the sysctl tcp_adv_win_scale is not modeled: Linux 6.18 takes no notice of it either",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {tcp_rto_min: 60}}}",
            '1:57: tcp_rto_min "60" has no unit; write 60s',
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {tcp_syn_retries: 128}}}",
            "1:61: tcp_syn_retries must be a number from 1 to 127; found 128",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {tcp_rto_max: 500ms}}}",
            "1:57: tcp_rto_max must be from 1s to 120s; found 500ms",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {tcp_fin_timeout: 1500ms}}}",
            "1:61: the kernel counts tcp_fin_timeout in units of 1s; write for example 1s",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {tcp_rmem: 4096}}}",
            "1:54: tcp_rmem must be a list of three sizes such as [4096, 131072, 33554432]",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {ip_local_port_range: 5}}}",
            "1:65: ip_local_port_range must be a list of two ports such as [32768, 60999]",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, sysctl: {ip_local_port_range: [9, 5]}}}",
            "1:65: ip_local_port_range is empty: 9 is larger than 5; write [5, 9]",
        ),
        (
            "hosts: {a: {address: 10.0.0.1/24, position: left}}",
            "1:45: position must be two numbers, x to the right and y down, such as [1, 2.5]",
        ),
        (
            "hosts: [a]\nrouters: [r1]",
            "2:11: router r1 needs its ports, such as {lan: 192.168.1.1/24, wan: 10.0.0.1/24}; found nothing",
        ),
        (
            "hosts: [a]\nrouters: {r1: {routes: {10.9.0.0/16: 10.0.0.9}}}",
            '2:15: router r1 needs "ports"; write for example ports: {lan: 192.168.1.1/24, wan: 10.0.0.1/24}',
        ),
        (
            "hosts: [a]\nrouters: {r1: {lan: 10.0.0.1/24, wan: 10.0.0.2/24}}",
            "2:34: r1:wan and r1:lan are in the same network, 10.0.0.0/24; a router joins different networks",
        ),
        (
            "hosts: [a]\ngateways: {g: {inside: 10.0.0.1/24}}",
            '2:15: gateway g needs "outside"; write for example {inside: 192.168.1.1/24, outside: '
            "203.0.113.1/24}",
        ),
        (
            "hosts: [a]\ngateways: {g: }",
            "2:12: gateway g needs its two ports, such as {inside: 192.168.1.1/24, outside: "
            "203.0.113.1/24}; found nothing",
        ),
        (
            "hosts: [a]\ngateways: {g: {inside: 10.0.0.1/24, outside: 10.1.0.1/24, forwards: {8080: 10.0.0.2:80}}}",
            '2:70: "8080" is not a protocol and a port; write for example tcp 8080',
        ),
        (
            "hosts: [a]\ngateways: {g: {inside: 10.0.0.1/24, outside: 10.1.0.1/24, forwards: {tcp 8080: 10.0.0.2}}}",
            '2:80: forward "10.0.0.2" has no port; write for example 192.168.1.10:80',
        ),
        (
            "hosts: [a]\ngateways: {g: {inside: 10.0.0.1/24, outside: 10.1.0.1/24, forwards: {tcp 8080: 10.2.0.2:80}}}",
            "2:70: 10.2.0.2 is not inside g, 10.0.0.0/24; forward to an address there",
        ),
        ("hosts: [a]\nswitches: {s: {ageing: 5}}", '2:24: ageing "5" has no unit; write 5s'),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected


def test_a_host_is_its_address_a_map_or_a_name() -> None:
    a, b, c = loads("hosts: {a: 10.0.0.1/24, b: {address: 10.0.0.2/24, gateway: 10.0.0.9}, c: }\n").hosts
    assert (a.interfaces[0].address, a.interfaces[0].prefix) == (10 << 24 | 1, parse_prefix("10.0.0.0/24"))
    assert (b.interfaces[0].name, b.gateway) == ("eth0", 10 << 24 | 9)
    assert (c.interfaces, c.gateway, c.profile, c.sysctl) == ((), None, "linux", {})


def test_everything_a_host_may_have() -> None:
    (host,) = loads(
        """
hosts:
  a:
    ports:
      eth0: 10.0.0.1/24
      eth1: {address: 10.1.0.1/16, mac: 02-00-00-00-00-FF, mtu: 1400}
      eth2:
    gateway: 10.0.0.9
    routes: {10.9.0.0/16: 10.1.0.2, default: 10.0.0.8}
    profile: rfc
    sysctl: {net.ipv4.tcp_syn_retries: 2, tcp_fin_timeout: 5s, ip_local_port_range: [5000, 5001], rmem_max: 1MiB}
    position: [1, -2.5]
"""
    ).hosts
    assert [(port.name, port.mac, port.mtu) for port in host.interfaces] == [
        ("eth0", None, None), ("eth1", 0x02_00_00_00_00_FF, 1400), ("eth2", None, None),
    ]  # fmt: skip
    assert [(str(route.prefix), ip_text(route.via)) for route in host.routes] == [
        ("10.9.0.0/16", "10.1.0.2"), ("0.0.0.0/0", "10.0.0.8"),
    ]  # fmt: skip
    assert host.profile == "rfc"
    assert host.sysctl == {
        "tcp_syn_retries": 2, "tcp_fin_timeout": 5 * SECOND, "ip_local_port_range": (5000, 5001), "rmem_max": 1 << 20,
    }  # fmt: skip
    assert host.drawn_at == (1.0, -2.5)


def test_a_router_computes_its_routes_unless_it_has_some() -> None:
    short, none, some = loads(
        "routers:\n"
        "  short: {lan: 10.0.0.1/24}\n"
        "  none: {ports: {lan: 10.0.0.1/24}, routes: {}}\n"
        "  some: {ports: {lan: 10.0.0.1/24}, routes: {10.9.0.0/16: 10.0.0.2}}\n"
    ).routers
    assert (short.routes, none.routes) == (None, ())
    assert some.routes is not None and [str(route.prefix) for route in some.routes] == ["10.9.0.0/16"]


def test_a_gateway_has_an_inside_an_outside_and_forwards() -> None:
    (gateway,) = loads(
        "gateways: {g: {inside: 192.168.1.1/24, outside: 203.0.113.1/24, gateway: 203.0.113.9, forwards: "
        "{tcp 8080: 192.168.1.10:80, udp 53: 192.168.1.11:5353}}}\n"
    ).gateways
    assert [port.name for port in gateway.interfaces] == ["inside", "outside"]
    assert [(each.protocol, each.port, ip_text(each.to_address), each.to_port) for each in gateway.forwards] == [
        ("tcp", 8080, "192.168.1.10", 80), ("udp", 53, "192.168.1.11", 5353),
    ]  # fmt: skip
    assert gateway.gateway is not None and ip_text(gateway.gateway) == "203.0.113.9"


def test_switches_and_hubs_have_few_words() -> None:
    scenario = loads("switches: {s: {ageing: 10s}, t: }\nhubs: [h]\n")
    assert [switch.ageing for switch in scenario.switches] == [10 * SECOND, 300 * SECOND]
    assert scenario.hubs[0].name == "h"
    assert scenario.order == ("s", "t", "h")


def test_the_same_address_twice_is_allowed_in_different_networks() -> None:
    loads("hosts: {a: 10.0.0.1/24, b: 10.0.0.1/24}\nswitches: [s, t]\nlinks: [a -- s, b -- t]\n")


def test_names_may_be_chinese() -> None:
    assert loads("hosts: {客户: 10.0.0.1/24}\n").hosts[0].name == "客户"


def test_tunables_are_those_of_the_profile() -> None:
    """`TUNABLES` names every attribute of Profile, each with its kind and a range that holds the default."""
    profile = linux()
    assert set(Profile.__slots__) == TUNABLES.keys()
    for name, tunable in TUNABLES.items():
        default = getattr(profile, name)
        kinds = {str: (Kind.WORD,), tuple: (Kind.PORTS,), int: (Kind.NUMBER, Kind.TIME, Kind.SIZE)}
        assert tunable.kind in kinds[type(default)]
        assert not isinstance(default, int) or tunable.low * tunable.unit <= default <= tunable.high * tunable.unit
        assert tunable.kind is not Kind.WORD or default in WORDS[name]


def test_tunables_have_the_names_of_files_and_their_units() -> None:
    (host,) = loads(
        """
hosts:
  a:
    sysctl:
      net.ipv4.tcp_fin_timeout: 30
      net.ipv4.tcp_rto_min_us: 300000
      tcp_rto_max_ms: 60s
      net.ipv4.tcp_rmem: [4096, 100kB, 1MiB]
      net.ipv4.neigh.default.locktime: 50
      net.core.somaxconn: 7
"""
    ).hosts
    assert host.sysctl == {
        "tcp_fin_timeout": 30 * SECOND, "tcp_rto_min": 300 * MILLISECOND, "tcp_rto_max": 60 * SECOND,
        "tcp_rmem_default": 100_000, "tcp_rmem_max": 1 << 20, "neigh_locktime": 500 * MILLISECOND, "somaxconn": 7,
    }  # fmt: skip
