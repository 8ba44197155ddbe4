"""The transmission control block: the variables of one connection (RFC 9293 3.3.1), without behavior.

Sequence numbers are plain growing ints (see sequence.py), times nanoseconds, sizes bytes.
"""

from __future__ import annotations

from typing import Final

from simnet.stack.host import StackHost
from simnet.stack.linux_socket import IP_PMTUDISC_DO, IP_PMTUDISC_WANT
from simnet.stack.profile import Profile
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp.states import State
from simnet.stack.tcp.urgent_byte import UrgentByte
from simnet.wire.addresses import ip_text
from simnet.wire.ipv4 import DONT_FRAGMENT

MSS_DEFAULT: Final = 536  # RFC 9293 3.7.1
MSS_MINIMUM: Final = 88  # Linux TCP_MIN_MSS


class Tcb:
    """What the parts of one connection share."""

    __slots__ = (
        "host", "profile", "options", "local", "local_port", "remote", "remote_port", "state", "now", "cause",
        "iss", "irs", "snd_una", "snd_nxt", "snd_wnd", "snd_wl1", "snd_max_wnd", "snd_wscale", "snd_up", "write_seq",
        "rcv_nxt", "rcv_wnd", "rcv_wup", "rcv_wscale", "copied_seq", "mss", "advertised_mss", "mss_clamp", "path_mtu",
        "has_timestamps", "has_sack", "is_scaling", "ts_offset", "ts_recent", "ts_recent_at", "identification",
        "error", "soft_error", "has_socket", "is_orphan", "is_read_shut", "is_write_shut", "has_fin", "last_oow_ack",
        "last_arrival", "bytes_acked", "echoed", "is_ecn", "codepoint",
        "is_plain", "urgent", "probed_mss", "has_progress", "is_internal", "fragment", "has_syn_data",
    )  # fmt: skip

    def __init__(
        self, *, host: StackHost, options: SocketOptions, local: int, local_port: int, remote: int, remote_port: int
    ) -> None:
        self.host: Final = host
        self.profile: Final[Profile] = host.profile
        self.options: Final = options
        self.local: Final = local
        self.local_port: Final = local_port
        self.remote: Final = remote
        self.remote_port: Final = remote_port
        self.state = State.CLOSED
        self.now = 0
        self.cause = 0  # what made the connection act: a frame id, a socket call
        self.path_mtu = 1500
        self.fragment = DONT_FRAGMENT  # of the IP header of what it sends
        self.ts_offset = 0
        self.identification = 0
        self.error = 0
        self.soft_error = 0
        self.has_socket = True  # some program's; not before accept(), nor after close()
        self.is_orphan = False  # the program has closed it
        self.is_internal = False  # the peer is this host itself
        self.is_read_shut = False  # no more will be read: FIN received, SHUT_RD, or closed
        self.is_write_shut = False
        self._begin_sending()
        self._begin_receiving()
        self._begin_options()

    def _begin_sending(self) -> None:
        self.iss = 0
        self.snd_una = 0
        self.snd_nxt = 0
        self.snd_wnd = 0
        self.snd_wl1 = 0
        self.snd_max_wnd = 0
        self.snd_wscale = 0
        self.snd_up = 0  # one past the urgent data; there is some as long as it is above snd_una
        self.write_seq = 0  # one past the last byte, or FIN, the program has handed over
        self.bytes_acked = 0
        self.has_syn_data = False  # what came or went with the SYN was taken (RFC 7413)
        self.has_progress = False  # something sent has arrived: the way to the peer works

    def _begin_receiving(self) -> None:
        self.irs = 0
        self.rcv_nxt = 0
        self.rcv_wnd = 0
        self.rcv_wup = 0  # rcv_nxt when the window was last advertised
        self.rcv_wscale = 0
        self.copied_seq = 0  # what the program has read up to
        self.has_fin = False  # the peer's FIN has been received in order
        self.urgent: UrgentByte | None = None  # of the peer; None unless it matters
        self.last_arrival = 0
        self.last_oow_ack = -(1 << 62)

    def _begin_options(self) -> None:
        self.mss = MSS_DEFAULT  # data bytes in a full segment sent
        self.advertised_mss = MSS_DEFAULT
        self.mss_clamp = 65495  # what the peer accepts
        self.probed_mss = 0  # what a path that swallows large packets is thought to carry; 0 while unsuspected
        self.has_timestamps = False
        self.has_sack = False
        self.is_scaling = False  # both ends scale their windows
        self.is_ecn = False
        self.is_plain = True  # neither ECN nor urgent data is in use: headers are easily told in advance
        self.codepoint = 0  # the ECN bits of the packet being processed
        self.ts_recent = 0
        self.ts_recent_at = 0
        self.echoed = 0  # the timestamp that the last segment echoed; 0 if none

    def agree_on_ecn(self, is_wanted: bool) -> None:
        """The handshake says whether both ends use ECN."""
        self.is_ecn = is_wanted
        self.choose_path()

    def choose_path(self) -> None:
        """ECN or urgent data came into use, or is no more."""
        self.is_plain = not self.is_ecn and self.urgent is None and self.snd_up <= self.snd_una

    def choose_fragment(self) -> None:
        """May its packets be cut on the way (Linux ip_dont_fragment)?"""
        discovery = self.options.discovery
        is_whole = discovery == IP_PMTUDISC_WANT and not self.host.may_be_cut(self.remote)
        self.fragment = DONT_FRAGMENT if is_whole or discovery == IP_PMTUDISC_DO else 0

    def is_window_newer(self, seq: int, window: int) -> bool:
        """Does a segment at `seq` tell a newer window, by RFC 9293's SND.WL1 (Linux tcp_may_update_window)?"""
        return seq > self.snd_wl1 or (seq == self.snd_wl1 and (window > self.snd_wnd or not window))

    def orphan_retries(self, is_alive: bool) -> int:
        """How often a closed connection repeats; `is_alive`: its timeout still grows (Linux tcp_orphan_retries)."""
        if not is_alive and self.soft_error:
            return 0
        retries = self.profile.tcp_orphan_retries
        return 8 if is_alive and not retries else retries

    def fin_wait_2_life(self) -> int:
        """How long a closed FIN-WAIT-2 lasts; of more than TIME-WAIT's life Linux waits twice for the difference."""
        life = self.options.linger2 or self.profile.tcp_fin_timeout
        more = life - self.profile.tcp_time_wait
        return 2 * more if more > 0 else life

    def name(self) -> str:
        """The connection as a person writes it, seen from this host."""
        return (
            f"{ip_text(self.local)}:{self.local_port} > {ip_text(self.remote)}:{self.remote_port}"
        )

    def timestamp(self) -> int:
        """The value of this connection's 1 kHz timestamp clock (RFC 7323 5.4) now."""
        return (self.now // 1_000_000 + self.ts_offset) & 0xFFFF_FFFF
