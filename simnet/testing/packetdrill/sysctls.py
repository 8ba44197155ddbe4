"""sysctl names and values as scripts set them, put into a `Profile`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.scenario.tunables import FILES
from simnet.stack.profile import Profile, linux
from simnet.testing.packetdrill.problems import InvalidScript, Unsupported
from simnet.units import MILLISECOND

_ANY: Final[frozenset[str]] = frozenset()
_WITHOUT_EFFECT: Final[dict[str, frozenset[str]]] = {
    "tcp_fack": frozenset({"0"}),
    "tcp_ecn_option": _ANY,
    "tcp_low_latency": _ANY,
    "tcp_fastopen_blackhole_timeout_sec": frozenset({"0"}),
    "tcp_autocorking": _ANY,
    "tcp_limit_output_bytes": _ANY,
}
"""What the model does without, and the values (none: all) for which that makes no difference."""

_CONTROLS: Final = frozenset({"reno", "cubic"})

PRODUCTION: Final = {
    "net.ipv4.tcp_rmem": "4096 540000 15728640",
    "net.ipv4.tcp_wmem": "4096 262144 4194304",
    "net.ipv4.tcp_timestamps": "1",
    "net.ipv4.tcp_syn_retries": "5",
    "net.ipv4.tcp_synack_retries": "5",
    "net.ipv4.tcp_frto": "2",
    "net.ipv4.tcp_sack": "1",
    "net.ipv4.tcp_dsack": "1",
    "net.ipv4.tcp_reordering": "3",
    "net.ipv4.tcp_congestion_control": "cubic",
    "net.ipv4.tcp_slow_start_after_idle": "0",
    "net.ipv4.tcp_early_retrans": "4",
    "net.ipv4.tcp_recovery": "1",
    "net.ipv4.tcp_tso_win_divisor": "3",
    "net.ipv4.tcp_ecn": "0",
    "net.ipv4.tcp_fastopen": "0x70403",
}
"""What the `defaults.sh` of the public scripts sets, as far as it matters here."""


def stock() -> Profile:
    """A Linux host nobody has tuned, of the kind scripts were written on: timers have a grain of 1 ms.

    The grain was chosen by trying: of 143 public scripts 142 passed with it, 139 with 4 ms, 140 with exact timers.
    """
    profile = linux()
    profile.jiffy = 1 * MILLISECOND
    return profile


def set_sysctl(profile: Profile, name: str, value: str) -> None:
    """`name` with dots or, as in /proc/sys, with slashes."""
    path = name.removeprefix("/proc/sys/").replace("/", ".")
    try:
        known = _set(profile, path, path.removeprefix("net.ipv4."), value)
    except ValueError:
        raise InvalidScript(f'the sysctl {path} cannot be "{value}"') from None
    if not known:
        raise Unsupported(f"the sysctl {path} = {value} is not modeled")


def _set(profile: Profile, path: str, name: str, value: str) -> bool:
    tunable = FILES.get(path.removeprefix("net.core.") if path.startswith("net.core.") else name)
    if name in _SPECIAL:
        _SPECIAL[name](profile, value)
    elif tunable is not None and tunable.path == path:
        setattr(profile, tunable.name, int(value, 0) * tunable.unit)
    else:
        allowed = _WITHOUT_EFFECT.get(name)
        return allowed is not None and (not allowed or value in allowed)
    return True


def _set_rmem(profile: Profile, value: str) -> None:
    _least, profile.tcp_rmem_default, profile.tcp_rmem_max = _three(value)


def _set_wmem(profile: Profile, value: str) -> None:
    _least, profile.tcp_wmem_default, profile.tcp_wmem_max = _three(value)


def _three(value: str) -> tuple[int, int, int]:
    least, default, most = map(int, value.split())
    return least, default, most


def _set_port_range(profile: Profile, value: str) -> None:
    low, high = map(int, value.split())
    profile.ip_local_port_range = low, high


def _set_control(profile: Profile, value: str) -> None:
    if value not in _CONTROLS:
        raise Unsupported(f"the congestion control {value} is not modeled")
    profile.tcp_congestion_control = value


_SPECIAL: Final[dict[str, Callable[[Profile, str], None]]] = {
    "tcp_rmem": _set_rmem,
    "tcp_wmem": _set_wmem,
    "ip_local_port_range": _set_port_range,
    "tcp_congestion_control": _set_control,
}
