"""The tunables of a host on a real kernel: the files of /proc/sys that a namespace has for them.

Source: Documentation/networking/ip-sysctl.rst.  Does not model: what no namespace lets one choose (delayed ACKs, the
first RTO, the initial window …): a scenario that sets it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from simnet.errors import SimnetError
from simnet.scenario.tunables import TUNABLES, Tunable
from simnet.scenario.values import Sysctl
from simnet.stack.profile import linux
from simnet.worlds.namespaces import Namespace, write_sysctl

_NEIGHBOR: Final = "net.ipv4.neigh.default."
_OF_THE_MACHINE: Final = frozenset({"rmem_default", "rmem_max", "wmem_default", "wmem_max"})
"""Namespaces only see these."""
_OF_A_SOCKET: Final = frozenset({"tcp_congestion_control"})
"""Namespaces may choose only some; each socket is given it (`real_host`)."""


def unknown_sysctls(sysctl: Mapping[str, Sysctl]) -> list[str]:
    """The names of those that no real kernel lets one choose."""
    return [name for name in sysctl if not TUNABLES[name].path or name in _OF_THE_MACHINE]


def apply_sysctls(namespace: Namespace, sysctl: Mapping[str, Sysctl]) -> None:
    """Set them in `namespace`; neighbor settings for the interfaces it has now."""
    with namespace.entered():
        for name, value in sysctl.items():
            if name not in _OF_A_SOCKET:
                _apply(TUNABLES[name], value)


def apply_defaults(namespace: Namespace) -> None:
    """Let `namespace`, which inherits from its machine, begin as Linux does by default."""
    profile = linux()
    with namespace.entered():
        for name, tunable in TUNABLES.items():
            if tunable.path and name not in _OF_THE_MACHINE | _OF_A_SOCKET and _exists(tunable):
                _apply(tunable, getattr(profile, name))


def _exists(tunable: Tunable) -> bool:
    return tunable.path.startswith(_NEIGHBOR) or _file(tunable.path).exists()


def _apply(tunable: Tunable, value: Sysctl) -> None:
    path = tunable.path
    if path.startswith(_NEIGHBOR):
        for folder in Path("/proc/sys/net/ipv4/neigh").iterdir():
            _write(f"net.ipv4.neigh.{folder.name}.{path.removeprefix(_NEIGHBOR)}", _text(tunable, value))
        return
    file = _file(path)
    if not file.exists():
        raise SimnetError(f"this kernel has no setting {path}; remove {tunable.name} from the scenario to replay it")
    if tunable.place < 0:
        _write(path, _text(tunable, value))
        return
    numbers = file.read_text().split()
    numbers[tunable.place] = _text(tunable, value)
    _write(path, " ".join(numbers))


def _write(path: str, text: str) -> None:
    """Write what is not there yet."""
    file = _file(path)
    if not file.exists() or file.read_text().split() != text.split():
        write_sysctl(path, text)


def _file(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))


def _text(tunable: Tunable, value: Sysctl) -> str:
    if isinstance(value, tuple):
        return f"{value[0]} {value[1]}"
    return value if isinstance(value, str) else str(value // tunable.unit)
