"""The names of Linux's errors that a step may be expected to fail with.

The same as `simnet.stack.linux_errno.NAMES`; a test compares the two.
"""

from __future__ import annotations

from typing import Final

ERROR_NAMES: Final = (
    "EPERM", "EINTR", "EBADF", "EAGAIN", "EACCES", "EINVAL", "EPIPE", "EDESTADDRREQ", "EMSGSIZE", "EPROTONOSUPPORT",
    "ENOPROTOOPT", "EOPNOTSUPP", "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN", "ENETUNREACH",
    "ECONNABORTED", "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN", "ETIMEDOUT", "ECONNREFUSED", "EHOSTUNREACH",
    "EALREADY", "EINPROGRESS", "EPROTO", "ENONET", "EHOSTDOWN", "ENOENT", "EEXIST", "ENOTSOCK", "ENOMSG", "ENOTTY",
)  # fmt: skip
