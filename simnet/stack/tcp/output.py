"""Segments out: header, options and IP identification of everything a connection sends (RFC 9293 3.1, RFC 7323)."""

from __future__ import annotations

from typing import Final

from simnet.stack.tcp.acks import AckPolicy
from simnet.stack.tcp.ecn import CAPABLE, Ecn
from simnet.stack.tcp.reassembly import Reassembly
from simnet.stack.tcp.receive_window import ReceiveWindow
from simnet.stack.tcp.sent import Sent
from simnet.stack.tcp.tcb import Tcb
from simnet.wire.ipv4 import TCP, Ipv4
from simnet.wire.tcp import ACK, PSH, RST, URG, Tcp
from simnet.wire.tcp_options import ABSENT, NO_OPTIONS, TcpOptions

_MASK: Final = 0xFFFF_FFFF
_MILLISECOND: Final = 1_000_000
_FARTHEST: Final = 0xFFFF  # that an urgent pointer can point


class Output:
    """Builds and sends the segments of one connection."""

    __slots__ = (
        "_tcb", "_window", "_acks", "_ecn", "reassembly", "_last_options", "_last_ecr",
        "_last_until", "segments_out", "was_held_back",
    )  # fmt: skip

    def __init__(
        self, tcb: Tcb, window: ReceiveWindow, acks: AckPolicy, ecn: Ecn, reassembly: Reassembly
    ) -> None:
        self._tcb: Final = tcb
        self._window: Final = window
        self._acks: Final = acks
        self._ecn: Final = ecn
        self.reassembly: Final = reassembly
        self._last_options: TcpOptions = NO_OPTIONS
        self._last_ecr = -1
        self._last_until = 0  # when the timestamp clock ticks next
        self.segments_out = 0
        self.was_held_back = False

    def transmit_burst(self, burst: list[Sent], reason: int) -> None:
        """Send segments for the first time, all at once: as if a device had cut them (Linux tcp_gso_segment).

        Their headers are alike but for numbers; CWR is for the first, PSH and FIN for the last.  With ECN in use they
        say so, but a bare FIN is no data (tcp_ecn_send).
        """
        tcb = self._tcb
        acks = self._acks
        has_data = len(burst[0].data) > 0
        if has_data and acks.ato:
            acks.data_sent()
        more, echo, tos = 0, 0, tcb.options.tos
        if tcb.is_ecn:
            more = echo = self._ecn.flags()
            if has_data:
                tos |= CAPABLE
                more |= self._ecn.flags_of_new_data()
        if tcb.now < self._last_until and tcb.ts_recent == self._last_ecr and not self.reassembly.has_report:
            options = self._last_options
        else:
            options = self._options()
        window = self._window.advertise()
        if acks.is_scheduled:
            acks.sent()
        if tcb.has_progress:
            self._confirm_neighbor()
        packets = self._cut(burst, more, echo, window, options, tos)
        tcb.host.send_packets(packets, reason, tcb.cause, tcb.now)

    def _cut(
        self, burst: list[Sent], more: int, echo: int, window: int, options: TcpOptions, tos: int
    ) -> list[Ipv4]:
        """The packets of a burst; the flags `more` are for the first, `echo` for the others."""
        tcb = self._tcb
        source, to, ack = tcb.local_port, tcb.remote_port, tcb.rcv_nxt & _MASK
        ttl, identification = tcb.options.ttl or tcb.profile.ip_default_ttl, tcb.identification
        packets: list[Ipv4] = []
        for sent in burst:
            segment = Tcp(source, to, sent.seq & _MASK, ack, sent.flags | more, window, sent.data, options)
            packets.append(Ipv4(tcb.local, tcb.remote, TCP, segment, ttl, identification, tos, tcb.fragment))
            identification = (identification + 1) & 0xFFFF
            more = echo
        if len(packets) > 1:
            segment.flags |= PSH
        elif not tcb.is_plain:
            self._point(segment, sent.seq)
        tcb.identification = identification
        self.segments_out += len(packets)
        return packets

    def transmit(self, seq: int, flags: int, data: bytes, reason: int) -> int:
        """Send a segment of a synchronized connection; with ACK, it acknowledges all that has arrived."""
        tcb = self._tcb
        acks = self._acks
        if data and acks.ato:
            acks.data_sent()
        if tcb.now < self._last_until and tcb.ts_recent == self._last_ecr and not self.reassembly.has_report:
            options = self._last_options  # segments of one millisecond share them
        else:
            options = self._options()
        segment = Tcp(
            tcb.local_port, tcb.remote_port, seq & _MASK, tcb.rcv_nxt & _MASK, flags, self._window.advertise(), data,
            options,
        )  # fmt: skip
        if not tcb.is_plain:
            if tcb.is_ecn:
                segment.flags |= self._ecn.flags()
            self._point(segment, seq)
        if acks.is_scheduled:
            acks.sent()
        if tcb.has_progress:
            self._confirm_neighbor()
        return self._send(segment, reason)

    def _point(self, segment: Tcp, seq: int) -> None:
        """Point to the end of urgent data, if there is some (RFC 9293 3.8.5, Linux __tcp_transmit_skb).

        Its bursts are single segments: see `Bursts.split`.
        """
        tcb = self._tcb
        if tcb.snd_up <= tcb.snd_una:
            tcb.choose_path()
        elif tcb.snd_up > seq:
            pointer = tcb.snd_up - seq
            if pointer <= _FARTHEST:
                segment.flags |= URG
                segment.urgent = pointer
            elif seq + _FARTHEST > tcb.snd_nxt:  # it is for later segments to say
                segment.flags |= URG
                segment.urgent = _FARTHEST

    def acknowledge(self, reason: int) -> None:
        """Send an empty acknowledgment."""
        self.transmit(self._acceptable_seq(), ACK, b"", reason)

    def reset(self, reason: int) -> None:
        """Tell the peer that the connection is gone."""
        self.transmit(self._acceptable_seq(), RST | ACK, b"", reason)

    def handshake(self, flags: int, ack: int, options: TcpOptions, reason: int, data: bytes = b"") -> int:
        """Send a SYN or SYN-ACK; their windows are never scaled (RFC 7323 2.2).  `data`: of a Fast Open."""
        tcb = self._tcb
        window = min(tcb.rcv_wnd, 65_535)
        segment = Tcp(tcb.local_port, tcb.remote_port, tcb.iss & _MASK, ack & _MASK, flags, window, data, options)
        if flags & ACK:
            self._acks.sent()
        return self._send(segment, reason)

    def probe(self, seq: int, reason: int) -> None:
        """Send an empty segment that the peer must answer, for its `seq` is old (RFC 9293 3.8.6.1)."""
        self.transmit(seq, ACK, b"", reason)

    def is_held_back(self, seq: int) -> bool:
        """Does the segment at `seq` still wait for the next hop's MAC?  Then it is not repeated, nor lost.

        When what waits has left, what counts as lost is repeated at once (Linux skb_still_in_host_queue).
        """
        tcb = self._tcb
        hop = tcb.host.next_hop(tcb.remote)
        if hop is None or not hop.neighbor.waiting:
            return False
        for item in hop.neighbor.waiting:
            packet, waiting = item.packet, item.packet.payload
            if isinstance(waiting, Tcp) and packet.src == tcb.local and packet.dst == tcb.remote:
                ports = (waiting.src_port, waiting.dst_port)
                if waiting.seq == seq & _MASK and ports == (tcb.local_port, tcb.remote_port):
                    self.was_held_back = True
                    return True
        return False

    def _send(self, segment: Tcp, reason: int) -> int:
        tcb = self._tcb
        identification = tcb.identification
        tcb.identification = (identification + 1) & 0xFFFF
        self.segments_out += 1
        choices = tcb.options
        packet = Ipv4(
            tcb.local, tcb.remote, TCP, segment, choices.ttl or tcb.profile.ip_default_ttl, identification,
            choices.tos, tcb.fragment,
        )  # fmt: skip
        return tcb.host.send_packet(packet, reason, tcb.cause, tcb.now)

    def _confirm_neighbor(self) -> None:
        """Who passes our segments on must be there: no need to ask by ARP (RFC 1122 2.3.2.1, Linux sk_dst_confirm)."""
        tcb = self._tcb
        tcb.has_progress = False
        hop = tcb.host.next_hop(tcb.remote)
        if hop is not None:
            hop.neighbor.confirmed = tcb.now

    def _options(self) -> TcpOptions:
        """Timestamps, and SACK blocks while there is a gap."""
        tcb = self._tcb
        has_report = tcb.has_sack and self.reassembly.has_report
        if not tcb.has_timestamps:
            return TcpOptions(sack=self._report(4)) if has_report else NO_OPTIONS
        ticks = tcb.now // _MILLISECOND
        value = (ticks + tcb.ts_offset) & _MASK
        if has_report:
            return TcpOptions(ABSENT, ABSENT, False, value, tcb.ts_recent, self._report(3))
        self._last_until = (ticks + 1) * _MILLISECOND
        self._last_ecr = tcb.ts_recent
        self._last_options = TcpOptions(ABSENT, ABSENT, False, value, tcb.ts_recent)
        return self._last_options

    def _report(self, limit: int) -> tuple[tuple[int, int], ...]:
        return tuple([(left & _MASK, right & _MASK) for left, right in self.reassembly.report(limit)])

    def options_length(self) -> int:
        """Bytes of options beyond the usual ones that the next segment must carry: its data shrinks by them."""
        if not self._tcb.has_sack or not self.reassembly.has_report:
            return 0
        return 4 + 8 * min(self.reassembly.report_length(), 3 if self._tcb.has_timestamps else 4)

    def _acceptable_seq(self) -> int:
        """snd_nxt, or the edge of a window that the peer has taken back (Linux tcp_acceptable_seq)."""
        tcb = self._tcb
        edge = tcb.snd_una + tcb.snd_wnd
        if tcb.snd_nxt <= edge or tcb.snd_nxt - edge < 1 << tcb.rcv_wscale:
            return tcb.snd_nxt
        return edge
