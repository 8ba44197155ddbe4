"""No frame is lost from sight: every run is checked, and the check sees what it should."""

from __future__ import annotations

from pathlib import Path

import pytest

import simnet
from simnet.errors import InternalError
from simnet.scenario.load import load
from simnet.worlds.simulated import run
from tests.mutants.planting import Mutant, mutant, planted

LEAKS = (
    mutant(
        "frame vanishes",
        "The data of the handshake scenario, on clean links, is neither delivered nor dropped.",
        ("devices.direction:Direction.send", "if arrives < scheduler.horizon:",
         "if length == 71:\n            return\n        if arrives < scheduler.horizon:"),
    ),
    mutant(
        "frame arrives twice",
        "A frame on a lossy link is delivered twice and counted once.",
        ("devices.direction:Direction._choose_path", "chance is None or chance.only_loses", "chance is None"),
        ("devices.direction:Direction._carry", "self._travel(arriving, late)",
         "[self._travel(arriving, late) for _ in range(2)]"),
    ),
    mutant(
        "loss is not counted",
        "A link forgets to count what it lost.",
        ("devices.direction:Direction._drop", "self.dropped += 1", "pass"),
    ),
    mutant(
        "loss is not reported",
        "A link tells nobody what it lost.",
        ("devices.direction:Direction._drop", "if self._observer is not None:", "if False:"),
    ),
    mutant(
        "arrival is not reported",
        "A port tells nobody that a frame has arrived.",
        ("devices.port:Port.arrive", "if self.observer is not None:", "if False:"),
        ("devices.host_port:HostPort.arrive", "if self.observer is not None:", "if False:"),
    ),
    mutant(
        "two frames have one name",
        "A host gives all its frames the same id.",
        ("stack.ip:IpLayer.send_by", "ids.last += 1", "pass"),
        ("stack.host_stack:HostStack.send_packet", "ids.last + 1", "ids.last"),
        ("stack.host_stack:HostStack.send_packets", "ids.last + 1", "ids.last"),
    ),
)  # fmt: skip


@pytest.mark.skipif(simnet.COMPILED, reason="the core is compiled, and mistakes are planted in plain Python only")
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.name.replace(" ", "-"))
def test_a_run_that_loses_sight_of_a_frame_is_refused(leak: Mutant, project: Path) -> None:
    is_clean = leak.edits[0].function == "Direction.send"
    scenario = load(project / "scenarios" / ("handshake.yaml" if is_clean else "lossy-transfer.yaml"))
    with planted(leak), pytest.raises(InternalError, match="lost from sight|not conserved"):
        run(scenario)
    assert run(scenario).ok
