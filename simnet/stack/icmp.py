"""ICMP (RFC 792, RFC 1122 3.2.2, RFC 1812 4.3): answers to ping, error messages sent and received.

As Linux: errors carry TOS 0xc0 and no DF, quote as much of the packet as fits into 576 bytes, leave a router from the
address of the interface they go out by (icmp_errors_use_inbound_ifaddr 0), are never sent about ICMP errors,
broadcasts or later fragments, and are limited per destination to one a second after a burst of six
(redirects and "fragmentation needed" are not: icmp_ratemask, icmpv4_mask_allow).  "No route" passes a second limit
out of the same bucket first (ip_error), so that after two such errors in a row a router falls silent.
Before either, a host sends `icmp_msgs_per_sec` of them in all, after a burst of `icmp_msgs_burst`; Linux counts each
as none, one or two at random, here each is one.
Does not model: address mask requests, router discovery.
"""

from __future__ import annotations

from typing import Callable, Final

from simnet import reasons
from simnet.stack.host import StackHost
from simnet.stack.linux_errno import (
    ECONNREFUSED,
    EHOSTDOWN,
    EHOSTUNREACH,
    EMSGSIZE,
    ENETUNREACH,
    ENONET,
    ENOPROTOOPT,
    EOPNOTSUPP,
    EPROTO,
)
from simnet.stack.profile import Profile
from simnet.units import MILLISECOND, SECOND
from simnet.wire import icmp, ipv4
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import ICMP, OFFSET_MASK, Ipv4

_QUOTE_LIMIT: Final = 576 - 28
_BURST: Final = 6
_TIMESTAMPS: Final = 12
_DAY: Final = 86_400_000  # milliseconds
_NO_ROUTE_BURST: Final = 5  # net.ipv4.route.error_burst, in units of error_cost = 1 s

_UNREACHABLE: Final = (
    (ENETUNREACH, False), (EHOSTUNREACH, False), (ENOPROTOOPT, True), (ECONNREFUSED, True), (EMSGSIZE, True),
    (EOPNOTSUPP, False), (ENETUNREACH, True), (EHOSTDOWN, True), (ENONET, True), (ENETUNREACH, True),
    (EHOSTUNREACH, True), (ENETUNREACH, False), (EHOSTUNREACH, False), (EHOSTUNREACH, True), (EHOSTUNREACH, True),
    (EHOSTUNREACH, True),
)  # fmt: skip
"""By code: the errno, and whether there is no point in trying again (Linux icmp_err_convert)."""


class Quote:
    """What an ICMP error tells of the packet it is about.  Ports are 0 when the quote does not reach them.

    `number`: the errno it stands for, 0 for none; `is_final`: trying again is of no use; `is_path_down`: no route leads
    there at present; `ends_half_open`: a connection that nobody has acknowledged yet is forgotten (Linux tcp_req_err).
    """

    __slots__ = (
        "src", "dst", "protocol", "src_port", "dst_port", "seq", "number", "is_final", "mtu", "is_path_down",
        "ends_half_open",
    )  # fmt: skip

    def __init__(
        self, src: int, dst: int, protocol: int, src_port: int, dst_port: int, seq: int, number: int, is_final: bool,
        mtu: int, is_path_down: bool, ends_half_open: bool,
    ) -> None:  # fmt: skip
        self.src: Final = src
        self.dst: Final = dst
        self.protocol: Final = protocol
        self.src_port: Final = src_port
        self.dst_port: Final = dst_port
        self.seq: Final = seq
        self.number: Final = number
        self.is_final: Final = is_final
        self.mtu: Final = mtu
        self.is_path_down: Final = is_path_down
        self.ends_half_open: Final = ends_half_open


def read_quote(message: Icmp) -> Quote | None:
    """The packet quoted in an error message and the errno it stands for; None if it is too short to tell."""
    data = message.data
    if len(data) < 20 or data[0] >> 4 != 4:
        return None
    header = (data[0] & 15) * 4
    ports = data[header : header + 8]
    number, is_final = _meaning(message)
    is_down = message.type == icmp.UNREACHABLE and message.code in (icmp.NET_UNREACHABLE, icmp.HOST_UNREACHABLE)
    mtu = message.rest & 0xFFFF if number == EMSGSIZE else 0
    return Quote(
        int.from_bytes(data[12:16], "big"), int.from_bytes(data[16:20], "big"), data[9],
        int.from_bytes(ports[0:2], "big"), int.from_bytes(ports[2:4], "big"), int.from_bytes(ports[4:8], "big"),
        number, is_final, mtu, is_down, is_down or message.type in (icmp.TIME_EXCEEDED, icmp.PARAMETER_PROBLEM),
    )  # fmt: skip


def _meaning(message: Icmp) -> tuple[int, bool]:
    """The errno (0: none) and whether it is final."""
    if message.type == icmp.UNREACHABLE:
        return _UNREACHABLE[message.code] if message.code < len(_UNREACHABLE) else (0, False)
    if message.type == icmp.TIME_EXCEEDED:
        return (EHOSTUNREACH, False) if message.code == icmp.TTL_EXCEEDED else (0, False)
    return (EPROTO, True) if message.type == icmp.PARAMETER_PROBLEM else (0, False)


class _Bucket:
    """How many errors may go to one destination now: time that has passed since the last ones."""

    __slots__ = ("tokens", "filled_at")

    def __init__(self, now: int) -> None:
        self.tokens = 60 * SECOND
        self.filled_at = now

    def take(self, cost: int, burst: int, now: int) -> bool:
        """May one more error go out, of which `burst` are allowed at once?"""
        self.tokens = min(self.tokens + now - self.filled_at, burst * cost)
        self.filled_at = now
        if self.tokens < cost:
            return False
        self.tokens -= cost
        return True


class _Global:
    """How many errors the host may send now, to whomever (Linux icmp_global_allow)."""

    __slots__ = ("credit", "stamp")

    def __init__(self) -> None:
        self.credit = 0
        self.stamp = -SECOND

    def has_credit(self, profile: Profile, now: int) -> bool:
        """May one more be sent?  Credit comes in portions of 20 ms at least."""
        if self.credit > 0:
            return True
        passed = min(now - self.stamp, SECOND)
        more = profile.icmp_msgs_per_sec * passed // SECOND
        if passed < SECOND // 50 or not more:
            return False
        self.stamp = now
        self.credit = min(self.credit + more, profile.icmp_msgs_burst)
        return True


class IcmpLayer:
    """The ICMP of one host.  `identify(dst)` gives IP IDs."""

    __slots__ = ("_host", "_identify", "_buckets", "_global")

    def __init__(self, host: StackHost, identify: Callable[[int], int]) -> None:
        self._host: Final = host
        self._identify: Final = identify
        self._buckets: dict[int, _Bucket] = {}
        self._global: Final = _Global()

    def question_arrives(self, packet: Ipv4, message: Icmp, src: int, frame_id: int, now: int) -> None:
        """Answer a ping, or who asks for the time, from the address `src`."""
        if message.type == icmp.TIMESTAMP_REQUEST:
            self._tell_time(packet, message, src, frame_id, now)
        else:
            self.echo_arrives(packet, message, src, frame_id, now)

    def echo_arrives(self, packet: Ipv4, message: Icmp, src: int, frame_id: int, now: int) -> None:
        """Answer a ping, from the address `src`."""
        host = self._host
        profile = host.profile
        if profile.icmp_echo_ignore_all:
            return
        if profile.icmp_ratemask >> icmp.ECHO_REPLY & 1 and not self._may_send(packet.src, now):
            return
        reply = Icmp(icmp.ECHO_REPLY, message.code, message.rest, message.data)
        host.send_ip(
            src, packet.src, ICMP, reply, self._identify(packet.src), reasons.ICMP_ECHO_REPLY, frame_id, now,
            profile.ip_default_ttl, packet.tos, 0,
        )  # fmt: skip

    def _tell_time(self, packet: Ipv4, message: Icmp, src: int, frame_id: int, now: int) -> None:
        """Tell the milliseconds since midnight, at which the run began (RFC 792)."""
        if len(message.data) < _TIMESTAMPS:
            return
        time = (now // MILLISECOND % _DAY).to_bytes(4, "big")
        reply = Icmp(icmp.TIMESTAMP_REPLY, 0, message.rest, message.data[:4] + time + time)
        self._host.send_ip(
            src, packet.src, ICMP, reply, self._identify(packet.src), reasons.ICMP_TIMESTAMP_REPLY, frame_id, now,
            self._host.profile.ip_default_ttl, packet.tos, 0,
        )  # fmt: skip

    def error(
        self, about: Ipv4, src: int, type: int, code: int, rest: int, frame_id: int, now: int
    ) -> None:
        """Tell the sender of `about`, from address `src`, that it could not be delivered."""
        payload = about.payload
        if isinstance(payload, Icmp) and icmp.is_error(payload.type):
            return
        if about.fragment & OFFSET_MASK or about.src == 0:
            return
        is_free = not self._host.profile.icmp_ratemask >> type & 1
        is_free = is_free or (type, code) == (icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED)
        if not is_free and not self._may_send(about.src, now):
            return
        quote = ipv4.pack(about)[:_QUOTE_LIMIT]
        self._host.send_ip(
            src, about.src, ICMP, Icmp(type, code, rest, quote), self._identify(about.src), reasons.ICMP_ERROR,
            frame_id, now, self._host.profile.ip_default_ttl, 0xC0, 0,
        )  # fmt: skip

    def no_route(self, about: Ipv4, src: int, code: int, frame_id: int, now: int) -> None:
        """Tell the sender of `about` that the routing table refuses it."""
        if self._host.is_local(about.src) or self._bucket(about.src, now).take(SECOND, _NO_ROUTE_BURST, now):
            self.error(about, src, icmp.UNREACHABLE, code, 0, frame_id, now)

    def _may_send(self, dst: int, now: int) -> bool:
        profile, is_local = self._host.profile, self._host.is_local(dst)
        if not is_local and not self._global.has_credit(profile, now):
            return False
        interval = profile.icmp_ratelimit
        is_allowed = interval == 0 or is_local or self._bucket(dst, now).take(interval, _BURST, now)
        self._global.credit -= is_allowed
        return is_allowed

    def _bucket(self, dst: int, now: int) -> _Bucket:
        bucket = self._buckets.get(dst)
        if bucket is None:
            bucket = self._buckets[dst] = _Bucket(now)
        return bucket
