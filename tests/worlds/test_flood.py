"""A flood at full speed: every frame is captured or counted as missed, and memory does not grow with their number."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds.conftest import needs_namespaces

pytestmark = needs_namespaces

ROOT = Path(__file__).parents[2]

FLOOD = """
name: flood
hosts: {client: 10.0.0.1/24, server: 10.0.0.2/24}
links: [client -- server]
programs:
  server: [open udp: {port: 7, as: bin}, listen: {port: 80, as: door}, accept: {from: door}]
  client:
    - open udp: {as: socket}
    - {repeat: 200000, steps: [send to: {to: "server:7", bytes: 500, via: socket}]}
    - connect: "server:80"
expect: [{output: "", host: server}]
"""


MEASURED = """
import resource, subprocess, sys
code = subprocess.call([sys.executable, "-m", "simnet", *sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
"""A small process between: a child is said to have used as much memory as its parent had when it was forked."""


def measured(*command: str | Path) -> tuple[str, int]:
    """What simnet prints, and the memory that it took at most, in KiB."""
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, command)], cwd=ROOT, capture_output=True, text=True
    )
    return ended.stdout, int(ended.stderr)


@pytest.mark.slow
def test_two_hundred_thousand_frames_in_little_memory(tmp_path: Path) -> None:
    """At full speed: each is in the capture or counted as missed, and memory does not grow with their number.

    A ring of 64 MiB is part of what is measured; a list of all events alone would be 400 MB.
    """
    scenario, capture = tmp_path / "flood.yaml", tmp_path / "flood.pcapng"
    scenario.write_text(FLOOD)
    out, peak = measured("replay", scenario, "--json", "--pcap", capture)
    value = json.loads(out)
    assert value["frames"] + value["missed_by_capture"] >= 200_003
    assert value["ok"] == (value["missed_by_capture"] == 0)
    assert peak < 200_000
    ladder, peak = measured("ladder", capture)
    assert "too many frames for a ladder" in ladder and peak < 120_000
    listed, peak = measured("show", capture, "--filter", "tcp")
    assert "SYN+ACK" in listed and peak < 60_000
