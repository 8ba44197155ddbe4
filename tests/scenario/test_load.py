"""Problems of the whole file and of its top-level keys."""

from __future__ import annotations

import pytest

from tests.scenario.reading import TWO_HOSTS, problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x", "1:1: the scenario has no hosts; write for example hosts: {client: 192.168.1.10/24}"),
        (
            "hostss: {}\nhosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}\nlinks: [a -- b]",
            '1:1: the scenario has no key "hostss"; did you mean "hosts"?',
        ),
        (
            "zzz: {}\nhosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}\nlinks: [a -- b]",
            '1:1: the scenario has no key "zzz"; the keys are name, about, seed, until, hosts, switches, '
            "hubs, routers, gateways, links, programs, faults, timeline, expect",
        ),
        (TWO_HOSTS + "seed: seven", '3:7: seed must be a number, 0 or more; found "seven"'),
        (TWO_HOSTS + "seed: -1", "3:7: seed must be a number, 0 or more; found -1"),
        (TWO_HOSTS + "until: 5", '3:8: until "5" has no unit; write 5s'),
        (TWO_HOSTS + "until: 0", "3:1: until 0 ends the run before it begins; write for example 10s"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected
