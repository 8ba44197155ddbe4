"""What setsockopt() can choose for one connection or listener, with Linux's limits (tcp(7), socket(7))."""

from __future__ import annotations

from typing import Final

from simnet.stack.linux_errno import EINVAL, ENOENT, EOPNOTSUPP, SocketError
from simnet.stack.linux_socket import (
    IP_FREEBIND,
    IP_MTU_DISCOVER,
    IP_PMTUDISC_WANT,
    IP_TOS,
    IP_TTL,
    IPPROTO_IP,
    IPPROTO_TCP,
    SO_KEEPALIVE,
    SO_LINGER,
    SO_MARK,
    SO_OOBINLINE,
    SO_RCVBUF,
    SO_REUSEADDR,
    SO_REUSEPORT,
    SO_SNDBUF,
    SO_TIMESTAMPING,
    SO_ZEROCOPY,
    SOF_TIMESTAMPING_OPT_ID,
    SOF_TIMESTAMPING_OPT_ID_TCP,
    SOL_SOCKET,
    TCP_CONGESTION,
    TCP_CORK,
    TCP_FASTOPEN,
    TCP_FASTOPEN_CONNECT,
    TCP_FASTOPEN_KEY,
    TCP_FASTOPEN_NO_COOKIE,
    TCP_INQ,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    TCP_LINGER2,
    TCP_MAXSEG,
    TCP_NODELAY,
    TCP_NOTSENT_LOWAT,
    TCP_QUICKACK,
    TCP_SYNCNT,
    TCP_USER_TIMEOUT,
    TIMESTAMPING,
)
from simnet.stack.option_ranges import MIN_RCVBUF, MIN_SNDBUF, buffer_size, check_range
from simnet.stack.profile import Profile
from simnet.units import MILLISECOND, SECOND

FAST_OPEN_CLIENT: Final = 1  # a bit of net.ipv4.tcp_fastopen
_KEY_SIZE: Final = 16
_NAME_SIZE: Final = 16  # Linux TCP_CA_NAME_MAX
NO_LINGER: Final = -1
_LONGEST_LINGER2: Final = 120 * SECOND  # Linux TCP_FIN_TIMEOUT_MAX


class SocketOptions:
    """The options of a connection; a listener's are copied to the connections it makes.

    Times are nanoseconds; times, TTL and `notsent_lowat` are 0 where the profile decides; `linger` is in
    seconds or NO_LINGER.
    """

    __slots__ = (
        "profile", "nodelay", "cork", "quickack", "keepalive", "keepalive_time", "keepalive_interval",
        "keepalive_probes", "linger", "linger2", "syn_retries", "user_timeout", "max_segment", "receive_buffer",
        "is_receive_buffer_locked", "send_buffer", "is_send_buffer_locked", "congestion", "ttl", "tos",
        "discovery", "reuse", "reuseport", "notsent_lowat", "reports_unread", "freebind", "oobinline",
        "zerocopy", "timestamping", "mark", "fastopen_queue", "fastopen_connect", "fastopen_no_cookie", "fastopen_keys",
    )  # fmt: skip

    def __init__(self, profile: Profile) -> None:
        self.profile: Final = profile
        self.nodelay = False
        self.cork = False
        self.quickack = True
        self.keepalive = False
        self.keepalive_time = 0
        self.keepalive_interval = 0
        self.keepalive_probes = 0
        self.linger = NO_LINGER
        self.linger2 = 0
        self.syn_retries = 0
        self.user_timeout = 0
        self.max_segment = 0
        self.receive_buffer = profile.tcp_rmem_default
        self.is_receive_buffer_locked = False
        self.send_buffer = profile.tcp_wmem_default
        self.is_send_buffer_locked = False
        self.congestion = profile.tcp_congestion_control
        self.ttl = 0
        self.tos = 0
        self.discovery = IP_PMTUDISC_WANT
        self.reuse = False
        self.reuseport = False
        self.notsent_lowat = 0
        self.reports_unread = False
        self.freebind = False
        self.oobinline = False
        self.zerocopy = False
        self.timestamping = 0
        self.mark = 0  # SO_MARK: nothing here looks at it
        self.fastopen_queue = 0  # handshakes with data that a listener admits at once
        self.fastopen_connect = False
        self.fastopen_no_cookie = False
        self.fastopen_keys: tuple[bytes, ...] = ()

    def copy(self) -> SocketOptions:
        """The same choices, independent from now on."""
        other = SocketOptions(self.profile)
        other.nodelay, other.cork, other.quickack = self.nodelay, self.cork, self.quickack
        other.keepalive, other.keepalive_time = self.keepalive, self.keepalive_time
        other.keepalive_interval, other.keepalive_probes = self.keepalive_interval, self.keepalive_probes
        other.linger, other.linger2 = self.linger, self.linger2
        other.syn_retries, other.user_timeout = self.syn_retries, self.user_timeout
        other.max_segment, other.congestion = self.max_segment, self.congestion
        other.receive_buffer, other.is_receive_buffer_locked = self.receive_buffer, self.is_receive_buffer_locked
        other.send_buffer, other.is_send_buffer_locked = self.send_buffer, self.is_send_buffer_locked
        other.ttl, other.tos = self.ttl, self.tos
        other.discovery = self.discovery
        other.reuse, other.reuseport = self.reuse, self.reuseport
        other.notsent_lowat, other.reports_unread = self.notsent_lowat, self.reports_unread
        other.freebind, other.oobinline = self.freebind, self.oobinline
        other.fastopen_no_cookie, other.fastopen_keys = self.fastopen_no_cookie, self.fastopen_keys
        other.zerocopy, other.timestamping, other.mark = self.zerocopy, self.timestamping, self.mark
        return other

    def set(self, level: int, name: int, value: int) -> bool:
        """Choose `value` as setsockopt() would; False if there is no such option, SocketError if it cannot be."""
        check_range(level, name, value)
        if level == SOL_SOCKET:
            return self._set_socket(name, value)
        if level == IPPROTO_TCP:
            return self._set_switch(name, value) or self._set_number(name, value) or self._set_fast_open(name, value)
        return level == IPPROTO_IP and self._set_ip(name, value)

    def set_bytes(self, name: int, value: bytes) -> bool:
        """Choose a value of IPPROTO_TCP that is no number; False if there is no such option."""
        if name == TCP_CONGESTION:
            control = value.rstrip(b"\0").decode("ascii", "replace")
            if control not in ("reno", "cubic"):
                raise SocketError(ENOENT)
            self.congestion = control
        elif name == TCP_FASTOPEN_KEY:
            if len(value) not in (_KEY_SIZE, 2 * _KEY_SIZE):
                raise SocketError(EINVAL)
            self.fastopen_keys = tuple(value[at : at + _KEY_SIZE] for at in range(0, len(value), _KEY_SIZE))
        else:
            return False
        return True

    def get_bytes(self, name: int) -> bytes | None:
        """The value of such an option as getsockopt() gives it; None if there is none."""
        if name == TCP_CONGESTION:
            return self.congestion.encode().ljust(_NAME_SIZE, b"\0")
        return b"".join(self.fastopen_keys) if name == TCP_FASTOPEN_KEY else None

    def get(self, level: int, name: int) -> int | None:
        """The value as getsockopt() gives it; None if there is no such option."""
        return self._values().get((level, name))

    def _set_ip(self, name: int, value: int) -> bool:
        if name == IP_TTL:
            self.ttl = max(value, 0)
        elif name == IP_TOS:
            self.tos = value & 0xFC
        elif name == IP_MTU_DISCOVER:
            self.discovery = value
        elif name == IP_FREEBIND:
            self.freebind = value != 0
        else:
            return False
        return True

    def _set_socket(self, name: int, value: int) -> bool:
        profile = self.profile
        if name == SO_RCVBUF:
            self.receive_buffer = buffer_size(value, profile.rmem_max, MIN_RCVBUF)
            self.is_receive_buffer_locked = True
        elif name == SO_SNDBUF:
            self.send_buffer = buffer_size(value, profile.wmem_max, MIN_SNDBUF)
            self.is_send_buffer_locked = True
        elif name == SO_KEEPALIVE:
            self.keepalive = value != 0
        elif name == SO_LINGER:
            self.linger = value
        elif name == SO_REUSEADDR:
            self.reuse = value != 0
        elif name == SO_REUSEPORT:
            self.reuseport = value != 0
        elif name == SO_MARK:
            self.mark = value
        elif name == SO_OOBINLINE:
            self.oobinline = value != 0
        else:
            return self._set_notices(name, value)
        return True

    def _set_notices(self, name: int, value: int) -> bool:
        """What the program wants to hear about data it has sent."""
        if name == SO_ZEROCOPY:
            if value not in (0, 1):
                raise SocketError(EINVAL)
            self.zerocopy = value == 1
        elif name == SO_TIMESTAMPING and not value & ~TIMESTAMPING:
            if value & SOF_TIMESTAMPING_OPT_ID_TCP and not value & SOF_TIMESTAMPING_OPT_ID:
                raise SocketError(EINVAL)
            self.timestamping = value
        else:
            return False
        return True

    def _set_switch(self, name: int, value: int) -> bool:
        if name == TCP_NODELAY:
            self.nodelay = value != 0
        elif name == TCP_CORK:
            self.cork = value != 0
        elif name == TCP_QUICKACK:
            self.quickack = value != 0
        elif name == TCP_INQ:
            if value not in (0, 1):
                raise SocketError(EINVAL)
            self.reports_unread = value == 1
        else:
            return False
        return True

    def _set_fast_open(self, name: int, value: int) -> bool:
        if name == TCP_FASTOPEN:
            if value < 0:
                raise SocketError(EINVAL)
            self.fastopen_queue = min(value, self.profile.somaxconn)
            return True
        if name not in (TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE):
            return False
        if value not in (0, 1):
            raise SocketError(EINVAL)
        if name == TCP_FASTOPEN_NO_COOKIE:
            self.fastopen_no_cookie = value == 1
        elif self.profile.tcp_fastopen & FAST_OPEN_CLIENT:
            self.fastopen_connect = value == 1
        else:
            raise SocketError(EOPNOTSUPP)
        return True

    def _set_number(self, name: int, value: int) -> bool:
        if name == TCP_KEEPIDLE:
            self.keepalive_time = value * SECOND
        elif name == TCP_KEEPINTVL:
            self.keepalive_interval = value * SECOND
        elif name == TCP_KEEPCNT:
            self.keepalive_probes = value
        elif name == TCP_SYNCNT:
            self.syn_retries = value
        elif name == TCP_LINGER2:
            self.linger2 = min(value * SECOND, _LONGEST_LINGER2)
        elif name == TCP_USER_TIMEOUT:
            self.user_timeout = value * MILLISECOND
        elif name == TCP_MAXSEG:
            self.max_segment = value
        elif name == TCP_NOTSENT_LOWAT:
            self.notsent_lowat = value & 0xFFFF_FFFF
        else:
            return False
        return True

    def _values(self) -> dict[tuple[int, int], int]:
        profile = self.profile
        return {
            (SOL_SOCKET, SO_RCVBUF): self.receive_buffer,
            (SOL_SOCKET, SO_SNDBUF): self.send_buffer,
            (SOL_SOCKET, SO_KEEPALIVE): int(self.keepalive),
            (SOL_SOCKET, SO_LINGER): self.linger,
            (SOL_SOCKET, SO_ZEROCOPY): int(self.zerocopy),
            (SOL_SOCKET, SO_TIMESTAMPING): self.timestamping,
            (SOL_SOCKET, SO_MARK): self.mark,
            (SOL_SOCKET, SO_OOBINLINE): int(self.oobinline),
            (SOL_SOCKET, SO_REUSEADDR): int(self.reuse),
            (SOL_SOCKET, SO_REUSEPORT): int(self.reuseport),
            (IPPROTO_TCP, TCP_NODELAY): int(self.nodelay),
            (IPPROTO_TCP, TCP_CORK): int(self.cork),
            (IPPROTO_TCP, TCP_QUICKACK): int(self.quickack),
            (IPPROTO_TCP, TCP_INQ): int(self.reports_unread),
            (IPPROTO_TCP, TCP_KEEPIDLE): (self.keepalive_time or profile.tcp_keepalive_time) // SECOND,
            (IPPROTO_TCP, TCP_KEEPINTVL): (self.keepalive_interval or profile.tcp_keepalive_intvl) // SECOND,
            (IPPROTO_TCP, TCP_KEEPCNT): self.keepalive_probes or profile.tcp_keepalive_probes,
            (IPPROTO_TCP, TCP_SYNCNT): self.syn_retries or profile.tcp_syn_retries,
            (IPPROTO_TCP, TCP_LINGER2): (self.linger2 or profile.tcp_fin_timeout) // SECOND,
            (IPPROTO_TCP, TCP_USER_TIMEOUT): self.user_timeout // MILLISECOND,
            (IPPROTO_TCP, TCP_MAXSEG): self.max_segment or 536,
            (IPPROTO_TCP, TCP_NOTSENT_LOWAT): self.notsent_lowat,
            (IPPROTO_TCP, TCP_FASTOPEN): self.fastopen_queue,
            (IPPROTO_TCP, TCP_FASTOPEN_CONNECT): int(self.fastopen_connect),
            (IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE): int(self.fastopen_no_cookie),
            (IPPROTO_IP, IP_TTL): self.ttl or profile.ip_default_ttl,
            (IPPROTO_IP, IP_TOS): self.tos,
            (IPPROTO_IP, IP_MTU_DISCOVER): self.discovery,
            (IPPROTO_IP, IP_FREEBIND): int(self.freebind),
        }
