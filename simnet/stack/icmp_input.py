"""ICMP messages that arrive: questions are answered, reports go to the socket they are about (RFC 1122 3.2.2).

Does not model: IP_RECVERR, with which a UDP socket learns of errors that say "not now".
"""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.host import StackHost
from simnet.stack.icmp import Quote, read_quote
from simnet.stack.interfaces import Interface
from simnet.stack.ip import IpLayer
from simnet.stack.linux_errno import EMSGSIZE
from simnet.stack.raw import RawLayer
from simnet.stack.tcp.layer import TcpLayer
from simnet.stack.udp import UdpLayer
from simnet.wire import icmp
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import TCP, UDP, Ipv4


class IcmpInput:
    """Hands each message to whom it concerns."""

    __slots__ = ("_host", "_ip", "_tcp", "_udp", "_raw")

    def __init__(self, host: StackHost, ip: IpLayer, tcp: TcpLayer, udp: UdpLayer, raw: RawLayer) -> None:
        self._host: Final = host
        self._ip: Final = ip
        self._tcp: Final = tcp
        self._udp: Final = udp
        self._raw: Final = raw

    def arrives(self, packet: Ipv4, message: Icmp, interface: Interface, cause: int, now: int) -> int:
        """`message` of `packet` came in by `interface` in the frame `cause`; 0 or a discard reason."""
        self._raw.arrives(packet)
        if message.type in (icmp.ECHO_REQUEST, icmp.TIMESTAMP_REQUEST):
            own = packet.dst
            if own not in self._ip.local and own >> 24 != 127:
                if self._host.profile.icmp_echo_ignore_broadcasts:
                    return reasons.NO_LISTENER
                own = interface.address_towards(packet.src)
            self._ip.icmp.question_arrives(packet, message, own, cause, now)
        elif message.type in (icmp.UNREACHABLE, icmp.REDIRECT, icmp.TIME_EXCEEDED, icmp.PARAMETER_PROBLEM):
            quote = read_quote(message)
            if quote is None:
                return reasons.MALFORMED
            if message.type == icmp.REDIRECT:
                self._ip.redirected(quote.dst, packet.src, message.rest, now)
            else:
                self._failed(quote, now)
        return 0

    def _failed(self, quote: Quote, now: int) -> None:
        """Somewhere a packet of this host could not be delivered: tell the socket that sent it."""
        if not quote.number:
            return
        if quote.number == EMSGSIZE:
            about = quote.src, quote.dst, quote.src_port, quote.dst_port, quote.seq
            if quote.protocol == TCP and not self._tcp.is_of_flight(*about):
                return
            self._ip.learn_path_mtu(quote.dst, quote.mtu, now)
        if quote.protocol == UDP and quote.is_final:  # of the others Linux tells only who asked with IP_RECVERR
            self._udp.icmp_error(quote.src, quote.src_port, quote.dst, quote.dst_port, quote.number)
        elif quote.protocol == TCP:
            self._tcp.icmp_error(quote.src, quote.dst, quote.src_port, quote.dst_port, quote.seq, quote.number, now)
            if quote.ends_half_open:
                self._tcp.half_open_failed(quote.src, quote.dst, quote.src_port, quote.dst_port, quote.seq, now)
            if quote.is_path_down:
                self._tcp.path_down(quote.src, quote.dst, quote.src_port, quote.dst_port, quote.seq, now)
