"""Problems in faults and the timeline."""

from __future__ import annotations

import pytest

from tests.scenario.reading import TWO_HOSTS, problems

IN_FAULTS = TWO_HOSTS + "faults:\n  - "
IN_TIMELINE = TWO_HOSTS + "timeline:\n  - "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IN_FAULTS + "drop", '4:5: a fault is a map with one of drop, delay, duplicate, corrupt; found "drop"'),
        (IN_FAULTS + "{dropp: tcp}", '4:6: a fault cannot "dropp"; did you mean "drop"?'),
        (IN_FAULTS + "{nth: 1}", "4:5: a fault needs one of drop, delay, duplicate, corrupt"),
        (
            IN_FAULTS + "{drop: tcp, delay: tcp}",
            '4:5: a fault does one thing; "drop" and "delay" are two: write them apart',
        ),
        (IN_FAULTS + "{drop: tcp.prt == 80}", '4:12: drop: unknown field "tcp.prt"; did you mean "tcp.port"?'),
        (IN_FAULTS + "{delay: tcp}", '4:5: delay needs "by"; write for example by: 100ms'),
        (IN_FAULTS + "{drop: tcp, nth: 0}", "4:22: nth must be a number, 1 or more; found 0"),
        (IN_FAULTS + "{drop: tcp, link: b -- c}", '4:28: no device is called "c"'),
        (
            IN_FAULTS + "{drop: tcp, link: a}",
            '4:23: link "a" is not a link; write two devices with -- between, client -- s1',
        ),
        (
            "hosts: [a, b]\nlinks: [a -- b, a -- b]\nfaults: [{drop: tcp, link: a -- b}]",
            "3:28: several links join a and b; write a:eth0 -- b:eth0 or a:eth1 -- b:eth1",
        ),
        (
            "hosts: [a, b, c]\nlinks: [a -- b]\nfaults: [{drop: tcp, link: a -- c}]",
            "3:28: no link joins a and c; a has a:eth0 -- b:eth0",
        ),
        (IN_TIMELINE + "{cut: a -- b}", '4:5: cut needs "at"; write for example at: 2s'),
        (IN_TIMELINE + "{at: 2s, cut: a -> b}", "4:14: cut takes the whole link; write a:eth0 -- b:eth0"),
        (IN_TIMELINE + "{at: 2s, mend: a -- b}", "4:14: this link is not cut at that time"),
        (IN_TIMELINE + "{at: 2s, cut: a -- b}\n  - {at: 3s, cut: a -- b}", "5:14: this link is cut already"),
        (
            IN_TIMELINE + "{at: 2s, move: a, to: b:eth0}",
            "4:23: port b:eth0 already has a cable in line 2; a port takes one",
        ),
        (IN_TIMELINE + "{at: 2s, move: a, to: c}", '4:23: no device is called "c"'),
        (
            IN_TIMELINE + "{at: 2s, move: a, to: a:eth1}",
            "4:23: this would join a to itself; name a port of another device",
        ),
        (
            IN_TIMELINE + "{at: 2s, change: a -- b, to: {delay: 1us}}",
            "4:14: this changes nothing: the link has these properties already",
        ),
        (IN_TIMELINE + "{at: 2s, sysctl: {tcp_sack: 0}}", '4:5: sysctl needs "host"; write for example host: client'),
        (
            TWO_HOSTS + "until: 1s\ntimeline:\n  - {at: 2s, cut: a -- b}",
            "5:6: this never happens: the run ends before, see until",
        ),
        (IN_TIMELINE + "{at: 2s, ctu: a -- b}", '4:14: a timeline entry cannot "ctu"; did you mean "cut"?'),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected
