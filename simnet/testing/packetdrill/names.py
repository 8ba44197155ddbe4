"""The names of scripts and the numbers of Linux: system call arguments, errors, ICMP, TCP_INFO."""

from __future__ import annotations

from typing import Final

from simnet.stack import linux_errno, linux_socket

EFAULT: Final = 14

ERRORS: Final[dict[str, int]] = {name: number for number, name in linux_errno.NAMES.items()} | {
    "EIO": 5, "ENOMEM": 12, "EFAULT": EFAULT, "EMFILE": 24, "EPROTOTYPE": 91,
    "EPFNOSUPPORT": 96, "ENETRESET": 102, "ESHUTDOWN": 108, "EHOSTDOWN": 112, "ENOTTY": 25, "EDOM": 33,
}  # fmt: skip
ERROR_NAMES: Final[dict[int, str]] = {number: name for name, number in ERRORS.items()}

O_NONBLOCK: Final = 0o4000
O_RDONLY: Final = 0
O_RDWR: Final = 2
F_GETFL: Final = 3
F_SETFL: Final = 4
SIOCINQ: Final = 0x541B
SIOCOUTQ: Final = 0x5411
SIOCATMARK: Final = 0x8905
SOCK_NONBLOCK: Final = O_NONBLOCK
SOCK_CLOEXEC: Final = 0o2000000
MSG_TRUNC: Final = linux_socket.MSG_TRUNC
MSG_WAITALL: Final = 0x100
MSG_NOSIGNAL: Final = 0x4000
SPLICE_F_NONBLOCK: Final = 2
SPLICE_F_MORE: Final = 4

CONSTANTS: Final[dict[str, int]] = {
    name: value for name, value in vars(linux_socket).items() if name.isupper() and isinstance(value, int)
} | ERRORS | {
    "NULL": 0, "O_RDONLY": O_RDONLY, "O_WRONLY": 1, "O_RDWR": O_RDWR, "O_NONBLOCK": O_NONBLOCK, "F_GETFL": F_GETFL,
    "F_SETFL": F_SETFL, "SIOCINQ": SIOCINQ, "FIONREAD": SIOCINQ, "SIOCOUTQ": SIOCOUTQ, "SIOCATMARK": SIOCATMARK,
    "SOCK_NONBLOCK": SOCK_NONBLOCK, "SOCK_CLOEXEC": SOCK_CLOEXEC, "AF_UNSPEC": 0, "SOL_TCP": 6, "SOL_IP": 0,
    "SOL_UDP": 17, "MSG_TRUNC": MSG_TRUNC, "MSG_WAITALL": MSG_WAITALL, "MSG_NOSIGNAL": MSG_NOSIGNAL,
    "SPLICE_F_MOVE": 1, "SPLICE_F_NONBLOCK": SPLICE_F_NONBLOCK, "SPLICE_F_MORE": SPLICE_F_MORE, "SPLICE_F_GIFT": 8,
    "IP_PMTUDISC_PROBE": 3, "POLLNVAL": 0x20,
    "INADDR_ANY": 0, "EPOLLIN": 0x01, "EPOLLPRI": 0x02, "EPOLLOUT": 0x04,
    "EPOLLERR": 0x08, "EPOLLHUP": 0x10, "EPOLLRDNORM": 0x40, "EPOLLRDBAND": 0x80, "EPOLLWRNORM": 0x100,
    "EPOLLWRBAND": 0x200, "EPOLLRDHUP": 0x2000,
}  # fmt: skip

TCP_FLAGS: Final[dict[str, int]] = {
    "F": 0x01, "S": 0x02, "R": 0x04, "P": 0x08, ".": 0x10, "U": 0x20, "E": 0x40, "W": 0x80, "A": 0x100,
}  # fmt: skip

ICMP_TYPES: Final[dict[str, int]] = {
    "echo_reply": 0, "unreachable": 3, "source_quench": 4, "redirect": 5, "echo_request": 8, "time_exceeded": 11,
    "parameter_problem": 12, "timestamp_request": 13, "timestamp_reply": 14, "information_request": 15,
    "information_reply": 16, "address_mask_request": 17, "address_mask_reply": 18,
}  # fmt: skip
ICMP_UNREACHABLE_CODES: Final[dict[str, int]] = {
    "net_unreachable": 0, "host_unreachable": 1, "protocol_unreachable": 2, "port_unreachable": 3, "frag_needed": 4,
    "source_route_failed": 5, "net_unknown": 6, "host_unknown": 7, "source_host_isolated": 8, "net_prohibited": 9,
    "host_prohibited": 10, "net_unreachable_for_tos": 11, "host_unreachable_for_tos": 12, "packet_filtered": 13,
    "precedence_violation": 14, "precedence_cutoff": 15,
}  # fmt: skip

ECN_MARKS: Final[dict[str, int]] = {"noecn": 0, "ect1": 1, "ect0": 2, "ce": 3}

SUITE_SYMBOLS: Final[dict[str, str]] = {
    "CODE": "host_unreachable", "CMSG_LEVEL_IP": "SOL_IP", "CMSG_TYPE_RECVERR": "IP_RECVERR",
    "TFO_COOKIE": "3021b9d889017eeb", "TFO_COOKIE_ZERO": "b7c12350a90dc8f5",
}  # fmt: skip
"""Words that the runners of the public suites define for IPv4 scripts (Linux ksft_runner.sh)."""

INFO_CONSTANTS: Final[dict[str, int]] = {
    "TCP_ESTABLISHED": 1, "TCP_SYN_SENT": 2, "TCP_SYN_RECV": 3, "TCP_FIN_WAIT1": 4, "TCP_FIN_WAIT2": 5,
    "TCP_TIME_WAIT": 6, "TCP_CLOSE": 7, "TCP_CLOSE_WAIT": 8, "TCP_LAST_ACK": 9, "TCP_LISTEN": 10, "TCP_CLOSING": 11,
    "TCP_CA_Open": 0, "TCP_CA_Disorder": 1, "TCP_CA_CWR": 2, "TCP_CA_Recovery": 3, "TCP_CA_Loss": 4,
    "TCPI_OPT_TIMESTAMPS": 1, "TCPI_OPT_SACK": 2, "TCPI_OPT_WSCALE": 4, "TCPI_OPT_ECN": 8, "TCPI_OPT_ECN_SEEN": 16,
    "TCPI_OPT_SYN_DATA": 32, "TCPI_OPT_USEC_TS": 64, "TCPI_OPT_TFO_CHILD": 128,
}  # fmt: skip
