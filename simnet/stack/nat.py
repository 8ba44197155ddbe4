"""Network address translation: inner hosts share one public address (RFC 3022), as Linux does with "masquerade".

A conversation keeps its source port where that is free for its peer, else it gets another one by chance.  ICMP
errors are translated with the packet they quote.  Inner hosts also reach forwarded ports by the public address.

Does not model: translation of protocols other than TCP, UDP and ICMP (their packets go no further), addresses
inside application data (FTP), NAT types other than Linux's (address- and port-dependent, RFC 4787 4.1).
"""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.stack.conntrack import Conversations, Flow, flow_of
from simnet.stack.host import StackHost
from simnet.wire import icmp
from simnet.wire.checksum import checksum, word_sum
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import ICMP, TCP, UDP, Ipv4
from simnet.wire.payload import Payload
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp

_CHECKSUM_AT: Final = {TCP: 16, UDP: 6, ICMP: 2}


class Nat:
    """A `PacketHook` for the host whose `interface` faces the outside with `address`."""

    __slots__ = ("refusal", "conversations", "_interface", "_address", "_forwards")

    def __init__(self, host: StackHost, *, interface: str, address: int) -> None:
        self.refusal: int = reasons.NO_TRANSLATION
        self.conversations: Final = Conversations(host, address)
        self._interface: Final = interface
        self._address: Final = address
        self._forwards: Final[dict[tuple[int, int], tuple[int, int]]] = {}

    def forward(self, *, protocol: int, port: int, to: int, to_port: int) -> None:
        """Send what arrives outside for `port` on to `to`:`to_port` inside."""
        self._forwards[protocol, port] = to, to_port

    def prerouting(self, packet: Ipv4, interface: str, cause: int, now: int) -> Ipv4 | None:
        """Give a packet for the public address its inner destination; without one it is for the gateway itself."""
        if packet.dst != self._address:
            return packet
        if interface == self._interface:
            return self._inward(packet, cause, now)
        return self._hairpin(packet, cause, now)

    def output(self, packet: Ipv4, now: int) -> Ipv4:
        """Errors about what the gateway has translated, and cannot deliver, are for the host inside."""
        payload = packet.payload
        if packet.dst == self._address and isinstance(payload, Icmp) and icmp.is_error(payload.type):
            return self._error_inward(packet, payload, now)
        return packet

    def postrouting(self, packet: Ipv4, interface: str, cause: int, now: int) -> Ipv4 | None:
        """Give a packet that leaves for the outside the public address."""
        if interface != self._interface:
            return packet
        return self._outward(packet, cause, now)

    def _inward(self, packet: Ipv4, cause: int, now: int) -> Ipv4:
        payload = packet.payload
        if isinstance(payload, Icmp) and icmp.is_error(payload.type):
            return self._error_inward(packet, payload, now)
        flow = flow_of(packet.src, packet.dst, payload)
        if flow is None or _is_echo(payload, icmp.ECHO_REQUEST):
            return packet
        conversation = self.conversations.find_from_outside(flow, now)
        if conversation is None:
            target = self._forwards.get((flow.protocol, flow.dst_port))
            if target is None:
                return packet
            conversation = self.conversations.open_inward(flow, target[0], target[1], cause, now)
        self.conversations.refresh_from_outside(conversation, payload, now)
        if conversation.is_own:
            return packet
        return _readdressed(packet, conversation.inside.reversed())

    def _outward(self, packet: Ipv4, cause: int, now: int) -> Ipv4 | None:
        payload = packet.payload
        if isinstance(payload, Icmp) and icmp.is_error(payload.type):
            return self._error_outward(packet, payload, now)
        flow = flow_of(packet.src, packet.dst, payload)
        if flow is None or _is_echo(payload, icmp.ECHO_REPLY):
            return packet if packet.src == self._address else None
        conversation = self.conversations.find_from_inside(flow, now)
        if conversation is None:
            conversation = self.conversations.open_outward(flow, cause, now)
            if conversation is None:
                return None
        self.conversations.refresh_from_inside(conversation, payload, now)
        if conversation.is_own:
            return packet
        return _readdressed(packet, conversation.outside)

    def _hairpin(self, packet: Ipv4, cause: int, now: int) -> Ipv4 | None:
        """From inside to the public address: out and in again, in one step (RFC 4787 6)."""
        flow = flow_of(packet.src, packet.dst, packet.payload)
        if flow is None:
            return packet
        is_known = self.conversations.find_from_inside(flow, now) is not None
        if not is_known and (flow.protocol, flow.dst_port) not in self._forwards:
            return packet
        outside = self._outward(packet, cause, now)
        return None if outside is None else self._inward(outside, cause, now)

    def _error_inward(self, packet: Ipv4, error: Icmp, now: int) -> Ipv4:
        """It quotes what an inner host sent, as it looked outside."""
        flow = _quoted_flow(error.data)
        conversation = None if flow is None else self.conversations.find_from_outside(flow.reversed(), now)
        if conversation is None or conversation.is_own:
            return packet  # the gateway itself may know what to do with it
        inside = conversation.inside
        return _with_payload(packet, packet.src, inside.src, _requoted(error, inside))

    def _error_outward(self, packet: Ipv4, error: Icmp, now: int) -> Ipv4 | None:
        """It quotes what an inner host, or the gateway itself, received: show it as the sender sent it."""
        flow = _quoted_flow(error.data)
        conversation = None if flow is None else self.conversations.find_from_inside(flow.reversed(), now)
        if conversation is None or conversation.is_own:
            return packet if packet.src == self._address else None
        quoted = _requoted(error, conversation.outside.reversed())
        return _with_payload(packet, self._address, packet.dst, quoted)


def _is_echo(payload: Payload, type: int) -> bool:
    return isinstance(payload, Icmp) and payload.type == type


def _readdressed(packet: Ipv4, flow: Flow) -> Ipv4:
    """`packet` with the addresses and ports of `flow`."""
    payload = packet.payload
    changed: Payload
    if isinstance(payload, Tcp):
        changed = Tcp(
            flow.src_port, flow.dst_port, payload.seq, payload.ack, payload.flags, payload.window, payload.data,
            payload.options, payload.urgent,
        )  # fmt: skip
    elif isinstance(payload, Udp):
        changed = Udp(flow.src_port, flow.dst_port, payload.data, payload.has_checksum)
    elif isinstance(payload, Icmp):
        changed = Icmp(payload.type, payload.code, flow.src_port << 16 | payload.rest & 0xFFFF, payload.data)
    else:
        changed = payload
    return _with_payload(packet, flow.src, flow.dst, changed)


def _with_payload(packet: Ipv4, src: int, dst: int, payload: Payload) -> Ipv4:
    return Ipv4(
        src, dst, packet.protocol, payload, packet.ttl, packet.identification, packet.tos, packet.fragment,
        packet.options,
    )  # fmt: skip


# --- the packet quoted by an ICMP error: at least an IP header and 8 bytes, usually cut short


def _quoted_flow(quote: bytes) -> Flow | None:
    """The flow of the quoted packet; None if it is none we translate."""
    header = (quote[0] & 15) * 4 if quote else 0
    if header < 20 or len(quote) < header + 8 or quote[6] & 0x1F or quote[7]:
        return None  # too short, or a later fragment: no ports
    protocol = quote[9]
    src, dst = int.from_bytes(quote[12:16], "big"), int.from_bytes(quote[16:20], "big")
    if protocol in (TCP, UDP):
        src_port = int.from_bytes(quote[header : header + 2], "big")
        dst_port = int.from_bytes(quote[header + 2 : header + 4], "big")
        return Flow(protocol, src, src_port, dst, dst_port)
    if protocol == ICMP and quote[header] in (icmp.ECHO_REQUEST, icmp.ECHO_REPLY):
        identifier = int.from_bytes(quote[header + 4 : header + 6], "big")
        return Flow(protocol, src, identifier, dst, identifier)
    return None


def _requoted(error: Icmp, flow: Flow) -> Icmp:
    """`error` with the addresses and ports of `flow` in the packet it quotes, all checksums in it adjusted."""
    quote = bytearray(error.data)
    header = (quote[0] & 15) * 4
    addresses = flow.src.to_bytes(4, "big") + flow.dst.to_bytes(4, "big")
    if flow.protocol == ICMP:
        ports_at = header + 4
        ports = flow.src_port.to_bytes(2, "big")
        covered = word_sum(ports) - word_sum(bytes(quote[ports_at : ports_at + 2]))
    else:
        ports_at = header
        ports = flow.src_port.to_bytes(2, "big") + flow.dst_port.to_bytes(2, "big")
        covered = word_sum(addresses + ports) - word_sum(bytes(quote[12:20] + quote[ports_at : ports_at + 4]))
    _adjust(quote, header + _CHECKSUM_AT[flow.protocol], covered, flow.protocol)
    quote[12:20] = addresses
    quote[ports_at : ports_at + len(ports)] = ports
    quote[10:12] = b"\0\0"
    quote[10:12] = checksum(bytes(quote[:header])).to_bytes(2, "big")
    return Icmp(error.type, error.code, error.rest, bytes(quote))


def _adjust(quote: bytearray, at: int, difference: int, protocol: int) -> None:
    """What the checksum at `at` covers grew by `difference`; the quote may end before (RFC 1624 3)."""
    stated = int.from_bytes(quote[at : at + 2], "big")
    if at + 2 > len(quote) or protocol == UDP and stated == 0:
        return  # not quoted, or sent without a checksum
    adjusted = (stated - difference) % 0xFFFF
    if protocol == UDP and adjusted == 0:
        adjusted = 0xFFFF
    quote[at : at + 2] = adjusted.to_bytes(2, "big")
