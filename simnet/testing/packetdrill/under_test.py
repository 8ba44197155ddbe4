"""The socket under test: its addresses, and the way between a script's numbers and the real ones.

A script writes sequence numbers from 0 and time stamps of its own; the stack chooses both by chance.
"""

from __future__ import annotations

from typing import Final

from simnet.testing.packetdrill import option_bytes
from simnet.testing.packetdrill.problems import Mismatch
from simnet.testing.packetdrill.script import TcpOption, TcpSegment
from simnet.wire import tcp_options
from simnet.wire.ipv4 import Ipv4
from simnet.wire.tcp import ACK, SYN, Tcp
from simnet.wire.udp import Udp

_MASK: Final = 0xFFFF_FFFF


class UnderTest:
    """`fd`: the stack's descriptor, -1 while there is none.  Ports and `remote` are 0 while unknown.

    `is_disconnected`: the next connection of this socket counts from numbers of its own.
    """

    __slots__ = (
        "protocol", "fd", "is_listening", "is_disconnected", "local", "local_port", "remote", "remote_port",
        "_remote_isn", "_local_isn",
        "_written_isn", "_stamps", "_first_stamps",
    )  # fmt: skip

    def __init__(self, protocol: int, fd: int, local: int) -> None:
        self.protocol: Final = protocol
        self.fd = fd
        self.is_listening = False
        self.is_disconnected = False
        self.local: Final = local
        self.local_port = 0
        self.remote = 0
        self.remote_port = 0
        self._remote_isn = -1
        self._local_isn = -1
        self._written_isn = 0
        self._stamps: dict[int, int] = {}
        self._first_stamps: tuple[int, int] | None = None

    def connects(self, remote: int, remote_port: int) -> None:
        """The program connects it."""
        self.remote, self.remote_port = remote, remote_port
        if self.is_disconnected:
            self.is_disconnected = False
            self._remote_isn = self._local_isn = -1

    def owns(self, packet: Ipv4) -> bool:
        """Did this socket send `packet`?"""
        content = packet.payload
        if not isinstance(content, (Tcp, Udp)) or packet.protocol != self.protocol or packet.dst != self.remote:
            return False
        return content.dst_port == self.remote_port and self.local_port in (0, content.src_port)

    # --- inbound

    def real_segment(self, written: TcpSegment, is_scaled: bool) -> Tcp:
        """The segment to inject for a script's line; learns the peer's first sequence number."""
        is_syn = bool(written.flags & SYN)
        if is_syn and self._remote_isn < 0:
            self._remote_isn = written.seq
        seq = written.seq if is_syn else written.seq + max(self._remote_isn, 0)
        options = tuple(self._real_option(option, written, is_scaled) for option in written.options or ())
        ack = 0 if written.ack is None else self._real_ack(written.ack, is_syn)
        return Tcp(
            written.src_port or self.remote_port, written.dst_port or self.local_port, seq & _MASK, ack,
            written.flags, written.window or 0, bytes(written.length), tcp_options.parse(option_bytes.pack(options)),
            written.urgent or 0,
        )  # fmt: skip

    def real_seq(self, written: int) -> int:
        """A sequence number of our own direction, counted from the first."""
        return written + max(self._local_isn, 0) & _MASK

    def _real_ack(self, written: int, is_syn: bool) -> int:
        return self.real_seq(written - self._written_isn if is_syn else written)

    def _real_option(self, option: TcpOption, segment: TcpSegment, is_scaled: bool) -> TcpOption:
        if option.kind == "sack":
            is_syn = bool(segment.flags & SYN)
            return TcpOption("sack", tuple(self._real_ack(edge, is_syn) for edge in option.values))
        if option.kind == "TS" and segment.flags & ACK:
            return TcpOption("TS", (option.values[0], self._real_stamp(option.values[1], is_scaled)))
        return option

    def _real_stamp(self, written: int, is_scaled: bool) -> int:
        if written in self._stamps:
            return self._stamps[written]
        if is_scaled and self._first_stamps is not None:
            first_written, first_real = self._first_stamps
            return written - first_written + first_real & _MASK
        raise Mismatch(f"no outbound line has the time stamp {written} that this line echoes")

    # --- outbound

    def learn(self, written: TcpSegment, real: Tcp) -> None:
        """A script's line stands for `real`: the first SYN says how the sequence numbers are related."""
        if written.flags & SYN and real.flags & SYN and self._local_isn < 0:
            self._local_isn = real.seq
            self._written_isn = written.seq
            if self.local_port == 0:
                self.local_port = real.src_port

    def learn_stamp(self, written: int, real: int) -> None:
        """The script's time stamp `written` is really `real`."""
        self._stamps[written] = real
        if self._first_stamps is None:
            self._first_stamps = (written, real)

    def written_stamp(self, real: int) -> int:
        """`real` as the script would count it; only after the first line with a time stamp."""
        first_written, first_real = self._first_stamps or (0, 0)
        return real - first_real + first_written & _MASK

    def written_segment(self, real: Tcp) -> TcpSegment:
        """A segment of the stack in the numbers of the script."""
        is_syn = bool(real.flags & SYN)
        seq = real.seq - max(self._local_isn, 0) + (self._written_isn if is_syn else 0)
        found = option_bytes.parse(tcp_options.pack(real.options))
        ack = self._written_ack(real.ack, is_syn) if real.flags & ACK else real.ack or None
        return TcpSegment(
            real.flags, seq & _MASK, len(real.data), ack, real.window, real.urgent or None,
            tuple(self._written_option(option, is_syn) for option in found), real.src_port, real.dst_port,
        )  # fmt: skip

    def _written_ack(self, real: int, is_syn: bool) -> int:
        return real if is_syn else real - max(self._remote_isn, 0) & _MASK

    def _written_option(self, option: TcpOption, is_syn: bool) -> TcpOption:
        if option.kind == "sack":
            return TcpOption("sack", tuple(self._written_ack(edge, is_syn) for edge in option.values))
        return option
