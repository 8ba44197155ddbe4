"""Reading small scenarios in tests."""

from __future__ import annotations

import pytest

from simnet.errors import ScenarioError
from simnet.scenario.load import loads
from simnet.scenario.values import Scenario

TWO_HOSTS = "hosts: {a: 10.0.0.1/24, b: 10.0.0.2/24}\nlinks: [a -- b]\n"


def problems(text: str) -> list[str]:
    """What is wrong in `text`: "line:column: what", in order."""
    with pytest.raises(ScenarioError) as caught:
        loads(text, "s.yaml")
    return [str(problem).removeprefix("s.yaml:") for problem in caught.value.problems]


def with_program(steps: str) -> Scenario:
    """Two hosts, of which `a` runs `steps`, written as a flow list."""
    return loads(f"{TWO_HOSTS}programs: {{a: {steps}}}\n")
