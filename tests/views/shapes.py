"""Networks of many shapes and sizes."""

from __future__ import annotations

from simnet.trace.network import Kind, NetworkMap
from simnet.units import MILLISECOND
from tests.views.stories import network


def line_of(count: int) -> NetworkMap:
    """Host, routers in a row, host."""
    names = [f"r{number}" for number in range(count)]
    kinds = dict.fromkeys(names, Kind.ROUTER)
    kinds[names[0]] = kinds[names[-1]] = Kind.HOST
    links = [
        f"{a}:b 10.0.{index}.1/24 -- {b}:a 10.0.{index}.2/24"
        for index, (a, b) in enumerate(zip(names, names[1:], strict=False))
    ]
    return network(kinds, links)


def star_of(count: int) -> NetworkMap:
    """Hosts on one switch."""
    hosts = [f"h{number}" for number in range(1, count)]
    links = [f"{name}:eth0 10.0.{index // 200}.{index % 200 + 1}/16 -- s1:p{index}" for index, name in enumerate(hosts)]
    return network(dict.fromkeys(hosts, Kind.HOST) | {"s1": Kind.SWITCH}, links)


def ring_of(count: int) -> NetworkMap:
    """Routers in a circle."""
    names = [f"r{number}" for number in range(count)]
    links = [
        f"{name}:cw 10.0.{index}.1/24 -- {names[(index + 1) % count]}:ccw 10.0.{index}.2/24"
        for index, name in enumerate(names)
    ]
    return network(dict.fromkeys(names, Kind.ROUTER), links)


def campus_of(count: int) -> NetworkMap:
    """A router, switches on it, hosts on each."""
    kinds = {"core": Kind.ROUTER}
    links = []
    switches = max(1, round((count - 1) ** 0.5 / 1.4))
    for number in range(switches):
        kinds[f"s{number}"] = Kind.SWITCH
        links.append(f"core:p{number} 10.{number}.0.1/24 -- s{number}:up")
    for number in range(count - 1 - switches):
        switch, place = number % switches, number // switches
        kinds[f"pc{number}"] = Kind.HOST
        links.append(f"pc{number}:eth0 10.{switch}.0.{place + 10}/24 -- s{switch}:p{place}")
    return network(kinds, links)


def tree_of(count: int, branches: int = 3) -> NetworkMap:
    """Switches under switches, hosts at the tips."""
    inner = {(number - 1) // branches for number in range(1, count)}
    kinds = {f"n{number}": Kind.SWITCH if number in inner else Kind.HOST for number in range(count)}
    links = [f"n{(number - 1) // branches}:p{number} -- n{number}:up" for number in range(1, count)]
    return network(kinds, links)


def mesh_of(count: int) -> NetworkMap:
    """Routers on a grid, and every third one has a host."""
    routers = max(2, count * 3 // 4)
    columns = max(2, round(routers**0.5))
    kinds = {f"r{number}": Kind.ROUTER for number in range(routers)}
    links = []
    for number in range(routers):
        if number % columns < columns - 1 and number + 1 < routers:
            links.append(f"r{number}:e -- r{number + 1}:w")
        if number + columns < routers:
            links.append(f"r{number}:s -- r{number + columns}:n")
    for number in range(count - routers):
        kinds[f"h{number}"] = Kind.HOST
        links.append(f"h{number}:eth0 10.9.{number}.2/24 -- r{number * 3 % routers}:h 10.9.{number}.1/24")
    return network(kinds, links)


def two_homes() -> NetworkMap:
    """Two homes with the same private addresses behind gateways, and a server."""
    kinds = {
        "anna": Kind.HOST,
        "ben": Kind.HOST,
        "home1": Kind.SWITCH,
        "gw1": Kind.GATEWAY,
        "carl": Kind.HOST,
        "dora": Kind.HOST,
        "home2": Kind.HUB,
        "gw2": Kind.GATEWAY,
        "isp": Kind.ROUTER,
        "server": Kind.HOST,
    }
    uplinks = ["gw1:wan 203.0.113.2/30 -- isp:p1 203.0.113.1/30", "gw2:wan 203.0.113.6/30 -- isp:p2 203.0.113.5/30"]
    links = [
        "anna:eth0 192.168.1.10/24 -- home1:p1",
        "ben:eth0 192.168.1.11/24 -- home1:p2",
        "home1:p3 -- gw1:lan 192.168.1.1/24",
        "carl:eth0 192.168.1.10/24 -- home2:p1",
        "dora:eth0 192.168.1.11/24 -- home2:p2",
        "home2:p3 -- gw2:lan 192.168.1.1/24",
        *uplinks,
        "isp:p3 198.51.100.1/24 -- server:eth0 198.51.100.80/24",
    ]
    return network(kinds, links, dict.fromkeys(uplinks, 10 * MILLISECOND))
