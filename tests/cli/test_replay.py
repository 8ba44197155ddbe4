"""`simnet replay`: what is printed, written and returned."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from simnet.trace.events import FrameSent
from simnet.trace.files import open_trace
from tests.cli.conftest import HELLO
from tests.conftest import Command
from tests.worlds.conftest import namespaces, needs_namespaces

pytestmark = needs_namespaces

ROOT = Path(__file__).parent.parent.parent

__all__ = ["namespaces"]


def test_a_ladder_verdicts_and_what_to_know(simnet_command: Command, hello: Path) -> None:
    ended = simnet_command("replay", hello)
    assert ended.code == 0 and ended.err == ""
    lines = ended.out.splitlines()
    assert any("SYN+ACK" in line for line in lines)
    assert any(line.startswith("ok    ") and "hello" in line for line in lines)
    assert any(line.startswith("note: one lo carried everything") for line in lines)
    assert lines[-1].endswith("no packet missed by the capture") and "replayed on loopback" in lines[-1]


def test_a_failed_expectation_ends_with_1(simnet_command: Command, failing: Path) -> None:
    ended = simnet_command("replay", failing)
    assert ended.code == 1 and "FAIL" in ended.out


def test_what_cannot_be_replayed_ends_with_2(simnet_command: Command, tmp_path: Path) -> None:
    file = tmp_path / "lossy.yaml"
    file.write_text(HELLO.replace("  - anna -- ben", "  - anna -- ben: {loss: 5%}"))
    ended = simnet_command("replay", file)
    assert ended.code == 2 and ended.out == ""
    assert f"simnet replay {file} --on lab" in ended.err


def test_json_and_files(simnet_command: Command, hello: Path, tmp_path: Path) -> None:
    capture = tmp_path / "hello.pcapng"
    ended = simnet_command("replay", hello, "--json", "--pcap", capture)
    value = json.loads(ended.out)
    assert value["ok"] and value["world"] == "loopback" and value["missed_by_capture"] == 0
    assert value["hosts"]["ben"]["output"] == "hello"
    assert sum(isinstance(event, FrameSent) for event in open_trace(capture)) == value["frames"]


def test_ctrl_c_keeps_what_was_captured(hello: Path, tmp_path: Path) -> None:
    hello.write_text(HELLO.replace("receive: 5, close]", "receive: 5, wait: 30s, close]"))
    trace = tmp_path / "hello.jsonl"
    command = [sys.executable, "-m", "simnet", "replay", str(hello), "--trace", str(trace)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True) as process:
        time.sleep(1.5)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130 and err == b"simnet: interrupted\n"
    assert sum(isinstance(event, FrameSent) for event in open_trace(trace)) >= 5
