"""Text that is not a scenario's tree: YAML slips, hostile YAML, empty files."""

from __future__ import annotations

import pytest

from tests.scenario.reading import TWO_HOSTS, problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hosts:\n\ta: 10.0.0.1/24", "2:1: a tab indents this line; YAML wants spaces"),
        (
            "hosts: [a, b",
            "2:1: a list in brackets, begun in line 1, goes on here without a comma, or is never closed; "
            'write "," or "]"',
        ),
        ("about: 'x", "1:10: a quoted text is never closed"),
        ("about: this: that", '1:12: a ":" is not expected here; put the text in quotes, or check the indentation'),
        ("about: x\x07y", "1:9: the control character 0x07 cannot stand in YAML"),
        ("--- {}\n--- {}", "2:1: a second document begins here; a file holds one scenario"),
        (TWO_HOSTS + "name: x\nname: y", '4:1: the key "name" stands here twice, first in line 3; keep one'),
        (
            TWO_HOSTS + "name: !!python/name:os.system x",
            '3:7: the tag "!!python/name:os.system" is not allowed; leave it out',
        ),
        ("hosts: {<<: {a: 10.0.0.1/24}}", '1:9: "<<" (merge) is not part of YAML 1.2; write the keys out'),
        ("hosts: *x", '1:8: the alias "*x" was never defined with "&x"'),
        ("hosts: &x [*x]", '1:12: "*x" contains itself'),
        (
            "# nothing",
            " the file is empty; a scenario has hosts, links and programs: simnet init writes one to start "
            "from",
        ),
        (
            "hello",
            "1:1: the scenario must be a map with the keys name, about, seed, until, hosts, switches, hubs, "
            'routers, gateways, links, programs, faults, timeline, expect; found "hello"',
        ),
        (
            "- a",
            "1:1: the scenario must be a map with the keys name, about, seed, until, hosts, switches, hubs, "
            "routers, gateways, links, programs, faults, timeline, expect; found a list",
        ),
        ("? [a]\n: b", "1:3: a key must be plain text, not a list or map; put it in quotes if it is text"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert "\n".join(problems(text)) == expected
