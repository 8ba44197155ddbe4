"""Links: the ports they find, their properties, the link language, and problems in them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from simnet.scenario.links import End, LinkText, parse_link
from simnet.scenario.load import loads
from simnet.scenario.values import DEFAULT_DELAY, DEFAULT_RATE, BurstLoss, Direction
from simnet.units import parse_rate, parse_time
from tests.scenario.reading import problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "hosts: [a, b]\nlinks: [a - b]",
            '2:9: link "a - b" is not a link; write two devices with -- between, client -- s1',
        ),
        (
            "hosts: [client, server]\nlinks: [client -- servr]",
            '2:19: no device is called "servr"; did you mean "server"?',
        ),
        ("hosts: [a]\nlinks: [a:eth0 -- a:eth1]", "2:9: this link joins a to itself; it needs two devices"),
        (
            "hosts: [a, b]\nlinks: [a -> b]",
            '2:9: a link joins both ways; write "--", and for one direction ->: {loss: 5%}',
        ),
        (
            "hosts: [a, b]\nlinks: [{a -- b: {}, b -- a: {}}]",
            "2:9: a link is one text with its properties: client -- s1: {delay: 5ms}",
        ),
        (
            "hosts: {a: 10.0.0.1/24}\nrouters: {r1: {lan: 10.0.0.2/24}}\nlinks: [a -- r1:wan]",
            '3:9: r1 has no port "wan"; did you mean "lan"?',
        ),
        (
            "hosts: {a: 10.0.0.1/24}\nrouters: {r1: {lan: 10.0.0.2/24, wan: 10.1.0.2/24}}\nlinks: [a -- r1]",
            "3:9: which port of r1? Write r1:lan or r1:wan",
        ),
        (
            "hosts: [a, b, c]\nlinks: [a:eth0 -- b, a:eth0 -- c]",
            "2:22: port a:eth0 already has a cable in line 2; a port takes one",
        ),
        ("hosts: [a]\nswitches: [s]\nlinks: [a:wlan0 -- s]", '3:9: a has no port "wlan0"; it has eth0 or eth1'),
        (
            "hosts: [a, b]\nrouters: {r1: {lan: 10.0.0.2/24}}\nlinks: [a -- r1, b -- r1:lan]",
            "3:9: every port of r1 has a cable; declare another port at r1",
        ),
        ("hosts: [a, b]\nlinks: [a -- b: {delay: 5}]", '2:25: delay "5" has no unit; write 5ms'),
        (
            "hosts: [a, b]\nlinks: [a -- b: {delay: soon}]",
            '2:25: delay "soon" is not a number with a unit; write for example 5ms',
        ),
        (
            "hosts: [a, b]\nlinks: [a -- b: {delay: 5 days}]",
            '2:25: delay "5 days" has the unknown unit "days"; the units are ns, us, ms, s, min, h',
        ),
        (
            "hosts: [a, b]\nlinks: [a -- b: {rate: 0mbps}]",
            '2:24: rate "0mbps" is zero: nothing would ever be sent; write for example 10mbps',
        ),
        ("hosts: [a, b]\nlinks: [a -- b: {rate: 10}]", '2:24: rate "10" has no unit; write 10mbps'),
        ("hosts: [a, b]\nlinks: [a -- b: {loss: 5}]", '2:24: loss "5" has no percent sign; write 5%'),
        (
            "hosts: [a, b]\nlinks: [a -- b: {loss: 0.05}]",
            '2:24: loss "0.05" has no percent sign; write 5% (or 0.05%)',
        ),
        (
            "hosts: [a, b]\nlinks: [a -- b: {loss: 101%}]",
            '2:24: loss "101%" is not a percentage; write one from 0% to 100%',
        ),
        ("hosts: [a, b]\nlinks: [a -- b: {los: 1%}]", '2:18: link has no key "los"; did you mean "loss"?'),
        (
            "hosts: [a, b]\nlinks: [a -- b: {burst loss: {enter: 1%}}]",
            '2:30: burst loss needs "leave"; write for example {enter: 1%, leave: 25%}',
        ),
        (
            "hosts: [a, b]\nlinks: [a -- b: {burst loss: {enter: 1%, leave: 0}}]",
            "2:42: a burst that never ends loses everything; write leave: 25%",
        ),
        ("hosts: [a, b]\nlinks: [a -- b: {mtu: 20}]", "2:23: mtu must be a number from 68 to 65535; found 20"),
        (
            "hosts: [a, b]\nlinks: [a -- b: {->: {->: 1}}]",
            '2:23: direction has no key "->"; the keys are rate, delay, jitter, loss, burst loss, '
            "duplicate, reorder, corrupt, mtu, queue",
        ),
        (
            "hosts: {a: 10.0.0.1/24, b: 10.0.0.1/24}\nswitches: [s]\nlinks: [a -- s, b -- s]",
            "1:28: b:eth0 and a:eth0 have the same address 10.0.0.1 in one network; give one of them another",
        ),
        (
            "hosts: {a: {mac: 02:00:00:00:00:01}, b: {mac: 02:00:00:00:00:01}}\nlinks: [a -- b]",
            "1:42: b:eth0 and a:eth0 have the same MAC 02:00:00:00:00:01 in one network; give one of them "
            "another",
        ),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected


def _ends(text: str) -> list[str]:
    return [link.name for link in loads(text).links]


def test_hosts_take_eth0_and_on_switches_take_p1_and_on() -> None:
    text = "hosts: [a, b]\nswitches: [s, t]\nlinks: [a -- s, b -- s, s -- t, a -- t]\n"
    assert _ends(text) == ["a:eth0 -- s:p1", "b:eth0 -- s:p2", "s:p3 -- t:p1", "a:eth1 -- t:p2"]
    scenario = loads(text)
    assert [switch.ports for switch in scenario.switches] == [("p1", "p2", "p3"), ("p1", "p2")]
    assert [port.name for port in scenario.hosts[0].interfaces] == ["eth0", "eth1"]


def test_a_port_that_is_named_anywhere_is_not_given_out() -> None:
    assert _ends("hosts: [a, b]\nswitches: [s]\nlinks: [a -- s, b -- s:p1]\n") == ["a:eth0 -- s:p2", "b:eth0 -- s:p1"]


def test_a_cable_cannot_be_moved_to_a_port_in_use() -> None:
    text = "hosts: [a, b]\nswitches: [s]\nlinks: [a -- s, b -- s]\ntimeline: [{at: 1s, move: a, to: s:p2}]\n"
    assert problems(text) == ["4:30: port s:p2 already has a cable in line 3; a port takes one"]


def test_ports_are_in_natural_order() -> None:
    hosts = ", ".join(f"h{number}" for number in range(11))
    links = ", ".join(f"h{number} -- s" for number in range(11))
    scenario = loads(f"hosts: [{hosts}]\nswitches: [s]\nlinks: [{links}]\n")
    assert scenario.switches[0].ports == tuple(f"p{number}" for number in range(1, 12))


def test_a_router_with_one_port_left_takes_it() -> None:
    text = "hosts: [a, b]\nrouters: {r: {x: 10.0.0.1/24, y: 10.1.0.1/24}}\nlinks: [a -- r:x, b -- r]\n"
    assert _ends(text) == ["a:eth0 -- r:x", "b:eth0 -- r:y"]


def test_spaces_around_the_arrow_are_free() -> None:
    assert _ends("hosts: [a-1, b]\nlinks: [a-1--b]\n") == ["a-1:eth0 -- b:eth0"]


@pytest.mark.parametrize(
    ("text", "there", "back"),
    [
        ("{}", {}, {}),
        ("{rate: 10mbps}", {"rate": 10_000_000}, {"rate": 10_000_000}),
        ("{delay: 5ms}", {"delay": 5_000_000}, {"delay": 5_000_000}),
        ("{loss: 5%, ->: {loss: 10%}}", {"loss": 0.1}, {"loss": 0.05}),
        ("{<-: {jitter: 1ms, mtu: 1000}}", {}, {"jitter": 1_000_000, "mtu": 1000}),
        ("{->: {queue: 0, duplicate: 0.5%, corrupt: 100%}}", {"queue": 0, "duplicate": 0.005, "corrupt": 1.0}, {}),
        ("{->: {reorder: 1%}}", {"reorder": 0.01}, {}),
        ("{->: {reorder: {share: 1%, by: 5ms}}}", {"reorder": 0.01, "reorder_by": 5_000_000}, {}),
        (
            "{->: {burst loss: {enter: 1%, leave: 25%}}}",
            {"burst_loss": BurstLoss(enter=0.01, leave=0.25, loss=1.0)},
            {},
        ),
        (
            "{->: {burst loss: {enter: 1%, leave: 25%, loss: 50%}}}",
            {"burst_loss": BurstLoss(enter=0.01, leave=0.25, loss=0.5)},
            {},
        ),
    ],
)
def test_properties_of_both_directions_or_one(text: str, there: dict[str, object], back: dict[str, object]) -> None:
    (link,) = loads(f"hosts: [a, b]\nlinks: [a -- b: {text}]\n").links
    assert (link.there, link.back) == (replace(Direction(), **there), replace(Direction(), **back))


def test_defaults_are_those_the_schema_states() -> None:
    assert (DEFAULT_RATE, DEFAULT_DELAY) == (parse_rate("1gbps"), parse_time("1us"))
    usual = Direction()
    assert (usual.mtu, usual.queue, usual.loss, usual.jitter) == (1500, 100, 0.0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a -- b", LinkText(End("a", ""), "--", End("b", ""))),
        ("a:eth0->b:p1", LinkText(End("a", "eth0"), "->", End("b", "p1"))),
        ("  a <- b ", LinkText(End("a", ""), "<-", End("b", ""))),
        ("a", None),
        ("a --", None),
        ("-- b", None),
        ("a -- b -- c", None),
        ("a:b:c -- d", None),
        ("a <-> b", None),
        ("x" * 400 + " -- b", None),
    ],
)
def test_link_language(text: str, expected: LinkText | None) -> None:
    assert parse_link(text) == expected
