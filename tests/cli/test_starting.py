"""`simnet init`, `schema` and `demo`: how people begin."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from simnet.trace.files import open_trace
from tests.conftest import Command


def test_what_init_writes_runs(simnet_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = simnet_command("init")
    assert ended.code == 0 and "simnet run scenario.yaml" in ended.out
    assert simnet_command("run", "scenario.yaml").code == 0
    text = Path("scenario.yaml").read_text()
    schema = json.loads(Path("simnet.schema.json").read_text())
    assert text.startswith("# yaml-language-server: $schema=simnet.schema.json\n# $schema: simnet.schema.json\n")
    jsonschema.validate(yaml.safe_load(text), schema)


def test_the_fault_that_init_offers_works(simnet_command: Command, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    simnet_command("init", file)
    lines = file.read_text().splitlines(keepends=True)
    offered = [number for number, line in enumerate(lines) if line.startswith(("# faults:", "#   - "))]
    assert len(offered) == 2
    for number in offered:
        lines[number] = lines[number].removeprefix("# ")
    file.write_text("".join(lines))
    ended = simnet_command("run", file)
    assert ended.code == 0 and "again" in ended.out


def test_init_does_not_write_over_a_file(simnet_command: Command, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("mine")
    ended = simnet_command("init", file)
    assert ended.code == 2 and "does not write over" in ended.err
    assert file.read_text() == "mine"


def test_init_wants_a_yaml_name(simnet_command: Command, tmp_path: Path) -> None:
    ended = simnet_command("init", tmp_path / "a")
    assert ended.code == 2 and "a.yaml" in ended.err


def test_schema_is_a_schema(simnet_command: Command) -> None:
    ended = simnet_command("schema")
    schema = json.loads(ended.out)
    jsonschema.validators.validator_for(schema).check_schema(schema)
    assert {"name", "hosts", "links", "programs", "expect"} <= set(schema["properties"])


def test_demo_leaves_something_to_play_with(
    simnet_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = simnet_command("demo")
    assert ended.code == 0 and "SYN+ACK" in ended.out
    folder = Path("simnet-demo")
    assert {file.name for file in folder.iterdir()} == {"handshake.yaml", "handshake.svg", "handshake.pcapng"}
    assert list(open_trace(folder / "handshake.pcapng").frames())
    for line in ended.out.splitlines():
        if line.startswith("  simnet "):
            assert simnet_command(*line.split()[1:]).code == 0, line


def test_a_second_demo_keeps_what_was_changed(
    simnet_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    simnet_command("demo")
    scenario = Path("simnet-demo/handshake.yaml")
    scenario.write_text(scenario.read_text() + "# mine\n")
    assert simnet_command("demo").code == 0
    assert scenario.read_text().endswith("# mine\n")
