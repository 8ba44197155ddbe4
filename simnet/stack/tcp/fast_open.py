"""TCP Fast Open (RFC 7413, Linux tcp_fastopen.c): data in the SYN, by a cookie that the server handed out before.

Here is what a host keeps of it: the keys of its own cookies, and what it remembers of servers.
Does not model: a client that stops trying because of middleboxes (net.ipv4.tcp_fastopen_blackhole_timeout_sec, off in
Linux, too), and cookies that vary by route (ip route … fastopen_no_cookie).
"""

from __future__ import annotations

from typing import Final

from simnet.stack.host import StackHost
from simnet.stack.siphash import siphash
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.wire.tcp import Tcp
from simnet.wire.tcp_options import EXPERIMENT, FAST_OPEN, TcpOptions

# bits of net.ipv4.tcp_fastopen
SERVER: Final = 2
CLIENT_WITHOUT_COOKIE: Final = 4
SERVER_WITHOUT_COOKIE: Final = 0x200
SERVER_WITHOUT_OPTION: Final = 0x400

KEY_SIZE: Final = 16


class Request:
    """What connect() would like to send with the SYN: `data`, of which `taken` bytes went.

    `cookie`: None to go without that option, b"" to ask for a cookie.  `is_waiting`: the program waits in the same call
    to send more.
    """

    __slots__ = ("data", "cookie", "cookie_kind", "mss", "taken", "has_option", "is_waiting", "flags")

    def __init__(self, data: bytes, cookie: bytes | None, cookie_kind: int, mss: int) -> None:
        self.data: Final = data
        self.cookie = cookie
        self.cookie_kind: Final = cookie_kind
        self.mss: Final = mss  # what the server announced last; 0 if nobody knows
        self.taken = 0
        self.has_option = cookie is not None  # the SYN bore it
        self.is_waiting = False
        self.flags = 0  # of the send(): MSG_ZEROCOPY


    def options_with_cookie(self, options: TcpOptions) -> TcpOptions:
        """The options of the SYN, with the cookie or the wish for one."""
        return TcpOptions(
            options.mss, options.window_scale, options.sack_permitted, options.ts_val, options.ts_ecr,
            cookie=self.cookie, cookie_kind=self.cookie_kind,
        )  # fmt: skip


class _Server:
    """What is remembered of one."""

    __slots__ = ("mss", "cookie", "cookie_kind", "tried")

    def __init__(self) -> None:
        self.mss = 0
        self.cookie = b""
        self.cookie_kind = FAST_OPEN
        self.tried = 0  # 1: it ignored the option, so try the experiment's; 2: it ignored both


class Welcome:
    """What a listener makes of a SYN: is it a connection at once, and what cookie does the SYN-ACK bear."""

    __slots__ = ("is_accepted", "cookie", "cookie_kind")

    def __init__(self, is_accepted: bool, cookie: bytes | None, cookie_kind: int) -> None:
        self.is_accepted: Final = is_accepted
        self.cookie: Final = cookie
        self.cookie_kind: Final = cookie_kind


ORDINARY: Final = Welcome(False, None, FAST_OPEN)


class FastOpen:
    """Of one host."""

    __slots__ = ("_host", "_keys", "_servers")

    def __init__(self, host: StackHost) -> None:
        self._host: Final = host
        self._keys: tuple[bytes, ...] = ()
        self._servers: dict[int, _Server] = {}

    # --- client

    def has_cookie(self, server: int, is_without_cookie: bool) -> bool:
        """May a SYN to `server` carry data?"""
        if is_without_cookie or self._host.profile.tcp_fastopen & CLIENT_WITHOUT_COOKIE:
            return True
        known = self._servers.get(server)
        return known is not None and bool(known.cookie)

    def request(self, server: int, data: bytes, is_without_cookie: bool) -> Request:
        """What a SYN to `server` can do for `data`."""
        known = self._servers.get(server)
        mss = 0 if known is None else known.mss
        if is_without_cookie or self._host.profile.tcp_fastopen & CLIENT_WITHOUT_COOKIE:
            return Request(data, None, FAST_OPEN, mss)
        if known is not None and known.cookie:
            return Request(data, known.cookie, known.cookie_kind, mss)
        kind = EXPERIMENT if known is not None and known.tried == 1 else FAST_OPEN
        return Request(b"", b"", kind, mss)

    def remember(self, server: int, mss: int, cookie: bytes | None, cookie_kind: int, tried: int) -> None:
        """What the SYN-ACK of `server` taught; `cookie` None or b"": none came."""
        known = self._servers.setdefault(server, _Server())
        known.mss = mss or known.mss
        if cookie:
            known.cookie, known.cookie_kind = cookie, cookie_kind
        elif tried > known.tried and not known.cookie and known.cookie_kind == FAST_OPEN:
            known.tried = tried

    def forget(self) -> None:
        """As `ip tcp_metrics flush`."""
        self._servers.clear()

    # --- server

    def welcome(self, syn: Tcp, client: int, server: int, options: SocketOptions) -> Welcome:
        """Judge a SYN that brings data or the option to a listener that takes Fast Opens (Linux tcp_try_fastopen)."""
        cookie, kind = syn.options.cookie, syn.options.cookie_kind
        if cookie is None and not syn.data:
            return ORDINARY
        if self._host.profile.tcp_fastopen & SERVER_WITHOUT_COOKIE or options.fastopen_no_cookie:
            return Welcome(True, None, kind)
        if cookie is None:
            return ORDINARY
        valid = [cookie_of(client, server, key) for key in options.fastopen_keys or self.keys()]
        if cookie == valid[0]:
            return Welcome(True, None, kind)
        return Welcome(cookie in valid, valid[0], kind)

    def keys(self) -> tuple[bytes, ...]:
        """The key of new cookies, and perhaps an older one that is still honored (net.ipv4.tcp_fastopen_key)."""
        if not self._keys:
            self._keys = (self._host.random(1 << 8 * KEY_SIZE).to_bytes(KEY_SIZE, "little"),)
        return self._keys

    def choose_keys(self, keys: tuple[bytes, ...]) -> None:
        """As setting net.ipv4.tcp_fastopen_key."""
        self._keys = keys


def cookie_of(client: int, server: int, key: bytes) -> bytes:
    """The cookie of these addresses (Linux __tcp_fastopen_cookie_gen_cipher)."""
    return siphash(client.to_bytes(4, "big") + server.to_bytes(4, "big"), key).to_bytes(8, "little")
