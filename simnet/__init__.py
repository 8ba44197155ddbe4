"""simnet: a simulated network, true on the wire, and a visualizer of what its packets do.

The names a program needs, each loaded when first used (PEP 562), so that `import simnet` costs nothing.
Nothing inside simnet imports this file's names: they are for those who use it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

_HOMES: Final = {
    "Network": "simnet.scenario.network",
    "Scenario": "simnet.scenario.values",
    "Trace": "simnet.trace.trace",
    "load": "simnet.scenario.load",
    "run": "simnet.worlds.simulated",
    "ns": "simnet.units",
    "us": "simnet.units",
    "ms": "simnet.units",
    "seconds": "simnet.units",
    "kbps": "simnet.units",
    "mbps": "simnet.units",
    "gbps": "simnet.units",
    "SimnetError": "simnet.errors",
    "ScenarioError": "simnet.errors",
}

__all__ = [*_HOMES, "COMPILED", "__version__"]  # noqa: PLE0604 - all are strings


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("simnet.version").VERSION
    if name == "COMPILED":
        return not str(import_module("simnet.engine.scheduler").__file__).endswith(".py")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'simnet' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
