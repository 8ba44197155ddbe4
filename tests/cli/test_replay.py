"""`simnet replay`: what is printed, written and returned."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.errors import TraceError
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


def started(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """simnet in a process group of its own, with `folder` for temporary files."""
    folder.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "simnet", *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # who runs tests in the background ignores it
        env=os.environ | {"TMPDIR": str(folder)},
    )


def wait_until(is_so: Callable[[], bool]) -> None:
    patience = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < patience
        time.sleep(0.02)


def frames_in(file: Path) -> int:
    try:
        return sum(isinstance(event, FrameSent) for event in open_trace(file))
    except TraceError:
        return 0  # it is not there yet, or a line is just being written


def processes_of(group: int) -> list[str]:
    """What still runs in that process group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append((folder / "cmdline").read_text())
    return found


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [
        (signal.SIGINT, 130, b"simnet: interrupted\n"),
        (signal.SIGTERM, 143, b"simnet: interrupted\n"),
        (signal.SIGKILL, -9, b""),
    ],
)
@pytest.mark.parametrize("name", ["hello.pcapng", "hello.jsonl"])
def test_whatever_ends_it_what_was_captured_is_kept_and_nothing_else_left(
    hello: Path, tmp_path: Path, number: int, code: int, says: bytes, name: str
) -> None:
    hello.write_text(HELLO.replace("receive: 5, close]", "receive: 5, wait: 30s, close]"))
    file = tmp_path / name
    option = "--pcap" if name.endswith("pcapng") else "--trace"
    with started(["replay", str(hello), option, str(file)], tmp_path / "temporary") as process:
        wait_until(lambda: frames_in(file) >= 5)
        os.kill(process.pid, number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == code and err == says
    assert frames_in(file) >= 5
    wait_until(lambda: not processes_of(process.pid))
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("delay", [0.2, 0.5, 0.8])
def test_a_comparison_that_is_killed_leaves_nothing(hello: Path, tmp_path: Path, delay: float) -> None:
    hello.write_text(HELLO.replace("receive: 5, close]", "receive: 5, wait: 30s, close]"))
    with started(["compare", str(hello), "--with", "loopback"], tmp_path / "temporary") as process:
        time.sleep(delay)  # anywhere on its way
        process.kill()
    wait_until(lambda: not processes_of(process.pid))
    assert list((tmp_path / "temporary").iterdir()) == []
