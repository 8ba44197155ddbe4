"""Sysctls of Linux that a scenario cannot set, and why: what the simulated host does whatever they say."""

from __future__ import annotations

from typing import Final

_SHORT: Final = "memory of a simulated host does not run short"
_EMPTY: Final = "the device of a simulated host holds nothing back, so that nothing gathers before it"
_LARGER: Final = "a larger path MTU is not searched for"

UNMODELED: Final[dict[str, str]] = {
    "tcp_adv_win_scale": "Linux 6.18 takes no notice of it either",
    "tcp_app_win": "all of the buffer counts for the window, as its default says",
    "tcp_autocorking": _EMPTY,
    "tcp_backlog_ack_defer": "what arrives while a call holds the socket is acknowledged as its default says",
    "tcp_challenge_ack_limit": "challenge ACKs have no limit for the host as a whole, as its default says",
    "tcp_comp_sack_slack_ns": "the alarm of gathered SACKs is exact",
    "tcp_early_demux": "it is about speed alone",
    "tcp_ecn_option": "accurate ECN is not modeled",
    "tcp_fack": "Linux 6.18 takes no notice of it either",
    "tcp_fastopen_blackhole_timeout_sec": "Fast Open is never given up for a time",
    "tcp_limit_output_bytes": _EMPTY,
    "tcp_low_latency": "Linux 6.18 takes no notice of it either",
    "tcp_max_orphans": _SHORT,
    "tcp_max_tw_buckets": _SHORT,
    "tcp_mem": _SHORT,
    "tcp_migrate_req": "half-open connections stay with their listener, as its default says",
    "tcp_min_snd_mss": "segments have 48 bytes at least, as its default says",
    "tcp_no_ssthresh_metrics_save": "thresholds are not remembered, as its default says",
    "tcp_plb_enabled": "paths are not changed for their load, as its default says",
    "tcp_probe_interval": _LARGER,
    "tcp_probe_threshold": _LARGER,
    "tcp_reflect_tos": "a SYN-ACK bears the TOS of its listener, as its default says",
    "tcp_workaround_signed_windows": "windows are unsigned, as its default says",
}
"""By name, without net.ipv4."""
