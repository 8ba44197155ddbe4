"""Short ways to write scenarios as values."""

from __future__ import annotations

from simnet.scenario.values import Direction, Gateway, Host, Hub, Interface, Link, Router, Scenario, Switch
from simnet.wire.addresses import parse_interface, parse_ip

Device = Host | Switch | Hub | Router | Gateway


def interface(name: str, text: str = "") -> Interface:
    if not text:
        return Interface(name=name)
    address, prefix = parse_interface(text)
    return Interface(name=name, address=address, prefix=prefix)


def host(name: str, address: str, gateway: str = "") -> Host:
    return Host(name=name, interfaces=(interface("eth0", address),), gateway=parse_ip(gateway) if gateway else None)


def router(name: str, **addresses: str) -> Router:
    return Router(name=name, interfaces=tuple(interface(port, text) for port, text in addresses.items()))


def gateway(name: str, inside: str, outside: str, next_hop: str = "") -> Gateway:
    return Gateway(
        name=name, interfaces=(interface("inside", inside), interface("outside", outside)),
        gateway=parse_ip(next_hop) if next_hop else None,
    )  # fmt: skip


def switch(name: str, ports: int) -> Switch:
    return Switch(name=name, ports=tuple(f"p{number}" for number in range(1, ports + 1)))


def link(a: str, b: str, there: Direction | None = None, back: Direction | None = None) -> Link:
    there = there or Direction()
    return Link(a=a, b=b, there=there, back=back or there)


def scenario(*parts: Device | Link, seed: int = 1) -> Scenario:
    """Devices in this order, and links."""
    return Scenario(
        name="drawn", seed=seed,
        hosts=tuple(part for part in parts if isinstance(part, Host)),
        switches=tuple(part for part in parts if isinstance(part, Switch)),
        hubs=tuple(part for part in parts if isinstance(part, Hub)),
        routers=tuple(part for part in parts if isinstance(part, Router)),
        gateways=tuple(part for part in parts if isinstance(part, Gateway)),
        links=tuple(part for part in parts if isinstance(part, Link)),
        order=tuple(part.name for part in parts if not isinstance(part, Link)),
    )  # fmt: skip


def lan_and_server() -> Scenario:
    """client -- s1 -- r1 -- server."""
    return scenario(
        host("client", "192.168.1.10/24", "192.168.1.1"),
        switch("s1", 4),
        router("r1", lan="192.168.1.1/24", wan="10.0.0.1/24"),
        host("server", "10.0.0.80/24", "10.0.0.1"),
        link("client:eth0", "s1:p1"),
        link("s1:p2", "r1:lan"),
        link("r1:wan", "server:eth0"),
    )


def two_homes() -> Scenario:
    """Two homes with the same private addresses, an Internet of two routers, a server."""
    return scenario(
        host("pc1", "192.168.1.10/24", "192.168.1.1"),
        gateway("gw1", "192.168.1.1/24", "203.0.113.2/30", "203.0.113.1"),
        host("pc2", "192.168.1.10/24", "192.168.1.1"),
        gateway("gw2", "192.168.1.1/24", "203.0.113.6/30", "203.0.113.5"),
        router("isp", one="203.0.113.1/30", two="203.0.113.5/30", net="198.51.100.1/30"),
        router("far", net="198.51.100.2/30", lan="10.0.0.1/24"),
        host("server", "10.0.0.80/24", "10.0.0.1"),
        link("pc1:eth0", "gw1:inside"),
        link("gw1:outside", "isp:one"),
        link("pc2:eth0", "gw2:inside"),
        link("gw2:outside", "isp:two"),
        link("isp:net", "far:net"),
        link("far:lan", "server:eth0"),
    )
