"""`simnet check`: many scenarios, one line each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Command


def test_a_folder_in_order_with_the_worst_exit_code(
    simnet_command: Command, tmp_path: Path, hello: Path, failing: Path, wrong: Path
) -> None:
    ended = simnet_command("check", tmp_path)
    assert ended.code == 2
    heads = [line for line in ended.out.splitlines() if line.startswith(("ok    ", "FAIL  ", "ERROR "))]
    assert [line.split(":")[0] for line in heads] == [f"FAIL  {failing}", f"ok    {hello}", f"ERROR {wrong}"]
    assert f"{wrong}:3:10: " in ended.out
    assert "good night" in ended.out, "a failure says which expectation"
    assert ended.out.splitlines()[-1] == "1 ok, 1 failed, 1 cannot be used"


def test_exit_codes_0_and_1(simnet_command: Command, hello: Path, failing: Path) -> None:
    assert simnet_command("check", hello).code == 0
    assert simnet_command("check", hello, failing).code == 1


def test_only_reading(simnet_command: Command, failing: Path, wrong: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it ran")

    monkeypatch.setattr("simnet.worlds.simulated.run", never)
    ended = simnet_command("check", "--no-run", failing)
    assert ended.code == 0 and ended.out.startswith(f"ok    {failing}: 2 expectations")
    assert simnet_command("check", "--no-run", wrong).code == 2


def test_nothing_to_check(simnet_command: Command, tmp_path: Path) -> None:
    ended = simnet_command("check", tmp_path)
    assert ended.code == 2 and "holds no scenario" in ended.err
    ended = simnet_command("check", tmp_path / "nowhere.yaml")
    assert ended.code == 2 and "nowhere.yaml" in ended.out
