"""The wheel that a user installs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, texts


@pytest.mark.slow
def test_the_wheel_is_pure_and_carries_what_the_demo_needs(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for file in [*texts(), ROOT / "LICENSE", ROOT / "MANIFEST.in", ROOT / "simnet" / "py.typed"]:
        target = copy / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    plain = {name: value for name, value in os.environ.items() if name != "SIMNET_COMPILE"}
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('..'))"
    result = subprocess.run([sys.executable, "-c", build], cwd=copy, env=plain, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    wheel = tmp_path / result.stdout.splitlines()[-1]
    assert wheel.name.endswith("-py3-none-any.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {f"simnet/scenarios/{file.name}" for file in (ROOT / "scenarios").glob("*.yaml")}
    assert shipped and shipped | {"simnet/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/"))]

    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    demo = subprocess.run(
        [sys.executable, "-m", "simnet", "demo"],
        cwd=elsewhere,
        env=plain | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert demo.returncode == 0, demo.stderr
    assert "SYN" in demo.stdout
