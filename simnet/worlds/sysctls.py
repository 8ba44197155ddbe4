"""The tunables a scenario sets for a host, as the files of /proc/sys that a real kernel has for them.

Source: Documentation/networking/ip-sysctl.rst.  Does not model: what no kernel lets one choose (delayed ACKs, the
first RTO, the initial window …): a scenario that sets it is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from simnet.errors import SimnetError
from simnet.scenario.values import Sysctl
from simnet.units import MICROSECOND, MILLISECOND, SECOND
from simnet.worlds.namespaces import Namespace, write_sysctl

_SAME: Final = 1
_IPV4: Final = {
    "ip_default_ttl": _SAME, "ip_local_port_range": _SAME, "ipfrag_time": SECOND, "icmp_ratelimit": MILLISECOND,
    "icmp_echo_ignore_broadcasts": _SAME, "tcp_window_scaling": _SAME, "tcp_timestamps": _SAME, "tcp_sack": _SAME,
    "tcp_syn_retries": _SAME, "tcp_syn_linear_timeouts": _SAME, "tcp_synack_retries": _SAME, "tcp_retries1": _SAME,
    "tcp_retries2": _SAME, "tcp_fin_timeout": SECOND, "tcp_keepalive_time": SECOND, "tcp_keepalive_intvl": SECOND,
    "tcp_keepalive_probes": _SAME, "tcp_congestion_control": _SAME, "tcp_early_retrans": _SAME,
    "tcp_invalid_ratelimit": MILLISECOND, "tcp_reordering": _SAME, "tcp_max_syn_backlog": _SAME,
    "tcp_orphan_retries": _SAME, "tcp_frto": _SAME, "tcp_recovery": _SAME, "tcp_slow_start_after_idle": _SAME,
    "tcp_dsack": _SAME, "tcp_moderate_rcvbuf": _SAME, "tcp_base_mss": _SAME,
    "tcp_abort_on_overflow": _SAME, "tcp_rfc1337": _SAME, "tcp_ecn": _SAME,
    "tcp_min_tso_segs": _SAME, "tcp_mtu_probing": _SAME, "tcp_tw_reuse": _SAME,
    "tcp_max_reordering": _SAME, "tcp_comp_sack_nr": _SAME, "tcp_tso_win_divisor": _SAME,
}  # fmt: skip
"""Of /proc/sys/net/ipv4, with the unit of each file in that of the scenario."""

_NEIGHBOR: Final = {
    "neigh_retrans_time": ("retrans_time_ms", MILLISECOND),
    "neigh_mcast_solicit": ("mcast_solicit", _SAME),
    "neigh_ucast_solicit": ("ucast_solicit", _SAME),
    "neigh_delay_first_probe_time": ("delay_first_probe_time", SECOND),
    "neigh_base_reachable_time": ("base_reachable_time_ms", MILLISECOND),
    "neigh_unres_qlen": ("unres_qlen", _SAME),
}
"""Of each folder in /proc/sys/net/ipv4/neigh."""

_ELSEWHERE: Final = {
    "tcp_rto_min": ("net.ipv4.tcp_rto_min_us", MICROSECOND),
    "tcp_rto_max": ("net.ipv4.tcp_rto_max_ms", MILLISECOND),
    "tcp_comp_sack_delay": ("net.ipv4.tcp_comp_sack_delay_ns", _SAME),
    "somaxconn": ("net.core.somaxconn", _SAME),
}
_ONE_OF_THREE: Final = {
    "tcp_rmem_default": ("net.ipv4.tcp_rmem", 1),
    "tcp_rmem_max": ("net.ipv4.tcp_rmem", 2),
    "tcp_wmem_default": ("net.ipv4.tcp_wmem", 1),
    "tcp_wmem_max": ("net.ipv4.tcp_wmem", 2),
}


def unknown_sysctls(sysctl: dict[str, Sysctl]) -> list[str]:
    """The names of those that no real kernel lets one choose."""
    known = _IPV4.keys() | _NEIGHBOR.keys() | _ELSEWHERE.keys() | _ONE_OF_THREE.keys()
    return [name for name in sysctl if name not in known]


def apply_sysctls(namespace: Namespace, sysctl: dict[str, Sysctl]) -> None:
    """Set them in `namespace`; neighbor settings for the interfaces it has now."""
    with namespace.entered():
        for name, value in sysctl.items():
            _apply(name, value)


def _apply(name: str, value: Sysctl) -> None:
    if name in _NEIGHBOR:
        file, unit = _NEIGHBOR[name]
        for folder in Path("/proc/sys/net/ipv4/neigh").iterdir():
            write_sysctl(f"net.ipv4.neigh.{folder.name}.{file}", _text(value, unit))
    elif name in _ONE_OF_THREE:
        path, place = _ONE_OF_THREE[name]
        numbers = _file(path).read_text().split()
        numbers[place] = str(value)
        write_sysctl(path, " ".join(numbers))
    else:
        path, unit = _ELSEWHERE.get(name, (f"net.ipv4.{name}", _IPV4.get(name, _SAME)))
        if not _file(path).exists():
            raise SimnetError(f"this kernel has no setting {path}; remove {name} from the scenario to replay it")
        write_sysctl(path, _text(value, unit))


def _file(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))


def _text(value: Sysctl, unit: int) -> str:
    if isinstance(value, tuple):
        return f"{value[0]} {value[1]}"
    return value if isinstance(value, str) else str(value // unit)
