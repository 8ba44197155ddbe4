"""The tunables of a host that a scenario may set, by their Linux names, and how each is written.

They are the attributes of `simnet.stack.profile.Profile` (a test compares the two), which explains them.
"""

from __future__ import annotations

from typing import Final

from simnet.filter.near_miss import did_you_mean
from simnet.scenario.reader import LARGEST, Reader, short
from simnet.scenario.tree import Node, Scalar, Sequence
from simnet.scenario.values import Sysctl

TIMES: Final = frozenset({
    "ipfrag_time", "icmp_ratelimit", "neigh_retrans_time", "neigh_delay_first_probe_time",
    "neigh_base_reachable_time", "tcp_rto_initial", "tcp_rto_min", "tcp_rto_max",
    "tcp_delack_min", "tcp_delack_max", "tcp_time_wait", "tcp_fin_timeout", "tcp_keepalive_time",
    "tcp_keepalive_intvl", "tcp_invalid_ratelimit", "tcp_comp_sack_delay", "jiffy",
})  # fmt: skip
SIZES: Final = frozenset({
    "rmem_default", "wmem_default", "rmem_max", "wmem_max", "udp_rmem", "tcp_rmem_default", "tcp_rmem_max",
    "tcp_wmem_default", "tcp_wmem_max",
})  # fmt: skip
NUMBERS: Final = frozenset({
    "ip_default_ttl", "icmp_echo_ignore_broadcasts", "neigh_mcast_solicit", "neigh_ucast_solicit",
    "neigh_unres_qlen", "tcp_window_scaling", "tcp_timestamps", "tcp_sack", "tcp_syn_retries",
    "tcp_syn_linear_timeouts", "tcp_synack_retries", "tcp_retries2", "tcp_quickack_segments",
    "tcp_pingpong_thresh", "tcp_initial_cwnd", "tcp_keepalive_probes", "tcp_early_retrans", "tcp_reordering",
    "tcp_max_syn_backlog", "somaxconn", "tcp_retries1", "tcp_orphan_retries", "tcp_frto", "tcp_recovery",
    "tcp_slow_start_after_idle", "tcp_comp_sack_nr", "tcp_dsack", "tcp_moderate_rcvbuf",
    "tcp_base_mss", "tcp_abort_on_overflow", "tcp_rfc1337", "tcp_min_tso_segs",
    "tcp_tso_win_divisor", "tcp_hystart", "tcp_ecn", "tcp_mtu_probing", "tcp_max_reordering", "tcp_tw_reuse",
})  # fmt: skip
WORDS: Final = {"tcp_congestion_control": ("reno", "cubic")}
RANGES: Final = frozenset({"ip_local_port_range"})

NAMES: Final = TIMES | SIZES | NUMBERS | WORDS.keys() | RANGES

_PREFIXES: Final = ("net.ipv4.", "net.core.")


def read_sysctl(reader: Reader, node: Node | None) -> dict[str, Sysctl]:
    """A map of tunables; times become ns, sizes bytes."""
    found: dict[str, Sysctl] = {}
    for key, value in reader.entries(node, "sysctl", "{tcp_syn_retries: 2}"):
        name = key.text
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
        if name not in NAMES:
            hint = did_you_mean(name, sorted(NAMES)) or "; the page docs/scenario.md lists them"
            reader.problem(key.at, f'unknown sysctl "{short(key.text)}"{hint}')
            continue
        setting = _value(reader, name, value)
        if setting is not None:
            found[name] = setting
    return found


def _value(reader: Reader, name: str, node: Node) -> Sysctl | None:
    if isinstance(node, Scalar) and node.is_null():
        reader.problem(node.at, f"{name} is empty; write its value")
        return None
    if name in TIMES:
        return reader.time(node, name, "s")
    if name in SIZES:
        return reader.size(node, name, 1, LARGEST)
    if name in WORDS:
        return reader.word(node, name, WORDS[name])
    if name in RANGES:
        return _range(reader, name, node)
    return reader.number(node, name, 0, 1_000_000_000)


def _range(reader: Reader, name: str, node: Node) -> tuple[int, int] | None:
    if not isinstance(node, Sequence) or len(node.items) != 2:
        reader.problem(node.at, f"{name} must be a list of two ports such as [32768, 60999]")
        return None
    low = reader.number(node.items[0], name, 1, 65535)
    high = reader.number(node.items[1], name, 1, 65535)
    if low is None or high is None:
        return None
    if low > high:
        reader.problem(node.at, f"{name} is empty: {low} is larger than {high}; write [{high}, {low}]")
        return None
    return low, high
