"""Where this kernel really refuses namespaces, and then capture too: what still works, and what is said.

A user namespace of our own forbids further ones, and whoever lives in it has no capabilities left.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds.conftest import needs_namespaces

TOOLS = ("unshare", "setpriv", "ip")
pytestmark = [
    needs_namespaces,
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="needs unshare, setpriv and ip"),
]

ROOT = Path(__file__).parents[2]
FORBID = "ip link set lo up && echo 0 > /proc/sys/user/max_user_namespaces"
HUMBLY = "setpriv --inh-caps=-all --bounding-set=-all --no-new-privs"
REFUSED = "this machine forbids private namespaces (user.max_user_namespaces is 0)"
WAY_OUT = "sudo sysctl -w user.max_user_namespaces=10000"


def refused(*command: str) -> subprocess.CompletedProcess[str]:
    """simnet where nothing is allowed."""
    script = f'{FORBID} && exec {HUMBLY} "{sys.executable}" -m simnet "$@"'
    shell = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", script, "sh", *command]
    return subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_programs_still_talk_and_their_calls_are_recorded(tmp_path: Path) -> None:
    trace = tmp_path / "close.jsonl"
    ended = refused("replay", "scenarios/close.yaml", "--trace", str(trace))
    assert ended.returncode == 0, ended.stderr
    notes = [line for line in ended.stdout.splitlines() if line.startswith("note: ")]
    assert f"note: the ports are those of this machine's own 127.0.0.1, for {REFUSED}; allow them: {WAY_OUT}" in notes
    assert any("only socket calls were recorded" in note and note.endswith("run as root to see the packets")
               for note in notes)  # fmt: skip
    assert '"type":"SocketCall"' in trace.read_text() and '"type":"FrameSent"' not in trace.read_text()


@pytest.mark.parametrize(
    "command",
    [
        ("replay", "scenarios/close.yaml", "--on", "lab"),
        ("compare", "scenarios/close.yaml", "--with", "loopback"),
        ("compare", "scenarios/close.yaml", "--with", "lab"),
    ],
)
def test_what_needs_namespaces_says_why_and_how_to_allow_them(command: tuple[str, ...]) -> None:
    ended = refused(*command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"simnet: {REFUSED}; allow them: {WAY_OUT}\n"


def test_every_line_of_doctor_has_the_command_that_helps() -> None:
    lines = refused("doctor").stdout.splitlines()
    missing = [number for number, line in enumerate(lines) if line.startswith("--")]
    assert len(missing) >= 5
    assert all("; do: " in lines[number + 1] for number in missing)
    assert lines[2].strip() == f"{REFUSED}; do: {WAY_OUT}"
