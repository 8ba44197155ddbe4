"""Problems in links, their ports and their properties."""

from __future__ import annotations

import pytest

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
