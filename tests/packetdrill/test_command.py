"""`simnet pkt`: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simnet.cli.pkt import verdict_on
from simnet.testing.packetdrill.outcome import Outcome, Verdict
from tests.conftest import Command
from tests.packetdrill.scripts import CONNECTION, LISTENER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.pkt").write_text(CONNECTION, "utf-8")
    (tmp_path / "wrong.pkt").write_text(f"{LISTENER}+0 listen(3, 1) = 1\n", "utf-8")
    (tmp_path / "foreign.pkt").write_text("0 cap_set(1) = 0\n", "utf-8")
    (tmp_path / "broken.pkt").write_text("0 close(\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["good.pkt"], 0),
        (["good.pkt", "wrong.pkt"], 1),
        (["wrong.pkt", "foreign.pkt"], 2),
        (["broken.pkt"], 2),
        (["missing.pkt"], 2),
        ([""], 2),
    ],
)
def test_the_exit_code_is_that_of_the_worst(folder: Path, names: list[str], code: int, simnet_command: Command) -> None:
    assert simnet_command("pkt", *(folder / name for name in names)).code == code


def test_a_line_for_each_script_and_a_summary(folder: Path, simnet_command: Command) -> None:
    lines = simnet_command("pkt", folder).out.splitlines()
    assert lines[0].startswith(f"invalid {folder}/broken.pkt:") and f"ok    {folder}/good.pkt" in lines
    assert f"unsupported {folder}/foreign.pkt:1: the system call cap_set is not modeled" in lines
    assert f"FAIL  {folder}/wrong.pkt:6: listen gives something else" in lines
    assert "      expected  1" in lines and "      actual    0" in lines
    assert lines[-1] == "4 scripts: 1 ok, 1 failed, 1 unsupported, 1 invalid"


def test_json_has_one_row_for_each_script(folder: Path, simnet_command: Command) -> None:
    rows = json.loads(
        simnet_command("pkt", "--json", folder / "good.pkt", folder / "wrong.pkt", folder / "foreign.pkt").out
    )
    assert rows == [
        {"script": f"{folder}/good.pkt", "ok": True, "line": 0, "why": ""},
        {
            "script": f"{folder}/wrong.pkt", "ok": False, "line": 6,
            "why": "listen gives something else (expected 1; actual 0)",
        },
        {
            "script": f"{folder}/foreign.pkt", "ok": False, "line": 1,
            "why": "unsupported: the system call cap_set is not modeled",
        },
    ]  # fmt: skip


def test_a_script_that_cannot_be_read_does_not_hide_the_others(folder: Path, simnet_command: Command) -> None:
    ended = simnet_command("pkt", folder / "missing.pkt", folder / "good.pkt")
    assert ended.out.splitlines() == [
        f"invalid {folder}/missing.pkt: cannot be read: No such file or directory",
        f"ok    {folder}/good.pkt",
        "2 scripts: 1 ok, 1 invalid",
    ]


def test_a_mistake_of_our_own_is_a_failure_with_its_traceback(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(text: str) -> Outcome:
        raise KeyError("segment")

    outcome = verdict_on(str(folder / "good.pkt"), broken)
    assert (outcome.verdict, outcome.why) == (
        Verdict.FAILED, "simnet itself broke, please report: KeyError: 'segment'"
    )  # fmt: skip
    assert "Traceback" in capsys.readouterr().err


def test_words_and_options_from_the_command_line(folder: Path, simnet_command: Command) -> None:
    script = folder / "worded.pkt"
    script.write_text(f"{CONNECTION} +0 write(4, ..., COUNT) = 5\n+.05 > P. 1:6(5) ack 1\n", "utf-8")
    assert simnet_command("pkt", script).code == 2
    assert simnet_command("pkt", "-D", "COUNT=5", script).code == 1
    assert simnet_command("pkt", "-D", "COUNT=5", "-o", "tolerance_usecs=60000", script).code == 0
    assert simnet_command("pkt", "-D", "COUNT", script).code == 2


def test_words_that_the_public_suites_define_are_known(folder: Path, simnet_command: Command) -> None:
    script = folder / "worded.pkt"
    script.write_text(f"{CONNECTION} +0 < icmp unreachable CODE [1:1(0)]\n", "utf-8")
    assert simnet_command("pkt", script).code == 0
    assert simnet_command("pkt", "-D", "CODE=nonsense", script).code == 2
