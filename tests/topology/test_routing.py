"""Static routes, against networkx's shortest paths."""

from __future__ import annotations

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.scenario.values import Route, Scenario
from simnet.topology.routing import computed_routes, segments_of
from simnet.wire.addresses import ip_text, parse_interface, parse_ip, parse_prefix
from tests.topology.drawings import gateway, lan_and_server, link, router, scenario, switch, two_homes


def routes(drawn: Scenario) -> dict[str, dict[str, str]]:
    return {name: {str(prefix): ip_text(via) for prefix, via in rows} for name, rows in computed_routes(drawn).items()}


def test_a_router_between_its_networks_needs_no_route() -> None:
    assert routes(lan_and_server()) == {"r1": {}}


def test_routers_in_a_row_learn_what_lies_behind_each_other() -> None:
    drawn = scenario(
        router("r1", a="10.0.1.1/24", b="10.0.12.1/24"),
        router("r2", a="10.0.12.2/24", b="10.0.23.2/24"),
        router("r3", a="10.0.23.3/24", b="10.0.3.3/24"),
        link("r1:b", "r2:a"),
        link("r2:b", "r3:a"),
    )
    assert routes(drawn) == {
        "r1": {"10.0.23.0/24": "10.0.12.2", "10.0.3.0/24": "10.0.12.2"},
        "r2": {"10.0.1.0/24": "10.0.12.1", "10.0.3.0/24": "10.0.23.3"},
        "r3": {"10.0.12.0/24": "10.0.23.2", "10.0.1.0/24": "10.0.23.2"},
    }


def test_routers_on_one_switch_are_neighbors_if_they_share_a_network() -> None:
    drawn = scenario(
        switch("s1", 3),
        router("r1", up="10.0.0.1/24", lan="10.1.0.1/24"),
        router("r2", up="10.0.0.2/24", lan="10.2.0.1/24"),
        router("r3", up="172.16.0.1/24", lan="10.3.0.1/24"),
        link("r1:up", "s1:p1"),
        link("r2:up", "s1:p2"),
        link("r3:up", "s1:p3"),
    )
    assert routes(drawn) == {"r1": {"10.2.0.0/24": "10.0.0.2"}, "r2": {"10.1.0.0/24": "10.0.0.1"}, "r3": {}}


def test_the_inside_of_a_gateway_is_hidden_and_the_outside_is_not() -> None:
    assert routes(two_homes()) == {
        "isp": {"10.0.0.0/24": "198.51.100.2"},
        "far": {"203.0.113.0/30": "198.51.100.1", "203.0.113.4/30": "198.51.100.1"},
        "gw1": {"203.0.113.4/30": "203.0.113.1", "198.51.100.0/30": "203.0.113.1", "10.0.0.0/24": "203.0.113.1"},
        "gw2": {"203.0.113.0/30": "203.0.113.5", "198.51.100.0/30": "203.0.113.5", "10.0.0.0/24": "203.0.113.5"},
    }


def test_a_router_inside_a_gateway_knows_the_way_out() -> None:
    drawn = scenario(
        router("inner", lan="10.9.0.1/24", up="192.168.1.2/24"),
        gateway("gw", "192.168.1.1/24", "203.0.113.1/24"),
        router("isp", down="203.0.113.9/24", lan="10.0.0.1/24"),
        link("inner:up", "gw:inside"),
        link("gw:outside", "isp:down"),
    )
    assert routes(drawn) == {
        "inner": {"203.0.113.0/24": "192.168.1.1", "10.0.0.0/24": "192.168.1.1"},
        "gw": {"10.9.0.0/24": "192.168.1.2", "10.0.0.0/24": "203.0.113.9"},
        "isp": {},
    }


def test_a_router_with_routes_of_its_own_gets_no_others() -> None:
    own = router("r1", a="10.0.1.1/24", b="10.0.12.1/24")
    given_routes = (Route(prefix=parse_prefix("10.9.0.0/16"), via=parse_ip("10.0.12.2")),)
    own = type(own)(name=own.name, interfaces=own.interfaces, routes=given_routes)
    drawn = scenario(own, router("r2", a="10.0.12.2/24", b="10.0.2.2/24"), link("r1:b", "r2:a"))
    assert routes(drawn) == {"r2": {"10.0.1.0/24": "10.0.12.1"}}


def test_segments_are_joined_by_switches_and_cables_not_by_hosts() -> None:
    segments = segments_of(lan_and_server())
    assert segments["client:eth0"] == segments["s1:p4"] == segments["r1:lan"]
    assert segments["r1:wan"] == segments["server:eth0"] != segments["r1:lan"]


edges = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda edge: edge[0] < edge[1]), max_size=16)


@settings(max_examples=50)
@given(edges)
def test_following_the_routes_takes_as_few_hops_as_networkx_finds(drawn_edges: set[tuple[int, int]]) -> None:
    """Routers 0..7 joined at random; every one has a network of its own, 10.N.0.0/24."""
    addresses: dict[int, dict[str, str]] = {number: {"lan": f"10.{number}.0.1/24"} for number in range(8)}
    links = []
    for a, b in sorted(drawn_edges):
        addresses[a][f"to{b}"] = f"172.16.{8 * a + b}.1/24"
        addresses[b][f"to{a}"] = f"172.16.{8 * a + b}.2/24"
        links.append(link(f"r{a}:to{b}", f"r{b}:to{a}"))
    drawn = scenario(*(router(f"r{number}", **ports) for number, ports in addresses.items()), *links)
    owner = {parse_interface(text)[0]: number for number, ports in addresses.items() for text in ports.values()}
    computed = computed_routes(drawn)
    graph = networkx.Graph(drawn_edges)
    graph.add_nodes_from(range(8))
    for start in range(8):
        lengths = networkx.single_source_shortest_path_length(graph, start)
        for goal in range(8):
            hops, here = 0, start
            while here != goal:
                via = {str(prefix): via for prefix, via in computed[f"r{here}"]}.get(f"10.{goal}.0.0/24")
                if via is None:
                    break
                here = owner[via]
                hops += 1
            assert (hops if here == goal else None) == lengths.get(goal)
