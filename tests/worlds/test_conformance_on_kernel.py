"""Our conformance scripts, judged by the kernel itself: a real packetdrill runs them in a private namespace."""

from __future__ import annotations

import os
import re
import resource
import subprocess
from pathlib import Path

import pytest

from simnet.worlds.namespaces import enter_private, write_sysctl
from tests.worlds.conftest import in_child, needs_namespaces

pytestmark = [needs_namespaces, pytest.mark.slow]

VARIABLE = "SIMNET_PACKETDRILL_BINARY"
SCRIPTS = sorted((Path(__file__).parent.parent / "conformance").glob("*.pkt"))
LATE = re.compile(r"timing error: expected (inbound|command|code|system call)")
"""The machine was too busy to keep the script's own times: this says nothing about the kernel."""

ATTEMPTS = 8
LONGEST = 150  # seconds, a script


@pytest.fixture(scope="module")
def packetdrill() -> str:
    """The program, where there is one."""
    binary = os.environ.get(VARIABLE)
    if not binary:
        pytest.skip(f"set {VARIABLE} to a packetdrill program (github.com/google/packetdrill)")
    if not os.access(binary, os.X_OK):
        pytest.skip(f"{VARIABLE}: {binary} is no program that can be run")
    return binary


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_kernel_does_what_the_script_says(packetdrill: str, script: Path) -> None:
    for _ in range(ATTEMPTS):
        code, output = in_child(lambda: _run(packetdrill, script))
        if code == 0 or not LATE.search(output):
            break
    assert code == 0, output


def _run(packetdrill: str, script: Path) -> tuple[int, str]:
    enter_private()
    write_sysctl("net.ipv4.tcp_congestion_control", "reno")  # not whatever this machine prefers
    done = subprocess.run(
        [packetdrill, "--tolerance_usecs=10000", script.name], cwd=script.parent, capture_output=True, text=True,
        errors="replace", timeout=LONGEST, check=False, preexec_fn=_take_small_stacks,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def _take_small_stacks() -> None:
    """packetdrill locks all its memory, and an ordinary user may lock little: stacks of threads must be small."""
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (256 * 1024, most))
