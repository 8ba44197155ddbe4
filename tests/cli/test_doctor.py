"""`simnet doctor`."""

from __future__ import annotations

import json

from simnet.version import VERSION
from tests.conftest import Command


def test_each_ability_has_a_line_and_a_way_out_if_it_lacks(simnet_command: Command) -> None:
    ended = simnet_command("doctor")
    assert ended.code == 0 and ended.err == ""
    first, *lines = ended.out.splitlines()
    assert first.startswith(f"simnet {VERSION}, Python ")
    for number, line in enumerate(lines):
        assert line[:4] in ("ok  ", "--  ", "    ")
        assert not line.startswith("--") or lines[number + 1].startswith("    ")
    assert {"namespaces", "capture", "tap", "tshark", "chromium", "compiled"} <= {line[4:].split()[0] for line in lines}


def test_the_same_for_machines(simnet_command: Command) -> None:
    value = json.loads(simnet_command("doctor", "--json").out)
    assert value["version"] == 1 and value["simnet"] == VERSION
    for finding in value["findings"]:
        assert set(finding) == {"name", "works", "serves", "why_not", "way_out"}
        assert finding["works"] or finding["why_not"]
