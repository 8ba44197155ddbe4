"""The scenarios that come with simnet: copied into the package by the build, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from simnet.errors import MissingError


def shipped_scenario(name: str) -> Path:
    """The file of the scenario called `name`."""
    package = Path(__file__).parent.parent
    for folder in (package / "scenarios", package.parent / "scenarios"):
        file = folder / f"{name}.yaml"
        if file.exists():
            return file
    raise MissingError(f"the scenario {name} is not installed with this simnet; install it again: pip install simnet")
