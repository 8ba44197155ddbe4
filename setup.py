"""The build: what pyproject.toml cannot say.

- The scenarios of `scenarios/` are copied into the package, so that `simnet demo` works from an installed wheel.
- SIMNET_COMPILE=1 compiles the core with mypyc.  Without it, the default, the wheel is pure Python and runs anywhere.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.build_py import build_py

CORE = ["units.py", "errors.py", "reasons.py", "wire", "engine", "stack", "devices"]
"""What is compiled, as one unit so that calls inside it are direct."""

COMPILER = ["mypy[mypyc]==2.4.1"]


class BuildWithScenarios(build_py):
    """Copies `scenarios/` to `simnet/scenarios/` of what is built; a checkout needs no copy."""

    def run(self) -> None:
        super().run()
        if getattr(self, "editable_mode", False):
            return
        target = Path(self.build_lib) / "simnet" / "scenarios"
        target.mkdir(parents=True, exist_ok=True)
        for scenario in sorted(Path("scenarios").glob("*.yaml")):
            shutil.copyfile(scenario, target / scenario.name)


def core_files() -> list[str]:
    """The Python files of the core; a folder's `__init__.py` holds only words and stays as it is."""
    files: list[str] = []
    for name in CORE:
        path = Path("simnet") / name
        found = [path] if path.suffix else sorted(path.rglob("*.py"))
        files += [str(file) for file in found if file.name != "__init__.py"]
    return files


def compiled_parts() -> dict[str, Any]:
    """The arguments of `setup` that make the build compile; none by default."""
    if os.environ.get("SIMNET_COMPILE") != "1":
        return {}
    try:
        from mypyc.build import mypycify
    except ImportError:  # pip asks what the build needs, then comes again
        return {"setup_requires": COMPILER}
    return {"ext_modules": mypycify(core_files(), opt_level=os.environ.get("MYPYC_OPT_LEVEL", "3"))}


setup(cmdclass={"build_py": BuildWithScenarios}, **compiled_parts())
