"""Linux's error numbers (asm-generic/errno.h), the same on every platform simnet runs on."""

from __future__ import annotations

from typing import Final

EPERM: Final = 1
ENOENT: Final = 2
EINTR: Final = 4
EBADF: Final = 9
EAGAIN: Final = 11
EACCES: Final = 13
EEXIST: Final = 17
EINVAL: Final = 22
ENOTTY: Final = 25
EPIPE: Final = 32
ENOMSG: Final = 42
ENONET: Final = 64
EPROTO: Final = 71
ENOTSOCK: Final = 88
EDESTADDRREQ: Final = 89
EMSGSIZE: Final = 90
EPROTONOSUPPORT: Final = 93
ENOPROTOOPT: Final = 92
EOPNOTSUPP: Final = 95
EAFNOSUPPORT: Final = 97
EADDRINUSE: Final = 98
EADDRNOTAVAIL: Final = 99
ENETDOWN: Final = 100
ENETUNREACH: Final = 101
ECONNABORTED: Final = 103
ECONNRESET: Final = 104
ENOBUFS: Final = 105
EISCONN: Final = 106
ENOTCONN: Final = 107
ETIMEDOUT: Final = 110
ECONNREFUSED: Final = 111
EHOSTDOWN: Final = 112
EHOSTUNREACH: Final = 113
EALREADY: Final = 114
EINPROGRESS: Final = 115

NAMES: Final[dict[int, str]] = {
    EPERM: "EPERM", EINTR: "EINTR", EBADF: "EBADF", EAGAIN: "EAGAIN", EACCES: "EACCES", EINVAL: "EINVAL",
    EPIPE: "EPIPE", EDESTADDRREQ: "EDESTADDRREQ", EMSGSIZE: "EMSGSIZE", EPROTONOSUPPORT: "EPROTONOSUPPORT",
    ENOPROTOOPT: "ENOPROTOOPT", EOPNOTSUPP: "EOPNOTSUPP", EAFNOSUPPORT: "EAFNOSUPPORT", EADDRINUSE: "EADDRINUSE",
    EADDRNOTAVAIL: "EADDRNOTAVAIL", ENETDOWN: "ENETDOWN", ENETUNREACH: "ENETUNREACH", ECONNABORTED: "ECONNABORTED",
    ECONNRESET: "ECONNRESET", ENOBUFS: "ENOBUFS", EISCONN: "EISCONN", ENOTCONN: "ENOTCONN", ETIMEDOUT: "ETIMEDOUT",
    ENONET: "ENONET", ENOENT: "ENOENT", ENOMSG: "ENOMSG", EEXIST: "EEXIST", ENOTSOCK: "ENOTSOCK", EPROTO: "EPROTO",
    EHOSTDOWN: "EHOSTDOWN", ENOTTY: "ENOTTY",
    ECONNREFUSED: "ECONNREFUSED", EHOSTUNREACH: "EHOSTUNREACH", EALREADY: "EALREADY", EINPROGRESS: "EINPROGRESS",
}  # fmt: skip


class SocketError(Exception):
    """A socket call failed; `number` is the errno.  EAGAIN means that it would block."""

    def __init__(self, number: int) -> None:
        self.number = number  # no more than that: programs meet EAGAIN after every segment

    def __str__(self) -> str:
        return NAMES[self.number]
