"""The tunables of a host that a scenario may set: name, file in /proc/sys, unit, range and meaning of each.

`name` is the attribute of `simnet.stack.profile.Profile`, which has the default (a test compares the two, and both with
the kernel).  Ranges are the kernel's own, without negative and huge numbers that are of no use.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

from simnet.units import MICROSECOND, MILLISECOND, NANOSECOND, SECOND, format_time


class Kind(Enum):
    """How a tunable is written."""

    NUMBER = "number"
    TIME = "time"
    SIZE = "bytes"
    WORD = "word"
    PORTS = "two ports"


class Tunable(Struct, frozen=True):
    """`path`: the sysctl, "" for what is a constant of Linux.  `low` and `high` count in `unit` (ns; 1 for numbers).

    `place`: which number of a file that holds several, -1 if it holds one.
    """

    name: str
    path: str
    kind: Kind
    low: int
    high: int
    unit: int
    place: int
    meaning: str


_BYTE: Final = 255
_INT: Final = 2**31 - 1
_JIFFIES: Final = 8_589_934  # seconds that fit into an int of jiffies
_UNSIGNED: Final = 2**32 - 1
_LONGEST: Final = 1_000_000


def _number(name: str, low: int, high: int, meaning: str, path: str = "net.ipv4.") -> Tunable:
    return Tunable(name, path + name if path else "", Kind.NUMBER, low, high, 1, -1, meaning)


def _time(name: str, path: str, unit: int, low: int, high: int, meaning: str) -> Tunable:
    return Tunable(name, path, Kind.TIME, low, high, unit, -1, meaning)


def _size(name: str, path: str, low: int, high: int, meaning: str, place: int = -1) -> Tunable:
    return Tunable(name, path, Kind.SIZE, low, high, 1, place, meaning)


def _constant(name: str, meaning: str) -> Tunable:
    return Tunable(name, "", Kind.TIME, 0, _LONGEST * SECOND, NANOSECOND, -1, meaning)


def _neighbor(name: str, file: str, meaning: str) -> Tunable:
    return Tunable(f"neigh_{name}", f"net.ipv4.neigh.default.{file}", Kind.NUMBER, 0, _INT, 1, -1, meaning)


def _neighbor_time(name: str, file: str, unit: int, meaning: str) -> Tunable:
    high = _JIFFIES if unit == SECOND else _LONGEST
    return _time(f"neigh_{name}", f"net.ipv4.neigh.default.{file}", unit, 0, high, meaning)


_IP: Final = (
    _number("ip_default_ttl", 1, _BYTE, "Hops that packets of this host may take."),
    Tunable(
        "ip_local_port_range", "net.ipv4.ip_local_port_range", Kind.PORTS, 1, 65535, 1, -1,
        "Ports the system chooses from.",
    ),
    _time("ipfrag_time", "net.ipv4.ipfrag_time", SECOND, 0, _JIFFIES, "How long fragments wait for the others."),
    _size("ipfrag_high_thresh", "net.ipv4.ipfrag_high_thresh", 3_145_728, _INT, "Memory for fragments that wait."),
    _number("icmp_echo_ignore_all", 0, 1, "1: no answers to ping."),
    _number("icmp_echo_ignore_broadcasts", 0, 1, "1: no answers to ping by broadcast."),
    _time("icmp_ratelimit", "net.ipv4.icmp_ratelimit", MILLISECOND, 0, 503_317_420,
          "Time between two ICMP errors to one destination, after a burst of six; 0: no limit."),
    _number("icmp_ratemask", 0, _INT, "Bits of the ICMP types that the limits are for."),
    _number("icmp_msgs_per_sec", 0, _INT, "ICMP errors that a host sends in a second, to whomever."),
    _number("icmp_msgs_burst", 0, _INT, "And at most at once."),
    _size("rmem_default", "net.core.rmem_default", 2304, _INT, "Receive buffer of UDP and raw sockets."),
    _size("rmem_max", "net.core.rmem_max", 2304, _INT, "The most that SO_RCVBUF can ask for."),
    _size("wmem_default", "net.core.wmem_default", 4608, _INT, "Send buffer of UDP and raw sockets."),
    _size("wmem_max", "net.core.wmem_max", 4608, _INT, "The most that SO_SNDBUF can ask for."),
)  # fmt: skip

_NEIGHBORS: Final = (
    _neighbor_time("retrans_time", "retrans_time_ms", MILLISECOND, "Time between two ARP requests."),
    _neighbor("mcast_solicit", "mcast_solicit", "Broadcast requests before giving up."),
    _neighbor("ucast_solicit", "ucast_solicit", "Unicast requests before giving up."),
    _neighbor_time("delay_first_probe_time", "delay_first_probe_time", SECOND, "Time in DELAY before PROBE."),
    _neighbor_time("base_reachable_time", "base_reachable_time_ms", MILLISECOND,
                   "Time in REACHABLE, times a random 0.5 to 1.5."),
    _neighbor_time("locktime", "locktime", 10 * MILLISECOND, "An entry this young keeps its MAC."),
    Tunable("neigh_unres_qlen_bytes", "net.ipv4.neigh.default.unres_qlen_bytes", Kind.SIZE, 0, _INT, 1, -1,
            "Memory for packets that wait for one answer."),
)  # fmt: skip

_PATHS: Final = (
    _size("route_min_pmtu", "net.ipv4.route.min_pmtu", 68, _INT,
          "Paths that carry less get packets of this size, which may be cut."),
    _time("route_mtu_expires", "net.ipv4.route.mtu_expires", SECOND, 0, _JIFFIES,
          "How long the word of a router about the path's MTU counts."),
)  # fmt: skip

_BUFFERS: Final = (
    _size("tcp_rmem_default", "net.ipv4.tcp_rmem", 1, _INT, "Receive buffer to begin with.", 1),
    _size("tcp_rmem_max", "net.ipv4.tcp_rmem", 1, _INT, "Largest receive buffer by autotuning.", 2),
    _size("tcp_wmem_default", "net.ipv4.tcp_wmem", 1, _INT, "Send buffer to begin with.", 1),
    _size("tcp_wmem_max", "net.ipv4.tcp_wmem", 1, _INT, "Largest send buffer by autotuning.", 2),
    _size("tcp_notsent_lowat", "net.ipv4.tcp_notsent_lowat", 0, _UNSIGNED, "Bytes that may wait unsent."),
    _number("tcp_moderate_rcvbuf", 0, _BYTE, "1: the receive buffer grows with the reader."),
    _number("tcp_shrink_window", 0, 1, "1: what was offered may be taken back, where windows are scaled."),
)

_OPENING: Final = (
    _number("tcp_fastopen", 0, _INT, "Fast Open: 1 client, 2 server, 0x400 of all listeners; 4, 0x200 no cookie."),
    _number("tcp_window_scaling", 0, _BYTE, "1: offer RFC 7323 window scaling."),
    _number("tcp_timestamps", 0, _BYTE, "1: offer RFC 7323 timestamps."),
    _number("tcp_sack", 0, _BYTE, "1: offer selective acknowledgments."),
    _number("tcp_ecn", 0, 2, "1: ask for ECN and accept it, 2: accept it, 0: neither."),
    _number("tcp_ecn_fallback", 0, 1, "1: a repeated SYN does not ask for ECN."),
    _number("tcp_syn_retries", 1, 127, "SYNs repeated at doubling times before connect() fails."),
    _number("tcp_syn_linear_timeouts", 0, 127, "And before them, SYNs repeated at equal times."),
    _number("tcp_synack_retries", 0, _BYTE, "SYN-ACKs repeated before a half-open connection is forgotten."),
    _number("tcp_max_syn_backlog", 0, _INT, "Half-open connections of one listener, if there are no SYN cookies."),
    _number("tcp_syncookies", 0, _BYTE, "1: SYN cookies when as many are half-open as may wait; 2: always."),
    _number("somaxconn", 0, _INT, "The largest backlog.", "net.core."),
    _number("tcp_abort_on_overflow", 0, _BYTE, "1: reset what a full backlog has no room for."),
    _number("tcp_base_mss", 0, _INT, "Segment size that probing begins with."),
    _number("tcp_mtu_probing", 0, 1, "1: smaller segments after timeouts (black holes). 2, always, is not modeled."),
    _number("tcp_mtu_probe_floor", 48, 65535, "And the smallest that it tries."),
)

_SENDING: Final = (
    Tunable("tcp_congestion_control", "net.ipv4.tcp_congestion_control", Kind.WORD, 0, 0, 1, -1,
            "reno or cubic."),
    _number("tcp_slow_start_after_idle", 0, _BYTE, "1: the window shrinks while nothing is sent."),
    _number("tcp_min_tso_segs", 1, _BYTE, "Smallest burst in segments."),
    _number("tcp_tso_win_divisor", 0, _BYTE, "A burst is put off while it is less than this part of the window."),
    _number("tcp_tso_rtt_log", 0, _BYTE, "Bursts are larger where the round trip is shorter than 2 to this, in us."),
    _number("tcp_pacing_ss_ratio", 0, 1000, "The pace bursts are measured by in slow start, in % of cwnd per RTT."),
    _number("tcp_pacing_ca_ratio", 0, 1000, "The same in congestion avoidance."),
)  # fmt: skip

_RECOVERY: Final = (
    _time("tcp_rto_min", "net.ipv4.tcp_rto_min_us", MICROSECOND, 1, _INT, "The smallest retransmission timeout."),
    _time("tcp_rto_max", "net.ipv4.tcp_rto_max_ms", MILLISECOND, 1000, 120_000, "The largest."),
    _number("tcp_early_retrans", 0, 4, "3 or 4: tail loss probes."),
    _number("tcp_rack", 0, 1, "1: time tells which segments are lost, as always in Linux; 0: three duplicates.", ""),
    _number("tcp_recovery", 0, _BYTE, "Bits: 2 fixed reordering window, 4 no duplicate threshold; 1, RACK, always is."),
    _number("tcp_reordering", 1, 300, "Duplicate ACKs that mean a loss, at first."),
    _number("tcp_max_reordering", 1, _INT, "And at most."),
    _number("tcp_dsack", 0, _BYTE, "1: report duplicates (RFC 2883)."),
    _number("tcp_retrans_collapse", 0, _BYTE, "1: join small segments when they are sent again."),
    _number("tcp_frto", 0, _BYTE, "2: F-RTO, which finds spurious timeouts."),
    _number("tcp_thin_linear_timeouts", 0, _BYTE, "1: with fewer than 4 segments in flight, six equal timeouts first."),
    _number("tcp_retries1", 0, _BYTE, "Timeouts after which the path is doubted."),
    _number("tcp_retries2", 0, _BYTE, "Timeouts after which a connection is given up."),
    _number("tcp_orphan_retries", 0, _BYTE, "The same for a closed socket; 0 means 8 while timeouts still grow."),
    _number("tcp_no_metrics_save", 0, _BYTE, "1: nothing is remembered of the round trips of connections that end."),
    _time("tcp_min_rtt_wlen", "net.ipv4.tcp_min_rtt_wlen", SECOND, 0, 86400, "How long the smallest RTT counts."),
)

_ACKNOWLEDGING: Final = (
    _number("tcp_pingpong_thresh", 1, _BYTE, "Answers after which acknowledgments wait to ride along."),
    _time("tcp_comp_sack_delay", "net.ipv4.tcp_comp_sack_delay_ns", NANOSECOND, 0, _UNSIGNED,
          "How long SACKs are gathered."),
    _number("tcp_comp_sack_nr", 0, _BYTE, "How many SACKs are gathered; 0: none."),
    _time("tcp_invalid_ratelimit", "net.ipv4.tcp_invalid_ratelimit", MILLISECOND, 0, 1_006_633_400,
          "Time between two answers to segments that do not fit."),
    _number("tcp_stdurg", 0, _BYTE, "1: the urgent pointer of the peer names its last urgent byte, not the next."),
)  # fmt: skip

_CLOSING: Final = (
    _time("tcp_fin_timeout", "net.ipv4.tcp_fin_timeout", SECOND, 0, _JIFFIES, "Life of a closed FIN-WAIT-2."),
    _number("tcp_tw_reuse", 0, 2, "connect() may take the ports of a TIME-WAIT: 1 always, 2 on lo."),
    _time("tcp_tw_reuse_delay", "net.ipv4.tcp_tw_reuse_delay", MILLISECOND, 1, 60_000, "But not of one this young."),
    _number("tcp_rfc1337", 0, _BYTE, "1: a RST does not end TIME-WAIT."),
    _time("tcp_keepalive_time", "net.ipv4.tcp_keepalive_time", SECOND, 0, _JIFFIES, "Silence before a probe."),
    _time("tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_intvl", SECOND, 0, _JIFFIES, "Time between probes."),
    _number("tcp_keepalive_probes", 0, _BYTE, "Unanswered probes that end a connection."),
)

_CONSTANTS: Final = (
    _constant("jiffy", "Grain of kernel timers; 0: they are exact (CONFIG_HZ)."),
    _constant("tcp_rto_initial", "First retransmission timeout (TCP_TIMEOUT_INIT)."),
    _constant("tcp_delack_min", "Shortest delay of an acknowledgment (TCP_DELACK_MIN)."),
    _constant("tcp_delack_max", "Longest delay of an acknowledgment (TCP_DELACK_MAX)."),
    _constant("tcp_time_wait", "Life of TIME-WAIT (TCP_TIMEWAIT_LEN)."),
    _number("tcp_quickack_segments", 0, _INT, "Segments acknowledged at once, at first (TCP_MAX_QUICKACKS).", ""),
    _number("tcp_initial_cwnd", 1, _INT, "Congestion window to begin with (TCP_INIT_CWND).", ""),
    _number("receive_offload", 0, 65535, "Segments larger than this were merged by the device; 0: none were.", ""),
    _number("tcp_hystart", 0, 1, "1: CUBIC leaves slow start by HyStart (module parameter).", ""),
)

TUNABLES: Final = {
    each.name: each
    for each in (
        *_IP, *_NEIGHBORS, *_PATHS, *_BUFFERS, *_OPENING, *_SENDING, *_RECOVERY, *_ACKNOWLEDGING, *_CLOSING,
        *_CONSTANTS,
    )
}  # fmt: skip
"""All of them by name, in the order in which the documentation lists them."""


def setting_text(name: str, value: int | str | tuple[int, int]) -> str:
    """A setting for people: "tcp_fin_timeout is now 5s"."""
    if isinstance(value, tuple):
        return f"{name} is now {value[0]} to {value[1]}"
    is_time = TUNABLES[name].kind is Kind.TIME and isinstance(value, int)
    return f"{name} is now {format_time(int(value)) if is_time else value}"


FILES: Final = {
    each.path.removeprefix("net.ipv4.").removeprefix("net.core."): each
    for each in TUNABLES.values()
    if each.path and each.place < 0
}
"""Those that are alone in their file, by what it is called without net.ipv4 and net.core."""

WORDS: Final = {"tcp_congestion_control": ("reno", "cubic")}
