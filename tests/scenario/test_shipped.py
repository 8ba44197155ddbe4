"""The shipped scenarios: complete, explained, and fit to be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.scenario.expectation_values import Frames
from simnet.scenario.load import load

NAMES = (
    "handshake", "close", "close-simultaneous", "half-close", "refused", "router-mac-rewrite", "arp", "switch-learning",
    "hub", "gateway-nat", "ping", "udp-echo", "udp-broadcast", "lossy-transfer", "zero-window", "backlog",
)  # fmt: skip


def test_all_of_them_are_there(project: Path) -> None:
    assert {file.stem for file in (project / "scenarios").glob("*.yaml")} >= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_is_named_explained_and_expects_something(name: str, project: Path) -> None:
    scenario = load(project / "scenarios" / f"{name}.yaml")
    assert scenario.name == name
    assert len(scenario.about) > 40
    assert len(scenario.expect) >= 3
    assert scenario.programs


@pytest.mark.parametrize("name", NAMES)
def test_tells_the_editor_where_the_schema_is(name: str, project: Path) -> None:
    first = (project / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../simnet.schema.json"


def test_the_closing_segments_are_four(project: Path) -> None:
    frames = load(project / "scenarios" / "close.yaml").expect[0]
    assert isinstance(frames, Frames)
    assert [frame.text for frame in frames.frames][-4:] == ["-> FIN+ACK", "<- ACK", "<- FIN+ACK", "-> ACK"]
