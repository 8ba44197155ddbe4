"""`simnet run`: ladder, verdicts, files, exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simnet.trace.events import FrameSent
from simnet.trace.files import open_trace
from simnet.worlds.simulated import SimulatedWorld
from tests.cli.conftest import HELLO
from tests.conftest import Command

ROOT = Path(__file__).parent.parent.parent


def test_a_ladder_then_verdicts_then_a_summary(simnet_command: Command, hello: Path) -> None:
    ended = simnet_command("run", hello)
    assert ended.code == 0 and ended.err == ""
    lines = ended.out.splitlines()
    assert "anna" in lines[0] and "ben" in lines[0]
    assert any("SYN+ACK" in line for line in lines)
    assert lines[-2].startswith("ok    ") and "hello" in lines[-2]
    assert lines[-1].endswith("seed 7") and "frames" in lines[-1]


def test_a_failed_expectation_says_why_and_ends_with_1(simnet_command: Command, failing: Path) -> None:
    ended = simnet_command("run", failing)
    assert ended.code == 1 and ended.err == ""
    verdicts = ended.out[ended.out.index("ok    ") :].splitlines()
    assert verdicts[1].startswith("FAIL  ") and "good night" in verdicts[1]
    assert "hello" in verdicts[2], "the reason tells what was found"


def test_all_mistakes_of_a_file_at_once_and_2(simnet_command: Command, wrong: Path) -> None:
    ended = simnet_command("run", wrong)
    assert ended.code == 2 and ended.out == ""
    lines = ended.err.splitlines()
    assert len(lines) >= 2 and all(line.startswith(f"{wrong}:") for line in lines)
    assert f"{wrong}:3:10: " in ended.err and "address" in ended.err
    assert "bob" in ended.err


def test_json_is_one_object(simnet_command: Command, failing: Path) -> None:
    ended = simnet_command("run", failing, "--json", "--seed", "3")
    assert ended.code == 1
    value = json.loads(ended.out)
    assert list(value) == ["version", "scenario", "ok", "seed", "end_ns", "frames", "dropped", "expectations", "hosts"]
    expected = {"version": 1, "scenario": "failing", "ok": False, "seed": 3, "dropped": 0}
    assert {name: value[name] for name in expected} == expected
    good, bad = value["expectations"]
    assert good["ok"] and good["why"] == ""
    assert not bad["ok"] and bad["why"]
    assert value["hosts"] == {"anna": {"output": ""}, "ben": {"output": "hello"}}


def test_the_counts_are_those_of_the_capture(simnet_command: Command, hello: Path, tmp_path: Path) -> None:
    file = tmp_path / "hello.pcapng"
    value = json.loads(simnet_command("run", hello, "--json", "--pcap", file).out)
    assert value["frames"] == sum(isinstance(event, FrameSent) for event in open_trace(file))


def test_the_same_seed_gives_the_same_bytes(simnet_command: Command, hello: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.pcapng", "two.pcapng", "other.pcapng")]
    for file, seed in zip(files, (1, 1, 2), strict=True):
        assert simnet_command("run", hello, "--seed", str(seed), "--pcap", file).code == 0
    one, two, other = (file.read_bytes() for file in files)
    assert one == two != other


def test_both_files_hold_the_run(simnet_command: Command, hello: Path, tmp_path: Path) -> None:
    pcap, events = tmp_path / "a.pcapng", tmp_path / "a.jsonl"
    assert simnet_command("run", hello, "--pcap", pcap, "--trace", events).code == 0
    times = [[event.time for event in open_trace(file).frames()] for file in (pcap, events)]
    assert times[0] == times[1] != []


@pytest.mark.parametrize("option", ["--pcap", "--trace"])
def test_standard_output_for_the_next_program(hello: Path, option: str) -> None:
    command = [sys.executable, "-m", "simnet", "run", str(hello), option, "-"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert result.stdout.startswith(b"\x0a\x0d\x0d\x0a" if option == "--pcap" else b'{"simnet_trace":')
    assert b"ok    " in result.stderr, "what people read goes where it does not disturb"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pcap", "-", "--json"], "only one of"),
        (["--pcap", "out.txt"], 'ends in .pcapng or .pcap, found "out.txt"'),
        (["--trace", "out.pcapng"], "ends in .jsonl"),
        (["--pcap", "nowhere/out.pcapng"], 'the folder "nowhere" does not exist'),
    ],
)
def test_bad_options_are_found_before_the_run(
    simnet_command: Command, hello: Path, arguments: list[str], message: str
) -> None:
    ended = simnet_command("run", hello, *arguments)
    assert ended.code == 2 and ended.out == "" and message in ended.err


def test_until_ends_early(simnet_command: Command, hello: Path) -> None:
    value = json.loads(simnet_command("run", hello, "--json", "--until", "1us").out)
    assert value["end_ns"] <= 1_000 and not value["ok"]


def test_a_long_ladder_is_cut_and_says_how_to_see_the_rest(
    simnet_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    much = HELLO.replace("receive: 5, close", "receive: 200000, close").replace("send: hello", "send: {bytes: 200000}")
    monkeypatch.chdir(tmp_path)
    Path("long.yaml").write_text(much.replace("output: hello, host: ben", "never: udp"))
    short, full = simnet_command("run", "long.yaml"), simnet_command("run", "long.yaml", "--full")
    assert "simnet run long.yaml --full" in short.out
    assert len(short.out.splitlines()) < 90 < len(full.out.splitlines())


def test_an_interrupted_run_keeps_what_it_has(
    simnet_command: Command, hello: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = SimulatedWorld.run

    def interrupted(world: SimulatedWorld, until: int | None = None) -> None:
        run(world, 100_000)
        raise KeyboardInterrupt

    monkeypatch.setattr(SimulatedWorld, "run", interrupted)
    file = tmp_path / "part.pcapng"
    ended = simnet_command("run", hello, "--pcap", file)
    assert ended.code == 130 and "interrupted" in ended.err
    assert list(open_trace(file).frames())


def test_a_scenario_from_standard_input(simnet_command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(HELLO))
    assert simnet_command("run", "-").code == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO("name: [\n"))
    ended = simnet_command("run", "-")
    assert ended.code == 2 and ended.err.startswith("<stdin>:")


def test_a_directory_is_for_check(simnet_command: Command, tmp_path: Path) -> None:
    ended = simnet_command("run", tmp_path)
    assert ended.code == 2 and f"simnet check {tmp_path}" in ended.err
