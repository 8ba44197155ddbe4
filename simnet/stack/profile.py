"""Every tunable of a host in one place, named after its Linux sysctl; `scenario/tunables.py` says what each means.

`Profile` holds what one host uses; it may be changed while the host runs.  `linux()` gives the values of Linux
6.18, `rfc()` the textbook's.  Times are nanoseconds, sizes bytes.
"""

from __future__ import annotations

from typing import Final

from simnet.units import MILLISECOND, SECOND


class Profile:
    """The tunables of one host; see the comments for meaning and source."""

    __slots__ = (
        "ip_default_ttl", "ip_local_port_range", "ipfrag_time", "ipfrag_high_thresh", "icmp_ratelimit", "icmp_ratemask",
        "icmp_msgs_per_sec", "icmp_msgs_burst",
        "icmp_echo_ignore_all", "icmp_echo_ignore_broadcasts",
        "neigh_retrans_time", "neigh_mcast_solicit", "neigh_ucast_solicit", "neigh_delay_first_probe_time",
        "neigh_base_reachable_time", "neigh_locktime", "neigh_unres_qlen_bytes", "route_min_pmtu", "route_mtu_expires",
        "rmem_default", "wmem_default", "rmem_max", "wmem_max",
        "tcp_rmem_default", "tcp_rmem_max", "tcp_wmem_default", "tcp_wmem_max", "tcp_window_scaling",
        "tcp_timestamps", "tcp_sack", "tcp_syn_retries", "tcp_syn_linear_timeouts", "tcp_synack_retries",
        "tcp_retries2", "tcp_rto_initial", "tcp_rto_min", "tcp_rto_max", "tcp_delack_min", "tcp_delack_max",
        "tcp_quickack_segments", "tcp_pingpong_thresh", "tcp_initial_cwnd", "tcp_time_wait", "tcp_fin_timeout",
        "tcp_keepalive_time", "tcp_keepalive_intvl", "tcp_keepalive_probes", "tcp_congestion_control",
        "tcp_early_retrans", "tcp_invalid_ratelimit", "tcp_reordering", "tcp_max_syn_backlog", "somaxconn",
        "tcp_syncookies", "jiffy", "tcp_retries1", "tcp_orphan_retries", "tcp_frto", "tcp_rack", "tcp_recovery",
        "tcp_thin_linear_timeouts", "tcp_no_metrics_save",
        "tcp_slow_start_after_idle", "tcp_comp_sack_delay", "tcp_comp_sack_nr", "tcp_dsack",
        "tcp_retrans_collapse", "tcp_stdurg", "tcp_shrink_window",
        "tcp_moderate_rcvbuf", "tcp_base_mss", "tcp_mtu_probe_floor", "tcp_abort_on_overflow", "tcp_rfc1337",
        "tcp_min_tso_segs", "tcp_tso_win_divisor", "tcp_tso_rtt_log", "tcp_pacing_ss_ratio", "tcp_pacing_ca_ratio",
        "tcp_hystart", "tcp_ecn", "tcp_ecn_fallback", "tcp_min_rtt_wlen",
        "tcp_mtu_probing", "tcp_max_reordering", "tcp_tw_reuse", "tcp_tw_reuse_delay", "receive_offload",
        "tcp_notsent_lowat", "tcp_fastopen",
    )  # fmt: skip

    def __init__(self) -> None:
        self.ip_default_ttl: int = 64
        self.ip_local_port_range: tuple[int, int] = (32768, 60999)
        self.ipfrag_time: int = 30 * SECOND
        self.ipfrag_high_thresh: int = 4_194_304
        self.icmp_ratelimit: int = 1 * SECOND  # one error per second and destination
        self.icmp_ratemask: int = 6168  # of types 3, 4, 11 and 12
        self.icmp_msgs_per_sec: int = 1000
        self.icmp_msgs_burst: int = 50
        self.icmp_echo_ignore_all: int = 0
        self.icmp_echo_ignore_broadcasts: int = 1
        self.neigh_retrans_time: int = 1 * SECOND
        self.neigh_mcast_solicit: int = 3
        self.neigh_ucast_solicit: int = 3
        self.neigh_delay_first_probe_time: int = 5 * SECOND
        self.neigh_base_reachable_time: int = 30 * SECOND
        self.neigh_locktime: int = 1 * SECOND
        self.neigh_unres_qlen_bytes: int = 212_992
        self.route_min_pmtu: int = 552
        self.route_mtu_expires: int = 600 * SECOND
        self.rmem_default: int = 212_992
        self.wmem_default: int = 212_992
        self.rmem_max: int = 4_194_304
        self.wmem_max: int = 4_194_304
        self.tcp_rmem_default: int = 131_072
        self.tcp_rmem_max: int = 33_554_432
        self.tcp_wmem_default: int = 16_384
        self.tcp_wmem_max: int = 4_194_304
        self.tcp_window_scaling: int = 1
        self.tcp_timestamps: int = 1
        self.tcp_sack: int = 1
        self.tcp_syn_retries: int = 6
        self.tcp_syn_linear_timeouts: int = 4
        self.tcp_synack_retries: int = 5
        self.tcp_retries2: int = 15
        self.tcp_rto_initial: int = 1 * SECOND
        self.tcp_rto_min: int = 200 * MILLISECOND
        self.tcp_rto_max: int = 120 * SECOND
        self.tcp_delack_min: int = 40 * MILLISECOND
        self.tcp_delack_max: int = 200 * MILLISECOND
        self.tcp_quickack_segments: int = 16
        self.tcp_pingpong_thresh: int = 1
        self.tcp_initial_cwnd: int = 10
        self.tcp_time_wait: int = 60 * SECOND
        self.tcp_fin_timeout: int = 60 * SECOND
        self.tcp_keepalive_time: int = 7200 * SECOND
        self.tcp_keepalive_intvl: int = 75 * SECOND
        self.tcp_keepalive_probes: int = 9
        self.tcp_congestion_control: str = "cubic"
        self.tcp_early_retrans: int = 3
        self.tcp_invalid_ratelimit: int = 500 * MILLISECOND
        self.tcp_reordering: int = 3
        self.tcp_max_syn_backlog: int = 2048
        self.tcp_syncookies: int = 1  # when the queue of half-open connections is full; 2: always
        self.somaxconn: int = 4096
        self.jiffy: int = 4 * MILLISECOND  # the grain of kernel timers, 1 / HZ; 0: timers are exact
        self.tcp_retries1: int = 3
        self.tcp_orphan_retries: int = 0  # 0 means 8
        self.tcp_thin_linear_timeouts: int = 0
        self.tcp_no_metrics_save: int = 0
        self.tcp_frto: int = 2
        self.tcp_rack: int = 1  # lost segments are found by time (RFC 8985), as Linux always does; 0: by duplicates
        self.tcp_recovery: int = 1  # 2: its reordering window never widens, 4: no duplicate threshold (RFC 8985)
        self.tcp_slow_start_after_idle: int = 1
        self.tcp_comp_sack_delay: int = 1 * MILLISECOND
        self.tcp_comp_sack_nr: int = 44
        self.tcp_dsack: int = 1
        self.tcp_retrans_collapse: int = 1
        self.tcp_shrink_window: int = 0  # 1: a window may shrink while the buffer fills
        self.tcp_stdurg: int = 0  # 1: the urgent pointer names the last urgent byte, not the one after it
        self.tcp_moderate_rcvbuf: int = 1
        self.tcp_base_mss: int = 1024
        self.tcp_mtu_probe_floor: int = 48
        self.tcp_abort_on_overflow: int = 0
        self.tcp_rfc1337: int = 0
        self.tcp_min_tso_segs: int = 2
        self.tcp_tso_win_divisor: int = 3
        self.tcp_tso_rtt_log: int = 9
        self.tcp_pacing_ss_ratio: int = 200
        self.tcp_pacing_ca_ratio: int = 120
        self.tcp_hystart: int = 1
        self.tcp_ecn: int = 2  # 2: accept ECN when asked, do not ask
        self.tcp_ecn_fallback: int = 1
        self.tcp_min_rtt_wlen: int = 300 * SECOND
        self.tcp_mtu_probing: int = 0
        self.tcp_max_reordering: int = 300
        self.tcp_tw_reuse: int = 2  # 2: for loopback only
        self.tcp_tw_reuse_delay: int = 1 * SECOND
        self.tcp_fastopen: int = 1  # bits: 1 client, 2 server; see tcp/fast_open.py
        self.tcp_notsent_lowat: int = 0xFFFF_FFFF  # bytes that may wait unsent before a program has to
        self.receive_offload: int = 0  # larger segments were merged by the device from ones of this size; 0: none were


def linux() -> Profile:
    """The values of Linux 6.18."""
    return Profile()


def rfc() -> Profile:
    """The textbook: Reno with SACK and the timers of the RFCs, none of the later inventions (docs/profiles.md)."""
    profile = Profile()
    profile.jiffy = 0
    profile.tcp_congestion_control = "reno"  # RFC 5681
    profile.tcp_initial_cwnd = 3  # RFC 5681 3.1, for segments of 1096 to 2190 bytes
    profile.tcp_rto_min = 1 * SECOND  # RFC 6298 2.4
    profile.tcp_syn_linear_timeouts = 0  # RFC 6298 5.5
    profile.tcp_syn_retries = 7  # RFC 9293 3.8.3: three minutes at least
    profile.tcp_delack_min = 200 * MILLISECOND  # RFC 9293 3.8.6.3: below 500 ms
    profile.tcp_quickack_segments = 0
    profile.tcp_comp_sack_nr = 0  # RFC 5681 4.2: each segment beyond a gap is answered at once
    profile.tcp_rack = 0  # three duplicates (RFC 5681 3.2, RFC 6675), no RACK
    profile.tcp_early_retrans = 0  # no tail loss probes
    profile.tcp_frto = 0
    profile.tcp_tso_win_divisor = 1000  # a burst never waits to become larger
    profile.tcp_time_wait = 240 * SECOND  # RFC 9293 3.4.2: twice an MSL of two minutes
    profile.tcp_no_metrics_save = 1  # each connection measures for itself
    return profile


PROFILES: Final = {"linux": linux, "rfc": rfc}
