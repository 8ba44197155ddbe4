"""Segments that no honest peer sends: random ones, nearly right ones, and those of an attacker who guesses."""

from __future__ import annotations

from random import Random

from simnet.stack.tcp.tcb import Tcb
from simnet.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp
from simnet.wire.tcp_options import ABSENT, TcpOptions

_FLAGS = [ACK, ACK | PSH, ACK | FIN, SYN | ACK, SYN, RST, RST | ACK]


def nearly_right(random: Random, tcb: Tcb, src_port: int, dst_port: int) -> Tcp:
    """Anything, with numbers that are often close to what `tcb`, the receiver's, expects."""

    def number(near: int) -> int:
        kind = random.random()
        if kind < 0.5:
            return (near + random.randrange(-3000, 3000)) & 0xFFFFFFFF
        return near & 0xFFFFFFFF if kind < 0.9 else random.randrange(1 << 32)

    edges = [number(tcb.snd_una) for _ in range(2 * random.randrange(4))]
    options = TcpOptions(
        mss=random.choice([ABSENT, 0, 1, 88, 1460, 65_535]),
        window_scale=random.choice([ABSENT, 0, 7, 14, 255]),
        sack_permitted=random.random() < 0.5,
        ts_val=random.choice([ABSENT, number(tcb.ts_recent)]),
        ts_ecr=number(tcb.timestamp()),
        sack=tuple(zip(edges[::2], edges[1::2], strict=True)),
    )
    flags = random.choice([*_FLAGS, random.randrange(512)])
    data = random.randbytes(random.choice([0, 0, 1, 100, 1448, 5000]))
    window = random.choice([0, 1, 63, 65_535])
    return Tcp(src_port, dst_port, number(tcb.rcv_nxt), number(tcb.snd_nxt), flags, window, data, options)


def guessed(random: Random, tcb: Tcb, src_port: int, dst_port: int) -> Tcp:
    """From an attacker who knows the four numbers of a connection and guesses the rest (RFC 5961 1).

    Any segment with random numbers; or a RST or SYN inside the window, but not at its exact edge.
    """
    flags = random.choice([*_FLAGS, random.randrange(512)])
    seq = random.randrange(1 << 32)
    if random.random() < 0.5 and tcb.rcv_wnd > 2:
        flags = random.choice([RST, RST | ACK, SYN, SYN | ACK])
        seq = tcb.rcv_nxt + random.randrange(1, tcb.rcv_wnd)
    data = random.randbytes(random.choice([0, 1, 100]))
    window = random.choice([0, 1, 65_535])
    return Tcp(src_port, dst_port, seq & 0xFFFFFFFF, random.randrange(1 << 32), flags, window, data)
